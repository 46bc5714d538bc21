"""What the page shows of a table of stances: the picture above, and the text with its actors, cues and stances."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from pipeline.corpus import is_date
from pipeline.files import Document
from pipeline.lexicon import STANCES, TARGETS
from pipeline.reasons import deciding_words
from pipeline.summary import summarize
from pipeline.targets import speaking
from pipeline.text import Sentence, fold, sentences
from pipeline.web.analysis import Analyst

_ACTORS = 30
VERBS = {"support": "supports", "oppose": "opposes", "neutral": "takes no side on"}


@dataclass(frozen=True)
class Filters:
    """Which stances are looked at; all, as long as a field is empty.

    Attributes
    ----------
    actor, target : str
    stances : tuple of str
    probability : float
        The least.
    """

    actor: str = ""
    target: str = ""
    stances: tuple[str, ...] = ()
    probability: float = 0.0

    def passes(self, table: pd.DataFrame) -> "pd.Series[bool]":
        """Tell which rows pass."""
        keep = table["probability"] >= self.probability
        if self.actor:
            keep &= table["party"] == self.actor
        if self.target:
            keep &= table["target"] == self.target
        if self.stances:
            keep &= table["stance"].isin(self.stances)
        return keep

    def narrow(self, table: pd.DataFrame) -> pd.DataFrame:
        """Give the rows that pass."""
        return table[self.passes(table)].reset_index(drop=True)


class Piece(NamedTuple):
    """A part of a sentence: ``actor``, ``sanctions`` or ``intervention`` (its cues), or neither; where it starts."""

    text: str
    kind: str = ""
    start: int = -1


Rows = list[dict[str, Any]]
"""Rows of a table of stances, each with what the page tells besides."""


class Block(NamedTuple):
    """A sentence with the stances that pass the filters, or the text between such sentences.

    ``every`` holds all stances of the sentence, and ``correction`` what the form that corrects them sends back.
    """

    pieces: list[Piece]
    stances: Rows
    every: Rows
    correction: str = ""


def results(analyst: Analyst, documents: Sequence[Document], filters: Filters) -> dict[str, Any]:
    """Give what the template needs to show what was found."""
    found = analyst.stances(documents)
    rows = _rows(analyst, found.assign(passes=filters.passes(found)))
    return {
        "texts": [(document.document, list(_blocks(analyst, document, rows))) for document in documents],
        "matrix": _matrix(filters.narrow(found)),
        "actors": sorted(found["party"].unique(), key=str.casefold),
        "filters": filters,
        "count": int(filters.passes(found).sum()),
        "documents": json.dumps(documents, ensure_ascii=False),
    }


def _rows(analyst: Analyst, table: pd.DataFrame) -> dict[str, Rows]:
    """Give the stances of each sentence, by its id, each with its number and the words that decided it."""
    rows: dict[str, Rows] = {}
    explained = deciding_words(analyst.model, table.head(analyst.limits.explained))
    unexplained: list[list[tuple[str, float]]] = [[] for _ in range(len(explained), len(table))]
    for number, (row, why) in enumerate(zip(table.to_dict("records"), explained + unexplained, strict=True)):
        told = {"number": number, "verb": VERBS[row["stance"]], "why": why}
        rows.setdefault(row["sentence_id"], []).append({str(name): value for name, value in row.items()} | told)
    return rows


def _blocks(analyst: Analyst, document: Document, rows: dict[str, Rows]) -> Iterator[Block]:
    shown = 0
    for number, sentence in enumerate(sentences(document.text)):
        every = rows.get(f"{document.document}#{number}", [])
        here = [row for row in every if row["passes"]]
        if not here:
            continue
        yield from _between(document.text[shown : sentence.start])
        shown = sentence.start + len(sentence.text)
        pieces = list(_pieces(analyst, sentence, here))
        yield Block(pieces, here, every, _correction(document, sentence, every))
    yield from _between(document.text[shown:])


def _between(text: str) -> Iterator[Block]:
    if text.strip():
        yield Block([Piece(text.strip())], [], [])


def _pieces(analyst: Analyst, sentence: Sentence, rows: Rows) -> Iterator[Piece]:
    text, offset = sentence
    actors = {(row["start"] - offset, row["end"] - offset, "actor") for row in rows}
    cues = {(cue.start, cue.end, cue.target) for cue in speaking(analyst.model.reader.cues(fold(text)))}
    at = 0
    for start, end, kind in sorted(actors | cues):
        if start < at:
            continue
        yield Piece(text[at:start])
        yield Piece(text[start:end], kind, offset + start)
        at = end
    yield Piece(text[at:])


def _correction(document: Document, sentence: Sentence, rows: Rows) -> str:
    """Give the sentence and its actors for the form that corrects their stances, as JSON: it keeps line ends."""
    stances = [
        {"mention": row["mention"], "start": row["start"] - sentence.start, "party": row["party"]}
        | {"target": row["target"], "stance": row["stance"]}
        for row in rows
    ]
    date = document.date if is_date(document.date) else ""
    known = {"document": document.document, "date": date, "sentence": sentence.text}
    return json.dumps(known | {"stances": stances}, ensure_ascii=False)


def _matrix(table: pd.DataFrame) -> dict[str, Any]:
    """Give the actor by target picture: for each actor, the counts of its stances on each target."""
    summary = summarize(table)
    parties = list(dict.fromkeys(summary["party"]))
    shown = parties[:_ACTORS]
    counts = summary.set_index(["party", "target"])[list(STANCES)].to_dict("index")
    return {
        "rows": [(party, [(target, counts.get((party, target))) for target in TARGETS]) for party in shown],
        "more": len(parties) - len(shown),
        "most": max((sum(row.values()) for row in counts.values()), default=0),
    }
