"""An evaluation counts what is right, and says why what is wrong came out so."""

import inspect
import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from conftest import part
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

import pipeline
from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.evaluate import (
    FOLDS,
    _document_folds,
    _macro_f1,
    cross_validate,
    explained,
    found_tuples,
    gold_tuples,
    score_rows,
    strongest,
)
from pipeline.evaluate import evaluate as score
from pipeline.evaluate import part as documents_of
from pipeline.lexicon import STANCES
from pipeline.train import NEWS, train_on, training_rows


@pytest.fixture(scope="module")
def report(model, unseen, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unseen") / "news"
    corpus.save(unseen, folder)
    return score(model, [folder])


def test_the_scores_are_those_of_the_rows(report, model, unseen):
    rows = score_rows(model, unseen)
    right = (rows["gold"] == rows["stance"]).sum()
    assert report["classification"]["n"] == len(unseen.stances)
    assert report["classification"]["accuracy"] == pytest.approx(right / len(rows))
    assert len(report["errors"]) == len(rows) - right
    assert report["extraction"]["n_gold"] == len(gold_tuples(model, unseen))


def test_the_reliability_of_tuples_is_that_of_those_found(report, model, unseen):
    found, gold = found_tuples(model, unseen), gold_tuples(model, unseen)
    bins = report["extraction"]["reliability"]
    assert sum(b["n"] for b in bins) == len(found) == report["extraction"]["n_predicted"]
    assert sum(b["n"] * b["accuracy"] for b in bins) == pytest.approx(len(found.keys() & gold))
    assert sum(b["n"] * b["confidence"] for b in bins) == pytest.approx(sum(found.values()))
    off = sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / len(found)
    assert report["extraction"]["ece"] == pytest.approx(off)


def test_a_sentence_is_found_in_what_its_document_is_about(model):
    def labelled(*documents):
        texts = ["Paris sent troops to Mali.", "France withdrew from Mali."]
        sentences = pd.DataFrame({"sentence_id": ["a", "b"], "document_id": documents, "date": "", "text": texts})
        return Corpus(sentences, pd.DataFrame(columns=list(corpus.STANCE_COLUMNS)))

    found = {name: found_tuples(model, labelled(*name), 0.0) for name in ("xx", "xy")}
    assert {sentence for sentence, *_ in found["xx"]} == {"a", "b"}
    assert {sentence for sentence, *_ in found["xy"]} == {"a"}


def check_explained(errors, model, labelled):
    """Check that errors have the reasons that the classifier gives for the views that were scored."""
    key = ["sentence_id", "mention", "start", "party", "target"]
    rows = score_rows(model, labelled).set_index(key, drop=False)
    for error in errors:
        row = rows.loc[[tuple(error[name] for name in key)]].head(1)
        expected = model.classifier.explain(row, error["stance"]).set_index(["view", "ngram"])["weight"]
        weights = [weight for *_, weight in error["explanation"]]
        # of n-grams that weigh the same, either may come first
        assert np.abs(weights) == pytest.approx(expected.abs().head(8).to_numpy())
        assert weights == pytest.approx([expected[view, ngram] for view, ngram, _ in error["explanation"]])


def test_the_surest_errors_come_first_and_have_the_reasons_that_explain_gives(report, model, unseen):
    errors = report["errors"]
    assert [e["probability"] for e in errors] == sorted((e["probability"] for e in errors), reverse=True)
    check_explained([*errors[:5], errors[-1]], model, unseen)


def test_errors_as_a_table_are_told_with_their_reasons(report, model):
    table = explained(report["errors"][:3], most=2)
    assert len(table) == 3
    for told, error in zip(table["because"], report["errors"], strict=False):
        best = model.explain({**error, "text": error["sentence"]}).iloc[0]
        assert told.startswith(f"{best['ngram']} ({best['view']} {best['weight']:+.2f}), ")
        assert told.count(", ") == 1
    assert explained([]).empty
    assert list(explained([])) == list(table)


@pytest.fixture(scope="module")
def crossed(small_corpora, tmp_path_factory):
    """Give a small corpus, and the report of its cross-validation on two folds."""
    labelled = part(corpus.load(small_corpora), 0, 300)
    folder = tmp_path_factory.mktemp("crossed") / "news"
    corpus.save(labelled, folder)
    return corpus.load([folder]), cross_validate([folder], folds=2, jobs=1)


def test_errors_of_a_cross_validation_are_explained_by_the_model_that_made_them(crossed, reader):
    labelled, report = crossed
    told = 0
    for learnt, asked in _document_folds(labelled, 2):
        known = documents_of(labelled, learnt)
        model = train_on(training_rows(reader, known), known)
        held_out = documents_of(labelled, asked)
        sentences = set(held_out.sentences["sentence_id"])
        errors = [error for error in report["errors"] if error["sentence_id"] in sentences]
        check_explained(errors[:3], model, held_out)
        told += len(errors)
    assert told == len(report["errors"])
    assert explained(report["errors"])["because"].ne("").all()


@pytest.fixture
def run(run):
    """Give a function that runs ``stance evaluate``: its exit status, standard output and standard error."""
    return partial(run, "evaluate")


def test_the_command_writes_the_errors_of_a_cross_validation_without_another_model(run, crossed, tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules["pipeline.evaluate"], "cross_validate", lambda **_: crossed[1])
    monkeypatch.setattr(pipeline, "load", lambda *_: pytest.fail("a model was loaded"))
    assert run("--errors", "wrong.csv")[0] == 0
    table = pd.read_csv(tmp_path / "wrong.csv")
    assert list(table) == [
        "sentence", "sentence_id", "date", "mention", "start", "party", "target", "gold", "stance", "probability",
        "because",
    ]  # fmt: skip
    assert len(table) == len(crossed[1]["errors"])
    assert table["because"].notna().all()


def test_the_folds_are_as_many_as_the_command_says(run, monkeypatch):
    asked = []

    def refuse(**given):
        asked.append(given["folds"])
        raise InputError("stopped")

    monkeypatch.setattr(sys.modules["pipeline.evaluate"], "cross_validate", refuse)
    assert inspect.signature(cross_validate).parameters["folds"].default == FOLDS
    assert run()[2] == "stance: stopped\n"
    run("--folds", 7)
    assert asked == [FOLDS, 7]
    assert f"[default: {FOLDS}]" in " ".join(run("--help")[1].replace("│", " ").split())


def test_more_folds_than_documents_are_refused_with_their_number(run):
    status, _, err = run("--folds", 99999)
    assert status == 2
    documents = corpus.load([NEWS]).sentences["document_id"].nunique()
    assert f"99999 folds need as many documents, and there are {documents};" in err
    assert err.count("\n") == 1


def test_what_cannot_be_written_is_refused_before_the_work(run, monkeypatch):
    monkeypatch.setattr(sys.modules["pipeline.evaluate"], "cross_validate", lambda **_: pytest.fail("worked"))
    for option in ("--errors", "--json"):
        status, _, err = run(option, "nowhere/out")
        assert (status, err.count("\n")) == (2, 1)
        assert "there is no folder 'nowhere'" in err


@pytest.mark.parametrize("sentences", [0, 20])
def test_a_corpus_without_stances_scores_zero(model, unseen, tmp_path, sentences):
    corpus.save(Corpus(unseen.sentences.head(sentences), unseen.stances.head(0)), tmp_path / "empty")
    report = score(model, [tmp_path / "empty"])
    assert report["errors"] == []
    check_nothing(report["classification"])
    assert report["extraction"]["n_gold"] == report["extraction"]["recall"] == report["extraction"]["f1"] == 0


def check_nothing(scores):
    assert [scores[name] for name in ("n", "macro_f1", "accuracy", "coverage_of_rows")] == [0, 0, 0, 0]
    assert scores["confusion"] == [[0, 0, 0]] * 3
    assert all(scores[stance] == {"precision": 0, "recall": 0, "f1": 0} for stance in STANCES)


def test_a_bound_that_no_row_reaches_leaves_scores_of_zero(model, unseen, tmp_path):
    corpus.save(unseen, tmp_path / "news")
    report = score(model, [tmp_path / "news"], min_probability=1)
    check_nothing(report["classification"])
    assert report["extraction"]["n_predicted"] == 0
    assert report["errors"]


def test_scores_are_those_of_the_confusion_matrix(report, model, unseen):
    rows = score_rows(model, unseen)
    truth, answer = rows["gold"].astype(str), rows["stance"].astype(str)
    expected = confusion_matrix(truth, answer, labels=list(STANCES))
    assert report["classification"]["confusion"] == expected.tolist()
    each = precision_recall_fscore_support(truth, answer, labels=list(STANCES), zero_division=0.0)
    for k, stance in enumerate(STANCES):
        assert [*report["classification"][stance].values()] == pytest.approx([column[k] for column in each[:3]])


def test_the_strongest_ngrams_of_a_stance_speak_for_it(model):
    best = strongest(model, most=5)
    assert best.keys() == set(STANCES)
    for ngrams in best.values():
        weights = [weight for *_, weight in ngrams]
        assert weights == sorted(weights, reverse=True)
        assert min(weights) > 0


def test_a_stance_that_is_neither_given_nor_told_does_not_count():
    assert _macro_f1(np.array([3, 0, 0, 0, 2, 0, 0, 0, 0])) == 1
    assert _macro_f1(np.array([3, 0, 0, 0, 1, 1, 0, 0, 0])) == pytest.approx((1 + 2 / 3 + 0) / 3)
