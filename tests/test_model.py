"""The classifier: probabilities are probabilities, and explanations add up."""

import numpy as np
import pandas as pd
import pytest

from pipeline.instances import VIEWS
from pipeline.lexicon import STANCES
from pipeline.train import training_rows


@pytest.fixture(scope="module")
def rows(reader, unseen):
    return training_rows(reader, unseen)


@pytest.fixture(scope="module")
def classifier(model):
    return model.classifier


def test_probabilities_are_probabilities(classifier, rows):
    stances, tie = classifier.probabilities(rows)
    assert stances.shape == (len(rows), len(STANCES))
    assert tie.shape == (len(rows),)
    assert np.allclose(stances.sum(axis=1), 1, atol=1e-5)
    for p in (stances, tie):
        assert ((p >= 0) & (p <= 1)).all()


def test_no_rows_give_no_probabilities(classifier, rows):
    stances, tie = classifier.probabilities(rows.iloc[:0])
    assert stances.shape == (0, len(STANCES))
    assert tie.shape == (0,)


def test_a_row_does_not_hang_on_its_neighbours(classifier, rows):
    rows = rows.head(40)
    together = classifier.probabilities(rows)
    alone = [classifier.probabilities(rows.iloc[[k]]) for k in range(len(rows))]
    assert np.allclose(together[0], np.concatenate([stances for stances, _ in alone]), atol=1e-6)
    assert np.allclose(together[1], np.concatenate([tie for _, tie in alone]), atol=1e-6)


def test_words_that_were_never_seen_do_no_harm(classifier):
    strange = pd.DataFrame([dict.fromkeys(VIEWS, "zorg qorg"), dict.fromkeys(VIEWS, "")])
    stances, _ = classifier.probabilities(strange)
    assert np.allclose(stances.sum(axis=1), 1, atol=1e-5)
    assert np.allclose(stances[0], stances[1])


@pytest.mark.parametrize("stance", STANCES)
def test_explanations_add_up_to_the_log_odds(classifier, rows, stance):
    row = rows.iloc[[5]]
    weights = classifier.explain(row, stance)["weight"].sum()
    logs = np.log(classifier.probabilities(row)[0][0].astype(float))
    k = STANCES.index(stance)
    bias = dict(zip(classifier.stance.classes, classifier.stance.intercepts, strict=True))
    offset = bias[stance] - np.mean([bias[name] for name in STANCES if name != stance])
    assert weights + offset == pytest.approx(logs[k] - np.delete(logs, k).mean(), abs=1e-3)


def test_explanations_name_ngrams_of_the_views_strongest_first(classifier, rows):
    for k in range(5):
        row = rows.iloc[[k]]
        table = classifier.explain(row, "support")
        assert list(table.columns) == ["view", "ngram", "weight"]
        assert len(table) > 10
        assert table["weight"].abs().is_monotonic_decreasing
        assert not table.duplicated(["view", "ngram"]).any()
        for view, ngram in zip(table["view"], table["ngram"], strict=True):
            assert f" {ngram} " in f" {row.iloc[0][view]} "


def test_ngrams_name_every_column(classifier, rows):
    assert len(classifier.ngrams()) == classifier.transform(rows.head(1)).shape[1]
    assert set(classifier.ngrams()["view"]) == set(VIEWS)


def test_contrasts_of_all_stances_cancel(classifier):
    total = np.sum([classifier.contrast(stance) for stance in STANCES], axis=0)
    assert np.allclose(total, 0, atol=1e-5)
