"""The one error that users can mend."""


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
