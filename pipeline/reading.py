"""A sentence read once: its actors, its cues, and every word between them with its stance class."""

import re
from collections.abc import Callable, Container, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from Stemmer import Stemmer

from pipeline.actors import ActorFinder, Mention
from pipeline.lexicon import Lexicon
from pipeline.pointers import Pointer, PointerFinder
from pipeline.skeleton import AUXILIARY
from pipeline.speech import first_person, speaker_first
from pipeline.symbols import ACTOR, CUE, MARK, WORD, Symbol
from pipeline.targets import CueFinder, Hit, speaking
from pipeline.text import fold

WORDS = 50_000
"""Words that are remembered with their stems and symbols: far more than are common, and a bound on the memory."""


class Reading(NamedTuple):
    """A sentence as a row of symbols.

    ``points_to`` of an ACTOR symbol points into ``mentions``, of a CUE symbol into ``cues``; co-ordinated
    actors ("France, Italy and Spain") share a number in ``group``, by symbol position.
    """

    text: str
    mentions: list[Mention]
    cues: list[Hit]
    symbols: list[Symbol]
    group: dict[int, int]

    def actors(self) -> list[int]:
        """Give the positions in ``mentions`` of those that may speak: no place, and none that a cue covers."""
        named = {s.points_to for s in self.symbols if s.kind == ACTOR}
        return sorted(k for k in named if self.mentions[k].type != "place")


_TOKEN = re.compile(r"[a-z](?:\.[a-z])+\.?|[^\W\d_]+(?:-[^\W\d_]+)*(?:'t)?|\d[\d,.]*(?:[-–]\d[\d,.]*)*|'s\b|[^\w\s]")
_LINK = frozenset(
    [",", "and", "or", "the", "as", "well", "both", "&", "/", "along", "with", "together", "its", "allies", "ally"]
)
_COMMA = frozenset({",", "the", "and"})
_JOINT = frozenset({",", "and", "or", "with", "&", "/"})
_STOP = frozenset({MARK, ACTOR, "not", "be", "have", "modal", "will", "who", "that", "conj", "but", "if"})
_KEPT_MARKS = {",": ",", ";": ";", ":": ",", "-": ",", "–": ",", "—": ",", '"': '"', "'s": "'s"}
_SPELT = AUXILIARY | {
    "prep", "not", "who", "that", "conj", "but", "if", "because", "despite", "unless", "unlike", "pron"
}  # fmt: skip
_PREDICATING = frozenset({"be", CUE})  # "are an illegal act", "called the war a grave mistake"
_PLAIN_PARTICLES = frozenset({"for", "on", "in", "against", "with", "by", "into"})


