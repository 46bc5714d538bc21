"""The skeleton of a sentence: verb classes, cues, actors and function words, and what becomes of the measure in it.

What is read here is the same from every actor's seat, and is read once for all of them: the verbs that govern a cue,
the verb behind it that tells its fate, and the sign that negation and ending verbs give to the whole.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from pipeline.lexicon import Lexicon

SELF, OTHER, CUE, CUX = "SELF", "OTHER", "CUE", "CUX"
LEAVING, ENDING, TRADE, IMPOSING, ARMING, FORCING = "=leave", "=end", "=trade", "=impose", "=send", "=force"
"""What a cue does. The first three turn what governs them: who stops a withdrawal or arms sales is for it."""

AUXILIARY = frozenset({"modal", "will", "be", "have"})
JOINING = frozenset({"conj", "but"})


class Government(NamedTuple):
    """What governs a cue.

    ``sign`` is -1 where the whole speaks against the measure, ``verb`` the name of the verb that decides, empty where
    there is none. ``bound`` is where the clause or the actor stands that ends the search for verbs, ``owner`` where the
    actor stands whose measure it is; -1 without.
    """

    sign: int
    verb: str
    bound: int
    owner: int


class Skeleton:
    """A sentence's skeleton and its light grammar, without a parser.

    Parameters
    ----------
    symbols : list of str
        Actors as OTHER, cues as CUE and CUX, stance classes and function words. Behind a cue stands what it does
        (``=impose``).
    forms : sequence of str
        The word of each symbol.
    lexicon : Lexicon
        For the sign of each stance class.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> words = "Rome did not lift sanctions sanctions".split()
    >>> skeleton = Skeleton(["OTHER", "be", "not", "end", "CUE", "=impose"], words, load())
    >>> skeleton.government(4)
    Government(sign=1, verb='not:end', bound=0, owner=-1)
    """

    def __init__(self, symbols: list[str], forms: Sequence[str], lexicon: Lexicon) -> None:
        self.symbols = symbols
        self.forms = forms
        self.polarity = [*map(lexicon.polarity.get, symbols)]
        """The sign of each verb class, None of anything else."""
        self.cues = [k for k, symbol in enumerate(symbols) if symbol == CUE]
        self.prepositions = lexicon.prepositions
        self._irregular, self._nouns = lexicon.irregular, lexicon.nouns
        self._negated = _negated(symbols) if "not" in symbols else frozenset()
        self._fates: dict[int, int] = {}
        self._governments: dict[int, Government] = {}

    def nearest_cue(self, at: int) -> int:
        """Give where the cue stands that is nearest to a symbol; there must be one."""
        return min(self.cues, key=lambda k: abs(k - at))

    @cached_property
    def aside(self) -> tuple[int, str] | None:
        """Where the other target's cue stands and how this one's hangs on it (">for": behind it, by "for"), if any."""
        symbols = self.symbols
        if CUX not in symbols:
            return None
        other = symbols.index(CUX)
        if not self.cues:
            return other, "none"
        cue = self.nearest_cue(other)
        between = symbols[min(cue, other) + 1 : max(cue, other)]
        return other, (">" if cue > other else "<") + next((s for s in between if s in _TIES), "")

    def name(self, k: int) -> str:
        """Name a verb: its class, with "not:" where it is negated."""
        return "not:" + self.symbols[k] if k in self._negated else self.symbols[k]

    def past(self, k: int) -> bool:
        """Tell whether a word is a past form or a participle."""
        form = self.forms[k].split(" ", 1)[0]
        return form.endswith("ed") or form in self._irregular

    def noun(self, k: int) -> bool:
        """Tell whether a word can only be a noun: "the French decision to leave"."""
        return k < len(self.forms) and self.forms[k] in self._nouns

    def _finite(self, k: int) -> bool:
        """Tell whether a verb has a tense, by its form: "backed" and "backs", not "back" and "backing"."""
        return self.past(k) or self.forms[k].endswith("s")

    def passive(self, k: int) -> bool:
        """Tell whether a verb is in the passive."""
        by = k + 1 < len(self.symbols) and self.symbols[k + 1] == "by"
        return self.past(k) and (by or self._behind_be(k, _BEFORE_PARTICIPLE))

    def _behind_be(self, k: int, between: frozenset[str]) -> bool:
        """Tell whether a word stands behind "be", with at most two symbols of a certain sort between them."""
        for j in range(k - 1, max(-1, k - 4), -1):
            if self.symbols[j] not in between:
                return self.symbols[j] == "be"
        return False

    def hangs(self, k: int) -> bool:
        """Tell whether an actor hangs on a preposition, and is no subject as in "as Rome calls for sanctions"."""
        if not k or self.symbols[k - 1] not in self.prepositions:
            return False
        if k + 1 == len(self.symbols) or self.symbols[k - 1] not in _SUBORDINATING:
            return True
        verb = self.polarity[k + 1] is not None and self._finite(k + 1)
        return not verb and self.symbols[k + 1] not in AUXILIARY

    def without(self, chain: list[int], k: int, first: int) -> list[int]:
        """Leave out the verbs of a chain that "and" sets another one beside: "sent aid and backed the ban".

        Those before ``first`` stay. "Stop it or face sanctions" threatens with them, whatever is to be stopped.
        """
        symbols, forms, end = self.symbols, self.forms, len(chain)
        purpose = symbols[k - 1] == "to"
        if symbols[k - 1 - purpose] in JOINING and first < end:
            if purpose:
                end = max((j for j in range(first, end) if symbols[chain[j] - 1] == "to"), default=end)
            elif forms[k - 1] == "or" and symbols[k] == "suffer":
                end = first
            elif forms[k].endswith("ing"):
                end = max((j for j in range(first, end) if forms[chain[j]].endswith("ing")), default=end)
            elif self._finite(k) and self._finite(chain[first]):
                end = first
            elif forms[chain[-1]].endswith("ing"):  # "agree on cutting arms and join the strikes"
                end = max((j for j in range(first, end) if not forms[chain[j]].endswith("ing")), default=end)
            elif chain[-1] == k - 2:  # "a truce and the deployment of troops"
                end -= 1
        return chain[:end]

    def sign(self, chain: Sequence[int], cue: int | None) -> int:
        """Multiply the signs of the verbs that govern a cue with those of what stands around it."""
        symbols, polarity, negated = self.symbols, self.polarity, self._negated
        # Whoever warns, votes or decides against what a verb says is against it, whatever else their verbs say.
        turned = max((k for k in chain if k and symbols[k - 1] == "against"), default=0)
        signs = [-1 if (polarity[k] or 0) < 0 else 1 for k in chain if k >= turned]
        signs += [-1 for k in chain if k in negated] + [-1] * bool(turned)
        if cue is not None:
            fate = self.fate(cue)
            signs.append(fate)
            does = symbols[cue + 1] if cue + 1 < len(symbols) else ""
            # Who bars arms sales is for sanctions, who bars arms for rebels against intervention.
            barred = does in _BARRED and any(symbols[j] == "impose" for j in chain)
            if (does in _TURNED) != barred:
                signs.append(-1)
            k = self._governor(cue)
            none = k - 1 if k > 0 and symbols[k] in _PURPOSE else k  # "no need for an embargo", "not to invade"
            if none >= 0 and symbols[none] == "not":
                if negated.isdisjoint(j for j in chain if j > none):  # "no more sanctions" is one "no"
                    signs.append(-1)
            elif k >= 0 and symbols[k] == "against":  # whoever warns, votes or decides against it
                signs = [-1, fate, *(-1 for j in chain if j in negated)]
        return -1 if signs.count(-1) % 2 else 1

    def joins(self, k: int) -> bool:
        """Tell whether another verb of the same subject follows: behind ", and", ", but" or "but"."""
        verb = k + 2 if self.symbols[k] == "," else k + 1
        if verb >= len(self.symbols) or self.symbols[verb - 1] not in JOINING:
            return False
        return self.symbols[verb] == "say" or (self.polarity[verb] is not None and self._finite(verb))

    def past_commas(self, k: int) -> int:
        """Give where the sentence goes on behind ", … ," from a comma on; the comma itself if with no verb."""
        symbols = self.symbols
        for j in range(k + 1, min(len(symbols) - 1, k + 9)):
            if symbols[j] == ",":
                # "lifted the ban, Rome said, ending a quarrel" goes on with no verb of the ban's
                verb = self.polarity[j + 1] is not None and not self.forms[j + 1].endswith("ing")
                goes_on = verb or symbols[j + 1] in AUXILIARY or symbols[j + 1] == "not"
                return j + 1 if goes_on else k
        return k

    def government(self, cue: int) -> Government:
        """Tell what becomes of the measure that a cue names."""
        if cue not in self._governments:
            self._governments[cue] = self._read_government(cue)
        return self._governments[cue]

    def _read_government(self, cue: int) -> Government:
        symbols, polarity = self.symbols, self.polarity
        governors: list[int] = []
        bound = owner = -1
        k = cue - 1
        while k >= 0 and len(governors) < 3:
            symbol = symbols[k]
            if polarity[k] is not None:
                if symbols[k + 1] == "conj" and governors and k + 2 == governors[-1]:
                    k -= 1  # of "a truce and the deployment of troops" only the latter governs
                    continue
                governors.append(k)
                if symbol == "suffer" and k and self.forms[k - 1] == "or":
                    break
            elif symbol == OTHER:
                if k + 1 < cue and not self.hangs(k):
                    bound = k
                    break
                if k + 1 == cue or (k + 2 == cue and symbols[k + 1] == "'s"):
                    owner = k
            elif symbol in _CLAUSE or (symbol == "," and governors):
                bound = k
                break
            k -= 1
        after = self._governor_behind(cue)
        decides = [*after, *governors][:1]
        return Government(self.sign(governors, cue), self.name(decides[0]) if decides else "", bound, owner)

    def _governor_behind(self, cue: int) -> list[int]:
        """Find the verb behind a cue that tells its fate: "the embargo was lifted", "the mandate ends"."""
        symbols = self.symbols
        for k in range(cue + 1, min(len(symbols), cue + 7)):
            if symbols[k - 1] == "to" and symbols[k - 2] not in _BEFORE_TO:
                break
            if self.polarity[k] is not None and (symbols[k] == "end" or self._predicated(k)):
                return [k]
            if symbols[k] in (OTHER, ",", '"') and symbols[k - 1] not in self.prepositions:
                break
        return []

    def _predicated(self, k: int) -> bool:
        """Tell whether a word is said of its subject: "the embargo was extended", "is unjust", "was not necessary"."""
        symbols, before = self.symbols, self.symbols[k - 1]
        if symbols[k] == "criticise" and (
            before in _BEFORE_PREDICATE or before[0] == "=" or (before == OTHER and symbols[k - 2] in self.prepositions)
        ):
            return True  # "the embargo failed", "would backfire"
        return self.judges(k) or self.passive(k)

    def judges(self, k: int) -> bool:
        """Tell whether a word judges the subject of "be": who "is wrong to lift the ban" has lifted it."""
        return self.symbols[k] in _JUDGEMENTS and self._behind_be(k, _BEFORE_JUDGEMENT)

    def fate(self, cue: int) -> int:
        """Tell whether a cue's own verb ends it ("the embargo was lifted", "want the troops out"): -1, else 1."""
        if cue not in self._fates:
            self._fates[cue] = self._read_fate(cue)
        return self._fates[cue]

    def _read_fate(self, cue: int) -> int:
        symbols, n = self.symbols, len(self.symbols)
        governor = self._governor(cue)
        called = governor >= 0 and (
            symbols[governor] == "deem" or self.forms[governor].startswith(("call", "consider"))
        )
        fought = governor >= 0 and (self.polarity[governor] or 0) < 0  # who rejects it as unjust says so once
        particle = self.forms[cue].rsplit(" ", 1)[-1]  # "trade with", "force to"
        sign = 1
        subordinate = False
        k = cue + 1
        while k < min(n, cue + 11):
            symbol, before = symbols[k], symbols[k - 1]
            if k == cue + 2 and particle in self.prepositions:
                before = particle
            described = before == "as" or symbols[k - 2 : k] == ["as", '"']
            if (called and symbol in _CALLED) or (described and symbol in _JUDGEMENTS and not fought):
                return sign if symbol == "support" else -sign  # "called the sanctions a mistake", "described as unjust"
            if self.polarity[k] is not None:
                told = self._told_by(k, before, cue, governor, subordinate)
                if told is not None:
                    return sign * told if told else 1
            elif symbol == "not":
                sign = -sign
            elif symbol == "out":
                return -sign
            elif symbol in _SUBORDINATING:
                subordinate = True
            elif symbol == '"' and (called or before in ("be", "as")):
                pass
            elif symbol == OTHER:
                if before not in self.prepositions and before not in _DETERMINER and before != "conj":
                    return 1
            elif symbol == ",":
                k = self.past_commas(k)
                if symbols[k] == ",":
                    return 1
                continue
            elif not (symbol in self.prepositions or symbol in _BESIDE_CUE or symbol[0] == "="):
                return 1
            k += 1
        return 1

    def _governor(self, cue: int) -> int:
        """Give where the word stands before a cue, its determiners and a quotation mark; -1 without."""
        k = cue - 1
        while k >= 0 and (self.symbols[k] in _DETERMINER or self.symbols[k] == '"'):
            k -= 1
        return k

    def _told_by(self, k: int, before: str, cue: int, governor: int, subordinate: bool) -> int | None:
        """Give what a verb behind a cue tells of its fate: that it ends (-1) or goes on (1), nothing (0).

        None where it is to be looked for further on.
        """
        symbol, onward = self.symbols[k], self.symbols[k + 1 : k + 2]
        verb = governor - (governor > 0 and self.symbols[governor] in _PURPOSE)
        ordered = verb >= 0 and self.symbols[verb] in _ORDERS
        if before == "to" and self.symbols[k - 2] not in _BEFORE_TO:
            # "called on the troops to leave", "let the ban expire", beside "a ban to end the war"
            expires = self.symbols[cue + 1] == IMPOSING and (not onward or onward[0] in _BEHIND_INTRANSITIVE)
            return -1 if ordered and (symbol == "leave" or (symbol in _ENDED and expires)) else 0
        if before in self.prepositions and self.forms[k].endswith("ing"):
            return 0
        if before == "conj" or (subordinate and not self._behind_be(k, _BEFORE_PARTICIPLE)):
            return 0  # "sanctions and a suspension of aid", "sanctions after the junta put off a vote"
        if symbol in _BEGINNING:  # "the troops began to leave"
            return None
        governed = governor >= 0 and self.polarity[governor] is not None and not ordered
        if governed and symbol in _ENDED and self.past(k) and not self._behind_be(k, _BEFORE_PARTICIPLE):
            return 0  # "reimposed the sanctions lifted by his predecessor", beside "wants the sanctions lifted"
        if symbol in _ENDED or (symbol == "pull" and _ONWARD.isdisjoint(onward)):
            return -1
        if symbol in ("keep", "pull"):  # "the sanctions stay", "the troops would go to Mali"
            return 1
        if self._predicated(k):
            return -1 if (self.polarity[k] or 0) < 0 else 1
        return None if before in self.prepositions or symbol in ("impose", "act") else 0


