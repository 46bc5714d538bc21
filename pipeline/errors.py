"""The one error that users can mend."""

from collections.abc import Sequence

FAULTS_SHOWN = 20
"""Faults that one line tells; the rest are counted."""


class InputError(ValueError):
    """Input or usage that the user can mend; the message says in one line what, where and how to mend it.

    The command line prints the message on standard error and exits with status 2. What a hostile input could steer a
    terminal with (control characters, direction marks) is left out of it.

    Examples
    --------
    >>> raise InputError("news.csv, line 3: no column 'text'; name the text column 'text'")
    Traceback (most recent call last):
    ...
    pipeline.errors.InputError: news.csv, line 3: no column 'text'; name the text column 'text'
    """

    def __init__(self, message: str = "") -> None:
        super().__init__("".join(c if c.isprintable() or c == "\n" else " " for c in message))


def raise_all(where: str, faults: Sequence[str]) -> None:
    """Raise an error that tells all faults of one input in one line, if there are any.

    Raises
    ------
    InputError
        If there are faults.

    Examples
    --------
    >>> raise_all("own.csv", ["line 2: party is empty", "line 5: 'soon' is no year (YYYY)"])
    Traceback (most recent call last):
    ...
    pipeline.errors.InputError: own.csv: line 2: party is empty; line 5: 'soon' is no year (YYYY)
    """
    if faults:
        more = f"; and {len(faults) - FAULTS_SHOWN} more" if len(faults) > FAULTS_SHOWN else ""
        raise InputError(f"{where}: {'; '.join(faults[:FAULTS_SHOWN])}{more}")
