"""Who supports and who opposes sanctions or military intervention, from news text, with reasons.

Examples
--------
>>> import pipeline
>>> model = pipeline.load()
>>> model.predict("Paris backed the embargo on Mali.")[["party", "stance"]].values.tolist()
[['France', 'support']]

Text flows through ``files``, ``text``, ``actors`` and ``targets`` (by ``lexicon``), ``reading``, ``skeleton``,
``roles`` and ``instances`` to ``model``, by ``train`` and ``evaluate`` or by ``predict``; ``summary`` and what is below
it make tables, pictures and pages of many answers. The README's table has the rest.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.predict import Model

__version__ = "0.1.0"


def load(path: "Path | str | None" = None, actors: "Path | None" = None) -> "Model":
    """Load a model: the shipped one, or the one in a file.

    Parameters
    ----------
    path : Path or str, optional
    actors : Path, optional
        A CSV of your own actors, in the layout of ``data/actors.csv``.

    Raises
    ------
    InputError
        If the file is missing or no model; no code is run from it.
    """
    from pipeline.persistence import SHIPPED
    from pipeline.persistence import load as read
    from pipeline.predict import Model

    return Model(read(path or SHIPPED), actors)


_FACES = {"train": "pipeline.train", "evaluate": "pipeline.evaluate", "summarize": "pipeline.summary"}
"""Functions of the package, each with its module."""


class _Package(ModuleType):
    """The package, whose ``train`` and ``evaluate`` are the functions, not the modules of the same names."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FACES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name in _FACES:
            return getattr(import_module(_FACES[name]), name)
        raise AttributeError(f"module 'pipeline' has no attribute {name!r}")


sys.modules[__name__].__class__ = _Package
