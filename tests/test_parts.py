"""A long run's output: whole or in finished parts, and a later run goes on without repeating or losing a row."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from pipeline import cli, persistence
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.parts import Parts
from pipeline.predict import empty_table
from pipeline.tables import open_writer, read_table

ROOT = Path(__file__).parents[1]
SENTENCES = ["Moscow vetoed the sanctions on Mali.", "Prices rose in Bern.", "Oslo and Rome back the embargo on Mali."]
KINDS = ["csv", "csv.gz", "jsonl", "parquet"]


def documents(count):
    return [Document(f"d{k}", "2024-05-01", SENTENCES[k % 3]) for k in range(count)]


def table(documents):
    return pd.DataFrame({"document": [d.document for d in documents], "start": list(range(len(documents)))})


NONE = table([])


def run(output, source, size, *, stop=None, resume=False):
    """Read `source` in batches; after `stop` of them the run is broken off."""
    parts = Parts(output, None, {"files": ["a"]}, resume=resume)
    remaining = list(parts.remaining(source))
    for number, first in enumerate(range(0, len(remaining), size)):
        if number == stop:
            return
        batch = remaining[first : first + size]
        parts.write(len(batch), table(batch))
    parts.join(NONE.astype({"document": "str", "start": "int64"}))


@settings(deadline=None, max_examples=25)
@given(
    count=st.integers(1, 20),
    runs=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=4),
    kind=st.sampled_from(KINDS),
)
def test_runs_that_are_broken_off_anywhere_give_each_row_once(tmp_path_factory, count, runs, kind):
    output = tmp_path_factory.mktemp("parts") / f"out.{kind}"
    source = documents(count)
    for number, (size, stop) in enumerate(runs):
        run(output, source, size, stop=stop, resume=number > 0)
        if output.exists():
            break
        assert output.with_name(f"{output.name}.parts").is_dir()
    else:
        run(output, source, 3, resume=bool(runs))
    assert read_table(output)["document"].tolist() == [d.document for d in source]
    assert [path.name for path in output.parent.iterdir()] == [output.name]


def test_a_damaged_part_is_told(tmp_path):
    output = tmp_path / "out.csv"
    run(output, documents(6), 2, stop=1)
    part = next((tmp_path / "out.csv.parts").glob("0*.jsonl"))
    part.write_bytes(part.read_bytes()[:-4])
    with pytest.raises(InputError, match=r"000002-\w+\.jsonl: the part is damaged .*; remove the folder"):
        run(output, documents(6), 2, resume=True)
    assert not output.exists()


def test_parts_are_gone_on_with_only_where_asked_and_only_by_the_same_run(tmp_path):
    output = tmp_path / "out.csv"
    run(output, documents(6), 2, stop=1)
    with pytest.raises(InputError, match="--resume"):
        Parts(output, None, {"files": ["a"]}, resume=False)
    with pytest.raises(InputError, match="other input, options or model"):
        Parts(output, None, {"files": ["b"]}, resume=True)
    assert Parts(output, None, {"files": ["a"]}, resume=True).done == 2


def test_a_run_that_was_killed_while_it_cleaned_up_leaves_nothing_to_go_on_with(tmp_path):
    output = tmp_path / "out.csv"
    run(output, documents(6), 2, stop=2)
    (tmp_path / "out.csv.parts" / "settings.json").unlink()
    assert Parts(output, None, {"files": ["a"]}, resume=True).done == 0


@pytest.mark.parametrize("name", ["absent/out.csv", "out.xlsx"])
def test_an_output_that_cannot_be_written_is_told_before_the_work(tmp_path, name):
    with pytest.raises(InputError):
        Parts(tmp_path / name, None, {}, resume=False)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def trained(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "small.skops"
    persistence.save(model.classifier, path)
    return path


@pytest.fixture
def articles(tmp_path):
    path = tmp_path / "news.csv"
    rows = [(d.document, d.date, d.text) for d in documents(30)]
    pd.DataFrame(rows, columns=["document_id", "date", "text"]).to_csv(path, index=False)
    return path


def stance(*arguments):
    return CliRunner().invoke(cli.app, ["predict", *map(str, arguments)], catch_exceptions=True)


@pytest.mark.parametrize("kind", KINDS)
def test_predict_goes_on_where_it_was_broken_off(articles, trained, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("pipeline.predict.BATCH", 7)
    options = [articles, "--model", trained, "--jobs", 1, "--output"]
    assert stance(*options, tmp_path / f"whole.{kind}").exit_code == 0
    written = Parts.write

    def write(self, count, rows):
        written(self, count, rows)
        if self.done == 14:
            raise KeyboardInterrupt

    monkeypatch.setattr(Parts, "write", write)
    broken = stance(*options, tmp_path / f"out.{kind}")
    assert broken.exit_code == 130
    assert "14 documents are done" in broken.output
    assert not (tmp_path / f"out.{kind}").exists()
    assert len(list((tmp_path / f"out.{kind}.parts").glob("0*.jsonl"))) == 2
    monkeypatch.setattr(Parts, "write", written)
    assert "--resume" in str(stance(*options, tmp_path / f"out.{kind}").exception)
    assert stance(*options, tmp_path / f"out.{kind}", "--resume").exit_code == 0
    assert (tmp_path / f"out.{kind}").read_bytes() == (tmp_path / f"whole.{kind}").read_bytes()
    assert not (tmp_path / f"out.{kind}.parts").exists()
    assert len(read_table(tmp_path / f"out.{kind}")) > 20


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_terminal_shows_how_many_are_read_how_fast_and_what_time_is_left(
    articles, trained, tmp_path, monkeypatch, jobs
):
    screen = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(cli, "_terminal", lambda: Console(file=screen, force_terminal=True, width=100))
    monkeypatch.setattr("pipeline.predict.BATCH", 7)
    assert stance(articles, "--model", trained, "--jobs", jobs, "--output", tmp_path / "out.csv").exit_code == 0
    shown = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", screen.getvalue())
    assert re.search(r"reading ━+ 30 [\d,]+/s 0:\d\d:\d\d 0:00:00", shown)


def test_no_stance_gives_a_file_with_the_columns_and_types_of_a_full_one(model, tmp_path):
    full = model.predict(SENTENCES[0], min_probability=0.0)
    assert len(full)
    assert model.predict(SENTENCES[1]).dtypes.equals(full.dtypes)
    assert empty_table().dtypes.equals(full.dtypes)
    for name, rows in (("empty", empty_table()), ("full", full)):
        with open_writer(tmp_path / f"{name}.parquet") as writer:
            writer.write(rows)
    kinds = [pd.read_parquet(tmp_path / f"{name}.parquet").dtypes.to_dict() for name in ("empty", "full")]
    assert kinds[0] == kinds[1]


def test_two_documents_of_one_id_keep_their_rows(model):
    twice = [Document("same", "", SENTENCES[0]), Document("same", "", SENTENCES[0])]
    one = model.predict_batch(twice[:1], min_probability=0.0)
    assert len(model.predict_batch(twice, min_probability=0.0)) == 2 * len(one) > 0


def test_resume_and_jobs_are_checked(articles):
    assert "--output" in str(stance(articles, "--resume").exception)
    assert "--jobs 0" in str(stance(articles, "--jobs", 0).exception)


def test_an_output_that_is_whole_is_not_gone_on_with(articles, trained, tmp_path):
    output = tmp_path / "out.csv"
    assert stance(articles, "--model", trained, "--output", output).exit_code == 0
    whole = output.read_bytes()
    refused = stance("--text", "Oslo left the embargo.", "--output", output, "--resume").exception
    assert "out.csv: whole" in str(refused)
    assert output.read_bytes() == whole


@pytest.mark.parametrize(
    "now",
    [documents(6)[1:], documents(7)[1:], [Document("new", "", "New."), *documents(6)], documents(6)[:2], []],
    ids=["cut at the start", "moved", "put before", "cut", "empty"],
)
def test_parts_of_input_that_has_changed_are_not_gone_on_with(tmp_path, now):
    output = tmp_path / "out.csv"
    run(output, documents(6), 2, stop=2)
    with pytest.raises(InputError, match="parts of other input: of the first 4 documents some have changed"):
        run(output, now, 2, resume=True)
    run(output, documents(9), 2, resume=True)  # more have come behind them
    assert len(read_table(output)) == len(table(documents(9)))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path):
    folder = tmp_path / "out.csv.parts"
    folder.mkdir()
    (folder / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match=r"mine\.txt: not a part of an output"):
        Parts(tmp_path / "out.csv", None, {}, resume=False)
    assert (folder / "mine.txt").read_text() == "precious"


def test_what_is_no_folder_for_parts_is_told(tmp_path):
    (tmp_path / "out.csv.parts").write_text("")
    with pytest.raises(InputError, match="cannot hold the parts of this run"):
        Parts(tmp_path / "out.csv", None, {}, resume=False)
    (tmp_path / "else.csv.parts" / "settings.json").mkdir(parents=True)
    with pytest.raises(InputError, match="cannot hold the parts of this run"):
        Parts(tmp_path / "else.csv", None, {}, resume=True)


def test_a_run_that_did_nothing_leaves_nothing(trained, tmp_path):
    (tmp_path / "bad.csv").write_text("headline\nOslo joined the embargo.\n")
    output = tmp_path / "out.csv"
    assert "no column 'text'" in str(stance(tmp_path / "bad.csv", "--model", trained, "--output", output).exception)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]


def test_an_input_is_no_output(trained, tmp_path):
    source, link = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    source.write_text('{"text": "Oslo joined the embargo."}')
    link.symlink_to(source)
    for output in (source, link):
        refused = stance(source, "--model", trained, "--output", output).exception
        assert "is read, and cannot be written to as well" in str(refused)
    assert source.read_text() == '{"text": "Oslo joined the embargo."}'


def test_what_is_written_into_a_folder_that_is_read_is_no_input(trained, tmp_path):
    (tmp_path / "a.txt").write_text("Moscow vetoed the sanctions.")
    output = tmp_path / "stances.csv"
    options = (tmp_path, "--model", trained, "--min-probability", 0, "--output", output)
    assert stance(*options).exit_code == 0
    first = output.read_bytes()
    assert len(first.splitlines()) > 1
    assert stance(*options).exit_code == 0
    assert output.read_bytes() == first


def test_a_killed_process_leaves_its_parts_and_the_next_run_all_rows(articles, trained, tmp_path):
    output = tmp_path / "out.csv"
    code = (
        "import sys, time; import pipeline.predict, pipeline.parts; from pipeline import cli\n"
        "pipeline.predict.BATCH = 7; write = pipeline.parts.Parts.write\n"
        "def slow(self, count, rows):\n"
        "    write(self, count, rows); print(self.done, flush=True); time.sleep(float(sys.argv.pop()))\n"
        "pipeline.parts.Parts.write = slow\n"
        "cli.app([*sys.argv[1:9]])"
    )
    command = [sys.executable, "-c", code, "predict", articles, "--model", trained, "--jobs", "1", "--output", output]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, "60"], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"7\n"
        process.send_signal(signal.SIGKILL)
    assert not output.exists()
    assert stance(articles, "--model", trained, "--jobs", 1, "--output", output, "--resume").exit_code == 0
    assert stance(articles, "--model", trained, "--jobs", 1, "--output", tmp_path / "whole.csv").exit_code == 0
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()
