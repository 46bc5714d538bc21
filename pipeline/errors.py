"""The one error that users can mend."""

from collections.abc import Sequence

_SHOWN = 20


class InputError(ValueError):
    """Input or usage that the user can mend; the message says in one line what, where and how to mend it.

    The command line prints the message on standard error and exits with status 2.

    Examples
    --------
    >>> raise InputError("news.csv, line 3: no column 'text'; name the text column 'text'")
    Traceback (most recent call last):
    ...
    pipeline.errors.InputError: news.csv, line 3: no column 'text'; name the text column 'text'
    """


def raise_all(where: str, faults: Sequence[str]) -> None:
    """Raise one error that names all faults, if there are any; of very many the first.

    Examples
    --------
    >>> raise_all("table", ["row 2: no party", "row 7: no target"])
    Traceback (most recent call last):
    ...
    pipeline.errors.InputError: table: row 2: no party; row 7: no target
    """
    if faults:
        more = [f"and {len(faults) - _SHOWN} more"] if len(faults) > _SHOWN else []
        raise InputError(f"{where}: {'; '.join([*faults[:_SHOWN], *more])}")
