"""Training is repeatable, says what it was trained on, and refuses a corpus with faults."""

import hashlib
import re
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from conftest import part
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.fitting import Settings
from pipeline.instances import VIEWS
from pipeline.train import GRID, TOLERANCE, parts, search, train, train_on, training_rows


@pytest.fixture(scope="module")
def rows(reader, unseen):
    return training_rows(reader, unseen)


def test_two_trainings_are_one(model, small_corpora, reader, unseen):
    again = train(small_corpora)
    rows = training_rows(reader, unseen)
    for a, b in zip(model.classifier.probabilities(rows), again.classifier.probabilities(rows), strict=True):
        assert np.array_equal(a, b)
    assert again.classifier.threshold == model.classifier.threshold
    assert again.card == model.card


def test_the_card_tells_what_the_model_was_trained_on(model, small_corpora):
    labelled = corpus.load(small_corpora)
    assert model.card["sentences"] == len(labelled.sentences)
    assert model.card["stances"] == len(labelled.stances)
    assert re.fullmatch("[0-9a-f]{64}", model.card["data_sha256"])
    assert model.card["data_sha256"] != hashlib.sha256(b"").hexdigest()


def test_other_data_has_another_fingerprint(model, rows, unseen):
    assert train_on(rows, unseen).card["data_sha256"] != model.card["data_sha256"]


def test_an_actor_that_is_labelled_towards_one_target_is_untied_to_the_other(reader):
    text = "Oslo lifted the sanctions on Mali, where Paris had sent troops."
    sentences = pd.DataFrame({"sentence_id": ["a"], "document_id": ["a"], "date": [""], "text": [text]})
    label = ("a", "Oslo", 0, "Norway", "sanctions", "oppose")
    rows = training_rows(reader, Corpus(sentences, pd.DataFrame([label], columns=list(corpus.STANCE_COLUMNS))))
    seat = rows[rows["left"] == "SELF"]
    first = [(stance, facts.split()[0]) for stance, facts in seat[["stance", "facts"]].itertuples(index=False)]
    assert first == [("oppose", "sanctions"), ("", "intervention")]


def test_rows_are_the_labelled_ones_and_untied_ones_beside_them(rows, unseen):
    tied = rows[rows["stance"].ne("")]
    assert set(VIEWS) <= set(rows.columns)
    assert len(tied) == len(unseen.stances)
    assert sorted(tied["stance"]) == sorted(unseen.stances["stance"])
    assert len(rows) > len(tied)
    assert set(rows["sentence_id"]) <= set(unseen.sentences["sentence_id"])
    documents = dict(zip(unseen.sentences["sentence_id"], unseen.sentences["document_id"], strict=True))
    assert (rows["group"] == rows["sentence_id"].map(documents)).all()
    assert (rows["weight"] == 1).all()
    assert rows["news"].all()


def test_sentences_that_are_built_weigh_less(reader, unseen):
    names = unseen.sentences["sentence_id"]
    built = dict(zip(names, ("pattern-" + names).where(names.index % 2 == 0, names), strict=True))
    tables = (table.assign(sentence_id=table["sentence_id"].map(built)) for table in (unseen.sentences, unseen.stances))
    rows = training_rows(reader, Corpus(*tables))
    weights = rows.groupby(rows["sentence_id"].str.startswith("pattern-"))["weight"]
    assert weights.nunique().tolist() == [1, 1]
    assert weights.max()[True] < weights.min()[False]
    assert (rows["news"] != rows["sentence_id"].str.startswith("pattern-")).all()


def test_an_actor_that_is_labelled_is_not_untied(reader, unseen):
    text = "Bern and Rome lifted the embargo on Mali; Oslo met Chad."
    sentences = unseen.sentences.head(1).assign(sentence_id="s", document_id="d", date="", text=text)
    stances = unseen.stances.head(2).assign(
        sentence_id="s", mention=["Bern", "Rome"], start=[0, 9], party=["Switzerland", "Italy"], target="sanctions",
        stance="oppose",
    )  # fmt: skip
    rows = training_rows(reader, Corpus(sentences, stances))
    assert sorted(rows["stance"]) == ["", "", "", "oppose", "oppose"]


def test_another_name_of_a_labelled_party_is_not_untied(reader, unseen):
    sentences = unseen.sentences.head(1).assign(
        sentence_id="s", document_id="d", date="", text="Moscow said that Russia lifted the embargo on Mali."
    )
    stances = unseen.stances.head(1).assign(
        sentence_id="s", mention="Russia", start=17, party="Russia", target="sanctions", stance="oppose"
    )
    rows = training_rows(reader, Corpus(sentences, stances))
    assert sorted(rows["stance"]) == ["", "oppose"]


def test_folds_split_no_document(rows):
    tested = []
    for train_part, test_part in parts(rows, 4):
        assert not set(rows["group"].iloc[train_part]) & set(rows["group"].iloc[test_part])
        tested += test_part.tolist()
    assert sorted(tested) == list(range(len(rows)))


