"""Readers and writers that stream: documents in, tables out, every file whole or not there at all."""

from __future__ import annotations

import codecs
import csv
import datetime
import errno
import glob
import gzip
import io
import json
import os
import re
import secrets
import shutil
import sys
import textwrap
import zlib
from contextlib import ExitStack, contextmanager, nullcontext
from functools import lru_cache, partial
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, NamedTuple

from pipeline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pandas import DataFrame

    Choice = Callable[[tuple[str, ...]], Sequence[str | None]]  # out of the columns at hand, those to be read
    Open = Callable[[Path], io.BufferedReader]
    Record = tuple[str, Sequence[str | None], dict[Any, Any]]  # where it stands, columns chosen, values

RECORD_LIMIT = 32 * 2**20
"""Characters that one document or row may have: far above any article, far below what a zip bomb unpacks to."""

TABLE_ROWS = 1_000
"""Rows that a table on the terminal shows; what comes after is only counted."""

_KINDS = {".txt": "txt", ".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}
_STANDARD_INPUT = Path("-")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


# Whole files -----------------------------------------------------------------------------------------------------


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a path to write to that takes the place of `path` once all is written.

    The temporary file lies hidden beside its target and ends in the same suffixes. It is on the disk before it is moved
    in, and gone after any error, so the old file is whole or the new one is. Devices and pipes are written directly.

    Raises
    ------
    InputError
        The folder is missing or read-only, the file is read-only or a folder, the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_path(Path(folder, "note.txt")) as temporary:
    ...         _ = temporary.write_text("Oslo joined the embargo.")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    path = Path(path)
    target = path.resolve()
    temporary = target.with_name(f".{secrets.token_hex(4)}.{target.name}")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        direct = path.exists() and not path.is_file()
        if not direct:
            temporary.touch(exist_ok=False)
    except OSError as error:
        raise _unwritable(path, error) from error
    if direct:
        yield path
        return
    try:
        if target.exists():
            shutil.copymode(target, temporary)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        # Other errors come from the caller's own work, such as an input that vanished: not ours to explain.
        if error.errno in _FULL or error.filename == str(temporary):
            raise _unwritable(path, error) from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _unwritable(path: Path, error: OSError) -> InputError:
    if error.errno in _FULL:
        return InputError(f"{path}: no space left to write it; free some, or write elsewhere")
    if error.errno == errno.ENOENT and not path.parent.is_dir():
        return InputError(f"{path}: there is no folder '{path.parent}'; make it first, or write elsewhere")
    return InputError(f"{path}: cannot be written ({error.strerror}); change that, or write elsewhere")


def write_text(path: Path | str, text: str) -> None:
    r"""Write a text file in UTF-8, line ends as they are, whole or not at all.

    Raises
    ------
    InputError
        See `atomic_path`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "note.txt"), "Oslo joined the embargo.\n")
    ...     Path(folder, "note.txt").read_text()
    'Oslo joined the embargo.\n'
    """
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="")


# Documents in ----------------------------------------------------------------------------------------------------


class Document(NamedTuple):
    """A text to read, with its id and its date (ISO, or empty where the input has none)."""

    document: str
    date: str
    text: str


def _print_note(note: str) -> None:
    print(note, file=sys.stderr)


def _unheard(count: int) -> None:
    pass


def read_documents(
    paths: Iterable[Path | str],
    *,
    text_column: str = "text",
    on_note: Callable[[str], None] = _print_note,
    on_bytes: Callable[[int], None] = _unheard,
) -> Iterator[Document]:
    r"""Read the documents of files, folders, globs and standard input (``-``), holding one at a time.

    Files are .txt (one document each), .csv, .jsonl or .ndjson (one document a row), each also as .gz, and .parquet;
    a file without suffix is plain text. Folders are read with all below them, in order of name, hidden files left out.

    Text is UTF-8, or UTF-16 where it starts with a byte order mark; bytes that are not UTF-8 are read as Windows-1252.
    NULs are left out, lone surrogates become U+FFFD, line ends stay: offsets point into the text given here.

    Parameters
    ----------
    paths
        What to read. All of it is looked for at once, before the first document is read.
    text_column
        Column with the text; without a column `text`, the only one of `body`, `content` and `article` serves.
        Column `sentence_id`, or else `document`, `document_id` or `id`, names the document, and `date` dates it.
        Where there is no id, it is the file's name without suffix (below a folder: with the subfolder), and in
        tables ``-`` and the number of the row.
    on_note
        Called with one line for each file that is not UTF-8.
    on_bytes
        Called with a number of bytes each time that so many more are read of the files, packed as they are; at the
        end, that is what :func:`total_size` tells.

    Raises
    ------
    InputError
        Nothing there, unknown kind of file, no text column, a malformed line, a damaged file, a record above
        `RECORD_LIMIT`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "wire.csv"), "date,text\n2024-05-01,Oslo joined the embargo.\n")
    ...     list(read_documents([folder]))
    [Document(document='wire-1', date='2024-05-01', text='Oslo joined the embargo.')]
    """
    choose = lru_cache(maxsize=4)(partial(_document_columns, text_column=text_column))
    sources = list(_sources(paths))
    return (
        document
        for source in sources
        for path, name in _files(source)
        for document in _documents(path, name, choose, on_note, partial(_open, on_bytes=on_bytes))
    )


