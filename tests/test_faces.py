"""The command line, Python, the API and Dask give the same rows for the same text."""

import importlib.util
import io
import json
import sys

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.cli import main
from pipeline.files import Document, clean_text
from pipeline.predict import COLUMNS

PIECES = [
    "Moscow vetoed the sanctions. ", "“Paris backs theU.N. embargo,” said Rome. ", "NATO will not send troops. ",
    "BERN (Reuters) - ", "Oslo will\n\nlift the embargo on Mali. ", "Prices rose. ", "\r", "\x00", "🇫🇷",
    "\u202e", "\ud800",
]  # fmt: skip
texts = st.lists(st.sampled_from(PIECES), max_size=6).map("".join).map(clean_text)


@pytest.fixture(scope="module")
def shipped():
    return pipeline.load()


def python(model, text, everything):
    return model.predict(text, everything=everything)


def batches(model, text, everything):
    tables = model.predict_stream([Document("text", "", text)], everything=everything)
    return pd.concat([model.predict(""), *tables], ignore_index=True)


def command_line(model, text, everything):
    output = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", output)
        patch.setattr(pipeline, "load", lambda *_, **__: model)
        patch.setattr(sys, "argv", ["stance", "predict", "--text", text, "--format", "jsonl", *["--all"] * everything])
        with pytest.raises(SystemExit) as end:
            main()
    assert end.value.code == 0
    rows = [json.loads(line) for line in output.buffer.getvalue().decode().splitlines()]
    return pd.DataFrame(rows, columns=list(COLUMNS))


FACES = [batches, command_line]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts, everything=st.booleans())
@pytest.mark.parametrize("face", FACES)
def test_every_face_gives_the_same_rows(shipped, face, text, everything):
    expected = python(shipped, text, everything)
    found = face(shipped, text, everything)
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, check_exact=True)


@settings(deadline=None, max_examples=15)
@given(documents=st.lists(texts, min_size=1, max_size=4))
@pytest.mark.skipif(not importlib.util.find_spec("pipeline.cluster"), reason="this version has no Dask face")
def test_dask_gives_the_same_rows(shipped, documents):
    cluster = pytest.importorskip("pipeline.cluster")
    table = pd.DataFrame({"document": [str(k) for k in range(len(documents))], "text": documents})
    found = cluster.predict(shipped, table)
    expected = shipped.predict_batch([Document(str(k), "", text) for k, text in enumerate(documents)])
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)
