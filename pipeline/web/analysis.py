"""The work of a request: stances and their reasons, within bounds, in a thread of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar

import anyio.to_thread
import numpy as np
import pandas as pd
from anyio import CapacityLimiter

from pipeline import instances
from pipeline.annotation import mention_offsets
from pipeline.files import Document
from pipeline.instances import VIEWS
from pipeline.predict import Model
from pipeline.text import sentences
from pipeline.web.problems import Problem
from pipeline.web.settings import Limits

T = TypeVar("T")


class Reason(NamedTuple):
    """An n-gram and what it adds to the log-odds of the stance."""

    view: str
    ngram: str
    weight: float


class Reasons(NamedTuple):
    """A stance's n-grams, strongest first, and the sum of all weights of each view."""

    strongest: list[Reason]
    sums: dict[str, float]


class Analyst:
    """A model at work for a server.

    Parameters
    ----------
    model : Model
    limits : Limits
    """

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model, self.limits = model, limits
        names = model.classifier.ngrams()
        self._views, self._ngrams = (names[column].to_numpy(dtype=object) for column in ("view", "ngram"))
        self._view_of = np.array([VIEWS.index(view) for view in self._views])
        # One at a time: the work holds the interpreter's lock, and stemmers are not safe in two threads.
        self._turn = CapacityLimiter(1)
        self._taken = 0
        self.stances([Document("", "", "Oslo joined the embargo.")])  # readers are made at their first use

    async def run(self, work: Callable[..., T], *args: Any) -> T:
        """Do a piece of work in a thread when its turn comes.

        Raises
        ------
        Problem
            If too many wait already.
        """
        if self._taken > self.limits.waiting:
            raise Problem(429, "the server has more to do than it can; try again soon", headers={"Retry-After": "5"})
        self._taken += 1
        try:
            return await anyio.to_thread.run_sync(work, *args, limiter=self._turn)
        finally:
            self._taken -= 1

    def stances(
        self, documents: Sequence[Document], everything: bool = True, min_probability: float | None = None
    ) -> pd.DataFrame:
        """Find who stands where, as :meth:`pipeline.predict.Model.predict` does.

        Raises
        ------
        Problem
            If it is more than one request may ask.
        """
        self._check(documents)
        return self.model.predict_batch(self._timed(documents), everything=everything, min_probability=min_probability)

    def _check(self, documents: Sequence[Document]) -> None:
        most = self.limits
        if len(documents) > most.documents:
            raise Problem(413, f"more than {most.documents} texts; send fewer at once, or use 'stance predict'")
        if sum(len(document.text) for document in documents) > most.characters:
            raise Problem(413, f"more than {most.characters:,} characters; send less at once, or use 'stance predict'")
        lengths = [len(sentence.text) for document in documents for sentence in sentences(document.text)]
        if sum(length**2 for length in lengths) > most.strain:
            longest = f"the longest has {max(lengths):,} characters"
            raise Problem(413, f"the sentences are too long ({longest}); put full stops or line breaks between them")

    def _timed(self, documents: Sequence[Document]) -> Iterator[Document]:
        end = time.monotonic() + self.limits.working
        for document in documents:
            if time.monotonic() > end:
                raise Problem(413, f"not done within {self.limits.working:.0f} s; send fewer texts at once")
            yield document

    def reasons(self, table: pd.DataFrame, most: int) -> list["Reasons"]:
        """Give the n-grams that decided each stance.

        Parameters
        ----------
        table : DataFrame
            What :meth:`stances` gave.
        most : int
            N-grams to give of each.
        """
        if table.empty:
            return []
        gold = table.assign(text=table["sentence"], start=mention_offsets(table))
        written = instances.given(self.model.reader, gold)
        found = []
        for columns, weights in self.model.classifier.contributions(written, table["stance"]):
            sums = np.bincount(self._view_of[columns], weights, len(VIEWS)).tolist()
            first = columns[:most]
            strongest = zip(self._views[first], self._ngrams[first], weights[:most].tolist(), strict=True)
            found.append(Reasons([Reason(*reason) for reason in strongest], dict(zip(VIEWS, sums, strict=True))))
        return found


# In words ---------------------------------------------------------------------------------------------------------

_UNSPOKEN = frozenset({"roles", "facts"})
_NAMES = {
    "SELF": "(the actor)",
    "OTHER": "(another actor)",
    "CUE": "(the measure)",
    "CUX": "(the other target's measure)",
}


class Explanation(NamedTuple):
    """A stance's reasons as people read them: phrases with their weight, and in sum what no phrase can tell.

    ``place`` is what the actor's place in the sentence adds, ``kind`` what the kinds of actor and measure do.
    """

    phrases: list[tuple[str, float]]
    place: float
    kind: float


def explanation(reasons: Reasons, most: int = 6) -> Explanation:
    """Put reasons in words; a phrase that is seen in several views counts once, with the sum of its weights.

    Examples
    --------
    >>> seen = [Reason("right", "SELF veto", 0.5), Reason("path", "> SELF veto", 0.25), Reason("left", "SELF", 0.5)]
    >>> explanation(Reasons(seen, {"roles": 0.1, "facts": 0.0}))
    Explanation(phrases=[('(the actor) veto', 0.75)], place=0.6, kind=0.0)
    """
    phrases: dict[str, float] = {}
    place = reasons.sums["roles"]
    for view, ngram, weight in reasons.strongest:
        if view not in _UNSPOKEN:
            tokens = [token for token in ngram.split() if token not in ("<", ">", "nocue") and token[0] != "="]
            if set(tokens) <= _NAMES.keys():
                place += weight
            else:
                phrase = _phrase(tokens)
                phrases[phrase] = phrases.get(phrase, 0.0) + weight
    strongest = sorted(phrases.items(), key=lambda item: -abs(item[1]))[:most]
    return Explanation([(phrase, round(weight, 2)) for phrase, weight in strongest], place, reasons.sums["facts"])


def _phrase(tokens: Sequence[str]) -> str:
    """Give an n-gram's words, without the signs of a cue beside its word."""
    words = [
        _NAMES.get(token, token)
        for token, following in zip_longest(tokens, tokens[1:], fillvalue="")
        if not (token in ("CUE", "CUX") and following.islower())
    ]
    return " ".join(words).replace(" 's", "'s")