def total_size(paths: Iterable[Path | str]) -> int | None:
    r"""Give the bytes of all files that :func:`read_documents` reads, packed as they are; None with a pipe among them.

    Raises
    ------
    InputError
        As :func:`read_documents`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "wire.csv"), "text\nOslo joined the embargo.\n")
    ...     total_size([folder])
    30
    """
    files = (path for source in _sources(paths) for path, _ in _files(source))
    total = 0
    for path in files:
        if not path.is_file():  # standard input, a pipe
            return None
        total += path.stat().st_size
    return total


def parse_documents(
    name: str, content: bytes, *, text_column: str = "text", on_note: Callable[[str], None] = _print_note
) -> Iterator[Document]:
    r"""Read the documents of a file that is at hand as bytes, as :func:`read_documents` does; nothing touches the disk.

    Parameters
    ----------
    name
        Its name, which tells its kind: .txt, .csv, .jsonl or .ndjson, unpacked.
    content
        Its bytes.
    text_column, on_note
        As in :func:`read_documents`.

    Raises
    ------
    InputError
        Another kind of file, no text column, a malformed line, a record above `RECORD_LIMIT`.

    Examples
    --------
    >>> [d.text for d in parse_documents("wire.csv", b"text\nOslo joined the embargo.\nRome left it.\n")]
    ['Oslo joined the embargo.', 'Rome left it.']
    """
    path = Path(name)
    kind = _KINDS.get(path.suffix.lower())
    if kind in (None, "parquet"):
        raise InputError(f"{name}: not a kind of file read here; give .txt, .csv or .jsonl")
    choose = lru_cache(maxsize=4)(partial(_document_columns, text_column=text_column))
    return _documents(path, path.stem, choose, on_note, lambda _: io.BufferedReader(io.BytesIO(content)))


def to_documents(
    records: Iterable[dict[Any, Any]], names: Iterable[str] = (), *, text_column: str = "text"
) -> Iterator[Document]:
    r"""Give the documents of rows that are in memory, by the same columns as :func:`read_documents`.

    Parameters
    ----------
    records
        A mapping for each row.
    names
        Ids for rows without one.
    text_column
        As of :func:`read_documents`.

    Raises
    ------
    InputError
        No text column, a text that is none, a row without id where no names are given.

    Examples
    --------
    >>> list(to_documents([{"id": 7, "text": "Oslo joined the embargo."}]))
    [Document(document='7', date='', text='Oslo joined the embargo.')]
    """
    choose = lru_cache(maxsize=4)(partial(_document_columns, text_column=text_column))
    for number, (record, name) in enumerate(zip_longest(records, names), 1):
        if record is None:
            return
        with _at(f"row {number}"):
            yield _document(record, choose(tuple(record)), name)


def _document(record: dict[Any, Any], columns: Sequence[str | None], name: str | None) -> Document:
    """Give the document of a row; ``name`` is its id where it has none."""
    text_column, id_column, date_column = columns
    text = "" if _empty(record.get(text_column)) else record[text_column]
    if not isinstance(text, str):
        raise InputError(f"'{text_column}' is not text but {type(text).__name__}; put text there")
    document = _cell(record.get(id_column)) or name
    if not document:
        raise InputError("no id; give it one, in a column 'document_id'")
    return Document(document, _cell(record.get(date_column)), clean_text(text))


def clean_text(text: str) -> str:
    r"""Leave out NULs and turn lone surrogates into U+FFFD, so that the text can be written anywhere.

    Examples
    --------
    >>> clean_text("Os\0lo \ud800")
    'Oslo �'
    """
    return text if text.isascii() and "\0" not in text else _SURROGATE.sub("\ufffd", text).replace("\0", "")


