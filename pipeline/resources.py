"""Where the shipped data and the shipped model lie, in a checkout and in an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def _shipped(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


DATA = _shipped("data")
"""Folder of the lexicons (``actors.csv`` …), the corpus ``news/`` and the labelled ``article/``."""

MODELS = _shipped("models")
"""Folder of the trained model that ships."""
