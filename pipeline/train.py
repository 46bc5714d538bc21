"""Train the model on corpora of labelled sentences."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline import corpus, instances
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.fitting import Settings, fit, stance_regression, tie_regression, vectorized
from pipeline.instances import Views
from pipeline.lexicon import STANCES
from pipeline.lexicon import load as load_lexicon
from pipeline.predict import Model
from pipeline.reading import Reader
from pipeline.resources import DATA
from pipeline.targets import spoken_of

NEWS = DATA / "news"
FOLDS = 5
TOLERANCE = 0.001
"""Scores as near to the best as this are as good: folds drawn anew differ by more."""
GRID = {"c": (0.75, 1.5, 3.0, 6.0), "tie_c": (0.3, 1.0, 3.0)}
"""Values that :func:`search` compares."""
BUILT = ("contrast-", "pattern-")
"""Sources of sentences that are built to teach a distinction."""
BUILT_WEIGHT = 0.5
"""Weight of such a sentence: together they would otherwise outweigh ordinary news."""
COMPOSED = (*BUILT, "written-")
"""Sources of sentences that are easier or harder to read than news: probabilities are calibrated on the others."""


def train(corpora: Sequence[Path | str] = (NEWS,), settings: Settings | None = None) -> Model:
    """Train a model.

    Parameters
    ----------
    corpora : sequence of paths
        Corpus folders, see ``data/README.md``; the shipped one by default.
    settings : Settings, optional

    Raises
    ------
    InputError
        If a corpus has faults: all of them at once, and nothing is trained.

    Examples
    --------
    >>> import pipeline
    >>> train().card["data_sha256"] == pipeline.load().card["data_sha256"]
    True
    """
    labelled = corpus.load([Path(folder) for folder in corpora])
    return train_on(training_rows(Reader(load_lexicon()), labelled), labelled, settings)


def train_on(rows: pd.DataFrame, labelled: Corpus, settings: Settings | None = None) -> Model:
    """Train a model on rows that are written already."""
    stances = set(rows["stance"])
    if not {"support", "oppose", "neutral"} <= stances or rows["group"].nunique() < 2:
        raise InputError(
            "the corpus: training needs sentences of at least two documents with support, oppose and neutral; add some"
        )
    classifier = fit(rows, settings)
    classifier.card = _card(labelled, rows, settings or Settings())
    return Model(classifier)


def training_rows(reader: Reader, labelled: Corpus) -> pd.DataFrame:
    """Write the instances to train on: the labelled ones, and the actors found beside them that have no tie.

    Returns
    -------
    DataFrame
        The views, with ``sentence_id``, ``stance`` (empty without a tie), ``group`` (the document), ``weight``, and
        ``news`` where the sentence is not of a source that was ``COMPOSED``.
    """
    gold = corpus.rows(labelled)
    positive = instances.given(reader, gold)
    positive[["sentence_id", "stance", "group"]] = gold[["sentence_id", "stance", "document_id"]]
    untied = _untied(reader, labelled, gold)
    rows = pd.concat([positive, untied], ignore_index=True)
    rows["weight"] = np.where(rows["sentence_id"].str.startswith(BUILT), BUILT_WEIGHT, 1.0)
    rows["news"] = ~rows["sentence_id"].str.startswith(COMPOSED)
    return rows


def _untied(reader: Reader, labelled: Corpus, gold: pd.DataFrame) -> pd.DataFrame:
    """Write the actors that a sentence names without tying them to the target it speaks of."""
    tied = set(
        zip(gold["sentence_id"], map(reader.lexicon.party, gold["party"], gold["date"]), gold["target"], strict=True)
    )
    places: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for sentence_id, target, start, mention in gold[["sentence_id", "target", "start", "mention"]].itertuples(
        index=False
    ):
        places.setdefault((sentence_id, target), []).append((start, start + len(mention)))
    rows: list[Views] = []
    origin: list[tuple[str, str]] = []
    for sentence_id, document, date, text in labelled.sentences.itertuples(index=False):
        reading = reader.read(text, date)
        targets, seats = spoken_of(reading.cues), instances.Seats(reader, reading)
        for k in reading.actors() if targets else ():
            mention = reading.mentions[k]
            for target in targets:
                taken = places.get((sentence_id, target), ())
                labelled_here = any(start < mention.end and mention.start < end for start, end in taken)
                if not labelled_here and (sentence_id, mention.party, target) not in tied:
                    rows.append(seats.views(k, target))
                    origin.append((sentence_id, document))
    table = instances.columns(rows)
    table[["sentence_id", "group"]] = origin or np.empty((0, 2), dtype=str)
    return table.assign(stance="")


def search(
    rows: pd.DataFrame, folds: int = FOLDS, on_fold: Callable[[], None] = lambda: None
) -> tuple[Settings, pd.DataFrame]:
    """Choose the regularisation of both regressions by cross-validation, no document in two folds.

    Of the values whose score is within ``TOLERANCE`` of the best, the strongest regularisation is chosen.

    Parameters
    ----------
    rows : DataFrame
        See :func:`training_rows`.
    folds : int
    on_fold : callable
        Called when a fold is done.

    Returns
    -------
    settings : Settings
    scores : DataFrame
        ``setting, value, score, chosen``; the score of ``c`` is the macro-F1 of the stances of tied actors, that of
        ``tie_c`` the average precision of the tie.

    Raises
    ------
    InputError
        If there are fewer documents than folds, or a fold leaves no row of a stance, or none without a tie, to train
        on.
    """
    from sklearn.metrics import average_precision_score, f1_score

    splits = parts(rows, folds)
    if not all({*STANCES, ""} <= set(rows["stance"].iloc[train]) for train, _ in splits):
        raise InputError(
            "the corpus: too few documents to compare settings on: support, oppose, neutral and actors without a "
            "stance must each occur in several; add some, or leave out --search"
        )
    stances, weights = rows["stance"].to_numpy(dtype=str), rows["weight"].to_numpy()
    tied = stances != ""
    told = {c: np.empty(len(rows), dtype=object) for c in GRID["c"]}
    ties = {c: np.empty(len(rows)) for c in GRID["tie_c"]}
    for train, test in splits:
        tfidf, matrix = vectorized(rows.iloc[train], Settings.min_df)
        unseen = tfidf.transform(*instances.tokens_and_spans(rows.iloc[test]))
        learnt = tied[train]
        for c, answer in told.items():
            regression = stance_regression(matrix[learnt], stances[train][learnt], weights[train][learnt], c)
            answer[test] = np.array(regression.classes)[regression.logits(unseen).argmax(axis=1)]
        for c, probability in ties.items():
            probability[test] = tie_regression(matrix, learnt, weights[train], c).probabilities(unseen)[:, 1]
        on_fold()
    scores = pd.DataFrame(
        [
            ("c", c, f1_score(stances[tied], answer[tied], average="macro", sample_weight=weights[tied]))
            for c, answer in told.items()
        ]
        + [("tie_c", c, average_precision_score(tied, p, sample_weight=weights)) for c, p in ties.items()],
        columns=["setting", "value", "score"],
    )
    near = scores[scores["score"] >= scores.groupby("setting")["score"].transform("max") - TOLERANCE]
    best = near.loc[near.groupby("setting")["value"].idxmin()]
    scores["chosen"] = scores.index.isin(best.index)
    return Settings(**dict(zip(best["setting"], best["value"], strict=True))), scores


def _card(labelled: Corpus, rows: pd.DataFrame, settings: Settings) -> dict[str, object]:
    content = "\x1e".join(
        table.to_csv(index=False, lineterminator="\n") for table in (labelled.sentences, labelled.stances)
    )
    return {
        "version": version("stancewire"),
        "scikit-learn": version("scikit-learn"),
        "numpy": version("numpy"),
        "sentences": len(labelled.sentences),
        "stances": len(labelled.stances),
        "data_sha256": hashlib.sha256(content.encode()).hexdigest(),
        "settings": asdict(settings),
    }


def parts(rows: pd.DataFrame, folds: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split documents into folds: positions to train on and to test on, no document in two folds.

    Raises
    ------
    InputError
        If there are fewer documents than folds.
    """
    from sklearn.model_selection import GroupKFold

    documents = rows["group"].nunique()
    if documents < folds:
        raise InputError(
            f"the corpus: {folds} folds need as many documents, and there are {documents}; "
            "add some, or ask for fewer folds (--folds) or for none (no --search)"
        )
    return list(GroupKFold(n_splits=folds, shuffle=True, random_state=0).split(rows, groups=rows["group"]))


__all__ = ["NEWS", "Settings", "parts", "search", "train", "train_on", "training_rows"]


if __name__ == "__main__":
    import sys

    from pipeline.cli import main

    sys.argv.insert(1, "train")
    main()