def _sources(paths: Iterable[Path | str]) -> Iterator[Path]:
    for path in map(Path, paths):
        with _reading(path):
            if path == _STANDARD_INPUT or path.exists():
                yield path
            elif matches := sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207 (the pattern may be absolute)
                yield from map(Path, matches)
            else:
                raise InputError(f"{path}: no such file or folder; check the name")


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    """Give the files of a source, each with its name for ids."""
    if not source.is_dir():
        yield source, "stdin" if source == _STANDARD_INPUT else _unpacked(source).stem
        return
    found = False
    with _reading(source):
        for folder, subfolders, names in os.walk(source, onerror=_raise):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for path in (Path(folder, name) for name in sorted(names) if not name.startswith(".")):
                if _kind(path) and path.is_file():
                    found = True
                    yield path, _unpacked(path.relative_to(source)).with_suffix("").as_posix()
    if not found:
        raise InputError(f"{source}: holds no file to read; files end in {', '.join(_KINDS)} or .gz of these")


def _raise(error: OSError) -> None:
    raise error


def _unpacked(path: Path) -> Path:
    return path.with_suffix("") if path.suffix.lower() == ".gz" else path


def _kind(path: Path) -> str | None:
    return _KINDS.get(_unpacked(path).suffix.lower())


def _documents(
    path: Path, name: str, choose: Choice, on_note: Callable[[str], None], opened: Open
) -> Iterator[Document]:
    if _kind(path) == "txt" or not _unpacked(path).suffix:
        with _reading(path), _open_text(path, on_note, opened) as stream:
            text = stream.read()
        dated = _DATED.search(Path(name).name)
        yield Document(name, dated[0] if dated else "", clean_text(text))
        return
    for number, (where, columns, record) in enumerate(_records(path, choose, on_note, opened), 1):
        try:
            yield _document(record, columns, f"{name}-{number}")
        except InputError as error:
            raise InputError(f"{path}, {where}: {error}") from error


# A plain text has nowhere to put its date but its name: 2012-01-18-moscow.txt
_DATED = re.compile(r"^(?:19|20)\d{2}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?!\d)")


def _document_columns(names: tuple[str, ...], text_column: str) -> tuple[str | None, str | None, str | None]:
    known = {name.casefold(): name for name in reversed(names)}
    others = [known[name] for name in ("body", "content", "article") if name in known]
    text = text_column if text_column in names else known.get(text_column.casefold())
    if text is None and text_column == "text" and len(others) == 1:
        text = others[0]
    if text is None:
        at_hand = _short(", ".join(map(repr, names)) or "none")
        raise InputError(f"no column {text_column!r} (there: {at_hand}); name the column that holds the text")
    ids = (known[name] for name in ("sentence_id", "document", "document_id", "id") if name in known)
    return text, next(ids, None), known.get("date")


def _empty(value: object) -> bool:
    return value is None or value != value  # NaN is the only value that differs from itself


def _cell(value: object) -> str:
    if isinstance(value, str):
        return clean_text(value)
    if _empty(value):
        return ""
    if isinstance(value, datetime.date):
        return value.isoformat().removesuffix("T00:00:00")
    return clean_text(str(value))


# Records in ------------------------------------------------------------------------------------------------------

_SURROGATE = re.compile("[\ud800-\udfff]")
# What the error handler `surrogateescape` makes of bytes that are not UTF-8; first, surrogates written as if they were.
_ESCAPED = re.compile("[\udc80-\udcff]")
_ESCAPED_SURROGATE = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
_WINDOWS_1252 = {0xDC00 | byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}


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
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = _short(getattr(error, "strerror", None) or error)
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


def _open(path: Path, on_bytes: Callable[[int], None] = _unheard) -> io.BufferedReader:
    """Open a file or standard input."""
    if path == _STANDARD_INPUT:
        # Standard input is one document, so taking it up to the bound costs nothing more, and leaves it open.
        return io.BufferedReader(io.BytesIO(sys.stdin.buffer.read(4 * (RECORD_LIMIT + 1))))
    return io.BufferedReader(_CountedFile(path, on_bytes))


