"""Pointers: the words that may mean a measure named before: "the move", "opposed it", "voted against"."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import NamedTuple

from pipeline.lexicon import Lexicon
from pipeline.skeleton import AUXILIARY

DECISION, PLAN, REFUSAL, THING, END = "again decision", "again plan", "again refusal", "again thing", "again end"
"""Kinds of ``titles.csv``: words that mean a decision, what was proposed, its refusal, the measure itself, its end."""
BARE = "again bare"
"""A kind of ``titles.csv``: verbs that go without what was proposed."""

_DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_NO_MORE = rf"(?! (?:of|to|for|against|that|about|on(?! {_DAY}))\b)"
"""What would tell which one is meant: "the plan to build a dam" is no measure's, "the plan on Monday" may be."""
_JUDGEMENTS = frozenset({"criticise", "support", "reject"})


class Pointer(NamedTuple):
    """A word that may point back to a measure: where it stands, and to which sort of thing it points.

    What goes without an object ("voted against") stands for the empty place behind it.
    """

    start: int
    end: int
    sort: str


class PointerFinder:
    """Find what may point back to a measure in folded text.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> finder = PointerFinder(load())
    >>> finder.find("rome opposed the move, bern voted against.")
    [Pointer(start=17, end=21, sort='again decision'), Pointer(start=41, end=41, sort='again plan')]
    >>> finder.find("rome said it would vote against the budget.")
    []
    """

    def __init__(self, lexicon: Lexicon) -> None:
        titles = lexicon.titles
        self._kinds, self._verbs = lexicon.words, lexicon.polarity
        self._prepositions = lexicon.prepositions
        self._sorts = {word: sort for sort in (DECISION, PLAN, REFUSAL, THING, END) for word in titles[sort]}
        self._bare = titles[BARE]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The pattern of all pointers, made when it is first needed: few texts have a sentence to look for them in."""
        pronouns = {word for word in self._sorts if self._kinds.get(word) == "pron"}
        nouns = self._sorts.keys() - pronouns
        return re.compile(
            rf"\b(?:(?:the|this|that|these|those|such an?|any such|such) (?:[a-z-]+ )?"
            rf"(?P<noun>{_any(nouns)})\b{_NO_MORE}"
            rf"|(?:(?P<before>[a-z]+) )?(?P<pronoun>{_any(pronouns)})\b(?=(?P<behind>(?: [a-z']+){{0,5}}))"
            rf"|(?P<bare>{_any(self._bare)})\b(?=\s*(?:$|[.,;:\"]|(?:and|but|while|as|because|on {_DAY})\b)))"
        )

    def find(self, folded: str) -> list[Pointer]:
        """Give the pointers in order."""
        found = []
        for match in self._pattern.finditer(folded):
            if match["noun"]:
                found.append(Pointer(*match.span("noun"), self._sorts[match["noun"]]))
            elif match["bare"]:
                found.append(Pointer(match.end(), match.end(), PLAN))
            elif self._means_a_thing(match["before"] or "", match["behind"].split()):
                found.append(Pointer(*match.span("pronoun"), self._sorts[match["pronoun"]]))
        return found

    def _means_a_thing(self, before: str, behind: Sequence[str]) -> bool:
        """Tell whether a pronoun is what a verb acts on, or is judged: "opposed it", "said it was a mistake"."""
        kinds = [self._kinds.get(word, "") for word in behind]
        if kinds[:1] == ["be"] or kinds[:2] == ["modal", "be"]:
            return not _JUDGEMENTS.isdisjoint(kinds)
        verb = self._kinds.get(before, "")
        acted_on = before in self._prepositions or (verb in self._verbs and verb != "say")
        return acted_on and not (kinds[:1] and (kinds[0] in AUXILIARY or kinds[0] in self._verbs))


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
