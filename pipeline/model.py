"""The estimator: TF-IDF over the views and logistic regression, for the tie to the target and for the stance."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from pipeline.errors import InputError
from pipeline.instances import VIEWS, Views, columns, rows_of
from pipeline.lexicon import STANCES
from pipeline.ngrams import BulkTfidf, vocabularies

MANY = 500
"""Rows from which it pays to make the tables that transform in bulk."""

NGRAMS = {
    "sentence": (1, 2),
    "left": (1, 3),
    "right": (1, 3),
    "between": (1, 3),
    "around_cue": (1, 3),
    "onward": (1, 6),
    "path": (1, 6),
    "roles": (1, 1),
    "facts": (1, 2),
}


@dataclass(frozen=True)
class Settings:
    """What the regressions are fitted with.

    Attributes
    ----------
    c : float
        Inverse regularisation of the stance's regression.
    tie_c : float
        The same for the tie's.
    min_df : int
        Rows in which an n-gram must occur.
    folds : int
        Folds on which the probabilities are calibrated.
    """

    c: float = 1.5
    tie_c: float = 1.0
    min_df: int = 2
    folds: int = 3


@dataclass
class Classifier:
    """Stance and tie of instances; every part is a stock scikit-learn estimator.

    Attributes
    ----------
    vectorizers : dict of str to TfidfVectorizer
        One for each view; their columns stand side by side in the order of ``VIEWS``.
    stance : LogisticRegression
        Support, oppose or neutral, given that the actor is tied to the target.
    tie : LogisticRegression
        Whether it is.
    threshold : float
        Probability from which a stance found in text is reported.
    card : dict
        What the model was trained on and with.
    """

    vectorizers: dict[str, TfidfVectorizer]
    stance: LogisticRegression
    tie: LogisticRegression
    threshold: float = 0.5
    card: dict[str, Any] = field(default_factory=dict)

    def transform(self, instances: pd.DataFrame | Sequence[Views]) -> sp.csr_matrix:
        """Give the TF-IDF matrix of instances, a row for each."""
        if len(instances) < MANY:
            table = instances if isinstance(instances, pd.DataFrame) else columns(instances)
            return stacked(self.vectorizers, table)
        rows = rows_of(instances) if isinstance(instances, pd.DataFrame) else instances
        return self._bulk.transform([row.tokens for row in rows], [row.spans for row in rows])

    @cached_property
    def _bulk(self) -> BulkTfidf:
        return BulkTfidf(list(self.vectorizers.values()))

    def probabilities(self, instances: pd.DataFrame | Sequence[Views]) -> tuple[np.ndarray, np.ndarray]:
        """Give the stances' probabilities, columns in the order of ``STANCES``, and the tie's.

        Parameters
        ----------
        instances : DataFrame or sequence of Views
            A table of views, see :data:`pipeline.instances.VIEWS`, or what it is made of, which is faster.

        Returns
        -------
        stances : ndarray of shape (n, 3)
        tie : ndarray of shape (n,)
        """
        if not len(instances):
            return np.empty((0, len(STANCES))), np.empty(0)
        matrix = self.transform(instances)
        order = [list(self.stance.classes_).index(stance) for stance in STANCES]
        return self.stance.predict_proba(matrix)[:, order], self.tie.predict_proba(matrix)[:, 1]

    def explain(self, instance: pd.DataFrame, stance: str) -> pd.DataFrame:
        """Give the n-grams that speak for and against a stance of one instance.

        Parameters
        ----------
        instance : DataFrame of one row
            Its views.
        stance : str

        Returns
        -------
        DataFrame
            ``view, ngram, weight``, strongest first. ``weight`` is what the n-gram adds to the log-odds of the stance
            against the mean of the others.
        """
        columns, weights = next(self.contributions(instance, [stance]))
        return self.ngrams().iloc[columns].assign(weight=weights).reset_index(drop=True)

    def contributions(self, instances: pd.DataFrame, stances: Iterable[str]) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Give what :meth:`explain` gives, for many instances, each with its stance.

        Parameters
        ----------
        instances : DataFrame
            Their views.
        stances : iterable of str

        Yields
        ------
        columns : ndarray of int
            The n-grams, as positions in :meth:`ngrams`, strongest first.
        weights : ndarray of float
            What each adds.
        """
        matrix = self.transform(instances)
        contrast = cache(self.contrast)
        for k, stance in enumerate(stances):
            row = slice(matrix.indptr[k], matrix.indptr[k + 1])
            columns = matrix.indices[row]
            weights = contrast(stance)[columns] * matrix.data[row]
            order = np.argsort(-np.abs(weights), kind="stable")
            yield columns[order], weights[order]

    def ngrams(self) -> pd.DataFrame:
        """Give ``view, ngram`` of each column of the matrix."""
        return self._ngrams.copy(deep=False)

    @cached_property
    def _ngrams(self) -> pd.DataFrame:
        names = [(view, ngram) for view, v in self.vectorizers.items() for ngram in v.get_feature_names_out()]
        return pd.DataFrame(names, columns=["view", "ngram"])

    def contrast(self, stance: str) -> np.ndarray:
        """Give each n-gram's coefficient for a stance, less the mean of the other stances' ones."""
        coefficients = self.stance.coef_
        k = list(self.stance.classes_).index(stance)
        others = np.delete(coefficients, k, axis=0).mean(axis=0)
        return np.asarray(coefficients[k] - others)


