"""Symbols: the tokens of a sentence as they are read, each an actor, a cue, or a word with its stance class."""

from typing import NamedTuple

ACTOR, CUE, WORD, MARK = "ACTOR", "CUE", "word", "mark"
"""Kinds of symbols that are not stance classes: an actor, a cue, a word of no class, a punctuation mark."""


class Symbol(NamedTuple):
    """A token: its kind (ACTOR, CUE, a class of ``verbs.csv``, word or mark), its form, and what it points to.

    Where it points to nothing, it is written the same from every seat: as ``word``, and in the skeleton as ``step``,
    if that is not empty.
    """

    kind: str
    form: str
    points_to: int = -1
    word: str = ""
    step: str = ""