class Reader:
    """Read sentences with a lexicon.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> reading = Reader(load()).read("France and Italy ruled out sending troops.")
    >>> [s.kind for s in reading.symbols]
    ['ACTOR', 'conj', 'ACTOR', 'refuse', 'word', 'send', 'CUE', 'mark']
    >>> reading.group
    {0: 0, 2: 0}
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._actors = ActorFinder(lexicon)
        self._cues = CueFinder(lexicon)
        self._pointers = PointerFinder(lexicon)
        self._stem: Callable[[str], str] = lru_cache(WORDS)(Stemmer("english").stemWord)
        self._plain = lru_cache(WORDS)(self._symbol)

    def stem(self, word: str) -> str:
        """Give a word's stem (Snowball English)."""
        return self._stem(word)

    def cues(self, folded: str) -> list[Hit]:
        """Give the cues of folded text."""
        return self._cues.find(folded)

    def pointers(self, folded: str) -> list[Pointer]:
        """Give what may point back to a measure in folded text."""
        return self._pointers.find(folded)

    def read(
        self,
        text: str,
        date: str = "",
        given: Sequence[tuple[int, int, str]] = (),
        cues: Sequence[Hit] | None = None,
    ) -> Reading:
        """Read one sentence.

        Parameters
        ----------
        text : str
        date : str
            ISO date or empty.
        given : sequence of (start, end, party)
            Mentions that are known already; they take the place of found ones that they overlap.
        cues : sequence of Hit, optional
            ``cues(fold(text))``, where they are found already.
        """
        folded = fold(text)
        spoken = speaking(self.cues(folded) if cues is None else cues)
        mentions = self._actors.find(text, date, folded)
        if given:
            mentions = _with_given(mentions, given)
        spoken = _around(spoken, mentions, folded)
        symbols = speaker_first(self._symbols(folded, mentions, spoken), self.lexicon.polarity)
        group = _coordinated(symbols, self.lexicon.polarity)
        first_person(symbols, group, self.lexicon.polarity)
        return Reading(text, mentions, spoken, symbols, group)

    def _symbol(self, form: str, kind: str = "") -> Symbol:
        kind = kind or self.lexicon.words.get(form) or (WORD if form[-1].isalnum() and form != "'s" else MARK)
        shown = {MARK: _KEPT_MARKS.get(form, ""), WORD: "", "prep": form}.get(kind, kind)
        word = form if kind == MARK or kind in _SPELT else self.stem(form)
        return Symbol(kind, form, -1, word, shown)

    def _symbols(self, folded: str, mentions: list[Mention], cues: list[Hit]) -> list[Symbol]:
        spans = [(m.left, m.right, ACTOR, i) for i, m in enumerate(mentions)]
        spans += [(c.start, c.end, CUE, i) for i, c in enumerate(cues)]
        symbols: list[Symbol] = []
        seen: set[str] = set()
        position = 0
        for left, right, kind, index in [*sorted(spans), (len(folded), len(folded), "", 0)]:
            forms = _TOKEN.findall(folded, position, max(position, left))
            if forms and (forms[0] == "s" == folded[position] or folded[position - 1 : position + 1] == "s'"):
                forms[0] = "'s"  # "UNs" for "UN's", "the United States' calls"
            if forms and forms[0] == "-" == folded[position] and folded[position + 1 : position + 2].isalpha():
                del forms[0]  # "US-led"
            symbols.extend(map(self._plain, forms))
            seen.update(forms)
            if kind and right > position:
                symbols.append(Symbol(kind, folded[max(left, position) : right], index))
                seen.add(symbols[-1].form)
                position = right
        if not self.lexicon.adjectives.isdisjoint(seen):
            self._attributive(symbols)
        if not self.lexicon.phrases.keys().isdisjoint(seen):
            self._phrasal(symbols, seen)
        return symbols

    def _attributive(self, symbols: list[Symbol]) -> None:
        """Mark adjectives that only describe a noun: a partial withdrawal is one, illegal sanctions are not ended."""
        adjectives = self.lexicon.adjectives
        for at, symbol in enumerate(symbols[:-1]):
            if symbol.form in adjectives and symbol.points_to < 0:
                behind = next((s.kind for s in symbols[at + 1 : at + 3] if s.form != '"'), MARK)
                predicated = any(s.kind in _PREDICATING for s in symbols[max(0, at - 3) : at])
                if not predicated and behind != MARK and behind not in _SPELT:
                    symbols[at] = symbol._replace(step=f"~{symbol.step}")

    def _phrasal(self, symbols: list[Symbol], forms: set[str]) -> None:
        """Give phrasal verbs their class: "called the mission off" ends it."""
        phrases = self.lexicon.phrases
        for at, symbol in enumerate(symbols):
            options = phrases.get(symbol.form) if symbol.points_to < 0 else None
            for rest, name in options or ():
                end = forms.issuperset(rest) and self._phrase_end(symbols, at + 1, rest)
                if end and not self._modifies(symbols, end):
                    symbols[at] = self._plain(symbol.form, name)
                    for k in range(end - len(rest), end):
                        if symbols[k].points_to < 0:  # "placed under sanctions" names them still
                            symbols[k] = self._plain(symbols[k].form, WORD)
                    break

    @staticmethod
    def _modifies(symbols: list[Symbol], end: int) -> bool:
        """Tell whether a phrase's last word belongs to a cue behind it: who ends a trade embargo ends no trade."""
        return end < len(symbols) and symbols[end].kind == CUE and symbols[end - 1].kind == "trade"

    @staticmethod
    def _phrase_end(symbols: list[Symbol], start: int, rest: tuple[str, ...]) -> int:
        for at in range(start, min(len(symbols), start + 5)):
            if tuple(s.form for s in symbols[at : at + len(rest)]) == rest:
                return at + len(rest)
            if symbols[at].kind in _STOP - {ACTOR} or (rest[-1] in _PLAIN_PARTICLES and symbols[at].kind != WORD):
                return 0
        return 0


