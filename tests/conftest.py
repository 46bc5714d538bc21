"""What the tests share: the lexicon, a reader, and a small model that is trained once."""

import os
from pathlib import Path

import pytest

from pipeline import cli, corpus, lexicon
from pipeline.corpus import Corpus
from pipeline.reading import Reader
from pipeline.resources import DATA
from pipeline.train import train

SMALL = 400


@pytest.fixture(scope="session")
def lexicons():
    return lexicon.load()


@pytest.fixture(scope="session")
def reader(lexicons):
    return Reader(lexicons)


@pytest.fixture(scope="session")
def news():
    return corpus.load(DATA / "news")


def part(whole, start, stop):
    """Give some sentences of a corpus with their stances."""
    sentences = whole.sentences.iloc[start:stop]
    return Corpus(sentences, whole.stances[whole.stances["sentence_id"].isin(sentences["sentence_id"])])


@pytest.fixture(scope="session")
def small_corpora(news, tmp_path_factory):
    """Give the folders that the small model is trained on."""
    folder = tmp_path_factory.mktemp("small") / "news"
    corpus.save(part(news, 0, SMALL), folder)
    return [folder, DATA / "article"]


@pytest.fixture(scope="session")
def unseen(news):
    """Give sentences that the small model was not trained on."""
    return part(news, SMALL, SMALL + 300)


@pytest.fixture(scope="session")
def model(small_corpora):
    return train(small_corpora)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Give a function that runs a command in an empty folder: its exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr("sys.argv", ["stance", *map(str, arguments)])
        try:
            cli.main()
            status = 0
        except SystemExit as end:
            status = end.code or 0
        return (status, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def real_news():
    """Give a corpus folder of real news, which is not part of the project."""
    folder = os.environ.get("STANCE_REAL_NEWS", "")
    if not folder:
        pytest.skip("set STANCE_REAL_NEWS to a corpus folder of labelled news to run this")
    return Path(folder) / "news" / "real"
