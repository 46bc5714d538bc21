"""Scores on labelled corpora, with intervals, beside three baselines."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from pipeline import corpus, instances
from pipeline.corpus import Corpus
from pipeline.files import Document
from pipeline.lexicon import STANCES
from pipeline.lexicon import load as load_lexicon
from pipeline.parallel import batches
from pipeline.predict import BATCH, Model
from pipeline.reading import Reader
from pipeline.targets import topics
from pipeline.text import fold
from pipeline.train import NEWS, parts, train_on, training_rows

FOLDS = 3
DRAWS = 1000
BINS = 10
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
SHARES = (0.25, 0.5)
REASONS = 8
GOLD = ["sentence_id", "text", "date", "mention", "start", "party", "target", "gold"]
ERROR = ["sentence", *(name for name in GOLD if name != "text"), "stance", "probability", "explanation"]


def evaluate(
    model: Model, corpora: Sequence[Path | str] = (NEWS,), min_probability: float | None = None
) -> dict[str, Any]:
    """Score a model on corpora that it was not trained on.

    Parameters
    ----------
    model : Model
    corpora : sequence of paths
        Corpus folders.
    min_probability : float, optional
        Stances less probable count as not given: left out of ``classification``, not reported in ``extraction``.

    Returns
    -------
    dict
        ``classification`` (given actor and target: n, macro_f1 and its 95 % interval, accuracy, precision, recall and
        f1 of each stance, confusion, ece, reliability, coverage), ``extraction`` (from the text alone: n_gold,
        n_predicted, precision, recall, f1 of tuples of sentence, party, target and stance, and ece and reliability of
        their probabilities), ``errors``, the surest first, each with its ``explanation`` (view, n-gram and weight of
        what decided it, strongest first), and ``ngrams``. Scores of nothing are 0.

    Raises
    ------
    InputError
        If a corpus has faults.

    Examples
    --------
    >>> import pipeline
    >>> from pipeline.resources import DATA
    >>> report = evaluate(pipeline.load(), [DATA / "article"])
    >>> report["classification"]["n"], report["extraction"]["n_gold"]
    (36, 20)
    """
    labelled = corpus.load([Path(folder) for folder in corpora])
    scored = _explain(model, score_rows(model, labelled))
    report = _report(
        scored, found_tuples(model, labelled, min_probability), gold_tuples(model, labelled), min_probability
    )
    report["corpus"] = [str(folder) for folder in corpora]
    report["ngrams"] = strongest(model)
    return report


def cross_validate(
    corpora: Sequence[Path | str] = (NEWS,),
    folds: int = FOLDS,
    jobs: int = -1,
    on_fold: Callable[[], None] = lambda: None,
    curve: bool = False,
) -> dict[str, Any]:
    """Score the recipe on corpora by cross-validation, beside three baselines fitted on the same folds.

    No document is in two folds, and no fold's model has read what retells it.

    Parameters
    ----------
    corpora : sequence of paths
    folds : int
    jobs : int
        Processes; −1 uses all cores.
    on_fold : callable
        Called when a fold is done.
    curve : bool
        Train on a quarter and on half of each fold's documents too, for ``learning_curve``; takes half as long again.

    Returns
    -------
    dict
        As :func:`evaluate`, each error explained by the model that made it; ``ngrams`` are the first fold's. And
        ``baselines``: ``macro_f1`` and its interval for ``majority`` (the commonest stance), ``sentence`` (TF-IDF of
        the plain sentence and logistic regression) and ``cue rule`` (signs of the verbs); where asked for,
        ``learning_curve``: ``n`` rows trained on and ``macro_f1``.

    Raises
    ------
    InputError
        If a corpus has faults, or fewer documents than folds.
    """
    labelled = corpus.load([Path(folder) for folder in corpora])
    outcomes = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_fold)(labelled, train, test, SHARES if curve else ())
        for train, test in _document_folds(labelled, folds)
    )
    scored, ngrams, sizes = [], [], []
    found: dict[Tuple, float] = {}
    gold: set[Tuple] = set()
    for fold_scored, fold_found, fold_gold, fold_ngrams, fold_sizes in outcomes:
        scored.append(fold_scored)
        found |= fold_found
        gold |= fold_gold
        ngrams.append(fold_ngrams)
        sizes.append(fold_sizes)
        on_fold()
    table = pd.concat(scored, ignore_index=True)
    report = _report(table, found, gold, None)
    report["corpus"] = [str(folder) for folder in corpora]
    report["baselines"] = {
        name: _macro(table["gold"].to_numpy(), table[name].to_numpy(), table["sentence_id"].to_numpy())
        for name in ("majority", "sentence", "cue rule")
    }
    report["ngrams"] = ngrams[0]
    if curve:
        answers = [*(f"trained on {share}" for share in SHARES), "stance"]
        report["learning_curve"] = [
            {"n": round(n), **_macro(table["gold"].to_numpy(), table[name].to_numpy(), table["sentence_id"].to_numpy())}
            for name, n in zip(answers, np.mean(sizes, axis=0), strict=True)
        ]
    return report


Tuple = tuple[str, str, str, str]


def _document_folds(labelled: Corpus, folds: int) -> list[tuple[set[str], set[str]]]:
    documents = labelled.sentences[["document_id"]].rename(columns={"document_id": "group"})
    names = documents["group"].to_numpy()
    return [(set(names[train]), set(names[test])) for train, test in parts(documents, folds)]


def part(labelled: Corpus, documents: set[str]) -> Corpus:
    """Give the sentences of some documents, and their stances."""
    sentences = labelled.sentences[labelled.sentences["document_id"].isin(documents)]
    stances = labelled.stances[labelled.stances["sentence_id"].isin(sentences["sentence_id"])]
    return Corpus(sentences.reset_index(drop=True), stances.reset_index(drop=True))


NGrams = dict[str, list[tuple[str, str, float]]]


def _fold(
    labelled: Corpus, train: set[str], test: set[str], shares: Sequence[float] = ()
) -> tuple[pd.DataFrame, dict[Tuple, float], set[Tuple], NGrams, list[int]]:
    learnt, held_out = part(labelled, train), part(labelled, test)
    rows = training_rows(Reader(load_lexicon()), learnt)
    model = train_on(rows, learnt)
    scored = _explain(model, score_rows(model, held_out))
    gold = corpus.rows(learnt)
    scored["majority"] = majority(gold)
    scored["sentence"] = sentence_baseline(gold).predict(scored["text"])
    scored["cue rule"] = cue_rule(scored["roles"])
    documents = np.random.default_rng(0).permutation(rows["group"].unique())
    sizes = []
    for share in shares:
        some = rows[rows["group"].isin(documents[: int(share * len(documents))])].reset_index(drop=True)
        answers = score_rows(train_on(some, learnt), held_out)
        scored[f"trained on {share}"] = answers["stance"]
        sizes.append(len(some))
    return scored, found_tuples(model, held_out), gold_tuples(model, held_out), strongest(model), [*sizes, len(rows)]


def majority(gold: pd.DataFrame) -> str:
    """Give the commonest stance: the first baseline."""
    return str(gold["stance"].mode()[0])


def sentence_baseline(gold: pd.DataFrame) -> Any:
    """Fit TF-IDF of the plain sentence and logistic regression: the second baseline, which sees no actor."""
    plain = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True),
        LogisticRegression(C=3.0, max_iter=300, class_weight="balanced"),
    )
    return plain.fit(gold["text"], gold["stance"])


def cue_rule(roles: pd.Series) -> list[str]:
    """Read the stance off the roles view: the third baseline, the signs of the verbs between actor and cue."""
    answers = []
    for features in map(str.split, roles):
        if "SG=cue-" in features:
            answers.append("oppose")
        elif "SG=cue+" in features or any(
            f.startswith("role=") and f.endswith(("+MODIFIER", "+ACTS")) for f in features
        ):
            answers.append("support")
        else:
            answers.append("neutral")
    return answers


def score_rows(model: Model, labelled: Corpus) -> pd.DataFrame:
    """Classify the gold rows of a corpus: ``GOLD``, the views, ``stance`` and the probability of each."""
    gold = corpus.rows(labelled).rename(columns={"stance": "gold"})
    written = instances.given(model.reader, gold)
    stances, _ = model.classifier.probabilities(written)
    table = pd.concat([gold[GOLD], written], axis=1)
    table["stance"] = np.array(STANCES)[stances.argmax(axis=1)] if len(gold) else []
    table[list(STANCES)] = stances
    return table


def gold_tuples(model: Model, labelled: Corpus) -> set[Tuple]:
    """Give the gold tuples of sentence, party, target and stance, support and oppose alone."""
    gold = corpus.rows(labelled)
    gold = gold[gold["stance"] != "neutral"]
    party = map(model.reader.lexicon.party, gold["party"], gold["date"])
    return set(zip(gold["sentence_id"], party, gold["target"], gold["stance"], strict=True))


def found_tuples(model: Model, labelled: Corpus, min_probability: float | None = None) -> dict[Tuple, float]:
    """Give the tuples that the model finds in the text alone, with their probabilities.

    It reads each sentence by itself, told what its document is about.
    """
    sentences = labelled.sentences
    article: dict[str, frozenset[str]] = defaultdict(frozenset)
    for name, text in zip(sentences["document_id"], sentences["text"], strict=True):
        article[name] |= topics(model.reader.cues(fold(text)))
    about = dict(zip(sentences["sentence_id"], sentences["document_id"].map(article.get), strict=True))
    documents = (Document(*row) for row in sentences[["sentence_id", "date", "text"]].itertuples(index=False))
    found: dict[Tuple, float] = {}
    for batch in batches(documents, BATCH):
        table = model.predict_batch(batch, min_probability=min_probability, about=about)
        tuples = zip(table["document"], table["party"], table["target"], table["stance"], strict=True)
        found |= dict(zip(tuples, table["probability"], strict=True))
    return found


def _report(
    scored: pd.DataFrame, found: Mapping[Tuple, float], gold: set[Tuple], min_probability: float | None
) -> dict[str, Any]:
    confidence = scored[list(STANCES)].max(axis=1).to_numpy()
    given = scored[confidence >= (min_probability or 0.0)]
    truth, answer = given["gold"].to_numpy(dtype=str), given["stance"].to_numpy(dtype=str)
    confusion = _confusion(truth, answer)
    right = scored["gold"].to_numpy() == scored["stance"].to_numpy()
    classification: dict[str, Any] = {
        "n": len(given),
        "coverage_of_rows": _share(len(given), len(scored)),
        **_macro(truth, answer, given["sentence_id"].to_numpy()),
        "accuracy": _share(confusion.trace(), len(given)),
        "confusion": confusion.tolist(),
        **_calibration(confidence, right),
    }
    for k, stance in enumerate(STANCES):
        classification[stance] = _scores(confusion[k, k], confusion[:, k].sum(), confusion[k].sum())
    of_tuples = _calibration(np.array([*found.values()]), np.array([each in gold for each in found]))
    wrong = scored[~right].assign(probability=confidence[~right])
    return {
        "classification": classification,
        "extraction": {
            "n_gold": len(gold),
            "n_predicted": len(found),
            **_scores(len(found.keys() & gold), len(found), len(gold)),
            "ece": of_tuples["ece"],
            "reliability": of_tuples["reliability"],
        },
        # not the view of that name, but the sentence as it is written
        "errors": wrong.assign(sentence=wrong["text"])
        .sort_values("probability", ascending=False)[ERROR]
        .to_dict("records"),
    }


def _confusion(truth: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Count answers: a row for each stance that is true, a column for each that is told."""
    return np.bincount(_pairs(truth, answer), minlength=9).reshape(3, 3)