def _negated(symbols: Sequence[str]) -> frozenset[int]:
    """Give what "not" negates: what stands behind it, with at most two auxiliaries and the like between."""
    negated = set()
    for at, symbol in enumerate(symbols):
        if symbol == "not":
            for k in range(at + 1, min(len(symbols), at + 4)):
                negated.add(k)
                if symbols[k] not in _BEFORE_VERB:
                    break
    return frozenset(negated)


_SUBORDINATING = frozenset({"as", "after", "before", "since"})
_CALLED = frozenset({"criticise", "support", "evade", "harm", "attack"})
_ORDERS = frozenset({"call", "approve", "say", "give"})
_BEHIND_INTRANSITIVE = frozenset({",", "conj", "but", "that", '"', "in", "at", "on", "by"})
_BEGINNING = frozenset({"start", "threaten"})
_BEFORE_TO = AUXILIARY | _BEGINNING
_ONWARD = frozenset({"on", "to", "into"})
_BEFORE_PARTICIPLE = frozenset({"not", "have", "modal"})
_JUDGEMENTS = frozenset({"criticise", "support"})
_BEFORE_JUDGEMENT = frozenset({"not", "more", "less", "any", '"'})
_TURNED = frozenset({LEAVING, ENDING, TRADE})
_BARRED = frozenset({TRADE, ARMING})
_CLAUSE = frozenset({'"', "who", "that", "but", "because", "despite", "if"})
_BEFORE_VERB = AUXILIARY | {"more", "any", "to", "of", "for"}
_BEFORE_PREDICATE = frozenset({"modal", "will", "have"})
_PURPOSE = frozenset({"to", "for"})
_TIES = frozenset({"for", "over", "after", "because", "in", "despite", "conj", "but", "if", "to", "as"})
_DETERMINER = frozenset({"any", "more", "trade", "pron", "'s", OTHER, CUX})
_BESIDE_CUE = AUXILIARY | {"any", "pron", "'s", "conj", CUE, CUX}
_ENDED = frozenset({"end", "leave", "suspend", "less", "exempt"})
