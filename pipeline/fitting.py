"""Fitting the classifier: n-grams of the views are learnt, two logistic regressions fitted and calibrated."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from pipeline.errors import InputError
from pipeline.instances import VIEWS, tokens_and_spans
from pipeline.model import Classifier, Regression, log_softmax
from pipeline.ngrams import Tfidf, vocabularies

LONGEST = {
    "sentence": 2,
    "left": 3,
    "right": 3,
    "between": 3,
    "around_cue": 3,
    "onward": 4,
    "path": 4,
    "roles": 1,
    "facts": 2,
}
"""Tokens that an n-gram of each view has at most."""


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


def fit(instances: pd.DataFrame, settings: Settings | None = None) -> Classifier:
    """Fit the classifier.

    Parameters
    ----------
    instances : DataFrame
        The views, with ``stance`` (one of ``STANCES``, or empty where the actor has no tie to the target), ``group``
        (no group is split by a fold), ``weight``, and ``news``: whether its sentence is as news has it.
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
    regressions are calibrated by temperature and bias: the logits of held-out folds are divided by one number and moved
    by one for each class, those that make rows of news most likely, and so are the saved coefficients (Alexandari,
    Kundaje and Shrikumar 2020, "Maximum Likelihood with Bias-Corrected Calibration is Hard-To-Beat at Label Shift
    Adaptation"). Without the bias a rare stance would seem likelier than it is, as both sides weigh the same.
    """
    settings = settings or Settings()
    tfidf, matrix = vectorized(instances, settings.min_df)
    stances = instances["stance"].to_numpy(dtype=str)
    groups = instances["group"].to_numpy()
    weights = instances["weight"].to_numpy(dtype=np.float32)
    news = instances["news"].to_numpy(dtype=bool)
    tied = stances != ""
    folds = list(GroupKFold(min(settings.folds, len(np.unique(groups)))).split(matrix, groups=groups))
    stance, side = _calibrated(matrix, stances, weights, news, tied, stance_regression, settings.c, folds)
    everyone = np.ones_like(tied)
    tie, tie_held_out = _calibrated(matrix, tied, weights, news, everyone, tie_regression, settings.tie_c, folds)
    threshold = _threshold(stances, side * tie_held_out[:, 1:], np.array(stance.classes))
    return Classifier(tfidf, stance, tie, threshold)


def vectorized(instances: pd.DataFrame, min_df: int) -> tuple[Tfidf, sp.csr_matrix]:
    """Learn the n-grams of instances; give them and the matrix, a row for each instance."""
    tokens, spans = tokens_and_spans(instances)
    tfidf = Tfidf(vocabularies(tokens, spans, [LONGEST[view] for view in VIEWS], min_df))
    return tfidf, tfidf.transform(tokens, spans)


def stance_regression(matrix: sp.csr_matrix, stances: np.ndarray, weights: np.ndarray, strength: float) -> Regression:
    """Fit the stances, each against the rest, both sides of the same weight."""
    classes = np.unique(stances)
    return _joined(classes, [_fit(matrix, stances == name, weights, strength, "balanced") for name in classes])


def tie_regression(matrix: sp.csr_matrix, tied: np.ndarray, weights: np.ndarray, strength: float) -> Regression:
    """Fit whether an actor is tied to the target."""
    return _joined(np.unique(tied), [_fit(matrix, tied, weights, strength)])


def _fit(
    matrix: sp.csr_matrix, labels: np.ndarray, weights: np.ndarray, strength: float, sides: str | None = None
) -> LogisticRegression:
    regression = LogisticRegression(C=strength, class_weight=sides, solver="newton-cg", tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # _calibrated tells of the fit that is kept
        return regression.fit(matrix, labels, sample_weight=weights)


def _joined(classes: np.ndarray, fitted: Sequence[LogisticRegression]) -> Regression:
    return Regression(
        classes.tolist(),
        np.vstack([each.coef_ for each in fitted]),
        np.concatenate([each.intercept_ for each in fitted]),
        max(each.max_iter if max(each.n_iter_) >= each.max_iter else 0 for each in fitted),
    )


def _calibrated(
    matrix: sp.csr_matrix,
    labels: np.ndarray,
    weights: np.ndarray,
    news: np.ndarray,
    known: np.ndarray,
    fit_regression: Callable[..., Regression],
    strength: float,
    folds: Sequence[tuple[np.ndarray, np.ndarray]],
) -> tuple[Regression, np.ndarray]:
    """Fit a regression whose temperature and bias are right on held-out folds; give it and its held-out probabilities.

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
        held_out[test] = regression.logits(matrix[test])
    told = known & news if (known & news).any() else known
    truth = np.searchsorted(classes, labels[told])

    def calibrated(point: np.ndarray, logits: np.ndarray) -> np.ndarray:
        return log_softmax(logits / np.exp(point[0]) + np.append(0, point[1:]))

    def loss(point: np.ndarray) -> float:
        chances = calibrated(point, held_out[told])
        return -float(np.average(chances[np.arange(len(truth)), truth], weights=weights[told]))

    best = minimize(loss, np.zeros(len(classes)), bounds=[(-2, 2)] * len(classes)).x
    regression = fit_regression(matrix[known], labels[known], weights[known], strength)
    if regression.unsettled:
        warnings.warn(
            f"a regression had not settled after {regression.unsettled} rounds; more sentences, or a smaller C, help",
            ConvergenceWarning,
            stacklevel=3,
        )
    # Half precision is what the model file keeps: rounding here makes a loaded model the one that was trained.
    temperature, bias = np.exp(best[0]), np.append(0, best[1:])[-len(regression.intercepts) :]
    coefficients, intercepts = (
        numbers.astype(np.float16).astype(np.float32)
        for numbers in (regression.coefficients / temperature, regression.intercepts / temperature + bias)
    )
    return Regression(regression.classes, coefficients, intercepts), np.exp(calibrated(best, held_out))


def _threshold(stances: np.ndarray, chances: np.ndarray, classes: np.ndarray) -> float:
    """Choose the probability of a reported stance by the F1 of held-out rows that take a side.

    It is half of the best F1 there, which is where the F1 of calibrated probabilities is best (Lipton, Elkan and
    Naryanaswamy 2014, "Optimal Thresholding of Classifiers to Maximize F1 Measure"); the place of the best F1 itself
    moves with a handful of rows.

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
    return float(f1.max() / 2)