def test_a_corpus_with_faults_trains_nothing(unseen, tmp_path):
    corpus.save(Corpus(unseen.sentences, unseen.stances), tmp_path / "news")
    path = tmp_path / "news" / "stances.csv"
    path.write_text(path.read_text("utf-8") + "nowhere,Bern,0,Switzerland,war,maybe\n", "utf-8")
    with pytest.raises(InputError, match=r"(?s)3 faults.*'nowhere'.*'maybe'.*'war'"):
        train([tmp_path / "news"])


@pytest.mark.parametrize("stance", ["support", "oppose", "neutral"])
def test_a_corpus_without_one_of_the_stances_is_refused(rows, unseen, stance):
    with pytest.raises(InputError, match="support, oppose and neutral"):
        train_on(rows[rows["stance"] != stance], unseen)


def test_a_corpus_of_one_document_is_refused(rows, unseen):
    with pytest.raises(InputError, match="two documents"):
        train_on(rows.assign(group="one"), unseen)


@pytest.mark.parametrize("stance", ["support", ""])
def test_a_corpus_with_a_stance_in_one_document_only_is_refused(rows, unseen, stance):
    one = rows["group"].iloc[0]
    kept = rows[(rows["stance"] != stance) | (rows["group"] == one)]
    with pytest.raises(InputError, match="too few documents") as fault:
        train_on(pd.concat([kept, rows.head(1).assign(stance=stance, group=one)]), unseen)
    assert "\n" not in str(fault.value)


def test_a_regression_that_has_not_settled_is_told_once_for_each(rows, unseen, monkeypatch):
    real = LogisticRegression.fit
    monkeypatch.setattr(LogisticRegression, "fit", lambda self, *a, **k: real(self.set_params(max_iter=2), *a, **k))
    with pytest.warns(ConvergenceWarning) as told:
        train_on(rows, unseen)
    assert [str(one.message).partition(";")[0] for one in told] == ["a regression had not settled after 2 rounds"] * 2


@pytest.fixture
def run(run):
    """Give a function that runs ``stance train``: its exit status, standard output and standard error."""
    return partial(run, "train")


def test_a_model_that_cannot_be_written_is_refused_before_the_training(run, monkeypatch):
    monkeypatch.setattr(sys.modules["pipeline.train"], "training_rows", lambda *_: pytest.fail("trained"))
    status, _, err = run("--model", "nowhere/mine.skops")
    assert (status, err.count("\n")) == (2, 1)
    assert "there is no folder 'nowhere'" in err


def test_a_model_that_is_there_is_still_whole_when_training_is_refused(run, tmp_path):
    (tmp_path / "mine.skops").write_text("old")
    assert run("--model", "mine.skops", "--corpus", "none")[0] == 2
    assert (tmp_path / "mine.skops").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.skops"]


def test_settings_are_not_chosen_on_fewer_documents_than_folds(run, unseen, tmp_path):
    two = unseen.sentences.assign(document_id=[f"d{k % 2}" for k in range(len(unseen.sentences))], date="")
    corpus.save(Corpus(two, unseen.stances), tmp_path / "two")
    status, _, err = run("--corpus", "two", "--search", "--model", "mine.skops")
    assert (status, err.count("\n")) == (2, 1)
    assert "5 folds need as many documents, and there are 2;" in err


@pytest.mark.parametrize("stance", ["support", "oppose", "neutral", ""])
def test_settings_are_not_chosen_where_a_fold_lacks_a_stance(rows, stance):
    one = rows["group"].iloc[0]
    kept = rows[(rows["stance"] != stance) | (rows["group"] == one)]
    with pytest.raises(InputError, match="too few documents to compare"):
        search(pd.concat([kept, rows.head(1).assign(stance=stance, group=one)], ignore_index=True))


def test_sentences_without_stances_are_read_too(reader, news):
    few = part(news, 0, 5)
    none = Corpus(few.sentences, few.stances.iloc[:0])
    rows = training_rows(reader, none)
    assert rows["stance"].eq("").all()


def test_the_search_tries_the_grid_and_gives_the_best_of_each_setting(rows):
    done = []
    settings, scores = search(rows, folds=2, on_fold=lambda: done.append(1))
    assert len(done) == 2
    assert dict(scores.groupby("setting")["value"].agg(tuple)) == GRID
    chosen = scores[scores["chosen"]]
    assert settings == Settings(**dict(zip(chosen["setting"], chosen["value"], strict=True)))
    best = scores.groupby("setting")["score"].transform("max")
    assert (chosen["score"] >= best[chosen.index] - TOLERANCE).all()
    stronger = scores[scores["value"] < scores["setting"].map(chosen.set_index("setting")["value"])]
    assert (stronger["score"] < best[stronger.index] - TOLERANCE).all()
    assert scores["score"].between(0, 1).all()
