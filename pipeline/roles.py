"""What an actor does in its sentence: its role, the verbs behind it, and whose the measure is."""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.skeleton import AUXILIARY, CUE, CUX, JOINING, OTHER, Skeleton


class _Clause(NamedTuple):
    """The verbs behind an actor: those from ``first`` on are its own. ``end`` is the cue, where it is ``reached``."""

    chain: list[int]
    first: int
    reached: bool
    crossed: bool
    end: int


class Role:
    """The role of SELF in one skeleton.

    Parameters
    ----------
    skeleton : Skeleton
    symbols : sequence of str
        Its symbols from this seat: the actors that are SELF are so called.
    at : int
        Where SELF stands.
    """

    def __init__(self, skeleton: Skeleton, symbols: Sequence[str], at: int) -> None:
        self._skeleton = skeleton
        self._symbols = symbols
        self._at = at
        self._left = symbols[at - 1] if at else "^"
        self._right = symbols[at + 1] if at + 1 < len(symbols) else "$"
        self._role = self._named()

    def features(self, target: str) -> list[str]:
        """Give the role as tokens, each a yes-or-no feature of the roles view.

        What a verb says hangs on the target ("leave" ends an intervention), which tokens name but for role and sign.
        """
        cues = self._skeleton.cues
        clause = self._follow()
        sign = self._signed(clause)
        signed = f"{'cue' if clause.reached else 'end'}{'_crossed' if clause.crossed else ''}{_SIGN[sign]}"
        features = self._said(clause, sign, signed)
        if cues:
            nearest = self._skeleton.nearest_cue(self._at)
            features += self._governed("N", nearest)
            if not clause.reached:
                fate, _, bound, _ = self._skeleton.government(nearest)
                same = "+" if sign == fate else "-"
                features += [f"X={self._role}{same}", f"X2={self._role}{sign}{fate}{self._whose(bound)}"]
            if cues[0] != nearest:
                features += self._governed("F", cues[0])
        if self._skeleton.aside:
            features += self._beside(*self._skeleton.aside)
        return [f"role={self._role}", f"SG={signed}", *map(f"{target}:".__add__, features)]

    def _named(self) -> str:
        symbols, at, left, right = self._symbols, self._at, self._left, self._right
        verb = at > 0 and self._skeleton.polarity[at - 1] is not None
        if left == "by":
            role = "BY"
        elif self._skeleton.hangs(at):
            role = f"P_{left}"
        elif left == "'s":
            role = "AFTER_'S"
        elif left == "say" and at > 1 and symbols[at - 2] in _QUOTED:
            role = "SPEAKER"
        elif verb and right not in AUXILIARY:
            role = "OBJECT"
        elif left in _QUOTED and self._tells():
            role = "SPEAKER"
        else:
            role = "SUBJECT"
        if right in (CUE, CUX):
            # "Oslo froze the assets", beside "the Oslo sanctions"
            return role + ("+ACTS" if self._skeleton.past(at + 1) else "+MODIFIER")
        return role + ("+OWNER" if right == "'s" or self._skeleton.noun(at + 1) else "")

    def _tells(self) -> bool:
        """Tell whether SELF says what stands before it: "they must lift the ban, SELF urged"."""
        symbols, at, right = self._symbols, self._at, self._right
        if right == "say" or symbols[at + 1 : at + 3] == ["'s", "say"]:
            return True
        return right in _TELLING and not any(cue > at for cue in self._skeleton.cues)

    def _said(self, clause: _Clause, sign: int, signed: str) -> list[str]:
        """Tell what the clause of SELF says of the cue: its first verb, its sign, and who tells it."""
        symbols, at, role, skeleton = self._symbols, self._at, self._role, self._skeleton
        chain, first, reached, _, end = clause
        features = [f"SGr={role}{signed}", f"SGlr={self._left}{signed}{self._right}", f"SN={signed[:-1]}{len(chain)}"]
        if chain:
            passive = "passive:" if len(chain) > first and first == 0 and skeleton.passive(chain[0]) else ""
            name = passive + skeleton.name(chain[0])
            features += [f"S1={name}", f"S1r={role}{name}", f"S1s={signed}{name}"]
        if role.startswith("OBJECT"):
            name, passive = skeleton.name(at - 1), "_passive" if skeleton.passive(at - 1) else ""
            features += [f"OBJ={name}{passive}", f"OS={name}{signed}"]
        behind = next((cue for cue in skeleton.cues if cue > end), -1)
        if not reached and behind > 0 and symbols[end] in _BREAK | _ASIDE:  # "will retaliate if Rome sends troops"
            features += [f"K={symbols[end]}{sign}", f"KO={symbols[end]}{OTHER in symbols[end:behind]}"]
        if not _POSSIBLE.isdisjoint(symbols[at + 1 : end + 1]):
            features.append(f"SM={signed}")
        teller = self._teller(end)
        if teller:
            demanded = "must" if not _DEMANDED.isdisjoint(symbols[at + 1 : end + 1]) else ""
            features += [f"A={teller}", f"AS={demanded}{signed}"]
        return features

    def _follow(self) -> _Clause:
        """Follow the verbs behind SELF up to the cue or the end of its clause."""
        symbols, at, skeleton = self._symbols, self._at, self._skeleton
        polarity, n = skeleton.polarity, len(symbols)
        k = at + 1
        if self._right == ",":
            past = skeleton.past_commas(k)
            # "Rome, which lifted the ban, left": what is said of the measure stands between the commas.
            within = symbols[k + 1 : k + 2] == ["who"] and symbols[k + 2 : k + 3] != [OTHER] and CUE in symbols[k:past]
            k = k + 2 if within else past
        elif self._right == "who":
            k += 1
        # Of "the rejection by SELF", and of "SELF's rejection", the noun governs what follows.
        of_noun = self._left in ("of", "by", "from") and at >= 2 and polarity[at - 2] is not None
        chain = [at - 2] if of_noun else []
        first = len(chain)
        reached = crossed = False
        apposed = self._left == "," and self._right == "'s"  # "Algiers, SELF's neighbour, rejected it"
        while k < n:
            symbol = symbols[k]
            if symbol == "say" and (len(chain) == first or symbols[k - 1] in JOINING):
                chain = chain[:first]  # "condemned the coup and said that sanctions would follow"
                crossed = crossed or symbols[k + 1 : k + 2] == [OTHER]
            elif polarity[k] is not None:
                chain = [*skeleton.without(chain, k, first), k]
            elif symbol == CUE:
                reached = True
                break
            elif (symbol in _BREAK or (symbol in _ASIDE and (apposed or len(chain) > first))) and not skeleton.joins(k):
                break
            elif symbol == OTHER and at + 1 < k < n - 1 and not skeleton.hangs(k):
                acts = polarity[k + 1] is not None and not skeleton.noun(k + 1)
                crossed = crossed or acts or symbols[k + 1] in AUXILIARY
            k += 1
        return _Clause(chain, first, reached, crossed, k)

    def _signed(self, clause: _Clause) -> int:
        """Give the sign of a clause: -1 where it speaks against the measure."""
        symbols, at, skeleton = self._symbols, self._at, self._skeleton
        chain, first, reached, _, end = clause
        own = chain[first] if len(chain) > first else at
        # Whoever "is wrong to lift the ban" or "was blamed for lifting it" has lifted it, whatever others think of it.
        judged = (skeleton.judges(own) and symbols[own + 1 : own + 2] == ["to"]) or (
            symbols[own] in _BLAME and skeleton.passive(own)
        )
        judged = judged and _BEFORE_JUDGED.issuperset(symbols[at + 1 : own])
        sign = skeleton.sign([*chain[:first], *chain[first + judged : 6]], end if reached else None)
        if reached and self._role.endswith("+OWNER") and "by" in symbols[end : end + 9]:
            sign *= skeleton.fate(end)  # "SELF's call for an embargo was rejected by Rome" is a call still
        elif not reached and self._left == "by" and skeleton.cues and skeleton.cues[0] < at:
            sign = skeleton.government(skeleton.nearest_cue(at)).sign
        return -sign if self._left in _CONTRARY or (self._left == "not" and self._denied()) else sign

    def _beside(self, other: int, tie: str) -> list[str]:
        """Tell what SELF does about the other target's measure: who imposes sanctions for an invasion is against it."""
        symbols, at, skeleton = self._symbols, self._at, self._skeleton
        if other < at:
            return [f"B={tie}", f"BR={self._role}{tie}"]
        chain = [k for k in range(at + 1, other) if skeleton.polarity[k] is not None]
        signed = _SIGN[skeleton.sign(chain[:4], other)] + ("_crossed" if OTHER in symbols[at + 1 : other] else "")
        return [f"B={tie}", f"BS={signed}", f"BSO={signed}{tie}", f"BRS={self._role}{signed}{tie}"]

    def _denied(self) -> bool:
        """Tell whether "no", "not a" or "neither" before a subject denies its verb; "Rome, not Bern, lifted it"."""
        at = self._at
        return at < 2 or self._symbols[at - 2] in _OPENING or self._skeleton.forms[at - 1] in ("neither", "nor")

    def _teller(self, start: int) -> str:
        """Give the verb of another who says behind the clause what is in it: "SELF must lift the ban, Rome urged"."""
        symbols = self._symbols
        for k in range(start, len(symbols) - 2):
            if symbols[k] in _QUOTED:
                if symbols[k + 1] == OTHER and symbols[k + 2] in _TELLING:
                    return symbols[k + 2]
                if symbols[k + 1] == "say" and symbols[k + 2] == OTHER:
                    return "say"
        return ""

    def _whose(self, bound: int) -> str:
        return self._symbols[bound] if bound >= 0 else "none"

    def _governed(self, tag: str, cue: int) -> list[str]:
        """Tell what becomes of the measure that a cue names."""
        symbols, at, role = self._symbols, self._at, self._role
        sign, verb, bound, owner = self._skeleton.government(cue)
        between = symbols[min(at, cue) + 1 : max(at, cue)].count(OTHER)
        side = f"{tag}{'>' if cue > at else '<'}{min(between, 3)}"
        signed = f"{_SIGN[sign]}{self._whose(bound)}"
        features = [f"{tag}G={verb}", f"{tag}S={signed}", f"{tag}RS={role}{signed}", side, f"{side}{role}"]
        if owner >= 0:
            features.append(f"{tag}owner={symbols[owner]}")
        if "by" in symbols[cue + 1 : cue + 3]:
            features.append(f"{tag}by")
        return features


_BLAME = frozenset({"accuse", "criticise"})
_SIGN = {1: "+", -1: "-"}
_QUOTED = frozenset({",", '"'})
_CONTRARY = frozenset({"unlike", "unless"})  # "unless Rome withdraws": it has not
_BREAK = frozenset({";", "but", "because", "despite", "unless", "if"})
_ASIDE = frozenset({",", "after", "before", "since"})
_BEFORE_JUDGED = AUXILIARY | {"not", "more"}
_TELLING = frozenset({"say", "call", "warn", "accuse", "criticise", "threaten"})
_DEMANDED = frozenset({"modal", "will"})
_POSSIBLE = frozenset({"modal", "if"})
_OPENING = frozenset({",", ";", '"', "that", "but", "conj", "say", "if", "because"})
