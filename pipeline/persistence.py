"""Save and load a classifier, safely: a skops file names only stock types, and loading runs no code from it."""

import io
import json
import warnings
from importlib.metadata import version
from pathlib import Path
from textwrap import shorten
from types import SimpleNamespace
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

import numpy as np

from pipeline.atomic import atomic_path
from pipeline.errors import InputError
from pipeline.instances import VIEWS
from pipeline.lexicon import STANCES
from pipeline.model import Classifier, Regression
from pipeline.ngrams import Tfidf
from pipeline.resources import MODELS

SCHEMA = 1
SHIPPED = MODELS / "stance.skops"
_MAX_BYTES = 50_000_000
_MAX_FILE_BYTES = 20_000_000
_MAX_SCHEMA_BYTES = 20_000_000  # JSON takes some thirty times its size when it is read
_MAX_TOKENS = 12  # thrice the longest n-gram that is learnt; room for the longest is made for every one
_LARGEST = float(np.finfo(np.float16).max)  # half precision is what is saved; sums of larger numbers would overflow
_LEAST_IDF = 1  # that of an n-gram of all texts; squares of much smaller ones would be 0
_OTHER_BLANKS = [blank for blank in map(chr, range(0x3001)) if blank.isspace() and blank not in " \n"]


def save(classifier: Classifier, path: Path | str) -> None:
    """Write a classifier to a skops file, whole or not at all; the same classifier gives the same bytes.

    A view's n-grams are kept as one string and its weights as an array: a vocabulary written entry by entry would make
    the file twenty times as large.
    """
    from skops.io import dumps

    content: dict[str, Any] = {
        "card": json.dumps({"schema": SCHEMA, **classifier.card}, sort_keys=True),
        "threshold": classifier.threshold,
        "views": {
            view: {"ngrams": "\n".join(ngrams), "idf": idf}
            for view, (ngrams, idf) in zip(VIEWS, classifier.tfidf.views(), strict=True)
        },
        "stance": _stock(classifier.stance),
        "tie": _stock(classifier.tie),
    }
    with atomic_path(path) as temporary, ZipFile(temporary, "w", ZIP_DEFLATED) as archive:
        for name, member in _repeatable(dumps(content)):
            archive.writestr(ZipInfo(name), member, ZIP_DEFLATED)  # without a time


def _stock(regression: Regression) -> Any:
    """Give a regression as scikit-learn's."""
    from sklearn.linear_model import LogisticRegression

    stock = LogisticRegression()
    stock.classes_ = np.array(regression.classes)
    stock.coef_ = regression.coefficients.astype(np.float16)
    stock.intercept_ = regression.intercepts
    stock.n_features_in_ = regression.coefficients.shape[1]
    return stock


def _repeatable(dumped: bytes) -> list[tuple[str, bytes]]:
    """Give the members of a skops archive, named by their order: skops names them by where they lie in memory."""
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}

    def numbered(node: dict[str, Any]) -> dict[str, Any]:
        if "__id__" in node:
            node["__id__"] = numbers.setdefault(node["__id__"], len(numbers))
        if "file" in node:
            node["file"] = names.setdefault(node["file"], f"{len(names)}.npy")
        return node

    with ZipFile(io.BytesIO(dumped)) as archive:
        schema = json.loads(archive.read("schema.json"), object_hook=numbered)
        arrays = [(new, archive.read(old)) for old, new in names.items()]
    return [*arrays, ("schema.json", json.dumps(schema).encode())]


def load(path: Path | str = SHIPPED) -> Classifier:
    """Read a classifier from a skops file.

    Raises
    ------
    InputError
        If the file is missing, is no model of this program, is damaged, or names a type that skops does not trust.
    """
    path = Path(path)
    try:
        _refuse_large(path, "has", path.stat().st_size, _MAX_FILE_BYTES)
        if not path.is_file():
            raise InputError(f"{path}: not a file; name a model file")
        with ZipFile(path) as archive:
            _refuse_large(path, "unpacks to", sum(entry.file_size for entry in archive.infolist()), _MAX_BYTES)
            _refuse_large(path, "has a schema of", archive.getinfo("schema.json").file_size, _MAX_SCHEMA_BYTES)
            content = _plain_content(archive)
        if content is None:
            content = _checked_content(path)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; train one with 'stance train --model {path}'") from None
    except InputError:
        raise
    except (OSError, BadZipFile) as fault:
        raise InputError(f"{path}: not a model file ({fault}); train one with 'stance train --model FILE'") from fault
    except Exception as fault:  # skops raises whatever a foreign or damaged file leads it to
        raise InputError(
            f"{path}: not a model that this version can read ({type(fault).__name__}); train it again, or update with "
            "pip install --upgrade stancewire skops"
        ) from fault
    try:
        card = json.loads(content["card"])
        schema, made_by = str(card["schema"])[:20], str(card.get("version", "of an unknown version"))[:20]
        if schema == str(SCHEMA):
            return _restored(content, card)
    except Exception as fault:  # whatever a file of another shape leads to
        raise InputError(f"{path}: a skops file, but not a stance model; train one with 'stance train'") from fault
    raise InputError(
        f"{path}: a model of schema {schema}, made by stancewire {made_by}; this is stancewire "
        f"{version('stancewire')}, which reads schema {SCHEMA}; train it again, or install a version that reads it"
    )