def fit(instances: pd.DataFrame, settings: Settings | None = None) -> Classifier:
    """Fit the classifier.

    Parameters
    ----------
    instances : DataFrame
        The views, with ``stance`` (one of ``STANCES``, or empty where the actor has no tie to the target), ``group``
        (no group is split by a fold) and ``weight``.
    settings : Settings, optional

    Raises
    ------
    InputError
        If a fold leaves no row of a stance, or none without a tie, to train on.

    Warns
    -----
    ConvergenceWarning
        If a regression has not settled; its probabilities are then less sure than they look.

    Notes
    -----
    Each stance is set against the rest, both sides weighing the same; the three logits then go through a softmax. Both
    regressions are calibrated by temperature: the logits of held-out folds are divided by the number that makes them
    most likely, and so are the saved coefficients (Guo et al. 2017, "On Calibration of Modern Neural Networks").
    """
    settings = settings or Settings()
    vectorizers, matrix = vectorized(instances, settings.min_df)
    stances = instances["stance"].to_numpy(dtype=str)
    groups = instances["group"].to_numpy()
    weights = instances["weight"].to_numpy(dtype=np.float32)
    tied = stances != ""
    folds = list(GroupKFold(min(settings.folds, len(np.unique(groups)))).split(matrix, groups=groups))
    stance, side = _calibrated(matrix, stances, weights, tied, stance_regression, settings.c, folds)
    tie, tie_held_out = _calibrated(matrix, tied, weights, np.ones_like(tied), tie_regression, settings.tie_c, folds)
    return Classifier(vectorizers, stance, tie, _threshold(stances, side * tie_held_out[:, 1:], stance.classes_))


def vectorized(instances: pd.DataFrame, min_df: int) -> tuple[dict[str, TfidfVectorizer], sp.csr_matrix]:
    """Fit a vectorizer to each view; give them and the matrix, a row for each instance."""
    rows = rows_of(instances)
    tokens, spans = [row.tokens for row in rows], [row.spans for row in rows]
    learnt = vocabularies(tokens, spans, [NGRAMS[view][1] for view in VIEWS], min_df)
    vectorizers = {
        view: vectorizer(view, ngrams, idf, min_df) for view, (ngrams, idf) in zip(VIEWS, learnt, strict=True)
    }
    return vectorizers, BulkTfidf(list(vectorizers.values())).transform(tokens, spans)


def stacked(vectorizers: Mapping[str, TfidfVectorizer], instances: pd.DataFrame) -> sp.csr_matrix:
    """Give the matrix of instances by vectorizers that are fitted."""
    return sp.hstack([v.transform(instances[view]) for view, v in vectorizers.items()], format="csr")


def vectorizer(view: str, ngrams: list[str], idf: np.ndarray, min_df: int = 1) -> TfidfVectorizer:
    """Give the vectorizer of a view that has learnt n-grams and their weights."""
    learnt = TfidfVectorizer(
        ngram_range=NGRAMS[view],
        token_pattern=r"\S+",
        lowercase=False,
        sublinear_tf=True,
        min_df=min_df,
        dtype=np.float32,
        vocabulary=ngrams,
    )
    learnt.idf_ = idf  # refuses another number than of n-grams
    return learnt


