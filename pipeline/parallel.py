"""Batches of documents, run over all cores in order, a few in memory at a time."""

import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pipeline.files import Document

CHARACTERS = 2**20
"""Characters from which a batch is full, however few its documents: it is the text that takes the memory."""


def batches(documents: Iterable[Document], size: int) -> Iterator[list[Document]]:
    """Give documents in batches of ``size``, or fewer where they are long.

    Examples
    --------
    >>> documents = [Document(str(k), "", "Oslo joined the embargo.") for k in range(5)]
    >>> [len(batch) for batch in batches(documents, 2)]
    [2, 2, 1]
    """
    batch: list[Document] = []
    characters = 0
    for document in documents:
        batch.append(document)
        characters += len(document.text)
        if len(batch) >= size or characters >= CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch


def in_parallel(
    run: Callable[[list[Document]], Any], work: Iterable[list[Document]], jobs: int
) -> Iterator[tuple[int, Any]]:
    """Give the size and the result of each batch, in their order.

    Parameters
    ----------
    run : callable
        What is done with a batch. Each process gets it once, so it may carry a model.
    work : iterable of list of Document
        An error in it comes after the results of the batches before it.
    jobs : int
        Processes; 1 runs here, as a single batch does, -1 takes all cores.
    """
    remaining = iter(work)
    first = list(islice(remaining, 1 if jobs == 1 else 2))
    work = chain(first, remaining)
    if len(first) < 2:
        for batch in work:
            yield len(batch), run(batch)
        return
    from joblib import Parallel, delayed

    failure: list[Exception] = []

    def guarded() -> Iterator[Any]:
        # The pool asks for batches in a thread of its own, where an error would be lost.
        try:
            for batch in work:
                yield delayed(_run)(where, batch)
        except Exception as error:
            failure.append(error)

    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder, "run.pickle")
        where.write_bytes(pickle.dumps(run))
        yield from Parallel(jobs, return_as="generator", batch_size=1, pre_dispatch="2*n_jobs")(guarded())
    if failure:
        raise failure[0]


def _run(where: Path, batch: list[Document]) -> tuple[int, Any]:
    return len(batch), _loaded(where)(batch)


@lru_cache(maxsize=1)
def _loaded(where: Path) -> Callable[[list[Document]], Any]:
    run: Callable[[list[Document]], Any] = pickle.loads(where.read_bytes())
    return run
