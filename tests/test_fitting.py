"""Fits are repeatable, hang on their settings, and learn their rows."""

import numpy as np
import pytest

from pipeline.fitting import Settings, _threshold, fit
from pipeline.lexicon import STANCES
from pipeline.train import training_rows


@pytest.fixture(scope="module")
def rows(reader, unseen):
    return training_rows(reader, unseen)


def test_two_fits_are_one(rows):
    one, other = (fit(rows) for _ in range(2))
    for a, b in zip(one.probabilities(rows), other.probabilities(rows), strict=True):
        assert np.array_equal(a, b)
    assert one.threshold == other.threshold


def test_settings_are_used(rows):
    plain, rare, loose, strict = (
        fit(rows, s) for s in (Settings(), Settings(min_df=5), Settings(tie_c=9), Settings(c=0.01))
    )
    assert len(rare.ngrams()) < len(plain.ngrams())
    assert not np.array_equal(plain.tie.coefficients, loose.tie.coefficients)
    assert not np.array_equal(plain.stance.coefficients, strict.stance.coefficients)
    assert np.array_equal(plain.stance.coefficients, loose.stance.coefficients)


def test_a_fit_learns_its_rows(rows):
    stances, tie = fit(rows).probabilities(rows)
    tied = rows["stance"].ne("").to_numpy()
    told = np.array(STANCES)[stances[tied].argmax(axis=1)]
    assert (told == rows.loc[tied, "stance"].to_numpy()).mean() > 0.9
    assert tie[tied].mean() > tie[~tied].mean()


def test_probabilities_are_calibrated_on_news(rows):
    plain, half, friendly, none = (
        fit(rows.assign(news=news)).probabilities(rows)[0]
        for news in (True, rows.index < len(rows) / 2, rows["stance"].ne("oppose"), False)
    )
    assert not np.allclose(plain, half)
    assert np.array_equal(plain, none)  # without any news all rows tell
    opposed = STANCES.index("oppose")
    assert (friendly[:, opposed] < plain[:, opposed]).all()  # what is rare in news is less likely


def test_the_threshold_is_where_the_f1_of_calibrated_probabilities_is_best():
    draw = np.random.default_rng(0)
    chance = draw.random(200_000)
    stances = np.where(draw.random(len(chance)) < chance, "support", "neutral")
    chances = np.stack([np.zeros_like(chance), chance, 1 - chance], axis=1)
    classes = np.array(["oppose", "support", "neutral"])

    def f1(threshold):
        told, right = chance >= threshold, stances == "support"
        return 2 * (told & right).sum() / (told.sum() + right.sum())

    best = max(np.linspace(0.1, 0.9, 81), key=f1)
    assert abs(_threshold(stances, chances, classes) - best) < 0.02
