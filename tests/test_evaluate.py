"""An evaluation counts what is right, and says why what is wrong came out so."""

import numpy as np
import pandas as pd
import pytest

from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.evaluate import EXPLAINED, _macro_f1, explained, found_tuples, gold_tuples, score_rows, strongest
from pipeline.evaluate import evaluate as score
from pipeline.lexicon import STANCES


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


def test_the_surest_errors_come_first_and_have_the_reasons_that_explain_gives(report, model):
    errors = report["errors"]
    assert [e["probability"] for e in errors] == sorted((e["probability"] for e in errors), reverse=True)
    assert ["explanation" in e for e in errors] == [k < EXPLAINED for k in range(len(errors))]
    for error in errors[:5]:
        expected = model.explain({**error, "text": error["sentence"]}).head(8)
        assert [ngram for ngram, _ in error["explanation"]] == expected["ngram"].tolist()
        assert [weight for _, weight in error["explanation"]] == pytest.approx(expected["weight"].tolist())


def test_errors_as_a_table_are_told_with_their_reasons(report, model):
    table = explained(model, report["errors"][:3], most=2)
    assert len(table) == 3
    for told, error in zip(table["because"], report["errors"], strict=False):
        best = model.explain({**error, "text": error["sentence"]}).iloc[0]
        assert told.startswith(f"{best['ngram']} ({best['view']} {best['weight']:+.2f}), ")
    assert explained(model, []).empty


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