def _with_given(found: list[Mention], given: Sequence[tuple[int, int, str]]) -> list[Mention]:
    """Put given mentions in the place of found ones; a found unit around a given name is kept as its unit."""
    mentions: list[Mention] = []
    for start, end, party in sorted(given):
        if mentions and start < mentions[-1].end:
            continue
        units = [m for m in found if m.left < end and start < m.right]
        core = max(units, key=lambda m: (m.type != "group", min(m.end, end) - max(m.start, start)), default=None)
        if core and core.start < end and start < core.end:
            sort = "given" if core.type == "place" else core.type
            # A title behind the name belongs to the unit that was found, not to another part of it.
            right = core.right if (start, end) == (core.start, core.end) else max(core.end, min(core.right, end))
            mentions.append(Mention(start, end, min(core.left, start), right, party, sort))
        else:
            mentions.append(Mention(start, end, start, end, party, "given"))
    taken = [(m.left, m.right) for m in mentions]
    mentions += [m for m in found if all(m.right <= left or right <= m.left for left, right in taken)]
    return sorted(mentions)


def _around(cues: list[Hit], mentions: Sequence[Mention], folded: str) -> list[Hit]:
    """Cut cues short before an actor that they cover: of "froze Mali's assets" the cue keeps "froze"."""
    cut = []
    for cue in cues:
        inside = [m.left for m in mentions if cue.start < m.left < cue.end]
        if inside:
            cue = cue._replace(end=cue.start + len(folded[cue.start : min(inside)].rstrip()))
        cut.append(cue)
    return cut


def _coordinated(symbols: list[Symbol], verbs: Container[str]) -> dict[int, int]:
    """Map each actor's position to the position of the first actor it is co-ordinated with."""
    places = [at for at, symbol in enumerate(symbols) if symbol.kind == ACTOR]
    group = {at: at for at in places}
    for before, after in pairwise(places):
        between = [s.form for s in symbols[before + 1 : after]]
        linked = 0 < len(between) <= 5 and _LINK.issuperset(between) and not _JOINT.isdisjoint(between)
        # "unlike Rome, Paris agreed"
        linked = linked and all(s.kind != "unlike" for s in symbols[max(0, before - 3) : before])
        pair = group[before] == before
        if linked and not _apart(between, symbols[after + 1 : after + 2] if pair else (), verbs):
            group[after] = group[before]
    return group


def _apart(between: list[str], behind: Sequence[Symbol], verbs: Container[str]) -> bool:
    """Tell whether a comma parts two actors: "In Mali, France sent troops", beside "In Bamako, Mali, troops left".

    What stands behind the second one tells it, unless there are more than two.
    """
    if between == [",", "with"]:  # "a force for Mali, with Rome pressing for more"
        return True
    if "," not in between or not _COMMA.issuperset(between):
        return False
    # "Algeria, Mali's neighbour, agreed"
    return any(s.kind in verbs or s.kind in AUXILIARY or s.form == "'s" for s in behind)
