"""Files are whole or not there at all."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given

from pipeline import tables
from pipeline.atomic import atomic_path, write_text
from pipeline.errors import InputError
from pipeline.files import Document, read_documents
from pipeline.tables import open_writer
from tests.samples import FORMATS, ROOT, names, put, refusal, stances, texts


def test_atomic_path_lies_hidden_beside_its_target_and_ends_in_its_suffixes(tmp_path):
    with atomic_path(tmp_path / "out.csv.gz") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffixes[-2:] == [".csv", ".gz"]
        assert not (tmp_path / "out.csv.gz").exists()
        temporary.write_bytes(b"all")
    assert names(tmp_path) == ["out.csv.gz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, InputError, FileNotFoundError, BrokenPipeError])
def test_old_file_survives_any_exception_unchanged(tmp_path, error):
    target = put(tmp_path / "out.txt", "old")
    with pytest.raises(error), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("kind", FORMATS)
def test_writer_leaves_nothing_behind_when_its_rows_run_dry_by_an_error(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(tables._ParquetWriter, "ROWS", 2)
    target = put(tmp_path / f"out.{kind}", "old")
    before = target.read_bytes()
    with pytest.raises(ZeroDivisionError), open_writer(target) as writer:
        writer.write(stances(3))
        writer.write(stances(1 // 0))
    assert target.read_bytes() == before
    assert len(names(tmp_path)) == 1


def test_process_killed_while_writing_leaves_the_old_file_and_no_rows_to_read(tmp_path):
    target = put(tmp_path / "out.jsonl", '{"text": "old"}\n')
    code = (
        "import sys, time; from pipeline.atomic import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temporary:\n"
        '    temporary.write_text(\'{"text": "ne\')\n'
        "    print('half', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, target], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    assert [document.text for document in read_documents([tmp_path])] == ["old"]


@pytest.mark.parametrize("kind", FORMATS)
def test_no_space_is_said_in_one_line_and_keeps_the_old_file(tmp_path, kind):
    target = put(tmp_path / f"out.{kind}", "old")
    before = target.read_bytes()
    noise = pd.DataFrame({"sentence": [os.urandom(500).hex() for _ in range(3000)]})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(InputError, match=rf"out\.{kind}: no space left"), open_writer(target) as writer:
            writer.write(noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == before
    assert len(names(tmp_path)) == 1


def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path):
    def write(path):
        with atomic_path(path):
            pytest.fail("the work began")

    assert "no folder" in refusal(write, tmp_path / "absent" / "out.csv")
    assert "Is a directory" in refusal(write, tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(0o555)
    # The superuser may write to any folder on disk, but not into the kernel's own.
    assert "ermission" in refusal(write, (closed if os.geteuid() else Path("/sys")) / "out.csv")


def test_places_that_close_during_the_work_are_told_too(tmp_path, monkeypatch):
    target = put(tmp_path / "out.txt", "old")
    with pytest.raises(InputError, match=r"out\.txt: cannot be written"), atomic_path(target) as temporary:
        temporary.write_text("new")
        target.unlink()
        target.mkdir()
    assert names(tmp_path) == ["out.txt"]


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    target = put(tmp_path / "out.txt", "old")
    monkeypatch.setattr(os, "access", lambda path, mode: path != target)  # the superuser has access to all
    assert "Permission denied" in refusal(write_text, target, "new")
    assert target.read_text() == "old"


def test_target_keeps_its_permissions_and_its_link(tmp_path):
    target = put(tmp_path / "real.txt", "old")
    target.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_pipes_and_devices_are_written_to_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


@given(texts.filter(lambda text: not text.startswith("\ufeff")))
def test_texts_come_back_as_written_line_ends_and_all(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "round.txt"
    write_text(path, text)
    assert list(read_documents([path])) == [Document("round", "", text)]
