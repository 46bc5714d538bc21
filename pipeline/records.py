"""Records in: the text of a file of whatever encoding, and the rows of tables, one at a time."""

from __future__ import annotations

import codecs
import csv
import datetime
import gzip
import io
import json
import os
import re
import sys
import textwrap
import zlib
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Choice = Callable[[tuple[str, ...]], Sequence[str | None]]  # out of the columns at hand, those to be read
    Open = Callable[[Path], io.BufferedReader]
    Record = tuple[str, Sequence[str | None], dict[Any, Any]]  # where it stands, columns chosen, values

RECORD_LIMIT = 32 * 2**20
"""Characters that one document or row may have: far above any article, far below what a zip bomb unpacks to."""

KINDS = {".txt": "txt", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
STANDARD_INPUT = Path("-")

_SURROGATE = re.compile("[\ud800-\udfff]")
# What the error handler `surrogateescape` makes of bytes that are not UTF-8; first, surrogates written as if they were.
_ESCAPED = re.compile("[\udc80-\udcff]")
_ESCAPED_SURROGATE = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
_WINDOWS_1252 = {0xDC00 | byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


def unpacked(path: Path) -> Path:
    """Give a file's name without .gz."""
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def kind_of(path: Path) -> str | None:
    """Tell by its name what kind of file it is: a value of ``KINDS``, or None."""
    return KINDS.get(unpacked(path).suffix.lower())


def print_note(note: str) -> None:
    """Say a line on standard error."""
    print(note, file=sys.stderr)


def unheard(count: int) -> None:
    """Do nothing with a number of bytes."""


def clean_text(text: str) -> str:
    r"""Leave out NULs and turn lone surrogates into U+FFFD, so that the text can be written anywhere.

    Examples
    --------
    >>> clean_text("Os\0lo \ud800")
    'Oslo �'
    """
    return text if text.isascii() and "\0" not in text else _SURROGATE.sub("\ufffd", text).replace("\0", "")


def empty(value: object) -> bool:
    """Tell whether a cell holds nothing."""
    return value is None or value != value  # NaN is the only value that differs from itself


def cell(value: object) -> str:
    """Give a cell as text, empty where it holds nothing."""
    if isinstance(value, str):
        return clean_text(value)
    if empty(value):
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat().removesuffix("T00:00:00")
    return clean_text(str(value))


class _TextStream:
    """The decoded text of a file, whole or by line, with a bound on what is taken before `taken` is set back."""

    def __init__(self, stream: io.TextIOWrapper, path: Path, on_note: Callable[[str], None]) -> None:
        self.stream, self.path, self.on_note = stream, path, on_note
        self.taken = 0
        self.noted = False

    def __iter__(self) -> Iterator[str]:
        while line := self.stream.readline(RECORD_LIMIT + 1):
            yield self._take(line)

    def read(self) -> str:
        return self._take(self.stream.read(RECORD_LIMIT + 1))

    def _take(self, text: str) -> str:
        self.taken += len(text)
        if self.taken > RECORD_LIMIT:
            limit = f"{RECORD_LIMIT:,} characters"
            raise InputError(f"{self.path}: a document of more than {limit}; split it, one document a row of .jsonl")
        if not text.isascii() and _ESCAPED.search(text):
            text = _ESCAPED_SURROGATE.sub("\ufffd", text)
            if not self.noted and _ESCAPED.search(text):
                self.noted = True
                self.on_note(f"{self.path}: not all UTF-8, the rest read as Windows-1252; save it as UTF-8 to be sure")
            text = text.translate(_WINDOWS_1252)
        return text.replace("\0", "")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Say in one line what keeps a file from being read."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = short(getattr(error, "strerror", None) or error)
        raise InputError(f"{path}: cannot be read ({reason}); check that it is whole and what its name says") from error


class _CountedFile(io.FileIO):
    """A file that tells how many more of its bytes are read; what is left of them when it is closed was not needed."""

    def __init__(self, path: Path, on_bytes: Callable[[int], None]) -> None:
        super().__init__(path)
        self._on_bytes, self._left = on_bytes, os.fstat(self.fileno()).st_size

    def readinto(self, buffer: Any) -> int | None:
        count = super().readinto(buffer)
        self._tell(min(count or 0, self._left))
        return count

    def close(self) -> None:
        if not self.closed:
            self._tell(self._left)
        super().close()

    def _tell(self, count: int) -> None:
        self._left -= count
        self._on_bytes(count)


def open_file(path: Path, on_bytes: Callable[[int], None] = unheard) -> io.BufferedReader:
    """Open a file or standard input."""
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise InputError("standard input is closed; name the files to read")
        # Standard input is one document, so taking it up to the bound costs nothing more, and leaves it open.
        return io.BufferedReader(io.BytesIO(sys.stdin.buffer.read(4 * (RECORD_LIMIT + 1))))
    return io.BufferedReader(_CountedFile(path, on_bytes))


@contextmanager
def open_text(path: Path, on_note: Callable[[str], None], opened: Open) -> Iterator[_TextStream]:
    """Open a file for its decoded text, unpacked."""
    with ExitStack() as stack:
        raw: Any = stack.enter_context(opened(path))
        if path.suffix.lower() == ".gz":
            raw = stack.enter_context(gzip.GzipFile(fileobj=raw))
        utf16 = raw.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        encoding, errors = ("utf-16", "replace") if utf16 else ("utf-8-sig", "surrogateescape")
        yield _TextStream(io.TextIOWrapper(raw, encoding, errors, newline=""), path, on_note)


def read_records(
    path: Path, choose: Choice, on_note: Callable[[str], None], opened: Open = open_file
) -> Iterator[Record]:
    """Read a table row by row; `choose` sees the columns as soon as they are known, and may refuse them."""
    kind = kind_of(path)
    with reading(path):
        if kind == "parquet":
            yield from _parquet_records(path, choose, opened)
        elif kind in ("csv", "jsonl"):
            with open_text(path, on_note, opened) as lines:
                yield from (_csv_records if kind == "csv" else _jsonl_records)(lines, choose)
        else:
            raise InputError(f"{path}: not a kind of file known here; convert it to {', '.join(KINDS)}")


def _csv_records(lines: _TextStream, choose: Choice) -> Iterator[Record]:
    csv.field_size_limit(RECORD_LIMIT)  # the module's own limit, 131,072, is less than a long report
    each = iter(lines)
    first = next(each, "")
    # Spreadsheets set to many European languages write semicolons.
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(chain([first], each), delimiter=delimiter, strict=True)
    header: tuple[str, ...] = ()
    start = 1
    try:
        for row in rows:
            if row and not header:
                header = tuple(name.strip() for name in row)
                with at(f"{lines.path}, line {start}"):
                    chosen = choose(header)
            elif row:
                if len(row) != len(header):
                    raise InputError(
                        f"{lines.path}, line {start}: {len(row)} fields where the header has {len(header)}; "
                        f"quote fields that hold {delimiter!r}, a quote or a line end"
                    )
                yield f"line {start}", chosen, dict(zip(header, row, strict=True))
            start = rows.line_num + 1
            lines.taken = 0
    except csv.Error as error:
        raise InputError(
            f"{lines.path}, line {start}: malformed CSV ({error}); close every quote, and double quotes inside quotes"
        ) from error
    if not header:
        raise InputError(f"{lines.path}: empty; the first line of a CSV file names its columns")


def _jsonl_records(lines: _TextStream, choose: Choice) -> Iterator[Record]:
    for number, line in enumerate(lines, 1):
        lines.taken = 0
        if line.isspace():
            continue
        with at(f"{lines.path}, line {number}"):
            record = _json_object(line)
            chosen = choose(tuple(record))
        yield f"line {number}", chosen, record


def _json_object(line: str) -> dict[Any, Any]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"malformed JSON ({error.msg}, column {error.pos + 1}); write one object a line") from error
    except (ValueError, RecursionError) as error:
        raise InputError("JSON nested too deep, or a number too long; write one flat object a line") from error
    if not isinstance(record, dict):
        raise InputError("no JSON object; write one object a line")
    return record


def _parquet_records(path: Path, choose: Choice, opened: Open) -> Iterator[Record]:
    arrow, parquet = import_parquet(path)
    number = 0
    try:
        # One row group may hold the whole archive: read it through a small buffer, not all at once, and by few rows.
        with opened(path) as raw, parquet.ParquetFile(raw, buffer_size=2**20, pre_buffer=False) as file:
            with at(str(path)):
                chosen = choose(tuple(file.schema_arrow.names))
            for batch in file.iter_batches(batch_size=256, columns=[name for name in chosen if name is not None]):
                for record in batch.to_pylist():
                    number += 1
                    if any(isinstance(value, str) and len(value) > RECORD_LIMIT for value in record.values()):
                        raise InputError(f"{path}, row {number}: more than {RECORD_LIMIT:,} characters; split it")
                    yield f"row {number}", chosen, record
    except InputError:
        raise
    except (arrow.ArrowException, ValueError, OverflowError) as error:  # also text that is not UTF-8, dates of no year
        raise InputError(f"{path}: no sound Parquet file ({short(error)}); write it anew") from error


def import_parquet(path: Path | str) -> tuple[Any, Any]:
    """Give pyarrow and its Parquet module, or say how to install them."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(f"{path}: Parquet needs pyarrow; pip install '.[parquet]'") from error
    return pyarrow, pyarrow.parquet


def short(reason: object) -> str:
    """Give one line of bounded length, whatever the input had in it."""
    return textwrap.shorten(str(reason), 200, placeholder=" …")


@contextmanager
def at(where: str) -> Iterator[None]:
    """Say before an error where it is."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
