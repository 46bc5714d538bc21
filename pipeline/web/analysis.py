"""The work of a request: stances and their reasons, within bounds, in a thread of its own."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import anyio.to_thread
import pandas as pd
from anyio import CapacityLimiter

from pipeline import instances
from pipeline.annotation import mention_offsets
from pipeline.files import Document
from pipeline.model import Reason
from pipeline.predict import Model
from pipeline.text import sentences
from pipeline.web.problems import Problem
from pipeline.web.settings import Limits

T = TypeVar("T")


class Analyst:
    """A model at work for a server.

    Parameters
    ----------
    model : Model
    limits : Limits
    """

    def __init__(self, model: Model, limits: Limits) -> None:
        self.model, self.limits = model, limits
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

    def reasons(self, table: pd.DataFrame, most: int) -> list[list[Reason]]:
        """Give the n-grams that decided each stance, strongest first.

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
        return list(self.model.classifier.reasons(written, table["stance"], most))