def _refuse_large(path: Path, does: str, size: int, limit: int) -> None:
    if size > limit:
        raise InputError(
            f"{path}: {does} {size:,} bytes, more than a model can need; use a model from a source you trust"
        )


def _plain_content(archive: ZipFile) -> Any:
    """Read a file that holds nothing but what :func:`save` writes; give None for any other.

    That is data and logistic regressions, and takes no code to tell apart. Importing skops takes seconds, as it lists
    the types of all of scikit-learn and of whatever that finds installed; a regression's numbers need neither.
    """
    try:
        return _plain(json.loads(archive.read("schema.json")), archive)
    except Exception:  # whatever a file of another shape leads to: skops tells what is wrong with it
        return None


def _plain(node: dict[str, Any], archive: ZipFile) -> Any:
    match node:
        case {"__loader__": "DictNode", "__module__": "builtins", "__class__": "dict", "content": content}:
            return {key: _plain(value, archive) for key, value in content.items()}
        case {"__loader__": "JsonNode", "content": content}:
            return json.loads(content)
        case {"__loader__": "NdArrayNode", "__module__": "numpy", "__class__": "ndarray", "file": name}:
            return np.load(io.BytesIO(archive.read(name)), allow_pickle=False)
        case {
            "__loader__": "ObjectNode",
            "__module__": "sklearn.linear_model._logistic",
            "__class__": "LogisticRegression",
            "content": content,
        }:
            return SimpleNamespace(**_plain(content, archive))
    raise TypeError(node)


def _checked_content(path: Path) -> Any:
    """Read any skops file whose types skops trusts."""
    from sklearn.exceptions import InconsistentVersionWarning
    from skops.io import get_untrusted_types
    from skops.io import load as read

    foreign = get_untrusted_types(file=path)
    if foreign:
        names = shorten(", ".join(sorted(foreign)), 200, placeholder=" …")
        raise InputError(f"{path}: names {names}, which no model needs; use a model from a source you trust")
    with warnings.catch_warnings():
        # What another scikit-learn wrote is checked in _restored, whichever it was.
        warnings.simplefilter("ignore", InconsistentVersionWarning)
        return read(path, trusted=[])


def _restored(content: dict[str, Any], card: dict[str, Any]) -> Classifier:
    tfidf = Tfidf([_view(content["views"][view]) for view in VIEWS])
    width = len(tfidf.idf)
    if not width:
        raise ValueError("no n-grams")
    stance = _regression(content["stance"], sorted(STANCES), (3, width))
    tie = _regression(content["tie"], [False, True], (1, width))
    return Classifier(tfidf, stance, tie, float(_real(content["threshold"], (), 0, 1)), card)


def _view(saved: dict[str, Any]) -> tuple[list[str], np.ndarray]:
    ngrams = _ngrams(saved["ngrams"])
    return ngrams, _real(saved["idf"], (len(ngrams),), _LEAST_IDF, _LARGEST)


def _ngrams(joined: str) -> list[str]:
    """Take a view's n-grams, if they are tokens with one blank between them: others are found in no text, or cut apart.

    They are looked at as a whole, as a step for each would make reading a model much slower.
    """
    if not joined:
        return []  # as of a view that is empty in all texts that were learnt from
    characters = np.frombuffer(f"{joined}\n".encode(), dtype=np.uint8)
    gaps = np.flatnonzero((characters == ord(" ")) | (characters == ord("\n")))
    ends = np.flatnonzero(characters[gaps] == ord("\n"))
    if np.diff(gaps, prepend=-1).min() == 1 or any(blank in joined for blank in _OTHER_BLANKS):
        raise ValueError("an empty token, or one with a blank")
    if np.diff(ends, prepend=-1).max() > _MAX_TOKENS:
        raise ValueError("an n-gram of too many tokens")
    return joined.split("\n")


def _regression(saved: Any, classes: list[Any], shape: tuple[int, int]) -> Regression:
    """Take a saved regression's numbers, and nothing else that its file may hold."""
    if saved.classes_.tolist() != classes:
        raise ValueError("no regression of these classes")
    coefficients = _real(saved.coef_, shape, -_LARGEST, _LARGEST)
    intercepts = _real(saved.intercept_, shape[:1], -_LARGEST, _LARGEST)
    return Regression(classes, coefficients.astype(np.float32, copy=False), intercepts.astype(np.float32, copy=False))


def _real(saved: Any, shape: tuple[int, ...], least: float, most: float) -> np.ndarray:
    """Take real numbers that are within bounds, and so finite in any precision."""
    numbers = np.asarray(saved)
    if numbers.shape != shape or numbers.dtype.kind not in "fiu":
        raise ValueError("not as many real numbers")
    numbers = numbers.astype(np.result_type(numbers.dtype, np.float32), copy=False)  # half precision compares slowly
    if not ((numbers >= least) & (numbers <= most)).all():
        raise ValueError("a number out of bounds")
    return numbers