def _pairs(truth: np.ndarray, answer: np.ndarray) -> np.ndarray:
    """Give the place of each pair of what is true and what is told in their confusion matrix."""
    codes = {stance: k for k, stance in enumerate(STANCES)}
    return np.array([codes[t] * 3 + codes[a] for t, a in zip(truth, answer, strict=True)], dtype=np.int64)


def _scores(hits: int, told: int, true: int) -> dict[str, float]:
    return {"precision": _share(hits, told), "recall": _share(hits, true), "f1": _share(2 * hits, told + true)}


def _share(part: int, whole: int) -> float:
    return float(part / whole) if whole else 0.0


def _macro(truth: np.ndarray, answer: np.ndarray, sentence: np.ndarray) -> dict[str, Any]:
    """Give the macro-F1 and its 95 % interval, sentences drawn with replacement (Efron's percentile bootstrap)."""
    pair = _pairs(truth, answer)
    _, unit = np.unique(sentence, return_inverse=True)
    if not len(pair):
        return {"macro_f1": 0.0, "macro_f1_interval": [0.0, 0.0]}
    counts = np.zeros((unit.max() + 1, 9))
    np.add.at(counts, (unit, pair), 1)
    drawn = np.random.default_rng(0).multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=DRAWS)
    low, high = np.quantile(_macro_f1(drawn @ counts), [0.025, 0.975])
    return {"macro_f1": float(_macro_f1(counts.sum(axis=0))), "macro_f1_interval": [float(low), float(high)]}


