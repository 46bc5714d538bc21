"""The same prediction on a Dask cluster: each worker gets the model once, the rows are those of one machine."""

import pickle
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import pandas as pd
from dask import bag as db
from dask import dataframe as dd
from distributed import Client, WorkerPlugin, get_client, get_worker

from pipeline.errors import InputError
from pipeline.files import Document, to_documents
from pipeline.parallel import in_order
from pipeline.predict import Model, empty_table

AHEAD = 3
"""Batches that are sent out for each core of the cluster: none is idle, and few are in memory."""

PATIENCE = 10.0
"""Seconds that a scheduler has to answer."""

_ADDRESS = re.compile(r"(?:(?:tcp|tls|wss?)://)?[^\s/]+:[0-9]+")


class _Carrier(WorkerPlugin):
    """Brings a function, with the model in it, to each worker once, and to those that come later."""

    def __init__(self, run: Callable[[Any], Any]) -> None:
        self.name = f"stance-{uuid.uuid4()}"
        self._pickled = pickle.dumps(run)

    def setup(self, worker: Any) -> None:
        self.run = pickle.loads(self._pickled)


def _apply(name: str, work: Any) -> Any:
    carrier: Any = get_worker().plugins[name]
    return carrier.run(work)


def predict(news: "dd.DataFrame | db.Bag", model: Model, **options: Any) -> "dd.DataFrame":
    """Find who stands where in the texts of a Dask DataFrame or bag.

    Parameters
    ----------
    news : dask.dataframe.DataFrame or dask.bag.Bag
        Columns as of a table that ``stance predict`` reads (``text``, ``document_id``, ``date``); a bag holds a mapping
        for each text. Where there is no id, it is the row's label in the index; a bag must have ids.
    model : Model
        Sent to each worker of the current client once.
    **options
        ``everything`` and ``min_probability``, as of :meth:`pipeline.predict.Model.predict`.

    Returns
    -------
    dask.dataframe.DataFrame
        The columns of :meth:`pipeline.predict.Model.predict`, in the order of the texts. Nothing is computed before it
        is asked for.

    Raises
    ------
    InputError
        If there is no client; when computed, if a column is missing or a text is none.

    Examples
    --------
    >>> import pipeline
    >>> from pipeline import cluster
    >>> client = Client()  # doctest: +SKIP
    >>> news = dd.read_parquet("archive/*.parquet")  # doctest: +SKIP
    >>> cluster.predict(news, pipeline.load()).to_parquet("stances")  # doctest: +SKIP
    """
    try:
        client = get_client()
    except ValueError:
        raise InputError("cluster: no Dask client; make one first: client = distributed.Client(address)") from None
    carrier = _Carrier(partial(_partition, model, options))
    client.register_plugin(carrier)
    run = partial(_apply, carrier.name)
    table: dd.DataFrame
    if isinstance(news, db.Bag):
        table = dd.from_delayed(news.map_partitions(list).map_partitions(run).to_delayed(), meta=empty_table())
    else:
        table = news.map_partitions(run, meta=empty_table())
    return table


def _partition(model: Model, options: dict[str, Any], rows: "pd.DataFrame | Iterable[dict[str, Any]]") -> pd.DataFrame:
    if isinstance(rows, pd.DataFrame):
        documents = to_documents(rows.to_dict("records"), map(str, rows.index))
    else:
        documents = to_documents(rows)
    return pd.concat([empty_table(), *model.predict_stream(documents, **options)], ignore_index=True)


def on_cluster(
    run: Callable[[list[Document]], Any], work: Iterable[list[Document]], address: str
) -> Iterator[tuple[int, Any]]:
    """Give the size and the result of each batch, in their order, as :func:`pipeline.parallel.in_parallel` does.

    Parameters
    ----------
    run : callable
        What is done with a batch; each worker gets it once, so it may carry a model.
    work : iterable of list of Document
    address : str
        The scheduler's, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    InputError
        If it is no address, no scheduler answers there, or it has no workers.
    """
    if not _ADDRESS.fullmatch(address):  # Dask would wait for it, and then tell of its own workings
        raise InputError(f"cluster: {address!r} is no address of a scheduler; give one like tcp://10.0.0.1:8786")
    try:
        client = Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"cluster: no scheduler answers at {address} ({error}); start one with 'dask scheduler'"
        ) from error
    with client:
        cores = sum(client.nthreads().values())
        if not cores:
            raise InputError(
                f"cluster: the scheduler at {address} has no workers; start some with 'dask worker {address}'"
            )
        carrier = _Carrier(run)
        client.register_plugin(carrier)
        send = partial(client.submit, _apply, carrier.name, pure=False)
        yield from in_order(send, work, AHEAD * cores)
        client.unregister_worker_plugin(carrier.name)
