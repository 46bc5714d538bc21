"""A long run's output in parts: what is done survives a kill, and a later run goes on behind it."""

import json
import re
import shutil
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from pipeline.atomic import check_writable, write_text
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.tables import open_writer

if TYPE_CHECKING:
    from pandas import DataFrame


def parts_of(output: Path) -> Path:
    """Give the folder of an output's parts."""
    return output.with_name(f"{output.name}.parts")


class Parts:
    """The folder beside an output that holds its finished parts; it is gone once the output is whole.

    A part is a table in JSON lines whose name says how many documents are read up to its end, and their checksum. Parts
    are written whole and in order, so the last one says where to go on, and whether the input is still the same so far.

    Parameters
    ----------
    output : Path
        The file that the parts are for.
    format : str, optional
        As for :func:`pipeline.tables.open_writer`.
    settings : dict
        All that the rows hang on: parts of other settings are not gone on with.
    resume : bool
        Go on behind the parts that are there.

    Raises
    ------
    InputError
        If the output cannot be written, there are parts but they are not to be gone on with, they are of other
        settings, there is nothing to go on with but an output that is whole, or the folder is somebody else's.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> documents = [Document(name, "", "Oslo joined the embargo.") for name in "abc"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     output = Path(folder, "stances.csv")
    ...     parts = Parts(output, None, {"all": False}, resume=False)
    ...     _ = list(parts.remaining(documents[:2]))
    ...     parts.write(2, pd.DataFrame({"document": ["a", "b"]}))
    ...     parts = Parts(output, None, {"all": False}, resume=True)  # after a kill
    ...     [document.document for document in parts.remaining(documents)]
    ...     parts.write(1, pd.DataFrame({"document": ["c"]}))
    ...     parts.join(pd.DataFrame({"document": []}, dtype=str))
    ...     output.read_text().split()
    ['c']
    ['document', 'a', 'b', 'c']
    """

    def __init__(self, output: Path, format: str | None, settings: dict[str, Any], *, resume: bool) -> None:  # noqa: A002 (as in open_writer)
        check_writable(open_writer(output, format))
        self.output, self.format = output, format
        self.folder = parts_of(output)
        self._settings = self.folder / "settings.json"
        told = json.dumps(settings, sort_keys=True, default=str)
        with _ours(self.folder):
            self._enter(told, resume)
            last = max(self._files(), default=None)
        self.done, self._checksum = (0, 0) if last is None else _counted(last)
        self._read: deque[int] = deque()
        """The checksums up to each document that is read, but in no part yet."""

    def _enter(self, told: str, resume: bool) -> None:
        """Go into the folder: go on with what is there, or begin."""
        if self._settings.exists():
            if not resume:
                raise InputError(
                    f"{self.folder}: parts of a run that was broken off; go on with --resume, or remove the folder"
                )
            if self._settings.read_bytes() != told.encode():
                raise InputError(
                    f"{self.folder}: parts of a run with other input, options or model; "
                    "give the same to go on, or remove the folder"
                )
        elif resume and self.output.exists():
            raise InputError(
                f"{self.output}: whole, and no parts of a run that was broken off; leave --resume out to write it anew"
            )
        else:
            # Nothing without its settings is a part: what lies here is of a run that was ended at its first step.
            self.folder.mkdir(exist_ok=True)
            for path in self.folder.iterdir():
                if not _OWN.fullmatch(path.name):
                    raise InputError(f"{path}: not a part of an output; move it, or write elsewhere")
                path.unlink()
            write_text(self._settings, told)

    def remaining(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Give the documents that no part has.

        Raises
        ------
        InputError
            If those before them are not what the parts were made of.
        """
        done, checksum, number = self.done, 0, 0
        changed = InputError(
            f"{self.folder}: parts of other input: of the first {done:,} documents some have changed, come or gone; "
            "give the same to go on, or remove the folder"
        )
        for number, document in enumerate(documents, 1):
            checksum = crc32(document.text.encode(), checksum)
            if number > done:
                self._read.append(checksum)
                yield document
            elif number == done and checksum != self._checksum:
                raise changed
        if number < done:
            raise changed

    def write(self, count: int, table: "DataFrame") -> None:
        """Write the rows of the next ``count`` documents."""
        for _ in range(count):
            checksum = self._read.popleft()
        with open_writer(self.folder / f"{self.done + count:012}-{checksum:08x}.jsonl") as writer:
            writer.write(table)
        self.done += count

    def leave(self) -> None:
        """Remove the folder if there is no part in it: there is nothing to go on with."""
        if not self.done:
            shutil.rmtree(self.folder, ignore_errors=True)

    def join(self, empty: "DataFrame") -> None:
        """Write the output out of all parts, and remove them.

        Parameters
        ----------
        empty : DataFrame
            A table without rows, which gives the columns and their types.
        """
        with _ours(self.folder):
            with open_writer(self.output, self.format) as writer:
                writer.write(empty)
                for path in self._files():
                    if path.stat().st_size:
                        writer.write(_read(path, empty))
            self._settings.unlink()  # first: without it, whatever a kill leaves of the others is no part
            shutil.rmtree(self.folder)

    def _files(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if _PART.fullmatch(path.name))


_PART = re.compile(r"([0-9]{12})-([0-9a-f]{8})\.jsonl")
_OWN = re.compile(rf"{_PART.pattern}|settings\.json|\.[0-9a-f]{{8}}\..*")  # and what a kill leaves of one


def _counted(part: Path) -> tuple[int, int]:
    """Give the number of documents up to the end of a part, and their checksum."""
    done, checksum = part.stem.split("-")
    return int(done), int(checksum, 16)


@contextmanager
def _ours(folder: Path) -> Iterator[None]:
    """Say in one line what keeps the folder of the parts from being used."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{folder}: cannot hold the parts of this run ({error.strerror}); end other runs into it, or move it"
        ) from error


def _read(path: Path, empty: "DataFrame") -> "DataFrame":
    """Read a part: its fields are as they were written, so none of the care for a table from elsewhere is needed."""
    import pandas as pd

    try:
        with path.open(encoding="utf-8") as lines:
            return pd.DataFrame(map(json.loads, lines), columns=empty.columns).astype(empty.dtypes)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: the part is damaged ({error}); remove the folder, and begin anew") from error
