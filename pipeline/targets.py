"""Cues: the words that speak of sanctions or intervention."""

from bisect import bisect
from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from pipeline.lexicon import TARGETS, Cue, Lexicon

RESUMED, ENDED = "resumed", "ended"
"""Kinds of cues that only their document tells: what points back to a measure that it named, or to its end."""


class Hit(NamedTuple):
    """A cue in a text: where it stands, its target and its kind."""

    start: int
    end: int
    target: str
    kind: str


_ARTICLES = frozenset({"an", "the"})
_LONGEST = 30  # letters of a word


class CueFinder:
    """Find cues in folded text (see :func:`pipeline.text.fold`) in one pass of an automaton.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> finder = CueFinder(load())
    >>> [(h.target, h.kind) for h in finder.find("paris lifted the embargo and sent troops")]
    [('sanctions', 'measure'), ('intervention', 'force')]
    >>> finder.find("a hunger strike in court")
    []
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._words = lexicon.words
        by_literal: dict[str, list[Cue]] = {}
        for cue in lexicon.cues:
            by_literal.setdefault(cue.literal, []).append(cue)
        self._cues = list(by_literal.values())
        self._automaton = AhoCorasick(list(by_literal))

    def find(self, folded: str) -> list[Hit]:
        """Give the cues in order; of overlapping ones the longest stands, and a cue in another sense is dropped."""
        hits = []
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            inside = start and folded[start - 1].isalnum()
            if inside and not self._glued(folded, start, end):
                continue
            for cue in self._cues[number]:
                # "permission" and "firefighters" hold no cue, "anembargo" does.
                match = None if inside and cue.kind == "weak" else cue.pattern.match(folded, start)
                if match:
                    hits.append(Hit(start, match.end(), cue.target, cue.kind))
        return [hit for hit in _longest(hits) if hit.target] if hits else hits

    def _glued(self, folded: str, start: int, end: int) -> bool:
        """Tell whether only a missing blank joins the cue to a known word before it: "anembargo", not "harms"."""
        left = start
        while left and folded[left - 1].isalnum() and start - left <= _LONGEST:
            left -= 1
        word = folded[left:start]
        return len(word) > (1 if end - start > 6 else 3) and (word in self._words or word in _ARTICLES)


def _longest(hits: list[Hit]) -> list[Hit]:
    chosen: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (h.start - h.end, h.start, h.kind == "weak")):
        at = bisect(chosen, hit.start, key=lambda h: h.start)
        if (not at or chosen[at - 1].end <= hit.start) and (at == len(chosen) or hit.end <= chosen[at].start):
            chosen.insert(at, hit)
    return chosen


def speaking(hits: Sequence[Hit]) -> list[Hit]:
    """Leave out the weak cues of a target that has a cue of its own.

    Examples
    --------
    >>> speaking([Hit(0, 4, "sanctions", "weak"), Hit(9, 17, "sanctions", "measure")])
    [Hit(start=9, end=17, target='sanctions', kind='measure')]
    """
    strong = topics(hits)
    return [hit for hit in hits if hit.kind != "weak" or hit.target not in strong]


def topics(hits: Iterable[Hit]) -> frozenset[str]:
    """Give the targets that a text speaks of for certain: those with a cue that is not weak.

    Examples
    --------
    >>> sorted(topics([Hit(0, 4, "intervention", "weak"), Hit(9, 17, "sanctions", "measure")]))
    ['sanctions']
    """
    return frozenset(hit.target for hit in hits if hit.kind != "weak")


def spoken_of(hits: Sequence[Hit], about: Container[str] = TARGETS) -> list[str]:
    """Give the targets that a sentence speaks of: those with a cue of their own, else those with a weak one.

    Parameters
    ----------
    hits : sequence of Hit
        The sentence's cues.
    about : container of str
        The topics of its document: a weak cue ("pulled out", "drones") speaks of no other target.

    Examples
    --------
    >>> weak = Hit(0, 4, "intervention", "weak")
    >>> spoken_of([weak, Hit(9, 17, "sanctions", "measure")])
    ['sanctions']
    >>> spoken_of([weak], about={"sanctions"})
    []
    """
    told = topics(hits) or {hit.target for hit in hits}
    return [target for target in TARGETS if target in told and target in about]