def _macro_f1(counts: np.ndarray) -> np.ndarray:
    """Give the macro-F1 of confusion matrices, each a row of nine counts, over the stances that are given or told."""
    matrix = counts.reshape(-1, 3, 3)
    hit = np.diagonal(matrix, axis1=1, axis2=2)
    total = matrix.sum(axis=1) + matrix.sum(axis=2)
    f1 = np.divide(2 * hit, total, out=np.zeros_like(hit, dtype=float), where=total > 0)
    there = (total > 0).sum(axis=1)
    return np.asarray((f1.sum(axis=1) / np.maximum(there, 1)).squeeze())


def _calibration(confidence: np.ndarray, right: np.ndarray) -> dict[str, Any]:
    """Give the expected calibration error (Naeini et al. 2015), its bins, and accuracy by coverage."""
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = []
    for k in np.unique(place):
        inside = place == k
        bins.append(
            {
                "bin_low": float(k / BINS),
                "bin_high": float((k + 1) / BINS),
                "confidence": float(confidence[inside].mean()),
                "accuracy": float(right[inside].mean()),
                "n": int(inside.sum()),
            }
        )
    total = sum(b["n"] for b in bins)
    coverage = [
        {"threshold": t, "coverage": float(kept.mean()), "accuracy": float(right[kept].mean())}
        for t in THRESHOLDS
        if (kept := confidence >= t).any()
    ]
    error = sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / total if total else 0.0
    return {"ece": float(error), "reliability": bins, "coverage": coverage}


