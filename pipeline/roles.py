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
    sort : str
        The mention's type: a name in front of a cue ("Syria sanctions") is seldom an owner, an acronym often.
    """

    def __init__(self, skeleton: Skeleton, symbols: Sequence[str], at: int, sort: str) -> None:
        self._skeleton = skeleton
        self._symbols = symbols
        self._at = at
        self._sort = sort
        self._left = symbols[at - 1] if at else "^"
        self._right = symbols[at + 1] if at + 1 < len(symbols) else "$"
        self._role = self._named()

    def features(self, target: str) -> list[str]:
        """Give the role as tokens, each a yes-or-no feature of the roles view.

        What a verb says hangs on the target ("leave" ends an intervention), which tokens name but for role and sign.
        """
        at, left, right, role, cues = self._at, self._left, self._right, self._role, self._skeleton.cues
        features = [f"L={left}", f"R={right}", f"LR={left}_{right}", f"T={self._sort}:{role}", *self._governor_left()]
        reached, sign, signed = self._clause(features)
        if cues:
            nearest = self._skeleton.nearest_cue(at)
            fate, whose = self._governed("N", nearest, features)
            if not reached:
                features += [f"X={role}{'+' if sign == fate else '-'}", f"X2={role}{sign}{fate}{whose}"]
            if cues[0] != nearest:
                self._governed("F", cues[0], features)
        else:
            features.append("no_cue")
        if self._skeleton.aside:
            features += self._beside(*self._skeleton.aside)
        return [f"role={role}", f"SG={signed}", *map(f"{target}:".__add__, features)]

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

    def _governor_left(self) -> list[str]:
        """Tell what a preposition before SELF hangs from, or the verb that SELF is the object of."""
        symbols, at, left, skeleton = self._symbols, self._at, self._left, self._skeleton
        if left in skeleton.prepositions:
            k = at - 2
            features = [f"LL={symbols[k] if k >= 0 else '^'}_{left}"]
            while k >= 0 and skeleton.polarity[k] is None and symbols[k] not in _HEADS:
                k -= 1
            if k >= 0:
                features.append(f"LV={symbols[k] if skeleton.polarity[k] is None else skeleton.name(k)}_{left}")
            return features
        if self._role.startswith("OBJECT"):
            return [f"OBJ={skeleton.name(at - 1)}" + ("_passive" if skeleton.passive(at - 1) else "")]
        return []

    def _clause(self, features: list[str]) -> tuple[bool, int, str]:
        """Tell what the clause of SELF says of the cue: whether it is reached, with which sign, and both as a token."""
        symbols, at, role, skeleton = self._symbols, self._at, self._role, self._skeleton
        clause = self._follow(features)
        chain, first, reached, crossed, end = clause
        sign = self._signed(clause)
        signed = f"{'cue' if reached else 'end'}{'_crossed' if crossed else ''}{_SIGN[sign]}"
        if chain:
            passive = "passive:" if len(chain) > first and first == 0 and skeleton.passive(chain[0]) else ""
            name = passive + skeleton.name(chain[0])
            features += [f"S1={name}", f"S1r={role}{name}", f"S1s={signed}{name}"]
        features += [f"SGr={role}{signed}", f"SGlr={self._left}{signed}{self._right}", f"SN={signed[:-1]}{len(chain)}"]
        if role.startswith("OBJECT"):
            features.append(f"OS={skeleton.name(at - 1)}{signed}")
        under = self._embedding()
        if under:
            features += [f"E={self._left}{under}", f"ES={under}{signed}"]
        behind = next((cue for cue in skeleton.cues if cue > end), -1)
        if not reached and behind > 0 and symbols[end] in _BREAK | _ASIDE:  # "will retaliate if Rome sends troops"
            features += [f"K={symbols[end]}{sign}", f"KO={symbols[end]}{OTHER in symbols[end:behind]}"]
        if not _POSSIBLE.isdisjoint(symbols[at + 1 : end + 1]):
            features.append(f"SM={signed}")
        teller = self._teller(end)
        if teller:
            demanded = "must" if not _DEMANDED.isdisjoint(symbols[at + 1 : end + 1]) else ""
            features += [f"A={teller}", f"AS={demanded}{signed}"]
        if "if" in symbols[:at]:
            features.append("after_if")
        return reached, sign, signed

    def _follow(self, features: list[str]) -> _Clause:
        """Follow the verbs behind SELF up to the cue or the end of its clause."""
        symbols, at, skeleton = self._symbols, self._at, self._skeleton
        polarity, n = skeleton.polarity, len(symbols)
        k = at + 1
        if self._right == ",":
            k = skeleton.past_commas(k)
        elif self._right == "who":
            features.append("relative")
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
                features.append("says")
                following = symbols[k + 1] if k + 1 < n else ""
                if following == "pron":
                    features.append("says_pron")
                elif following == OTHER:
                    features.append("says_other")
                    crossed = True
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

    def _embedding(self) -> str:
        """Give the verb that a clause with SELF as its subject depends on: "insists that SELF lift the ban"."""
        if self._left in _EMBEDDING:
            for k in range(self._at - 2, max(-1, self._at - 5), -1):
                if self._skeleton.polarity[k] is not None or self._symbols[k] == "say":
                    return self._skeleton.name(k)
        return ""

    def _governed(self, tag: str, cue: int, features: list[str]) -> tuple[int, str]:
        """Tell what becomes of the measure: the sign of what governs a cue, and whose verb that is."""
        symbols, at, role = self._symbols, self._at, self._role
        sign, verb, bound, owner = self._skeleton.government(cue)
        whose = symbols[bound] if bound >= 0 else "none"
        if owner >= 0:
            features.append(f"{tag}owner={symbols[owner]}")
        between = symbols[min(at, cue) + 1 : max(at, cue)].count(OTHER)
        side = f"{tag}{'>' if cue > at else '<'}{min(between, 3)}"
        signed = f"{_SIGN[sign]}{whose}"
        features += [f"{tag}G={verb}", f"{tag}S={signed}", f"{tag}RS={role}{signed}", side, f"{side}{role}"]
        if "by" in symbols[cue + 1 : cue + 3]:
            features.append(f"{tag}by")
        return sign, whose


_BLAME = frozenset({"accuse", "criticise"})
_SIGN = {1: "+", -1: "-"}
_QUOTED = frozenset({",", '"'})
_HEADS = frozenset({CUE, CUX, ",", OTHER})
_CONTRARY = frozenset({"unlike", "unless"})  # "unless Rome withdraws": it has not
_BREAK = frozenset({";", "but", "because", "despite", "unless", "if"})
_ASIDE = frozenset({",", "after", "before", "since"})
_EMBEDDING = frozenset({"that", "if", "unless", "because", "for"})
_BEFORE_JUDGED = AUXILIARY | {"not", "more"}
_TELLING = frozenset({"say", "call", "warn", "accuse", "criticise", "threaten"})
_DEMANDED = frozenset({"modal", "will"})
_POSSIBLE = frozenset({"modal", "if"})
_OPENING = frozenset({",", ";", '"', "that", "but", "conj", "say", "if", "because"})
