"""Templates of the page; whatever comes from users is escaped."""

from functools import cache
from typing import Any

from jinja2 import Environment

from pipeline.pages import templates


@cache
def _environment() -> Environment:
    return templates(
        "pipeline.web",
        percent=lambda share: f"{100 * share:.0f}\u00a0%",
        signed=lambda weight: f"{weight:+.2f}".replace("-", "−"),
    )


def render(template: str, **context: Any) -> str:
    """Fill a template."""
    return _environment().get_template(template).render(context)
