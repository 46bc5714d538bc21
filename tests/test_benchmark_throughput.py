"""The benchmark of throughput, on a few items and without the peers."""

import gzip
import json

import pytest

from benchmarks import throughput
from benchmarks.command import REAL_NEWS
from benchmarks.throughput import ALL_CORES, BARE, CLASSIFIER, ONE_CORE, READING
from pipeline.errors import InputError
from pipeline.files import read_documents

NEWS = "text\n" + "Moscow vetoed the sanctions.\nPrices rose.\n" * 30


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """Give an archive where the benchmark looks for it."""
    path = tmp_path / "real" / "news" / "archive.csv.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(NEWS.encode()))
    monkeypatch.setenv(REAL_NEWS, str(tmp_path / "real"))
    return path


def test_every_contender_reads_the_sample_and_stands_in_the_tables(archive, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(throughput, "find_spec", lambda name: None)
    monkeypatch.setattr(throughput, "TIMES", (2,))
    assert throughput.main(["--sample", "40", "--rounds", "1", "--output", str(tmp_path / "out")]) == 0
    report = json.loads((tmp_path / "out" / "throughput-sample40.json").read_text())
    assert (report["items"], report["sentences_with_cues"], report["source"]) == (40, 20, "the first of the archive")
    contenders = [BARE, ONE_CORE, ALL_CORES, READING, CLASSIFIER]
    assert list(report["seconds"]) == list(report["processor_seconds"]) == contenders
    assert min(report["seconds"].values()) > 0
    (peak,) = report["memory"]
    assert peak["times"] == 2
    assert 20 < peak["megabytes"] < 2_000
    written = (tmp_path / "out" / "throughput-sample40.md").read_text()
    assert written in capsys.readouterr().out
    assert all(f"| {name} |" in written for name in report["seconds"])
    assert f"| 2× | {peak['megabytes']} |" in written


def test_a_command_that_fails_is_told(archive, tmp_path, capfd):
    with pytest.raises(InputError, match="ended with status 2"):
        throughput.run_predict([archive], tmp_path, "--jobs", "0")


def test_without_real_news_the_shipped_corpus_is_repeated(tmp_path, monkeypatch):
    monkeypatch.delenv(REAL_NEWS, raising=False)
    monkeypatch.setattr(throughput, "ITEMS", 20_000)
    path, source = throughput.find_archive(tmp_path, None)
    assert source == "the shipped corpus, repeated"
    texts = [document.text for document in read_documents([path])]
    assert len(texts) == 20_000 > len(set(texts)) > 1_000


def test_a_missing_archive_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(REAL_NEWS, str(tmp_path))
    assert throughput.main(["--output", str(tmp_path / "out")]) == 2
    assert "no news/archive.csv.gz there" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
