"""The benchmark of actors, on small corpora and without the peers."""

import json
import sys

import pandas as pd
import pytest
from conftest import part
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import actors, quality
from benchmarks.actors import Found
from pipeline import corpus
from pipeline.annotation import from_table
from pipeline.files import Document
from pipeline.lexicon import load

TEXTS = {
    "a": "Moscow and Paris spoke of sanctions in Geneva.",
    "b": "It vetoed the embargo that Western diplomats want.",
}
SENTENCES = [Document(name, "", text) for name, text in TEXTS.items()]
LABELS = [
    ("a", "Moscow", "Russia"),
    ("a", "Paris", "France"),
    ("b", "It", "China"),
    ("b", "Western diplomats", "Western diplomats"),
]


def at(sentence, mention, party, sort="name"):
    start = TEXTS[sentence].index(mention)
    return Found(start, start + len(mention), party, sort)


def labelled():
    table = pd.DataFrame(LABELS, columns=["sentence_id", "mention", "party"])
    return from_table(table.assign(text=table["sentence_id"].map(TEXTS), target="sanctions", stance="neutral"))


GOLD = actors.gold_actors(labelled(), load())


@pytest.fixture(scope="module")
def judged():
    read = [
        [at("a", "Moscow", "Russia"), at("a", "Paris", "Texas"), at("a", "Geneva", "Switzerland", "capital")],
        [at("b", "diplomats", "diplomats", "group")],
    ]
    return actors.judge(GOLD, read, SENTENCES)


def test_what_is_found_is_laid_beside_the_labels(judged):
    assert judged["gold"]["hit"].tolist() == [True, False, False, False]
    assert judged["gold"]["instead"].tolist() == ["state", "other name", "", "unnamed"]
    assert judged["names"]["hit"].tolist() == [True, False, False, False]
    assert judged["names"]["instead"].tolist() == ["state", "state", "", "unnamed"]


def test_scores_count_parties_and_mentions(judged):
    row = actors.scores(**judged)
    assert row["precision"]["value"] == row["recall"]["value"] == row["f1"]["value"] == 0.25
    assert row["mentions_found"] == 0.75
    assert row["names_right"] == 0.25
    assert row["kinds"]["state"] == {"labelled": 3, "recall": 0.3333, "found": 2, "precision": 0.5}
    assert row["kinds"]["armed group"] == {"labelled": 0, "recall": None, "found": 0, "precision": None}


def test_faults_are_counted_by_kind_without_a_name(judged):
    assert set(actors.misses(judged["gold"])) == {
        ("state", "taken for: other name", 1),
        ("state", "not seen: pronoun", 1),
        ("unnamed", "taken for: unnamed", 1),
    }
    assert set(actors.false_names(judged["names"])) == {
        ("other name", "name, labelled as: state", 1),
        ("state", "capital after in, no label there", 1),
        ("unnamed", "group, labelled as: unnamed", 1),
    }


def test_a_system_that_gives_no_places_is_scored_by_its_parties():
    judged = actors.judge(GOLD, [[Found(-1, -1, "France", "country")], []], SENTENCES)
    row = actors.scores(**judged)
    assert (row["recall"]["value"], row["precision"]["value"]) == (0.25, 1.0)
    assert row["mentions_found"] is None


@given(st.lists(st.sampled_from(LABELS)))
def test_naming_labelled_parties_only_is_never_wrong(some):
    read = [[at(*label) for label in some if label[0] == name] for name in TEXTS]
    row = actors.scores(**actors.judge(GOLD, read, SENTENCES))
    assert row["recall"]["value"] == len(set(some)) / len(LABELS)
    assert row["precision"]["value"] == (1 if some else 0)


@pytest.fixture
def real(news, tmp_path, monkeypatch):
    """Give a folder of labelled news that the benchmark reads: here, part of the shipped corpus."""
    corpus.save(part(news, 0, 60), tmp_path / "few")
    monkeypatch.setenv(quality.REAL_NEWS, str(tmp_path))
    return tmp_path


def test_the_command_writes_figures_and_no_sentence(news, real, capsys):
    assert actors.main(["--alone", "--sample", "40", "--output", str(real / "out")]) == 0
    written = (real / "out" / "actors-real-alone-sample40.md").read_text()
    assert written in capsys.readouterr().out
    report = json.loads((real / "out" / "actors-real-alone-sample40.json").read_text())
    systems = report["sets"]["few"]["systems"]
    assert list(systems) == [actors.FINDER, actors.TIED]
    row = systems[actors.FINDER]
    assert row["recall"]["low"] <= row["recall"]["value"] <= row["recall"]["high"]
    assert row["recall"]["value"] > 0.8
    assert systems[actors.TIED]["recall"]["value"] <= row["recall"]["value"]
    text = json.dumps(report) + written
    assert not any(sentence in text for sentence in news.sentences["text"])


def test_what_is_missing_for_the_peers_is_said(real, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "country_converter", None)
    assert actors.main(["--sample", "20", "--output", str(real / "out")]) == 2
    assert "pip install '.[bench]'" in capsys.readouterr().err
