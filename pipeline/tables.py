"""Tables in and out: of stances and what is counted of them, part by part, the same from each kind of file."""

from __future__ import annotations

import gzip
import io
import json
import sys
from abc import ABC, abstractmethod
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar

from pipeline.atomic import atomic_path
from pipeline.errors import InputError
from pipeline.files import iso
from pipeline.records import cell, clean_text, import_parquet, kind_of, print_note, read_records, short

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pandas import DataFrame

TABLE_ROWS = 1_000
"""Rows that a table on the terminal shows; what comes after is only counted."""

_LAST_PLACE = 2**53
"""Far beyond any text, and far from where sums of places would overflow."""


def read_table(
    path: Path | str, required: Sequence[str] = (), *, on_note: Callable[[str], None] = print_note
) -> DataFrame:
    r"""Read a table of stances (.csv, .jsonl, .ndjson, each also as .gz, .parquet), the same from each kind of file.

    Parameters
    ----------
    path
        File that `stance predict` wrote, or one like it.
    required
        Columns it must have.
    on_note
        Called with one line if the file is not UTF-8.

    Returns
    -------
    DataFrame
        All columns, in their order: `start` and `end` int64, `probability` float64, all others text, empty where
        the file has nothing.

    Raises
    ------
    InputError
        File or column missing, a malformed line; a place, a probability or a date that is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "stances.csv").write_text("party,stance,probability\nNorway,support,0.93\n")
    ...     read_table(Path(folder, "stances.csv"), required=["party", "stance"])
        party   stance  probability
    0  Norway  support         0.93
    """
    import pandas as pd

    path = Path(path)
    columns: dict[str, None] = {}

    def choose(names: tuple[str, ...]) -> tuple[str, ...]:
        if missing := [name for name in required if name not in names]:
            raise InputError(f"no column {', '.join(map(repr, missing))}; give a table that `stance predict` wrote")
        columns.update(dict.fromkeys(names))
        return names

    places: list[str] = []

    def rows() -> Iterator[dict[str, str]]:
        for place, _, record in read_records(path, choose, on_note):
            places.append(place)
            yield {clean_text(name): cell(value) for name, value in record.items()}

    parts, records = [], rows()
    while part := list(islice(records, 10_000)):
        parts.append(pd.DataFrame.from_records(part))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns or required))
    table = table.fillna("").astype(str)
    for name in [name for name in _COLUMNS if name in table]:
        kind, value_of, wanted = _COLUMNS[name]
        values = []
        for place, text in zip(places, table[name], strict=True):
            try:
                values.append(value_of(text))
            except ValueError as error:
                raise InputError(f"{path}, {place}: {name} {short(text)!r} is no {wanted}; correct it") from error
        table[name] = pd.Series(values, index=table.index, dtype=kind)
    return table


def _place(text: str) -> int:
    place = int(text)
    if not 0 <= place <= _LAST_PLACE:
        raise ValueError
    return place


def _probability(text: str) -> float:
    probability = float(text)
    if not 0 <= probability <= 1:
        raise ValueError
    return probability


def _date(text: str) -> str:
    return iso(text.strip())


_COLUMNS: dict[str, tuple[Any, Callable[[str], Any], str]] = {
    "start": ("int64", _place, "place in a text, counted from 0"),
    "end": ("int64", _place, "place in a text, counted from 0"),
    "probability": ("float64", _probability, "number from 0 to 1"),
    "date": ("str", _date, "date as 2014-03-18, 2014-03 or 2014"),
}
"""Columns whose values must be of a kind: their type, what reads a value, what it should be."""


