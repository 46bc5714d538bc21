"""Known names in a sentence: those of ``actors.csv`` and ``places.csv``, spelt as they are there."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipeline.lexicon import Alias, Lexicon
from pipeline.text import cased, fold

_LAST_NAME = re.compile(r"\b([A-ZÀ-ÖØ-Þ][\w'’-]+)\s(?:(?:de|la|del|al|el|bin|van|von)\s){0,2}$")
_FIRST_NAME = re.compile(r"\s((?:[ae]l-)?[A-ZÀ-ÖØ-Þ][\w'’-]+)")
_INSIDE = re.compile(r"\w $")
_TAIL = re.compile(r"[a-z]+")
_SIDES = ("pro-", "anti-", "non-")
_COMMON = ("office", "private", "outsider", "former", "modifier", "body", "group", "calendar")
_FAR = 60
"""Characters in which the word before a name is looked for."""
_REMEMBERED = 50_000
"""Names that are remembered with whom they meant in a year: a bound on the memory."""


class _Pattern(NamedTuple):
    """One spelling of a name: its key in the lexicon, the capitals it needs, and whether it is a short name only."""

    key: str
    case: Literal["any", "first", "all", "the"]
    short: bool


class NameFinder:
    """Find the lexicon's names in one pass of an automaton.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> finder = NameFinder(load())
    >>> [(start, end, alias.party) for start, end, alias in finder.find("Oslo joined the EU.", "oslo joined the eu.")]
    [(0, 4, 'Norway'), (16, 18, 'European Union')]
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._at = lru_cache(_REMEMBERED)(lexicon.at)
        self._words, self._short = lexicon.words, lexicon.short
        spellings: list[str] = []
        self._patterns: list[_Pattern] = []
        for key, entries in lexicon.aliases.items():
            short, entry = key in lexicon.short, entries[0].surface
            pattern = _Pattern(key, _case(key, entry), short)
            surface = key if short else fold(entries[0].surface).removeprefix("the ")
            for spelling in {key, surface or key, *_dotted(key)}:
                spellings.append(spelling)
                self._patterns.append(pattern)
        self._automaton = AhoCorasick(spellings)
        titles = lexicon.titles
        self._glue = lexicon.words.keys() | titles["body"] | titles["group"]
        self.common = frozenset().union(*(titles[kind] for kind in _COMMON))
        """Words that are no name, though they may have a capital."""
        self._no_names = self.common | lexicon.words.keys() | lexicon.aliases.keys()

    def find(self, text: str, folded: str, date: str = "") -> list[tuple[int, int, Alias]]:
        """Give the names in order, without overlaps: where each starts and ends, and whom it means.

        Parameters
        ----------
        text : str
            One sentence.
        folded : str
            ``fold(text)``
        date : str
            Its date (ISO) where known, by which holders of an office are resolved.
        """
        capitals_tell = cased(text)
        spans: dict[tuple[int, int], _Pattern] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if start:
                before = text[start - 1]
                if before.isalnum() and not (before.islower() and text[start].isupper()):
                    continue  # within another word, as most are
                if before == "-" and folded.endswith(_SIDES, 0, start):
                    continue  # "anti-Syrian rebels" are no Syrians
            pattern = self._patterns[number]
            if text[end : end + 1].isalnum() and not self._glued(text, folded, start, end, pattern.short):
                continue
            if self._spelt(text, folded, start, end, pattern, capitals_tell):
                spans[start, -end] = pattern
        found: list[tuple[int, int, Alias]] = []
        reach = 0
        for start, negative in sorted(spans):  # of those that begin together, the longest first
            end, (key, _, short) = -negative, spans[start, negative]
            alias = self._at(key, date[:4]) if start >= reach else None
            if alias and not (short and self._of_another(text, folded, start, end)):
                found.append((start, end, alias))
                reach = end
        return found

    def _glued(self, text: str, folded: str, start: int, end: int, short: bool) -> bool:
        """Tell whether only a missing blank joins a name to a known word behind it."""
        tail = _TAIL.match(folded, end)
        if not tail:
            return False
        if tail.group() == "s" and text[end - 1].isupper():
            return True
        if short:
            return False  # "Cheaper" is no Mr Chea
        known = (
            tail.group() in self._glue
            or tail.group() == "s"
            or (len(tail.group()) > 5 and tail.group().endswith(("ing", "ed")))
        )
        return known and end - start > 3 and text[start].isupper()

    def _spelt(self, text: str, folded: str, start: int, end: int, pattern: _Pattern, capitals_tell: bool) -> bool:
        """Tell whether a name has the capitals it needs: "US" and not "us", "May" and not "may"."""
        if not capitals_tell:
            return pattern.key not in self._words or folded.endswith("the ", 0, start)
        if pattern.case == "first":
            return text[start].isupper()
        if pattern.case == "the":  # "urged the west to act", but "the west of Mali"
            named = folded.endswith("the ", 0, start) and not folded.startswith(" of ", end)
            return text[start].isupper() or named
        if pattern.case == "any":
            return True
        plain = text[start:end].replace(".", "").replace(" ", "")
        return plain.isupper() or (len(pattern.key) > 3 and plain.istitle() and pattern.key not in self._words)

    def _of_another(self, text: str, folded: str, start: int, end: int) -> bool:
        """Tell whether a surname belongs to another, longer name: "Nils Borg", "Borg-Olivier"."""
        before, after = _LAST_NAME.search(text, max(0, start - _FAR), start), _FIRST_NAME.match(text, end)
        if before and not _INSIDE.search(text, max(0, before.start() - 2), before.start()):
            # The sentence's first word has a capital in any case.
            before = before if folded[before.start(1) : before.end(1)] in self._short else None
        if text[start - 1 : start] == "-" or text[end : end + 1] == "-":
            return True
        words = {folded[m.start(1) : m.end(1)] for m in (before, after) if m}
        return any(w in self._short or w not in self._no_names for w in words)


def _case(key: str, entry: str) -> Literal["any", "first", "all", "the"]:
    """Tell which capitals a name needs where the text has any."""
    if entry.startswith("the "):
        return "the"
    if entry[:1].islower():
        return "any"
    return "all" if len(key) <= 5 and entry.replace(".", "").replace(" ", "").isupper() else "first"


def _dotted(key: str) -> list[str]:
    """Give the spellings with dots of a short abbreviation: "us" is also "u.s.", "u.s" and "u. s."."""
    if len(key) > 4 or not key.isalpha():
        return []
    return [".".join(key) + ".", ".".join(key), ". ".join(key) + "."]
