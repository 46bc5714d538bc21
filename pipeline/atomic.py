"""Whole files: what is written stands there complete, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


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
    try:
        target = path.resolve()
    except (OSError, RuntimeError) as error:  # the working folder is gone; links go round in a circle
        raise InputError(f"{path}: cannot be written ({error}); write elsewhere") from error
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


def check_writable(writing: AbstractContextManager[Any]) -> None:
    """Say before long work what would keep its result from being written.

    Parameters
    ----------
    writing : context manager
        What it will be written in: ``atomic_path(path)``, or a writer of tables. It is left before anything is written.

    Raises
    ------
    InputError
        What entering it raises.
    """
    with suppress(_Checked), writing:
        raise _Checked


class _Checked(Exception):  # noqa: N818 (not an error)
    """Leaves what is entered before anything is written."""


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