def strongest(model: Model, most: int = 15) -> dict[str, list[tuple[str, str, float]]]:
    """Give the n-grams that speak most for each stance: view, n-gram and weight."""
    names = model.classifier.ngrams()
    best = {}
    for stance in STANCES:
        weights = model.classifier.contrast(stance)
        order = np.argsort(-weights)[:most]
        best[stance] = [(*names.iloc[k], float(weights[k])) for k in order]
    return best


def _explain(model: Model, scored: pd.DataFrame) -> pd.DataFrame:
    """Give scored rows with ``explanation``: of each wrong one view, n-gram and weight of what decided it."""
    wrong = scored[scored["gold"].to_numpy() != scored["stance"].to_numpy()]
    reasons = list(model.classifier.reasons(wrong, wrong["stance"], REASONS))
    return scored.assign(explanation=pd.Series(reasons, index=wrong.index, dtype=object))


def explained(errors: Sequence[Mapping[str, Any]], most: int = REASONS) -> pd.DataFrame:
    """Give the errors of an evaluation as a table that tells ``because`` of which n-grams each came out so."""
    table = pd.DataFrame(errors, columns=ERROR)
    table["because"] = [
        ", ".join(f"{ngram} ({view} {weight:+.2f})" for view, ngram, weight in explanation[:most])
        for explanation in table.pop("explanation")
    ]
    return table


if __name__ == "__main__":
    import sys

    from pipeline.cli import main

    sys.argv.insert(1, "evaluate")
    main()
