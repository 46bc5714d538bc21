"""Which measure "the move", "it" or a bare "voted against" means: the one that the document named before.

A sentence that names no measure of its own, near one that does, may point back to it. Of a decision the whole is meant,
which may have been to end the measure; of a plan or a vote what was proposed, and of a veto the contrary; of "them" and
"the mission" the measure, whatever became of it.
"""

import re

from pipeline import instances
from pipeline.pointers import DECISION, END, REFUSAL, THING
from pipeline.reading import Reader, Reading
from pipeline.skeleton import ENDING, LEAVING, OTHER
from pipeline.targets import ENDED, RESUMED, Hit

REACH = 3
"""Sentences back in which a measure is looked for."""

_WORD = re.compile(r"[a-z]{4,}")  # no pronouns
_ENDS = frozenset({"end", "leave", "suspend", "less", "exempt"})


class Measures:
    """The measures of a document, told sentence by sentence.

    Parameters
    ----------
    reader : Reader

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> reader = Reader(load())
    >>> measures = Measures(reader)
    >>> measures.note(0, reader.read("Rome lifted the embargo on Mali."), "sanctions")
    >>> measures.resumed(1, "oslo welcomed the move.")
    [Hit(start=18, end=22, target='sanctions', kind='ended')]
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._number = -REACH - 1
        self._reading: Reading | None = None
        self._target = ""
        self._ends: dict[str, bool] = {}
        self._between: set[str] = set()
        """The stems of sentences since: "the vote" is not the measure's where they voted on something else."""

    def note(self, number: int, reading: Reading, target: str) -> None:
        """Note a sentence, by its number in the document, that names a measure of a target."""
        self._number, self._reading, self._target = number, reading, target
        self._ends, self._between = {}, set()

    def resumed(self, number: int, folded: str) -> list[Hit]:
        """Give the cues of a folded sentence that names no measure: what points back to the last one named."""
        if self._reading is None or number - self._number > REACH:
            return []
        hits = [
            Hit(start, end, self._target, ENDED if self._ended(sort) else RESUMED)
            for start, end, sort in self._reader.pointers(folded)
            if self._reader.stem(folded[start:end]) not in self._between
        ]
        if not hits:
            self._between.update(map(self._reader.stem, _WORD.findall(folded)))
        return hits

    def _ended(self, sort: str) -> bool:
        if sort not in self._ends and self._reading:
            self._ends[sort] = self._read_ended(self._reading, sort)
        return self._ends[sort]

    def _read_ended(self, reading: Reading, sort: str) -> bool:
        """Tell whether what a word means is the end of the measure that a sentence names, or against it."""
        skeleton = instances.skeleton(self._reader, reading, self._target)
        if sort in (THING, END) or not skeleton.cues:  # a cue within an actor's name is no symbol of its own
            return sort == END
        cue = skeleton.cues[0]
        if sort == DECISION:
            return skeleton.government(cue).sign < 0
        # Whoever rejects a call to lift an embargo has been called on to lift it.
        symbols = skeleton.symbols
        ended = symbols[cue + 1] in (ENDING, LEAVING)
        if skeleton.fate(cue) < 0 and not _ENDS.isdisjoint(symbols[cue + 1 : cue + 7]):
            ended = not ended
        for symbol in reversed(symbols[:cue]):
            if symbol in _ENDS:
                ended = not ended
            if symbol in _ENDS or symbol in (OTHER, ","):
                break
        return ended != (sort == REFUSAL)
