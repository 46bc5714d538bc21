"""Documents in: files, folders, globs and standard input, read one document at a time."""

from __future__ import annotations

import glob
import io
import os
import re
from functools import lru_cache, partial
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import InputError
from pipeline.records import (
    KINDS,
    STANDARD_INPUT,
    at,
    cell,
    clean_text,
    empty,
    kind_of,
    open_file,
    open_text,
    print_note,
    read_records,
    reading,
    short,
    unheard,
    unpacked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pipeline.records import Choice, Open


class Document(NamedTuple):
    """A text to read, with its id and its date (ISO, or empty where the input has none)."""

    document: str
    date: str
    text: str


def read_documents(
    paths: Iterable[Path | str],
    *,
    text_column: str = "text",
    but: Sequence[Path] = (),
    on_note: Callable[[str], None] = print_note,
    on_bytes: Callable[[int], None] = unheard,
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
        Column `sentence_id`, or else `document`, `document_id` or `id`, names the document, and `date` dates it (ISO).
        Where there is no id, it is the file's name without suffix (below a folder: with the subfolder), and in
        tables ``-`` and the number of the row.
    but
        Files and folders that are left out of a folder, as those that the answers are written to.
    on_note
        Called with one line for each file that is not UTF-8.
    on_bytes
        Called with a number of bytes each time that so many more are read of the files, packed as they are; at the
        end, that is what :func:`total_size` tells.

    Raises
    ------
    InputError
        Nothing there, unknown kind of file, no text column, a malformed line or date, a damaged file, a record above
        `RECORD_LIMIT`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "wire.csv").write_text("date,text\n2024-05-01,Oslo joined the embargo.\n")
    ...     list(read_documents([folder]))
    [Document(document='wire-1', date='2024-05-01', text='Oslo joined the embargo.')]
    """
    choose = lru_cache(maxsize=4)(partial(_document_columns, text_column=text_column))
    sources = list(_sources(paths))
    return (
        document
        for source in sources
        for path, name in _files(source, but)
        for document in _documents(path, name, choose, on_note, partial(open_file, on_bytes=on_bytes))
    )


def total_size(paths: Iterable[Path | str], but: Sequence[Path] = ()) -> int | None:
    r"""Give the bytes of all files that :func:`read_documents` reads, packed as they are; None with a pipe among them.

    Parameters
    ----------
    paths, but
        As of :func:`read_documents`.

    Raises
    ------
    InputError
        As :func:`read_documents`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "wire.csv").write_text("text\nOslo joined the embargo.\n")
    ...     total_size([folder])
    30
    """
    files = (path for source in _sources(paths) for path, _ in _files(source, but))
    total = 0
    for path in files:
        if not path.is_file():  # standard input, a pipe
            return None
        total += path.stat().st_size
    return total


def parse_documents(
    name: str, content: bytes, *, text_column: str = "text", on_note: Callable[[str], None] = print_note
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
        Another kind of file, no text column, a malformed line or date, a record above `RECORD_LIMIT`.

    Examples
    --------
    >>> [d.text for d in parse_documents("wire.csv", b"text\nOslo joined the embargo.\nRome left it.\n")]
    ['Oslo joined the embargo.', 'Rome left it.']
    """
    path = Path(name)
    kind = KINDS.get(path.suffix.lower())
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
        No text column, a text or date that is none, a row without id where no names are given.

    Examples
    --------
    >>> list(to_documents([{"id": 7, "text": "Oslo joined the embargo."}]))
    [Document(document='7', date='', text='Oslo joined the embargo.')]
    """
    choose = lru_cache(maxsize=4)(partial(_document_columns, text_column=text_column))
    for number, (record, name) in enumerate(zip_longest(records, names), 1):
        if record is None:
            return
        with at(f"row {number}"):
            yield _document(record, choose(tuple(record)), name)


def _document(record: dict[Any, Any], columns: Sequence[str | None], name: str | None) -> Document:
    """Give the document of a row; ``name`` is its id where it has none."""
    text_column, id_column, date_column = columns
    text = "" if empty(record.get(text_column)) else record[text_column]
    if not isinstance(text, str):
        raise InputError(f"'{text_column}' is not text but {type(text).__name__}; put text there")
    document = cell(record.get(id_column)) or name
    if not document:
        raise InputError("no id; give it one, in a column 'document_id'")
    return Document(document, iso(cell(record.get(date_column))), clean_text(text))


def iso(date: str) -> str:
    """Give back a date that is ISO (a year, a month, a day, a time) or empty.

    Raises
    ------
    InputError
        If it is neither: who held an office would be told wrongly.

    Examples
    --------
    >>> iso("2014-03-18T09:30Z")
    '2014-03-18T09:30Z'
    """
    if date and not _ISO.fullmatch(date):
        raise InputError(f"date {short(date)!r} is not ISO; write it as 2014-03-18, 2014-03 or 2014")
    return date


_ISO = re.compile(r"\d{4}(?:-?(?:0[1-9]|1[0-2])(?:-?(?:0[1-9]|[12]\d|3[01])(?:[T ].*)?)?)?", re.ASCII)


def _sources(paths: Iterable[Path | str]) -> Iterator[Path]:
    for path in map(Path, paths):
        with reading(path):
            if path == STANDARD_INPUT or path.exists():
                yield path
            elif matches := sorted(glob.glob(str(path), recursive=True)):  # noqa: PTH207 (the pattern may be absolute)
                yield from map(Path, matches)
            else:
                raise InputError(f"{path}: no such file or folder; check the name")


def _files(source: Path, but: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Give the files of a source, each with its name for ids."""
    if not source.is_dir():
        yield source, "stdin" if source == STANDARD_INPUT else clean_text(unpacked(source).stem)
        return
    found = False
    absent = {path.absolute() for path in but}
    with reading(source):
        for folder, subfolders, names in os.walk(source, onerror=_raise):
            here = Path(folder)
            subfolders[:], names = (
                sorted(n for n in every if not n.startswith(".") and (here / n).absolute() not in absent)
                for every in (subfolders, names)
            )
            for path in map(here.joinpath, names):
                if kind_of(path) and path.is_file():
                    found = True
                    yield path, clean_text(unpacked(path.relative_to(source)).with_suffix("").as_posix())
    if not found:
        raise InputError(f"{source}: holds no file to read; files end in {', '.join(KINDS)} or .gz of these")


def _raise(error: OSError) -> None:
    raise error


def _documents(
    path: Path, name: str, choose: Choice, on_note: Callable[[str], None], opened: Open
) -> Iterator[Document]:
    if kind_of(path) == "txt" or not unpacked(path).suffix:
        with reading(path), open_text(path, on_note, opened) as stream:
            text = stream.read()
        dated = _DATED.search(Path(name).name)
        yield Document(name, dated[0] if dated else "", clean_text(text))
        return
    for number, (where, columns, record) in enumerate(read_records(path, choose, on_note, opened), 1):
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
        at_hand = short(", ".join(map(repr, names)) or "none")
        raise InputError(f"no column {text_column!r} (there: {at_hand}); name the column that holds the text")
    if names.count(text) > 1:
        raise InputError(f"two columns {text!r}; rename all but the one that holds the text")
    ids = (known[name] for name in ("sentence_id", "document", "document_id", "id") if name in known)
    return text, next(ids, None), known.get("date")
