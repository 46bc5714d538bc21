"""Whatever ends a run, the old file is whole or the new one is, and the user is told in one line."""

import csv
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd
import pytest
from conftest import part

from pipeline import corpus, persistence
from pipeline.errors import InputError
from pipeline.files import read_documents
from pipeline.resources import DATA
from pipeline.tables import open_writer

ROOT = Path(__file__).parent.parent
SENTENCE = '{"text": "Moscow vetoed the sanctions that Paris had proposed."}\n'
DOCUMENTS = 275
pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals and FIFOs as POSIX has them")

# Runs `stance` and kills it, as a power cut would, when it is about to put a file in its place: argv[1] says at which.
KILLED_AT_THE_MOVE = """
import os, signal, sys
from pathlib import Path
moves, replace = int(sys.argv.pop(1)), Path.replace
def move(self, target):
    global moves
    moves -= 1
    if not moves:
        os.kill(os.getpid(), signal.SIGKILL)
    return replace(self, target)
Path.replace = move
from pipeline.cli import main
main()
"""


def start(*arguments, code=("-m", "pipeline.cli"), **options):
    # What a shell starts in the background ignores Ctrl-C, and so would its children.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    command = [sys.executable, *code, *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, stderr=subprocess.PIPE, **options)


def ended(process):
    """Give the exit status and what was said."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def told(said):
    """Check that one line tells what is wrong."""
    assert said.startswith("stance: ")
    assert said.count("\n") == 1
    return said


def hidden(folder):
    return [path for path in folder.iterdir() if path.name.startswith(".")]


# Killed -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def article(tmp_path_factory):
    """Give an article with the labels for it."""
    folder = tmp_path_factory.mktemp("article")
    text = "Oslo joined the embargo."
    (folder / "article.txt").write_text(text)
    label = (0, 0, len(text), hashlib.sha256(text.encode()).hexdigest(), 0, 4, "Norway", "sanctions", "support")
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([corpus.LABEL_COLUMNS, label])
    (folder / "mine.csv").write_text("text,mention,party,target,stance\nNATO left.,NATO,NATO,intervention,oppose\n")
    return folder


@pytest.mark.parametrize("moves", [1, 2])
@pytest.mark.parametrize("command", ["align", "import"])
def test_killed_before_a_move_each_file_of_the_corpus_is_the_old_or_the_new_one(command, moves, article, tmp_path):
    out = tmp_path / "corpus"
    corpus.save(corpus.load(DATA / "article"), out)
    old = {path.name: path.read_bytes() for path in out.iterdir()}
    run = ["align", article / "article.txt", "--labels", article / "labels.csv"]
    run = (run if command == "align" else ["import", article / "mine.csv"]) + ["--output", out]
    status, _ = ended(start(moves, *run, code=("-c", KILLED_AT_THE_MOVE)))
    assert status == -signal.SIGKILL
    killed = {name: (out / name).read_bytes() for name in old}
    assert sum(killed[name] != old[name] for name in old) == moves - 1
    assert ended(start(*run))[0] == 0
    new = {name: (out / name).read_bytes() for name in old}
    assert all(killed[name] in (old[name], new[name]) for name in old)
    assert len(corpus.load(out).sentences) == 1


@pytest.fixture(scope="module")
def tiny(news, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny") / "news"
    corpus.save(part(news, 0, 60), folder)
    return folder


@pytest.mark.parametrize("moment", ["at the move", "while it trains"])
def test_killed_while_training_the_old_model_is_whole(moment, tiny, tmp_path):
    path = tmp_path / "m.skops"
    shutil.copy(persistence.SHIPPED, path)
    arguments = ["train", "--corpus", tiny, "--model", path]
    if moment == "at the move":
        status, _ = ended(start(1, *arguments, code=("-c", KILLED_AT_THE_MOVE)))
    else:
        process = start(*arguments)
        time.sleep(1.5)  # whatever it does by then
        process.kill()
        status, _ = ended(process)
    assert status == -signal.SIGKILL
    assert path.read_bytes() == persistence.SHIPPED.read_bytes()


# Runs `stance` on batches of fifty documents: small ones, of which a test can wait for several.
SMALL_BATCHES = """
import pipeline.predict
pipeline.predict.BATCH = 50
from pipeline.cli import main
main()
"""


@pytest.fixture
def predicting(request, tmp_path):
    """Give a run with some --jobs that has finished some parts and waits for more, and how to start it again."""
    source, output = tmp_path / "news.jsonl", tmp_path / "stances.csv"
    output.write_text("old")
    os.mkfifo(source)
    arguments = ["predict", source, "--output", output, "--jobs", request.param]
    process = start(*arguments, code=("-c", SMALL_BATCHES), start_new_session=True)
    with source.open("w") as feed:
        feed.write(SENTENCE * DOCUMENTS)
        feed.flush()
        while not list((tmp_path / "stances.csv.parts").glob("0*.jsonl")):
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.05)
        yield process, output, arguments
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.parametrize(
    ("predicting", "end", "number", "status"),
    [
        ("1", os.kill, signal.SIGKILL, -signal.SIGKILL),
        *((jobs, os.kill, signal.SIGTERM, 143) for jobs in ("1", "2")),
        *((jobs, os.killpg, signal.SIGINT, 130) for jobs in ("1", "2")),  # to all processes, as terminals send it
    ],
    indirect=["predicting"],
)
def test_ended_while_predicting_the_old_table_is_whole_and_resume_completes_the_new_one(
    predicting, end, number, status
):
    process, output, arguments = predicting
    end(process.pid, number)
    ended_with, said = ended(process)
    assert ended_with == status
    assert output.read_text() == "old"
    if number == signal.SIGINT:
        assert said.startswith("stance: stopped") and said.endswith("go on with --resume\nstance: interrupted\n")
    else:
        assert said == ""
    source = arguments[1]
    source.unlink()
    source.write_text(SENTENCE * DOCUMENTS)
    assert ended(start(*arguments, "--resume"))[0] == 0
    with output.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["document"] for row in rows}) == DOCUMENTS
    assert len({(row["document"], row["party"]) for row in rows}) == len(rows)
    assert sorted(path.name for path in output.parent.iterdir()) == ["news.jsonl", "stances.csv"]


def test_ctrl_c_while_training_is_one_line(tiny, tmp_path):
    process = start("train", "--corpus", tiny, "--model", tmp_path / "m.skops")
    while not any("sklearn" in line for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    status, said = ended(process)
    assert status in (130, -signal.SIGINT)  # which are the same to a shell
    assert said == "stance: interrupted\n"
    assert list(tmp_path.iterdir()) == []


# No room, no right, no reader ---------------------------------------------------------------------------------------


@contextmanager
def small_disk(folder, *options):
    """Give a disk of 64 kB, or a folder in which no file may be larger where this machine lets none be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", ",".join(["size=64k", *options]), "tmpfs", str(folder)]
    mounted = shutil.which("mount") and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    if mounted:
        try:
            yield folder
        finally:
            subprocess.run(["umount", str(folder)], check=True)
        return
    import resource

    if options:
        pytest.skip("no disk can be mounted here")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, limits[1]))
    try:
        yield folder
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def written(what, path, model, news):
    if what == "model":
        persistence.save(model.classifier, path)
    elif what == "corpus":
        corpus.save(part(news, 0, 400), path.parent)
    else:
        with open_writer(path) as writer:
            for _ in range(3):
                writer.write(pd.DataFrame({"text": [os.urandom(50).hex() for _ in range(1_000)]}))


