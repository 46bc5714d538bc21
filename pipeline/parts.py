"""A long run's output in parts: what is done survives a kill, and a later run goes on behind it."""

import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.atomic import write_text
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.tables import open_writer

if TYPE_CHECKING:
    from pandas import DataFrame


def parts_of(output: Path) -> Path:
    """Give the folder of an output's parts."""
    return output.with_name(f"{output.name}.parts")


class _Checked(Exception):  # noqa: N818 (not an error)
    """Leaves a writer before anything is written."""


class Parts:
    """The folder beside an output that holds its finished parts; it is gone once the output is whole.

    A part is a table in JSON lines whose name says how many documents are read up to its end. Parts are written whole
    and in order, so the last one says where to go on.

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
        settings, or there is nothing to go on with but an output that is whole.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> documents = [Document(name, "", "Oslo joined the embargo.") for name in "abc"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     output = Path(folder, "stances.csv")
    ...     parts = Parts(output, None, {"all": False}, resume=False)
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
        with suppress(_Checked), open_writer(output, format):
            raise _Checked  # what keeps the output from being written is told before the work
        self.output, self.format = output, format
        self.folder = parts_of(output)
        self._settings = self.folder / "settings.json"
        told = json.dumps(settings, sort_keys=True, default=str)
        if self._settings.exists():
            if not resume:
                raise InputError(
                    f"{self.folder}: parts of a run that was broken off; go on with --resume, or remove the folder"
                )
            if self._settings.read_text(encoding="utf-8") != told:
                raise InputError(
                    f"{self.folder}: parts of a run with other input, options or model; "
                    "give the same to go on, or remove the folder"
                )
        elif resume and output.exists():
            raise InputError(
                f"{output}: whole, and no parts of a run that was broken off; leave --resume out to write it anew"
            )
        else:
            # Nothing without its settings is a part: what lies here is of a run that was ended at its first step.
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir()
            write_text(self._settings, told)
        self.done = max((int(path.stem) for path in self._files()), default=0)

    def remaining(self, documents: Iterable[Document]) -> Iterator[Document]:
        """Give the documents that no part has."""
        return islice(iter(documents), self.done, None)

    def write(self, count: int, table: "DataFrame") -> None:
        """Write the rows of the next ``count`` documents."""
        with open_writer(self.folder / f"{self.done + count:012}.jsonl") as writer:
            writer.write(table)
        self.done += count

    def join(self, empty: "DataFrame") -> None:
        """Write the output out of all parts, and remove them.

        Parameters
        ----------
        empty : DataFrame
            A table without rows, which gives the columns and their types.
        """
        with open_writer(self.output, self.format) as writer:
            writer.write(empty)
            for path in self._files():
                if path.stat().st_size:
                    writer.write(_read(path, empty))
        self._settings.unlink()  # first: without it, whatever a kill leaves of the others is no part
        shutil.rmtree(self.folder)

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.jsonl"))


def _read(path: Path, empty: "DataFrame") -> "DataFrame":
    """Read a part: its fields are as they were written, so none of the care for a table from elsewhere is needed."""
    import pandas as pd

    try:
        with path.open(encoding="utf-8") as lines:
            return pd.DataFrame(map(json.loads, lines), columns=empty.columns).astype(empty.dtypes)
    except (ValueError, TypeError) as error:
        raise InputError(f"{path}: the part is damaged ({error}); remove the folder, and begin anew") from error