def stance_regression(
    matrix: sp.csr_matrix, stances: np.ndarray, weights: np.ndarray, strength: float
) -> LogisticRegression:
    """Fit the stances, each against the rest, both sides of the same weight."""
    classes = np.unique(stances)
    sides = [_fit(_regression(strength, "balanced"), matrix, stances == name, weights) for name in classes]
    together = copy(sides[0])
    together.classes_ = classes
    together.coef_ = np.vstack([side.coef_ for side in sides])
    together.intercept_ = np.concatenate([side.intercept_ for side in sides])
    together.n_iter_ = np.concatenate([side.n_iter_ for side in sides])
    return together


def tie_regression(matrix: sp.csr_matrix, tied: np.ndarray, weights: np.ndarray, strength: float) -> LogisticRegression:
    """Fit whether an actor is tied to the target."""
    return _fit(_regression(strength), matrix, tied, weights)


def _regression(strength: float, weights: str | None = None) -> LogisticRegression:
    return LogisticRegression(C=strength, class_weight=weights, solver="newton-cg", tol=1e-3)


def _fit(
    regression: LogisticRegression, matrix: sp.csr_matrix, labels: np.ndarray, weights: np.ndarray
) -> LogisticRegression:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # _calibrated tells of the fit that is kept
        return regression.fit(matrix, labels, sample_weight=weights)


def logits(regression: LogisticRegression, matrix: sp.csr_matrix) -> np.ndarray:
    """Give the logits, a column for each class."""
    scores = regression.decision_function(matrix)
    return scores if scores.ndim == 2 else np.column_stack([np.zeros_like(scores), scores])


def _calibrated(
    matrix: sp.csr_matrix,
    labels: np.ndarray,
    weights: np.ndarray,
    known: np.ndarray,
    fit_regression: Callable[..., LogisticRegression],
    strength: float,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[LogisticRegression, np.ndarray]:
    """Fit a regression whose temperature is right on held-out folds; give it and its held-out probabilities.

    It learns from the rows whose label is ``known``; the held-out probabilities are those of all rows.
    """
    classes = np.unique(labels[known])
    held_out = np.zeros((len(labels), len(classes)))
    for train, test in folds:
        learnt = train[known[train]]
        if len(np.unique(labels[learnt])) < max(2, len(classes)):
            raise InputError(
                "the corpus: too few documents to train on: support, oppose, neutral and actors without a stance must "
                "each occur in several; add some, or add the shipped corpus with --corpus data/news"
            )
        regression = fit_regression(matrix[learnt], labels[learnt], weights[learnt], strength)
        held_out[test] = logits(regression, matrix[test])
    truth = np.searchsorted(classes, labels[known])

    def loss(log_temperature: float) -> float:
        chances = _log_softmax(held_out[known] / np.exp(log_temperature))
        return -float(np.average(chances[np.arange(len(truth)), truth], weights=weights[known]))

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))
    regression = fit_regression(matrix[known], labels[known], weights[known], strength)
    if max(regression.n_iter_) >= regression.max_iter:
        warnings.warn(
            f"a regression had not settled after {regression.max_iter} rounds; more sentences, or a smaller C, help",
            ConvergenceWarning,
            stacklevel=3,
        )
    # Half precision is what the model file keeps: rounding here makes a loaded model the one that was trained.
    regression.coef_ = (regression.coef_ / temperature).astype(np.float16).astype(np.float32)
    regression.intercept_ = (regression.intercept_ / temperature).astype(np.float16).astype(np.float32)
    return regression, np.exp(_log_softmax(held_out / temperature))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _threshold(stances: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> float:
    """Choose the probability of a reported stance by the F1 of held-out rows that take a side.

    Parameters
    ----------
    stances : ndarray of str, shape (n,)
        Empty for an actor without a tie.
    chances : ndarray of shape (n, 3)
        That an actor is tied and has each of the ``classes``.
    """
    sides = classes != "neutral"
    chance = chances[:, sides].max(axis=1)
    right = classes[sides][chances[:, sides].argmax(axis=1)] == stances
    order = np.argsort(-chance, kind="stable")
    f1 = 2 * np.cumsum(right[order]) / (np.arange(1, len(order) + 1) + np.isin(stances, classes[sides]).sum())
    return float(chance[order][int(np.argmax(f1))])
