"""The command line, Python, the API and Dask give the same rows for the same text."""

import io
import json
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.cli import main
from pipeline.files import Document
from pipeline.predict import COLUMNS
from pipeline.records import clean_text

PIECES = [
    "Moscow vetoed the sanctions. ", "“Paris backs theU.N. embargo,” said Rome. ", "NATO will not send troops. ",
    "BERN (Reuters) - ", "Oslo will\n\nlift the embargo on Mali. ", "Prices rose. ", "\r", "\x00", "🇫🇷",
    "\u202e", "\ud800",
    "It rejected the embargo. ", "Norwegian minister Ola Berg came. ", "He opposed the air strikes. ",
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


@pytest.fixture(scope="module")
def api(shipped):
    """Give a client of the API, where this version and this installation have it."""
    testing = pytest.importorskip("starlette.testclient")
    web, analysis, settings_ = (pytest.importorskip(f"pipeline.web.{room}") for room in ("app", "analysis", "settings"))
    analyst = analysis.Analyst(shipped, settings_.Limits())
    with testing.TestClient(web.create(settings_.Settings(), analyst), base_url="http://localhost") as client:
        yield client


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=texts.filter(str.strip), everything=st.booleans())
def test_the_api_gives_the_same_rows(shipped, api, text, everything):
    answer = api.post("/v1/stances", params={"all": everything}, json={"text": text, "document": "text"})
    assert answer.status_code == 200, answer.text
    found = pd.DataFrame(answer.json()["stances"], columns=list(COLUMNS))
    pd.testing.assert_frame_equal(found, python(shipped, text, everything), check_dtype=False, check_exact=True)


@pytest.fixture(scope="module")
def dask_cluster():
    """Give the Dask face with a client of a cluster in this process, where they are installed."""
    distributed, frames = pytest.importorskip("distributed"), pytest.importorskip("dask.dataframe")
    cluster = pytest.importorskip("pipeline.cluster")
    with distributed.Client(processes=False, n_workers=1, dashboard_address=":0"):
        yield cluster, frames


@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(documents=st.lists(texts, min_size=1, max_size=4), everything=st.booleans())
def test_dask_gives_the_same_rows(shipped, dask_cluster, documents, everything):
    cluster, frames = dask_cluster
    table = pd.DataFrame({"document_id": [f"d{k}" for k in range(len(documents))], "text": documents})
    found = cluster.predict(frames.from_pandas(table, npartitions=1), shipped, everything=everything).compute()
    named = [Document(f"d{k}", "", text) for k, text in enumerate(documents)]
    expected = shipped.predict_batch(named, everything=everything)
    pd.testing.assert_frame_equal(found.reset_index(drop=True), expected, check_dtype=False, check_exact=True)


def test_an_answer_imports_nothing_that_only_training_needs():
    script = """
import sys
from pipeline.cli import main
sys.argv = ["stance", "predict", "--text", "Moscow vetoed the sanctions.", "--format", "csv"]
try:
    main()
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules} & {"sklearn", "skops", "joblib", "matplotlib"}))
"""
    ended = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    *rows, imported = ended.stdout.splitlines()
    assert any(",Russia,sanctions,oppose," in row for row in rows)
    assert imported == ""
