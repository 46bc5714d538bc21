"""Batches on several processes give what one gives, in order; what goes wrong is told after what went well."""

import multiprocessing
import os
import signal
import time

import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.parallel import batches, in_parallel


def documents(count):
    return [Document(f"d{k}", "", "Moscow vetoed the sanctions. Paris sent troops to Mali.") for k in range(count)]


def names(batch):
    return [document.document for document in batch]


def with_two_jobs(run, work):
    """Give what came of the batches, and the error at the end."""
    done = []
    try:
        for count, result in in_parallel(run, work, 2):
            done.append((count, result))
    except (InputError, OSError) as error:
        return done, error
    return done, None


def in_time(work):
    """Give pieces of work so slowly that the other process is at work too before they end."""
    for k, piece in enumerate(work):
        if k == 2:
            time.sleep(5)
        yield piece


def test_two_jobs_give_the_rows_of_one_in_their_order(model):
    tables = [list(model.predict_stream(in_time(documents(25)), everything=True, size=1, jobs=jobs)) for jobs in (1, 2)]
    assert [len(table) for table in tables[0]] == [len(table) for table in tables[1]]
    one, two = (pd.concat(each, ignore_index=True) for each in tables)
    assert one["document"].nunique() == 25
    pd.testing.assert_frame_equal(one, two)


def slow_elsewhere(batch):
    """Take longest for what the other process does, so that what comes after it is done before."""
    if multiprocessing.parent_process() is not None:
        time.sleep(0.5)
    return names(batch)


def test_a_slow_batch_keeps_its_place():
    done, error = with_two_jobs(slow_elsewhere, in_time(batches(documents(9), 1)))
    assert error is None
    assert done == [(1, [f"d{k}"]) for k in range(9)]


@pytest.mark.parametrize("sound", [0, 1, 2, 3])
def test_an_error_in_the_source_comes_after_the_results_before_it(sound):
    def source():
        yield from batches(documents(2 * sound), 2)
        raise InputError("news.csv, line 8: malformed")

    done, error = with_two_jobs(names, source())
    assert "line 8" in str(error)
    assert [count for count, _ in done] == [2] * sound


def faulty(batch):
    if batch[0].document == "d4":
        raise OSError("no disk")
    return names(batch)


def test_an_error_in_the_work_comes_in_its_place():
    done, error = with_two_jobs(faulty, in_time(batches(documents(12), 2)))
    assert str(error) == "no disk"
    assert [result for _, result in done] == [["d0", "d1"], ["d2", "d3"]]


def killed(batch):
    """Kill the other process."""
    if multiprocessing.parent_process() is not None:
        os.kill(os.getpid(), signal.SIGKILL)
    return names(batch)


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
def test_a_killed_process_is_told():
    _, error = with_two_jobs(killed, in_time(batches(documents(12), 1)))
    assert "fewer --jobs" in str(error)
    assert "\n" not in str(error)


def test_few_batches_are_read_ahead():
    taken = []

    def source():
        for batch in batches(documents(40), 1):
            taken.append(batch)
            yield batch

    results = in_parallel(names, source(), 2)
    next(results)
    assert len(taken) <= 4
    results.close()


def where(batch):
    time.sleep(0.1)
    return os.getpid()


def test_this_process_works_too_while_others_start_and_beside_them():
    done, error = with_two_jobs(where, in_time(batches(documents(20), 1)))
    assert error is None
    processes = [process for _, process in done]
    assert processes[:2] == [os.getpid()] * 2
    assert len(set(processes)) == 2
    assert os.getpid() in processes[2:]
