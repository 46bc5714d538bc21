"""Templates of the page; whatever comes from users is escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("pipeline.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = lambda share: f"{100 * share:.0f}\u00a0%"
    environment.filters["signed"] = lambda weight: f"{weight:+.2f}".replace("-", "−")
    return environment


def render(template: str, **context: Any) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(context)
