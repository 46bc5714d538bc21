"""What an actor does in its sentence: role, governing verbs, and what becomes of the measure.

A light reading of grammar over the symbols of a sentence, without a parser: the verb behind a subject, the preposition
before an object, the verbs that govern a cue, and the sign that negation and ending verbs give to the whole.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.lexicon import Lexicon

SELF, OTHER, CUE, CUX = "SELF", "OTHER", "CUE", "CUX"
LEAVING, ENDING, TRADE, IMPOSING = "=leave", "=end", "=trade", "=impose"
"""What a cue does. The first three turn what governs them: who stops a withdrawal or arms sales is for it."""

AUXILIARY = frozenset({"modal", "will", "be", "have"})


class Step(NamedTuple):
    """A word of the skeleton: its symbol and its form."""

    symbol: str
    form: str


class Role:
    """The role of SELF in one skeleton.

    Parameters
    ----------
    steps : sequence of Step
        The sentence with actors as SELF and OTHER, cues as CUE and CUX, classes and function words. Behind a cue
        stands what it does (``=impose``).
    at : int
        Where SELF stands.
    sort : str
        The mention's type: a name in front of a cue ("Syria sanctions") is seldom an owner, an acronym often.
    lexicon : Lexicon
        For the sign of each stance class.
    """

    def __init__(self, steps: Sequence[Step], at: int, sort: str, lexicon: Lexicon) -> None:
        self._steps = steps
        self._symbols = [step.symbol for step in steps]
        self._at = at
        self._sort = sort
        self._polarity = lexicon.polarity
        self._prepositions = lexicon.prepositions
        self._irregular = lexicon.irregular
        self._fates: dict[int, int] = {}
        self._left = self._symbols[at - 1] if at else "^"
        self._right = self._symbols[at + 1] if at + 1 < len(self._symbols) else "$"
        self._role = self._named()

    def features(self, target: str) -> list[str]:
        """Give the role as tokens, each a yes-or-no feature of the roles view.

        What a verb says hangs on the target ("leave" ends an intervention), which tokens name but for role and sign.
        """
        return [f if f.startswith(_SHARED) else f"{target}:{f}" for f in self._features()]

    def _features(self) -> list[str]:
        left, right, role = self._left, self._right, self._role
        features = [f"L={left}", f"R={right}", f"LR={left}_{right}", f"role={role}", f"T={self._sort}:{role}"]
        features += self._governor_left()
        reached, sign, clause = self._clause()
        features += clause
        cues = [k for k, symbol in enumerate(self._symbols) if symbol == CUE]
        if not cues:
            return [*features, "no_cue"]
        nearest = min(cues, key=lambda k: abs(k - self._at))
        fate, whose, governed = self._governed("N", nearest)
        features += governed
        if not reached:
            features += [f"X={role}{'+' if sign == fate else '-'}", f"X2={role}{sign}{fate}{whose}"]
        if cues[0] != nearest:
            features += self._governed("F", cues[0])[2]
        return features

    def _verb(self, k: int) -> bool:
        return self._symbols[k] in self._polarity

    def _named(self) -> str:
        symbols, at, left, right = self._symbols, self._at, self._left, self._right
        if left == "by":
            role = "BY"
        elif left in self._prepositions:
            role = f"P_{left}"
        elif left == "'s":
            role = "AFTER_'S"
        elif left == "say" and at > 1 and symbols[at - 2] in _QUOTED:
            role = "SPEAKER"
        elif left in self._polarity and right not in AUXILIARY:
            role = "OBJECT"
        elif left in _QUOTED and (right == "say" or symbols[at + 1 : at + 3] == ["'s", "say"]):
            role = "SPEAKER"
        else:
            role = "SUBJECT"
        if right in (CUE, CUX):
            # "Oslo froze the assets", beside "the Oslo sanctions"
            return role + ("+ACTS" if self._past(at + 1) else "+MODIFIER")
        return role + ("+OWNER" if right == "'s" else "")

    def _negated(self, k: int) -> bool:
        symbols = self._symbols
        for j in range(k - 1, max(-1, k - 4), -1):
            if symbols[j] == "not":
                return True
            if symbols[j] not in _BEFORE_VERB:
                return False
        return False

    def _passive(self, k: int) -> bool:
        if not self._past(k):
            return False
        for j in range(k - 1, max(-1, k - 4), -1):
            if self._symbols[j] == "be":
                return True
            if self._symbols[j] not in ("not", "have", "modal"):
                break
        return k + 1 < len(self._symbols) and self._symbols[k + 1] == "by"

    def _past(self, k: int) -> bool:
        form = self._steps[k].form.split(" ", 1)[0]
        return form.endswith("ed") or form in self._irregular

    def _joined(self, k: int, first: int) -> bool:
        """Tell whether "and" sets a verb beside the first one, with the same subject: "sent aid and backed the ban"."""
        return self._symbols[k - 1] in ("conj", "but") and all(
            self._past(j) or self._steps[j].form.endswith("s") for j in (k, first)
        )

    def _name(self, k: int) -> str:
        return ("not:" if self._negated(k) else "") + self._symbols[k]

    def _signs(self, chain: Sequence[int]) -> list[int]:
        polarity, symbols = self._polarity, self._symbols
        return [(-1 if polarity[symbols[k]] < 0 else 1) * (-1 if self._negated(k) else 1) for k in chain]

    def _sign(self, chain: Sequence[int], cue: int | None) -> int:
        """Multiply the signs of the verbs that govern a cue with those of what stands around it."""
        symbols = self._symbols
        signs = self._signs(chain)
        if cue is not None:
            signs.append(self._fate(cue))
            if cue + 1 < len(symbols) and symbols[cue + 1] in (LEAVING, ENDING, TRADE):
                signs.append(-1)
            k = cue - 1
            while k > 0 and symbols[k] in _DETERMINER:
                k -= 1
            if k >= 0 and symbols[k] == "not":
                signs.append(-1)
            elif k >= 0 and symbols[k] == "against":  # whoever warns, votes or decides against it
                signs = [-1, self._fate(cue), *(-1 for j in chain if self._negated(j))]
        return -1 if signs.count(-1) % 2 else 1

    def _fate(self, cue: int) -> int:
        """Tell whether a cue's own verb ends it ("the embargo was lifted", "want the troops out"): -1, else 1."""
        if cue not in self._fates:
            self._fates[cue] = self._read_fate(cue)
        return self._fates[cue]

    def _read_fate(self, cue: int) -> int:
        symbols, n = self._symbols, len(self._symbols)
        sign = 1
        k = cue + 1
        while k < min(n, cue + 11):
            symbol, before = symbols[k], symbols[k - 1]
            if symbol in self._polarity:
                purpose = before == "to" and symbols[k - 2] not in AUXILIARY
                if purpose or (before in self._prepositions and self._steps[k].form.endswith("ing")):
                    return 1
                if symbol in _ENDED or (symbol == "pull" and symbols[k + 1 : k + 2] != ["on"]):
                    return -sign
                if symbol in ("keep", "pull"):
                    return sign
                if self._passive(k):
                    return -sign if self._polarity[symbol] < 0 else sign
                if before not in self._prepositions and symbol not in ("impose", "act"):
                    return 1
            elif symbol == "not":
                sign = -sign
            elif symbol == "out":
                return -sign
            elif symbol in (SELF, OTHER):
                if before not in self._prepositions and before not in _DETERMINER and before != "conj":
                    return 1
            elif symbol == ",":
                k = self._past_commas(k)
                if symbols[k] == ",":
                    return 1
                continue
            elif not (symbol in self._prepositions or symbol in _BESIDE_CUE or symbol[0] == "="):
                return 1
            k += 1
        return 1

    def _past_commas(self, k: int) -> int:
        """Give where the sentence goes on behind ", … ," from a comma on; the comma itself if with no verb."""
        symbols = self._symbols
        for j in range(k + 1, min(len(symbols) - 1, k + 9)):
            if symbols[j] == ",":
                follows = symbols[j + 1]
                return j + 1 if follows in self._polarity or follows in AUXILIARY or follows == "not" else k
        return k

    def _governor_left(self) -> list[str]:
        """Tell what a preposition before SELF hangs from, or the verb that SELF is the object of."""
        symbols, at, left = self._symbols, self._at, self._left
        if left in self._prepositions:
            k = at - 2
            features = [f"LL={symbols[k] if k >= 0 else '^'}_{left}"]
            while k >= 0 and not (self._verb(k) or symbols[k] in (CUE, CUX, ",", OTHER)):
                k -= 1
            if k >= 0:
                features.append(f"LV={self._name(k) if self._verb(k) else symbols[k]}_{left}")
            return features
        if self._role.startswith("OBJECT"):
            return [f"OBJ={self._name(at - 1)}" + ("_passive" if self._passive(at - 1) else "")]
        return []

    def _clause(self) -> tuple[bool, int, list[str]]:
        """Follow the verbs behind SELF up to the cue or the end of its clause: is it reached, with which sign."""
        symbols, n, at, role = self._symbols, len(self._symbols), self._at, self._role
        features: list[str] = []
        k = at + 1
        if self._right == ",":
            k = self._past_commas(k)
        elif self._right == "who":
            features.append("relative")
            k += 1
        # Of "the rejection by SELF", and of "SELF's rejection", the noun governs what follows.
        chain = [at - 2] if self._left in ("of", "by", "from") and at >= 2 and self._verb(at - 2) else []
        first = len(chain)
        reached = crossed = False
        while k < n:
            symbol = symbols[k]
            following = symbols[k + 1] if k + 1 < n else ""
            if symbol == "say" and len(chain) == first:
                features.append("says")
                if following == "pron":
                    features.append("says_pron")
                if following == OTHER:
                    features.append("says_other")
                    crossed = True
            elif symbol in self._polarity:
                if len(chain) > first and self._joined(k, chain[first]):
                    del chain[first:]
                chain.append(k)
            elif symbol == CUE:
                reached = True
                break
            elif symbol == ";" or (symbol == "," and len(chain) > first) or symbol in _BREAK:
                break
            elif symbol == OTHER and k > at + 1 and (following in self._polarity or following in AUXILIARY):
                crossed = True
            k += 1
        sign = self._sign(chain[:4], k if reached else None)
        if self._left == "not" and self._denied():
            sign = -sign
        end = f"{'cue' if reached else 'end'}{'_crossed' if crossed else ''}"
        signed = f"{end}{_SIGN[sign]}"
        if chain:
            passive = "passive:" if len(chain) > first and first == 0 and self._passive(chain[0]) else ""
            name = passive + self._name(chain[0])
            features += [f"S1={name}", f"S1r={role}{name}"]
        features += [f"SG={signed}", f"SGr={role}{signed}", f"SN={end}{len(chain)}"]
        if role.startswith("OBJECT"):
            features.append(f"OS={self._name(at - 1)}{signed}")
        under = self._embedding()
        if under:
            features += [f"E={self._left}{under}", f"ES={under}{signed}"]
        if not {"modal", "if"}.isdisjoint(symbols[at + 1 : k + 1]):
            features.append(f"SM={signed}")
        if "if" in symbols[:at]:
            features.append("after_if")
        return reached, sign, features

    def _denied(self) -> bool:
        """Tell whether "no", "not a" or "neither" before a subject denies its verb; "Rome, not Bern, lifted it"."""
        at = self._at
        return at < 2 or self._symbols[at - 2] in _OPENING or self._steps[at - 1].form in ("neither", "nor")

    def _embedding(self) -> str:
        """Give the verb that a clause with SELF as its subject depends on: "insists that SELF lift the ban"."""
        if self._left in _EMBEDDING:
            for k in range(self._at - 2, max(-1, self._at - 5), -1):
                if self._verb(k) or self._symbols[k] == "say":
                    return self._name(k)
        return ""

    def _governed(self, tag: str, cue: int) -> tuple[int, str, list[str]]:
        """Tell what becomes of the measure: the sign of what governs a cue, and whose verb that is."""
        symbols, at, role = self._symbols, self._at, self._role
        features: list[str] = []
        governors: list[int] = []
        whose = "none"
        k = cue - 1
        while k >= 0 and len(governors) < 3:
            symbol = symbols[k]
            if self._verb(k):
                governors.append(k)
            elif symbol in (OTHER, SELF):
                if k + 1 < cue and (k == 0 or symbols[k - 1] not in self._prepositions):
                    whose = symbol
                    break
                if k + 1 == cue or (k + 2 == cue and symbols[k + 1] == "'s"):
                    features.append(f"{tag}owner={symbol}")
            elif symbol in _CLAUSE or (symbol == "," and governors):
                whose = symbol
                break
            k -= 1
        sign = self._sign(governors, cue)
        after = self._governor_right(cue)
        governor = after if after is not None else governors[0] if governors else None
        between = symbols[min(at, cue) + 1 : max(at, cue)].count(OTHER)
        side = f"{tag}{'>' if cue > at else '<'}{min(between, 3)}"
        features += [
            f"{tag}G={self._name(governor) if governor is not None else ''}",
            f"{tag}S={_SIGN[sign]}{whose}",
            f"{tag}RS={role}{_SIGN[sign]}{whose}",
            side,
            f"{side}{role}",
        ]
        if "by" in symbols[cue + 1 : cue + 3]:
            features.append(f"{tag}by")
        return sign, whose, features

    def _governor_right(self, cue: int) -> int | None:
        """Find the verb behind a cue that tells its fate: "the embargo was lifted", "the mandate ends"."""
        symbols = self._symbols
        for k in range(cue + 1, min(len(symbols), cue + 7)):
            if self._verb(k) and (self._passive(k) or symbols[k] == "end"):
                return k
            if symbols[k] in (SELF, OTHER, ",", '"') and symbols[k - 1] not in self._prepositions:
                return None
        return None


_SHARED = ("role=", "SG=")
_SIGN = {1: "+", -1: "-"}
_QUOTED = frozenset({",", '"'})
_CLAUSE = frozenset({'"', "who", "that", "but", "because", "despite", "if"})
_BREAK = frozenset({"but", "because", "despite", "unless", "if"})
_EMBEDDING = frozenset({"that", "if", "unless", "because", "for"})
_OPENING = frozenset({",", ";", '"', "that", "but", "conj", "say", "if", "because"})
_BEFORE_VERB = AUXILIARY | {"more", "any", "to", "of"}
_DETERMINER = frozenset({"any", "more", "trade", "pron", "'s", SELF, OTHER, CUX})
_BESIDE_CUE = AUXILIARY | {"any", "pron", "'s", "conj", CUE, CUX}
_ENDED = frozenset({"end", "leave", "suspend", "less", "exempt"})