@contextmanager
def _open_text(path: Path, on_note: Callable[[str], None], opened: Open) -> Iterator[_TextStream]:
    with ExitStack() as stack:
        raw: Any = stack.enter_context(opened(path))
        if path.suffix.lower() == ".gz":
            raw = stack.enter_context(gzip.GzipFile(fileobj=raw))
        utf16 = raw.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        encoding, errors = ("utf-16", "replace") if utf16 else ("utf-8-sig", "surrogateescape")
        yield _TextStream(io.TextIOWrapper(raw, encoding, errors, newline=""), path, on_note)


def _records(path: Path, choose: Choice, on_note: Callable[[str], None], opened: Open = _open) -> Iterator[Record]:
    """Read a table row by row; `choose` sees the columns as soon as they are known, and may refuse them."""
    kind = _kind(path)
    with _reading(path):
        if kind == "parquet":
            yield from _parquet_records(path, choose, opened)
        elif kind in ("csv", "jsonl"):
            with _open_text(path, on_note, opened) as lines:
                yield from (_csv_records if kind == "csv" else _jsonl_records)(lines, choose)
        else:
            raise InputError(f"{path}: not a kind of file known here; convert it to {', '.join(_KINDS)}")


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
                with _at(f"{lines.path}, line {start}"):
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
        with _at(f"{lines.path}, line {number}"):
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
    arrow, parquet = _import_parquet(path)
    number = 0
    try:
        # One row group may hold the whole archive: read it through a small buffer, not all at once, and by few rows.
        with opened(path) as raw, parquet.ParquetFile(raw, buffer_size=2**20, pre_buffer=False) as file:
            with _at(str(path)):
                chosen = choose(tuple(file.schema_arrow.names))
            for batch in file.iter_batches(batch_size=256, columns=[name for name in chosen if name is not None]):
                for record in batch.to_pylist():
                    number += 1
                    yield f"row {number}", chosen, record
    except InputError:
        raise
    except (arrow.ArrowException, ValueError, OverflowError) as error:  # also text that is not UTF-8, dates of no year
        raise InputError(f"{path}: no sound Parquet file ({_short(error)}); write it anew") from error


def _import_parquet(path: Path | str) -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise InputError(f"{path}: Parquet needs pyarrow; pip install 'stancewire[parquet]'") from error
    return pyarrow, pyarrow.parquet


def _short(reason: object) -> str:
    """Give one line of bounded length, whatever the input had in it."""
    return textwrap.shorten(str(reason), 200, placeholder=" …")


@contextmanager
def _at(where: str) -> Iterator[None]:
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


# Tables in -------------------------------------------------------------------------------------------------------

_NUMBERS: dict[Any, Any] = {"start": "int64", "end": "int64", "probability": "float64"}


def read_table(
    path: Path | str, required: Sequence[str] = (), *, on_note: Callable[[str], None] = _print_note
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
        File or column missing, a malformed line, a number that is none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_text(Path(folder, "stances.csv"), "party,stance,probability\nNorway,support,0.93\n")
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

    records = (
        {clean_text(name): _cell(value) for name, value in record.items()}
        for _, _, record in _records(path, choose, on_note)
    )
    parts = []
    while part := list(islice(records, 10_000)):
        parts.append(pd.DataFrame.from_records(part))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(columns or required))
    table = table.fillna("").astype(str)
    for name in [name for name in _NUMBERS if name in table]:
        try:
            table[name] = table[name].astype(_NUMBERS[name])
        except ValueError as error:
            raise InputError(f"{path}: column {name!r} holds what is no number ({_short(error)}); mend it") from error
    return table


# Tables out ------------------------------------------------------------------------------------------------------


class Writer:
    """Takes a table part by part, all parts with the same columns."""

    def __init__(self, sink: IO[bytes]) -> None:
        self.sink = sink
        self.parts: list[DataFrame] = []

    def write(self, table: DataFrame) -> None:
        """Write the rows of a table after those already written."""
        raise NotImplementedError

    def finish(self) -> None:
        """Write what was held back; called when all went well."""

    def close(self) -> None:
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
    kind = format or ("table" if path is None else _kind(path) or "")
    if kind not in _WRITERS:
        raise InputError(f"{format or path}: not a format to write; choose from {', '.join(_WRITERS)}")
    if kind == "parquet":
        if path is None:
            raise InputError("Parquet cannot be written to standard output; name a file with --output")
        _import_parquet(path)
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
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        self.sink.writelines(f"{json.dumps(row, ensure_ascii=False, default=str)}\n".encode() for row in rows)


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
            [f"{v:.2f}" if isinstance(v, float) else _cell(v).translate(self.CONTROLS) for v in values]
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
