"""Save and load a classifier, safely: a skops file names only stock types, and loading runs no code from it."""

import io
import json
from copy import copy
from pathlib import Path
from typing import Any
from zipfile import ZIP_LZMA, BadZipFile, ZipFile

import numpy as np
from sklearn.linear_model import LogisticRegression

from pipeline.errors import InputError
from pipeline.files import atomic_path
from pipeline.instances import VIEWS
from pipeline.model import Classifier, vectorizer
from pipeline.resources import MODELS

SCHEMA = 1
SHIPPED = MODELS / "stance.skops"
_MAX_BYTES = 50_000_000


def save(classifier: Classifier, path: Path | str) -> None:
    """Write a classifier to a skops file, whole or not at all.

    A view's n-grams are kept as one string and its weights as an array: a vocabulary written entry by entry would make
    the file twenty times as large.
    """
    from skops.io import dump

    content: dict[str, Any] = {
        "card": json.dumps({"schema": SCHEMA, **classifier.card}, sort_keys=True),
        "threshold": classifier.threshold,
        "views": {
            view: {"ngrams": "\n".join(v.get_feature_names_out()), "idf": v.idf_.astype(np.float32)}
            for view, v in classifier.vectorizers.items()
        },
    }
    for name in ("stance", "tie"):
        regression = copy(getattr(classifier, name))
        regression.coef_ = regression.coef_.astype(np.float16)
        content[name] = regression
    with atomic_path(path) as temporary:
        dump(content, temporary, compression=ZIP_LZMA)


def load(path: Path | str = SHIPPED) -> Classifier:
    """Read a classifier from a skops file.

    Raises
    ------
    InputError
        If the file is missing, is no model of this program, or names a type that skops does not trust.
    """
    path = Path(path)
    try:
        with ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            if size > _MAX_BYTES:
                raise InputError(
                    f"{path}: unpacks to {size:,} bytes, more than a model can need; "
                    "use a model from a source you trust"
                )
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
            f"{path}: not a model that this version can read ({type(fault).__name__}); train it again"
        ) from fault
    try:
        card = json.loads(content["card"])
        if card["schema"] == SCHEMA:
            return _restored(content, card)
    except Exception as fault:  # whatever a file of another shape leads to
        raise InputError(f"{path}: a skops file, but not a stance model; train one with 'stance train'") from fault
    raise InputError(f"{path}: a model of schema {card['schema']}, this version reads schema {SCHEMA}; train it again")


def _plain_content(archive: ZipFile) -> Any:
    """Read a file that holds nothing but what :func:`save` writes; give None for any other.

    That is data and logistic regressions, and takes no code to tell apart. Importing skops takes seconds, as it lists
    the types of all of scikit-learn and of whatever that finds installed.
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
        case {"__loader__": "ObjectNode", "__class__": "LogisticRegression", "__module__": module, "content": content}:
            if module == LogisticRegression.__module__:
                regression = LogisticRegression()
                regression.__setstate__(_plain(content, archive))
                return regression
    raise TypeError(node)


def _checked_content(path: Path) -> Any:
    """Read any skops file whose types skops trusts."""
    from skops.io import get_untrusted_types
    from skops.io import load as read

    foreign = get_untrusted_types(file=path)
    if foreign:
        raise InputError(
            f"{path}: names {', '.join(sorted(foreign))}, which no model needs; use a model from a source you trust"
        )
    return read(path, trusted=[])


def _restored(content: dict[str, Any], card: dict[str, Any]) -> Classifier:
    vectorizers = {}
    for view in VIEWS:
        known = vectorizer(view, ngrams=content["views"][view]["ngrams"].split("\n"))
        known.idf_ = content["views"][view]["idf"]
        vectorizers[view] = known
    for name in ("stance", "tie"):
        regression = content[name]
        if not isinstance(regression, LogisticRegression):
            raise TypeError(name)
        regression.coef_ = regression.coef_.astype(np.float32)
    return Classifier(vectorizers, content["stance"], content["tie"], float(content["threshold"]), card)
