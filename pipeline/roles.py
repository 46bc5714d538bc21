"""What an actor does in its sentence: role, governing verbs, and what becomes of the measure.

A light reading of grammar over the symbols of a sentence, without a parser: the verb behind a subject, the preposition
before an object, the verbs that govern a cue, and the sign that negation and ending verbs give to the whole.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.lexicon import Lexicon

SELF, OTHER, CUE, CUX = "SELF", "OTHER", "CUE", "CUX"
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
        The sentence with actors as SELF and OTHER, cues as CUE and CUX, classes and function words.
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

    def features(self) -> list[str]:
        """Give the role as tokens, each a yes-or-no feature of the roles view."""
        symbols, at = self._symbols, self._at
        left = symbols[at - 1] if at else "^"
        right = symbols[at + 1] if at + 1 < len(symbols) else "$"
        role = self._role(left, right)
        features = [f"L={left}", f"R={right}", f"LR={left}_{right}", f"role={role}", f"T={self._sort}:{role}"]
        features += self._governor_left(left, role)
        features += self._subject(role)
        features += self._cue(role)
        return features

    def _verb(self, k: int) -> bool:
        return self._symbols[k] in self._polarity

    def _role(self, left: str, right: str) -> str:
        if left == "by":
            role = "BY"
        elif left in self._prepositions:
            role = f"P_{left}"
        elif left == "'s":
            role = "AFTER_'S"
        elif left in self._polarity and right not in AUXILIARY:
            role = "OBJECT"
        else:
            role = "SUBJECT"
        return role + {CUE: "+MODIFIER", CUX: "+MODIFIER", "'s": "+OWNER"}.get(right, "")

    def _negated(self, k: int) -> bool:
        for j in range(k - 1, max(-1, k - 4), -1):
            symbol = self._symbols[j]
            if symbol == "not":
                return True
            if symbol not in AUXILIARY and symbol != "more":
                return False
        return False

    def _passive(self, k: int) -> bool:
        form = self._steps[k].form
        if not (form.endswith("ed") or form in self._irregular):
            return False
        for j in range(k - 1, max(-1, k - 4), -1):
            if self._symbols[j] == "be":
                return True
            if self._symbols[j] not in ("not", "have", "modal"):
                break
        return k + 1 < len(self._symbols) and self._symbols[k + 1] == "by"

    def _name(self, k: int) -> str:
        return ("not:" if self._negated(k) else "") + self._symbols[k]

    def _sign(self, chain: Sequence[int]) -> str:
        sign = 1
        for k in chain:
            if self._polarity[self._symbols[k]] < 0:
                sign = -sign
            if self._negated(k):
                sign = -sign
        return "+" if sign > 0 else "-"

    def _governor_left(self, left: str, role: str) -> list[str]:
        """Tell what a preposition before SELF hangs from, or the verb that SELF is the object of."""
        at = self._at
        if left in self._prepositions:
            k = at - 2
            features = [f"LL={self._symbols[k] if k >= 0 else '^'}_{left}"]
            while k >= 0 and not (self._verb(k) or self._symbols[k] in (CUE, CUX, ",", OTHER)):
                k -= 1
            if k >= 0:
                name = self._name(k) if self._verb(k) else self._symbols[k]
                features.append(f"LV={name}_{left}")
            return features
        if role.startswith("OBJECT"):
            return [f"OBJ={self._name(at - 1)}" + ("_passive" if self._passive(at - 1) else "")]
        return []

    def _past_apposition(self, k: int) -> int:
        """Skip ", who ...," or a title between a subject and its verb."""
        symbols = self._symbols
        for j in range(k + 1, min(len(symbols), k + 9)):
            if symbols[j] == ",":
                if j + 1 < len(symbols) and (
                    self._verb(j + 1) or symbols[j + 1] in AUXILIARY or symbols[j + 1] == "not"
                ):
                    return j + 1
                return k
        return k

    def _subject(self, role: str) -> list[str]:
        """Tell the verbs that follow SELF up to the cue or the end of its clause."""
        symbols, n = self._symbols, len(self._symbols)
        features: list[str] = []
        k = self._at + 1
        if k < n and symbols[k] == ",":
            k = self._past_apposition(k)
        elif k < n and symbols[k] == "who":
            features.append("relative")
            k += 1
        chain: list[int] = []
        reached = crossed = False
        while k < n:
            symbol = symbols[k]
            following = symbols[k + 1] if k + 1 < n else ""
            if symbol == "say" and not chain:
                features.append("says")
                if following == "pron":
                    features.append("says_pron")
                if following == OTHER:
                    features.append("says_other")
                    crossed = True
            elif self._verb(k):
                chain.append(k)
            elif symbol == CUE:
                reached = True
                break
            elif symbol == ";" or (symbol == "," and chain) or symbol in ("but", "because", "despite"):
                break
            elif symbol == OTHER and k > self._at + 1 and (following in self._polarity or following in AUXILIARY):
                crossed = True
            k += 1
        names = [self._name(j) for j in chain]
        if names and self._passive(chain[0]):
            names[0] = f"passive:{names[0]}"
        if names:
            features += [f"S1={names[0]}", f"S12={'>'.join(names[:2])}", f"S1r={role}{names[0]}"]
        end = ("cue" if reached else "end") + ("_crossed" if crossed else "")
        sign = self._sign(chain[:4])
        features += [
            f"SG={end}{sign}",
            f"SGr={role}{end}{sign}",
            f"SP={end}{'>'.join(names[:4])}",
            f"SN={end}{len(names)}",
        ]
        if {"modal", "if"} & set(symbols[self._at + 1 : k + 1]):
            features.append(f"SM={end}{sign}")
        if "if" in symbols[: self._at]:
            features.append("after_if")
        return features

    def _cue(self, role: str) -> list[str]:
        """Tell what becomes of the measure: the verbs that govern the nearest cue and the first one."""
        cues = [k for k, symbol in enumerate(self._symbols) if symbol == CUE]
        if not cues:
            return ["no_cue"]
        nearest = min(cues, key=lambda k: abs(k - self._at))
        features = self._governed("N", nearest, role)
        if cues[0] != nearest:
            features += self._governed("F", cues[0], role)
        return features

    def _governed(self, tag: str, cue: int, role: str) -> list[str]:
        symbols, at = self._symbols, self._at
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
        after = self._governor_right(cue)
        if after is not None:
            governors.insert(0, after)
        names = [self._name(j) for j in governors]
        sign = self._sign(governors)
        between = sum(s == OTHER for s in symbols[min(at, cue) + 1 : max(at, cue)])
        side = f"{tag}{'>' if cue > at else '<'}{min(between, 3)}"
        features += [
            f"{tag}G={''.join(names[:1])}",
            f"{tag}G2={'<'.join(names[:2])}",
            f"{tag}S={sign}{whose}",
            f"{tag}R={role}|{'<'.join(names[:2])}",
            f"{tag}RS={role}{sign}{whose}",
            side,
            f"{side}{role}",
        ]
        if "by" in symbols[cue + 1 : cue + 3]:
            features.append(f"{tag}by")
        return features

    def _governor_right(self, cue: int) -> int | None:
        """Find the verb behind a cue that tells its fate: "the embargo was lifted", "the mandate ends"."""
        symbols = self._symbols
        for k in range(cue + 1, min(len(symbols), cue + 7)):
            if self._verb(k) and (self._passive(k) or symbols[k] == "end"):
                return k
            if symbols[k] in (SELF, OTHER, ",", '"') and symbols[k - 1] not in self._prepositions:
                return None
        return None


_CLAUSE = frozenset({'"', "who", "that", "but", "because", "despite", "if"})
