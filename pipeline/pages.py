"""Pages of HTML from templates; whatever comes from data or from users is escaped."""

from collections.abc import Callable
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def templates(package: str, **filters: Callable[..., Any]) -> Environment:
    """Give the templates of a package.

    Parameters
    ----------
    package : str
        The one with the folder ``templates``.
    **filters : callable
        What the templates may put values through, by name.

    Examples
    --------
    >>> pages = templates("pipeline", loud=str.upper)
    >>> pages.from_string("{{ name }} {{ 'no' | loud }}").render(name="<Oslo>")
    '&lt;Oslo&gt; NO'
    """
    environment = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters
    return environment
