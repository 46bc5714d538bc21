"""The classifier: TF-IDF over the views and two logistic regressions, of the tie to the target and of the stance."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

from pipeline.instances import VIEWS, Views, tokens_and_spans
from pipeline.lexicon import STANCES
from pipeline.ngrams import Tfidf


@dataclass(frozen=True)
class Regression:
    """A logistic regression that is fitted.

    Attributes
    ----------
    classes : list
        Its labels, sorted.
    coefficients : ndarray of shape (k, n)
        A row for each class; one row, the second's, where there are two.
    intercepts : ndarray of shape (k,)
    unsettled : int
        Rounds after which the fit had not settled; 0 where it had.
    """

    classes: list[Any]
    coefficients: np.ndarray
    intercepts: np.ndarray
    unsettled: int = 0

    def logits(self, matrix: sp.csr_matrix) -> np.ndarray:
        """Give the logits, a column for each class."""
        scores = matrix @ self.coefficients.T + self.intercepts
        return np.asarray(scores if len(self.classes) > 2 else np.column_stack([np.zeros_like(scores), scores]))

    def probabilities(self, matrix: sp.csr_matrix) -> np.ndarray:
        """Give the probabilities, a column for each class."""
        return np.asarray(np.exp(log_softmax(self.logits(matrix))))


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Give the logarithms of the probabilities that logits stand for, a row each."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


class Reason(NamedTuple):
    """An n-gram and what it adds to the log-odds of a stance."""

    view: str
    ngram: str
    weight: float


@dataclass
class Classifier:
    """Stance and tie of instances.

    Attributes
    ----------
    tfidf : Tfidf
        Its views are ``VIEWS``.
    stance : Regression
        Support, oppose or neutral, given that the actor is tied to the target.
    tie : Regression
        Whether it is.
    threshold : float
        Probability from which a stance found in text is reported.
    card : dict
        What the model was trained on and with.
    """

    tfidf: Tfidf
    stance: Regression
    tie: Regression
    threshold: float = 0.5
    card: dict[str, Any] = field(default_factory=dict)

    def transform(self, instances: pd.DataFrame | Sequence[Views]) -> sp.csr_matrix:
        """Give the TF-IDF matrix of instances, a row for each."""
        return self.tfidf.transform(*tokens_and_spans(instances))

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
        order = [self.stance.classes.index(stance) for stance in STANCES]
        return self.stance.probabilities(matrix)[:, order], self.tie.probabilities(matrix)[:, 1]

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

    def reasons(self, instances: pd.DataFrame, stances: Iterable[str], most: int) -> Iterator[list[Reason]]:
        """Give the n-grams that decided the stance of each instance, strongest first.

        Parameters
        ----------
        instances, stances
            As of :meth:`contributions`.
        most : int
            N-grams to give of each.
        """
        views, ngrams = self._spelt
        for columns, weights in self.contributions(instances, stances):
            first = columns[:most]
            strongest = zip(views[first], ngrams[first], weights[:most].tolist(), strict=True)
            yield [Reason(*reason) for reason in strongest]

    def ngrams(self) -> pd.DataFrame:
        """Give ``view, ngram`` of each column of the matrix."""
        return self._ngrams.copy(deep=False)

    @cached_property
    def _ngrams(self) -> pd.DataFrame:
        names = [(view, ngram) for view, ngrams in zip(VIEWS, self.tfidf.ngrams, strict=True) for ngram in ngrams]
        return pd.DataFrame(names, columns=["view", "ngram"])

    @cached_property
    def _spelt(self) -> tuple[np.ndarray, np.ndarray]:
        view, ngram = (self._ngrams[column].to_numpy(dtype=object) for column in ("view", "ngram"))
        return view, ngram

    def contrast(self, stance: str) -> np.ndarray:
        """Give each n-gram's coefficient for a stance, less the mean of the other stances' ones."""
        coefficients = self.stance.coefficients
        k = self.stance.classes.index(stance)
        others = np.delete(coefficients, k, axis=0).mean(axis=0)
        return np.asarray(coefficients[k] - others)
