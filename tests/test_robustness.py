"""A state's name does not sway the shipped model; the swaps that show it are written as English has it."""

import json

import pandas as pd
import pytest

import pipeline
from benchmarks import robustness
from pipeline.corpus import Corpus

BOUND = 0.01
SENTENCES = 300


@pytest.fixture(scope="module")
def shipped():
    return pipeline.load()


@pytest.fixture(scope="module")
def sample(news):
    some = news.sentences.sample(SENTENCES, random_state=0)
    return Corpus(some, news.stances[news.stances["sentence_id"].isin(some["sentence_id"])])


@pytest.fixture(scope="module")
def answers(shipped, sample):
    return robustness.models(shipped, sample)


@pytest.fixture(scope="module")
def swapped(sample, reader):
    return list(robustness.swaps(sample, reader))


def one(text, mention, party, reader, seed=0):
    """Swap the only state in a sentence that is labelled in it."""
    sentences = pd.DataFrame([("s", "d", "", text)], columns=["sentence_id", "document_id", "date", "text"])
    stance = ("s", mention, text.index(mention), party, "sanctions", "support")
    columns = ["sentence_id", "mention", "start", "party", "target", "stance"]
    return list(robustness.swaps(Corpus(sentences, pd.DataFrame([stance], columns=columns)), reader, seed))


def test_swapped_rows_name_the_new_state_where_the_old_one_stood(swapped, sample):
    texts = sample.sentences["text"].to_dict()
    assert len(swapped) > 200
    assert {"name", "demonym", "capital"} <= {s.kind for s in swapped}
    for s in swapped:
        assert s.new not in {s.old, *texts}
        assert s.old not in set(s.rows["party"])
        for row in s.rows.itertuples():
            assert row.text[row.start :].startswith(row.mention)
            assert row.text not in texts.values()


@pytest.mark.parametrize("seed", range(12))
def test_the_article_goes_with_the_name(seed, reader):
    for text, old in (("The Netherlands lifted the embargo.", "Netherlands"), ("Chad lifted the embargo.", "Chad")):
        (swap,) = one(text, old, old, reader, seed)
        row = swap.rows.iloc[0]
        the = "The " if swap.new in robustness._WITH_ARTICLE else ""
        assert row["text"] == f"{the}{swap.new} lifted the embargo."
        assert (row["mention"], row["start"], row["party"]) == (swap.new, len(the), swap.new)


@pytest.mark.parametrize(
    "text",
    [
        "South Sudan Airways lost to the Chad Boycott League.",  # part of a longer name
        "Moscow and Vladimir Putin lifted the embargo.",  # a person who stays behind
        "The Dutch lifted the embargo.",  # the people, not an adjective
    ],
)
def test_a_sentence_in_which_no_other_name_fits_is_left_out(text, reader):
    assert one(text, text.split()[0], "Netherlands" if "Dutch" in text else "Russia", reader) == []


def test_the_name_of_a_state_does_not_sway_the_shipped_model(answers, sample, swapped):
    table = robustness.changes(answers, sample, swapped)
    assert robustness.changed(table, "shipped model").mean() <= BOUND
    # The plain sentence, which reads names as words, is swayed: the swaps can show it.
    assert robustness.changed(table, "plain sentence").mean() > BOUND


def test_the_shipped_model_reads_direction_better_than_the_plain_sentence(answers):
    cases = robustness.failures(answers, robustness.directions())
    wrong = {name: (cases[name] != cases["gold"]).mean() for name in ("shipped model", "plain sentence")}
    assert wrong["shipped model"] < 0.6 * wrong["plain sentence"]


def test_figures_count_what_failed_and_what_changed():
    cases = pd.DataFrame(
        {"capability": ["a", "a", "b"], "gold": ["support"] * 3, "m": ["support", "oppose", "support"]}
    )
    rows = pd.DataFrame({"swap": [0, 0, 1], "kind": ["name"] * 3, "m before": ["x"] * 3, "m": ["x", "y", "x"]})
    report = robustness.figures(cases, rows, ["m"])
    assert report["directions"] == {
        "a": {"cases": 2, "m": 0.5}, "b": {"cases": 1, "m": 0.0}, "all": {"cases": 3, "m": 0.3333}
    }  # fmt: skip
    assert report["swaps"] == {"name": {"swaps": 2, "m": 0.5}, "all": {"swaps": 2, "m": 0.5}}
    written = robustness.markdown({"what": "What.", **json.loads(json.dumps(report))})
    assert "| a | 2 | 50.0% |" in written
