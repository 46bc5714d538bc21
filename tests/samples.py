"""What the tests of files share: tables, refusals, and what lies in a folder."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import strategies as st

from pipeline.errors import InputError

ROOT = Path(__file__).parents[1]
FORMATS = ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
rows = st.lists(
    st.fixed_dictionaries(
        {"document": texts, "sentence": texts, "start": st.integers(0, 10**9), "probability": st.floats(0, 1)}
    ),
    min_size=1,
    max_size=5,
)


def stances(n: int, first: int = 0) -> pd.DataFrame:
    numbers = range(first, first + n)
    return pd.DataFrame(
        {
            "document": [f"wire-{i}" for i in numbers],
            "sentence": [f"Oslo backed the “embargo”,\nsaid no. {i}." for i in numbers],
            "start": list(numbers),
            "stance": ["support" if i % 2 else "oppose" for i in numbers],
            "probability": [1 / (i + 1) for i in numbers],
        }
    )


def put(path: Path, content: bytes | str) -> Path:
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(InputError) as caught:
        result = call(*arguments, **options)
        if hasattr(result, "__next__"):
            list(result)
    message = str(caught.value)
    assert len(message.splitlines()) == 1, message
    assert len(message) < 600, message[:1000]
    return message
