"""Measure what the sentences before a sentence tell: articles read whole, beside each of their sentences alone.

The articles of `benchmarks/stories` were written for this, as agencies write: the first sentence names a measure, most
of the later ones take sides without naming it ("Hungary opposed the move", "it voted against"). Those called `read`
were looked at while the rules were written, those called `unread` were not.

    python -m benchmarks.documents     # tables in benchmarks/results/documents.md and .json
"""

from __future__ import annotations

import argparse
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import pipeline
from benchmarks import command
from benchmarks.quality import cell, overlap
from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.evaluate import Tuple, found_tuples, gold_tuples
from pipeline.files import Document
from pipeline.predict import Model

STORIES = Path(__file__).parent / "stories"
ALONE, WHOLE = "each sentence alone", "the whole article"


def found_in_articles(model: Model, labelled: Corpus) -> set[Tuple]:
    """Give the tuples that a model finds in the documents of a corpus, each read from its first sentence on."""
    found: set[Tuple] = set()
    for name, rows in labelled.sentences.groupby("document_id", sort=False):
        ids, texts = rows["sentence_id"].tolist(), rows["text"].tolist()
        starts = [*accumulate((len(text) + 1 for text in texts[:-1]), initial=0)]
        table = model.predict_batch([Document(str(name), rows["date"].iloc[0], " ".join(texts))])
        sentences = [ids[bisect(starts, start) - 1] for start in table["start"]]
        found |= set(zip(sentences, table["party"], table["target"], table["stance"], strict=True))
    return found


def measure(model: Model, labelled: Corpus) -> dict[str, dict[str, Any]]:
    """Give, for each half of the articles and each way to read them, what is found, with intervals by article."""
    article = labelled.sentences.set_index("sentence_id")["document_id"]
    gold = gold_tuples(model, labelled)
    ways = {ALONE: set(found_tuples(model, labelled)), WHOLE: found_in_articles(model, labelled)}
    halves = article.str.partition("-")[0]
    return {
        half: {way: _scores(found, gold, article, names) for way, found in ways.items()}
        for half, names in article.groupby(halves).unique().items()
    }


def _scores(found: set[Tuple], gold: set[Tuple], article: pd.Series, names: Sequence[str]) -> dict[str, Any]:
    counts = [Counter(article[each[0]] for each in tuples) for tuples in (found & gold, found, gold)]
    table = np.array([[count[name] for count in counts] for name in names], dtype=float)
    return {"articles": len(names), "found": int(table[:, 1].sum()), "gold": int(table[:, 2].sum()), **overlap(table)}


def markdown(report: dict[str, Any]) -> str:
    """Write the report as a table."""
    head = ["articles", "read", "found", "gold", "precision", "recall", "F1"]
    return "\n".join(["# Whole articles", "", report["what"], "", *command.table(head, _rows(report)), ""])


def _rows(report: dict[str, Any]) -> Iterator[list[str]]:
    for half, ways in report["sets"].items():
        for way, scores in ways.items():
            figures = [cell(scores[name]) for name in ("precision", "recall", "f1")]
            yield [f"{scores['articles']} {half}", way, str(scores["found"]), str(scores["gold"]), *figures]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; give the exit status."""
    return command.run(_main, command.parser("documents", __doc__).parse_args(arguments))


def _main(options: argparse.Namespace) -> None:
    labelled = corpus.load(STORIES)
    report = {
        "what": (
            f"{labelled.sentences['document_id'].nunique()} articles of {len(labelled.sentences)} sentences; tuples of "
            "sentence, party, target and stance, support and oppose alone. 95 % intervals in brackets, from a "
            "bootstrap by article."
        ),
        "versions": command.versions("scikit-learn", "numpy"),
        "sets": measure(pipeline.load(), labelled),
    }
    command.save(options.output, "documents", report, markdown(report))
    print(markdown(report))


if __name__ == "__main__":
    raise SystemExit(main())
