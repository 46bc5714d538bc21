"""On a cluster of processes: the rows of one machine, also where a worker dies half-way."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.parallel import batches

distributed = pytest.importorskip("distributed", reason="distributed is missing: pip install '.[cluster]'")
dd = pytest.importorskip("dask.dataframe", reason="dask is missing: pip install '.[cluster]'")

from dask import bag  # noqa: E402 (behind the check that it is there)

from pipeline import cluster  # noqa: E402


@pytest.fixture(scope="module")
def client():
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def rows(unseen):
    table = unseen.sentences.head(60)[["sentence_id", "date", "text"]].rename(columns={"sentence_id": "document_id"})
    return table.reset_index(drop=True)


@pytest.fixture(scope="module")
def documents(rows):
    return [Document(*row) for row in rows.itertuples(index=False)]


@pytest.fixture(scope="module")
def here(model, documents):
    return model.predict_batch(documents, everything=True)


def same(found, expected):
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected, check_dtype=False, atol=1e-4)


def test_a_data_frame_gives_the_rows_of_one_machine(client, model, rows, here):
    assert len(here) > 20
    same(cluster.predict(dd.from_pandas(rows, npartitions=4), model, everything=True).compute(), here)


def test_a_bag_gives_the_rows_of_one_machine(client, model, rows, here):
    records = bag.from_sequence(rows.to_dict("records"), npartitions=3)
    same(cluster.predict(records, model, everything=True).compute(), here)


def test_rows_without_an_id_go_by_their_label(client, model, rows):
    table = cluster.predict(dd.from_pandas(rows[["text"]], npartitions=2), model, everything=True).compute()
    assert set(table["document"]) <= set(map(str, rows.index))
    assert table["document"].nunique() > 10


def once(folder, model, batch):
    """Classify; the worker that comes to the sixth document first is killed over it."""
    flag = Path(folder, "killed")
    if any(document.document == "doc-6" for document in batch) and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return model.predict_batch(batch, everything=True)


class Once:
    def __init__(self, folder, model):
        self.folder, self.model = folder, model

    def __call__(self, batch):
        return once(self.folder, self.model, batch)


def test_a_killed_worker_loses_and_doubles_nothing(client, model, documents, tmp_path):
    numbered = [document._replace(document=f"doc-{k}") for k, document in enumerate(documents)]
    done = list(cluster.on_cluster(Once(tmp_path, model), batches(numbered, 4), client.scheduler.address))
    assert (tmp_path / "killed").exists()
    assert sum(count for count, _ in done) == len(numbered)
    same(pd.concat(table for _, table in done), model.predict_batch(numbered, everything=True))


@pytest.mark.parametrize("address", ["", "x y:1", "foo://x:1", "tcp://host", "tcp://host:port"])
def test_what_is_no_address_is_said_at_once(address):
    with pytest.raises(InputError, match="is no address of a scheduler; give one like tcp://"):
        next(cluster.on_cluster(len, [[]], address))


def test_no_cluster_is_said_in_one_line(monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    with pytest.raises(InputError, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        next(cluster.on_cluster(len, [[]], "tcp://127.0.0.1:1"))