@pytest.mark.parametrize(
    ("what", "name"), [("model", "m.skops"), ("corpus", "sentences.csv"), ("table", "t.csv"), ("table", "t.parquet")]
)
def test_a_full_disk_is_told_and_the_old_file_is_whole(what, name, model, news, tmp_path):
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    with small_disk(tmp_path / "disk") as disk:
        (disk / name).write_text("old")
        with pytest.raises(InputError, match=r"disk/\w+\.\w+: no space left") as fault:
            written(what, disk / name, model, news)
        assert "\n" not in str(fault.value)
        assert (disk / name).read_text() == "old"
        assert hidden(disk) == []


@pytest.mark.parametrize("what", ["model", "corpus", "table"])
def test_a_read_only_folder_is_told(what, model, news, tmp_path):
    with small_disk(tmp_path / "disk", "ro") as disk, pytest.raises(InputError, match="cannot be written") as fault:
        written(what, disk / {"model": "m.skops", "corpus": "sentences.csv", "table": "t.csv"}[what], model, news)
    assert "\n" not in str(fault.value)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_standard_output_is_told():
    with Path("/dev/full").open("w") as full:
        status, said = ended(start("predict", "--text", "Moscow vetoed the sanctions.", stdout=full))
    assert status == 2
    assert "standard output: no space left" in told(said)


def test_a_reader_that_leaves_is_no_fault(tmp_path):
    (tmp_path / "news.jsonl").write_text(SENTENCE * 2_000)
    process = start("predict", tmp_path / "news.jsonl", "--format", "csv", stdout=subprocess.PIPE)
    head = process.stdout.readline()
    process.stdout.close()
    with process.stderr as said:
        assert (process.wait(timeout=120), said.read()) == (0, "")
    assert head.startswith("document,")


def test_an_input_that_vanishes_is_told(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text("Moscow vetoed the sanctions.")
    documents = read_documents([tmp_path / "a.txt", tmp_path / "b.txt"])
    assert next(documents).document == "a"
    (tmp_path / "b.txt").unlink()
    with pytest.raises(InputError, match=r"b\.txt: cannot be read") as fault:
        next(documents)
    assert "\n" not in str(fault.value)
