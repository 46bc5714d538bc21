"""Batches of documents, run over all cores in order, a few in memory at a time."""

import gc
import os
import pickle
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from pipeline.errors import InputError
from pipeline.files import Document

CHARACTERS = 2**20
"""Characters from which a batch is full, however few its documents: it is the text that takes the memory."""

SELDOM = 200_000
"""Objects made, not given back, at which the garbage collector looks; with its own 700 all takes a twelfth longer."""

IDLE = 300.0
"""Seconds after which a process without work ends: so do those whose main process was killed."""


@contextmanager
def kept() -> Iterator[None]:
    """Keep the garbage collector from looking again and again through what is loaded and stays to the end.

    It looks seldom afterwards, too: batches are many objects, but leave no circles behind.
    """
    gc.disable()
    try:
        yield
        gc.freeze()
        gc.set_threshold(SELDOM)
    finally:
        gc.enable()


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
        Asked for batches here, where a signal can break it off. An error in it comes after the results of the batches
        before it.
    jobs : int
        Processes, this one among them; 1 runs here, as a single batch does, -1 takes all cores.

    Raises
    ------
    InputError
        If a process is ended from outside.
    """
    remaining = iter(work)
    first = list(islice(remaining, 1))
    try:
        first += islice(remaining, 0 if jobs == 1 else 1)
    except Exception as error:
        remaining = _failing(error)
    work = chain(first, remaining)
    others = _processes(jobs) - 1 if len(first) > 1 else 0
    if not others:
        for batch in work:
            yield len(batch), run(batch)
        return
    from joblib.externals.loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(others, timeout=IDLE, initializer=_begin, initargs=(pickle.dumps(run),))
    at_work: set[Any] = set()

    def send(work: Callable[..., Any], *batch: list[Document]) -> Any:
        future = pool.submit(work, *batch)
        at_work.add(future)
        future.add_done_callback(at_work.discard)
        return future

    ready = send(os.getpid)  # starts the others

    def submit(batch: list[Document]) -> Any:
        busy = not ready.done() or len(at_work) >= 2 * others
        return _here(run, batch) if busy else send(_run, batch)

    try:
        yield from in_order(submit, work, 2 * (others + 1))
    except BrokenExecutor as error:
        raise InputError(
            "a process was ended from outside, as where memory runs out; free some, or give fewer --jobs"
        ) from error
    finally:
        # A batch that the pool's own thread has not taken up yet would be missed by it after the end, with a traceback.
        patience = time.monotonic() + 1
        while any(not (future.running() or future.done()) for future in [*at_work]) and time.monotonic() < patience:
            time.sleep(0.001)
        pool.shutdown(kill_workers=True)


def _failing(error: Exception) -> Iterator[Any]:
    raise error
    yield


def _processes(jobs: int) -> int:
    from joblib import effective_n_jobs

    return int(effective_n_jobs(jobs))


def _here(run: Callable[[list[Document]], Any], batch: list[Document]) -> Future[Any]:
    """Do a batch in this process, which would else wait: the others are still starting, or have enough to do."""
    future: Future[Any] = Future()
    try:
        future.set_result(run(batch))
    except Exception as error:
        future.set_exception(error)
    return future


def in_order(
    submit: Callable[[list[Document]], Any], work: Iterable[list[Document]], ahead: int
) -> Iterator[tuple[int, Any]]:
    """Give the size and the result of each batch, in their order, while later ones are at work.

    Parameters
    ----------
    submit : callable
        Sends a batch to work; gives its future.
    work : iterable of list of Document
        An error in it comes after the results of the batches before it, a signal after those that are there.
    ahead : int
        Batches at work at most.
    """
    failure: list[BaseException] = []

    def sound() -> Iterator[list[Document]]:
        try:
            yield from work
        except GeneratorExit:
            raise
        except BaseException as error:
            failure.append(error)

    sent: deque[tuple[int, Any]] = deque()
    for batch in sound():
        sent.append((len(batch), submit(batch)))
        while sent and (len(sent) >= ahead or sent[0][1].done()):
            count, future = sent.popleft()
            yield count, future.result()
    stopped = bool(failure) and not isinstance(failure[0], Exception)
    for count, future in sent:
        if stopped and not future.done():
            break
        yield count, future.result()
    if failure:
        raise failure[0]


# In a process of the pool ----------------------------------------------------------------------------------------

_work: Callable[[list[Document]], Any]


def _begin(pickled: bytes) -> None:
    global _work
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the main one ends the others
    with kept():
        _work = pickle.loads(pickled)


def _run(batch: list[Document]) -> Any:
    return _work(batch)
