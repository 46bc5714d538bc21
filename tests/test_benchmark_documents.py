"""An article read whole tells more than its sentences alone, and each answer stands at its sentence."""

import json

import pandas as pd
import pytest

import pipeline
from benchmarks import documents
from pipeline import corpus
from pipeline.corpus import Corpus


@pytest.fixture
def story():
    texts = ["Rome imposed sanctions on Mali.", "It rained.", "Hungary opposed the move.", "Oslo backed it."]
    ids = [f"read-1-{k}" for k in range(4)]
    sentences = pd.DataFrame({"sentence_id": ids, "document_id": "read-1", "date": "", "text": texts})
    rows = [(0, "Rome", "Italy", "support"), (2, "Hungary", "Hungary", "oppose"), (3, "Oslo", "Norway", "oppose")]
    stances = pd.DataFrame(
        [(ids[k], mention, 0, party, "sanctions", stance) for k, mention, party, stance in rows],
        columns=["sentence_id", "mention", "start", "party", "target", "stance"],
    )
    return Corpus(sentences, stances)


def test_what_is_found_in_an_article_stands_at_its_sentence(story):
    assert documents.found_in_articles(pipeline.load(), story) == {
        ("read-1-0", "Italy", "sanctions", "support"),
        ("read-1-2", "Hungary", "sanctions", "oppose"),
        ("read-1-3", "Norway", "sanctions", "support"),
    }


def test_figures_count_both_ways_to_read(story):
    (half,) = documents.measure(pipeline.load(), story).values()
    alone, whole = half[documents.ALONE], half[documents.WHOLE]
    assert (alone["found"], whole["found"], whole["gold"]) == (1, 3, 3)
    assert (alone["recall"]["value"], whole["recall"]["value"]) == (0.3333, 0.6667)
    assert (alone["precision"]["value"], whole["precision"]["value"]) == (1.0, 0.6667)


def test_the_command_writes_its_tables(story, tmp_path, monkeypatch, capsys):
    corpus.save(story, tmp_path / "stories")
    monkeypatch.setattr(documents, "STORIES", tmp_path / "stories")
    assert documents.main(["--output", str(tmp_path)]) == 0
    table = (tmp_path / "documents.md").read_text()
    assert table in capsys.readouterr().out
    assert "1 read" in table
    assert json.loads((tmp_path / "documents.json").read_text())["sets"]["read"][documents.WHOLE]["gold"] == 3