class Writer(ABC):
    """Takes a table part by part, all parts with the same columns."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.sink = sink
        self.parts: list[DataFrame] = []

    @abstractmethod
    def write(self, table: DataFrame) -> None:
        """Write the rows of a table after those already written."""

    def finish(self) -> None:  # noqa: B027 (most hold nothing back)
        """Write what was held back; called when all went well."""

    def close(self) -> None:  # noqa: B027 (most hold on to nothing)
        """Let go of the sink; called in any case."""


@contextmanager
def open_writer(path: Path | str | None, format: str | None = None) -> Iterator[Writer]:  # noqa: A002 (as the option)
    r"""Open a file, or standard output where `path` is None, to write a table to, part by part.

    Parameters
    ----------
    path
        Written whole or not at all, see `atomic_path`; text formats are packed where it ends in .gz.
    format
        ``csv`` (UTF-8 without byte order mark, RFC 4180), ``jsonl``, ``parquet`` (files only) or ``table``, which
        people read: the first `TABLE_ROWS` rows, printed at the end. By default what the suffix says, and ``table`` on
        standard output.

    Raises
    ------
    InputError
        Unknown format or suffix; Parquet on standard output or without pyarrow; see also `atomic_path`.

    Notes
    -----
    Fields are data and stay as they are: a sentence that starts with ``=``, ``+``, ``-`` or ``@`` is written so. A
    spreadsheet may take it for a formula; where texts are not to be trusted, import columns "as text".

    A table without rows, once written, gives a file with its columns and no rows.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with open_writer(Path(folder, "stances.jsonl")) as writer:
    ...         writer.write(pd.DataFrame({"party": ["Norway"], "stance": ["support"]}))
    ...     Path(folder, "stances.jsonl").read_text()
    '{"party": "Norway", "stance": "support"}\n'
    """
    path = None if path is None else Path(path)
    kind = format or ("table" if path is None else kind_of(path) or "")
    if kind not in _WRITERS:
        raise InputError(f"{format or path}: not a format to write; choose from {', '.join(_WRITERS)}")
    if kind == "parquet":
        if path is None:
            raise InputError("Parquet cannot be written to standard output; name a file with --output")
        import_parquet(path)
    packed = path is not None and path.suffix.lower() == ".gz" and kind != "parquet"
    with nullcontext() if path is None else atomic_path(path) as temporary, _open_sink(temporary, packed) as sink:
        writer = _WRITERS[kind](sink)
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


def render_table(table: DataFrame, format: str) -> bytes:  # noqa: A002 (as in open_writer)
    r"""Give a whole table as the bytes of a file, in format ``csv`` or ``jsonl`` of :func:`open_writer`.

    Examples
    --------
    >>> import pandas as pd
    >>> render_table(pd.DataFrame({"party": ["Norway"], "stance": ["support"]}), "jsonl")
    b'{"party": "Norway", "stance": "support"}\n'
    """
    sink = io.BytesIO()
    writer = _WRITERS[format](sink)
    writer.write(table)
    writer.finish()
    return sink.getvalue()


@contextmanager
def _open_sink(path: Path | None, packed: bool) -> Iterator[Any]:
    if path is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    # Without name and time in it, the same rows give the same packed file.
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", fileobj=file, mtime=0) if packed else nullcontext(file) as sink,
    ):
        yield sink


class _CsvWriter(Writer):
    header = True

    def write(self, table: DataFrame) -> None:
        # With this line end, as RFC 4180 has it, fields with either of its characters are quoted.
        self.sink.write(table.to_csv(index=False, header=self.header, lineterminator="\r\n").encode())
        self.header = False


class _JsonlWriter(Writer):
    def write(self, table: DataFrame) -> None:
        names = list(table.columns)
        columns = [column.astype(object).where(column.notna(), None).tolist() for _, column in table.items()]
        encode = json.JSONEncoder(ensure_ascii=False, default=str).encode
        self.sink.writelines(
            f"{encode(dict(zip(names, row, strict=True)))}\n".encode() for row in zip(*columns, strict=True)
        )


class _ParquetWriter(Writer):
    ROWS = 50_000  # in a row group: with few, the file would be large and slow to read
    writer: Any = None

    def write(self, table: DataFrame) -> None:
        # Types show only in rows, so a table without rows counts only as long as it is all there is.
        if len(table) or not self.parts:
            self.parts = [part for part in self.parts if len(part)] + [table]
        if sum(map(len, self.parts)) >= self.ROWS:
            self._flush()

    def _flush(self) -> None:
        import pandas as pd
        import pyarrow as pa
        from pyarrow import parquet

        table = pd.concat(self.parts, ignore_index=True) if self.parts else pd.DataFrame()
        self.parts = []
        if self.writer is None:
            fields = pa.Schema.from_pandas(table, preserve_index=False)
            fields = [f.with_type(pa.string()) if pa.types.is_null(f.type) else f for f in fields]
            self.writer = parquet.ParquetWriter(self.sink, pa.schema(fields))
        self.writer.write_table(pa.Table.from_pandas(table, self.writer.schema, preserve_index=False))

    def finish(self) -> None:
        if self.parts or self.writer is None:
            self._flush()

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()


class _TableWriter(Writer):
    STYLES: ClassVar = {"support": "green", "oppose": "red"}
    CONTROLS: ClassVar = dict.fromkeys([*range(32), *range(127, 160)], " ")  # could steer the terminal
    written = 0

    def write(self, table: DataFrame) -> None:
        if self.written < TABLE_ROWS:
            self.parts.append(table.head(TABLE_ROWS - self.written))
        self.written += len(table)

    def finish(self) -> None:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        screen = io.StringIO()
        console = Console(file=screen, force_terminal=self.sink.isatty())
        names = list(self.parts[-1].columns) if self.parts else []
        rows = [
            [f"{v:.2f}" if isinstance(v, float) else cell(v).translate(self.CONTROLS) for v in values]
            for part in self.parts
            for values in part.itertuples(index=False)
        ]
        table = Table()
        for k, name in enumerate(names):
            # A sentence has the line that the other columns leave it.
            rest = sum(max(map(len, column)) + 3 for j, column in enumerate(zip(names, *rows, strict=True)) if j != k)
            width = max(20, console.width - rest - 4) if name == "sentence" else None
            table.add_column(name, no_wrap=width is not None, overflow="ellipsis" if width else "fold", width=width)
        for cells in rows:
            table.add_row(*(Text(cell, self.STYLES.get(cell, "")) for cell in cells))
        console.print(table)
        if self.written > TABLE_ROWS:
            console.print(f"… and {self.written - TABLE_ROWS:,} rows more; write them all with --format csv")
        self.sink.write(screen.getvalue().encode())


_WRITERS: dict[str, type[Writer]] = {
    "table": _TableWriter, "csv": _CsvWriter, "jsonl": _JsonlWriter, "parquet": _ParquetWriter
}  # fmt: skip
