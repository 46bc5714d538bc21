"""TF-IDF in bulk, learnt and applied, is the stock vectorizer's."""

from dataclasses import replace
from unittest import mock

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

from pipeline import corpus, instances, ngrams
from pipeline.ngrams import MANY, Tfidf, vocabularies

texts = st.lists(
    st.lists(st.sampled_from(["SELF", "CUE", "not", "=lift", "'s", "."]), max_size=9).map(" ".join), min_size=1
)
LONGEST = (3, 6)


def stock(longest, texts, min_df=1):
    return TfidfVectorizer(
        ngram_range=(1, longest),
        token_pattern=r"\S+",
        lowercase=False,
        sublinear_tf=True,
        min_df=min_df,
        dtype=np.float32,
    ).fit(texts)


def cut(texts, data):
    """Give texts as tokens with two views of each as spans, and the views as strings."""
    tokens = [text.split() for text in texts]
    places = [data.draw(st.lists(st.integers(0, len(t)), min_size=4, max_size=4)) for t in tokens]
    spans = [(*sorted(ends[:2]), *sorted(ends[2:])) for ends in places]
    return tokens, spans, [[" ".join(t[s[k] : s[k + 1]]) for t, s in zip(tokens, spans, strict=True)] for k in (0, 2)]


@given(learnt=texts, read=texts, many=st.sampled_from([0, MANY]), data=st.data())
def test_the_matrix_is_that_of_the_stock_vectorizers(learnt, read, many, data):
    fitted = [stock(longest, ["SELF lift the CUE", *learnt]) for longest in LONGEST]
    tokens, spans, parts = cut(read, data)
    with mock.patch.object(ngrams, "MANY", many):
        ours = Tfidf([(v.get_feature_names_out().tolist(), v.idf_) for v in fitted]).transform(tokens, spans)
    theirs = sp.hstack([v.transform(part) for v, part in zip(fitted, parts, strict=True)], format="csr")
    assert ours.dtype == theirs.dtype
    assert ours.has_canonical_format
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), rtol=1e-6)


@given(read=texts, min_df=st.integers(1, 3), data=st.data())
def test_the_ngrams_and_their_weights_are_those_of_the_stock_vectorizers(read, min_df, data):
    tokens, spans, parts = cut(read, data)
    for longest, part, (learnt, idf) in zip(LONGEST, parts, vocabularies(tokens, spans, LONGEST, min_df), strict=True):
        try:
            theirs = stock(longest, part, min_df)
        except ValueError:  # it does without none
            assert learnt == []
        else:
            assert learnt == theirs.get_feature_names_out().tolist()
            assert idf.dtype == theirs.idf_.dtype
            np.testing.assert_array_equal(idf, theirs.idf_)


def test_many_instances_are_classified_as_few_are(model, reader, unseen):
    rows = instances.given(reader, corpus.rows(unseen)).iloc[:MANY]
    assert len(rows) >= MANY
    classifier = replace(model.classifier, tfidf=Tfidf(model.classifier.tfidf.views()))  # without tables as yet
    few = [classifier.probabilities(rows.iloc[k : k + 100]) for k in range(0, len(rows), 100)]
    with mock.patch.object(Tfidf, "_few", side_effect=AssertionError):
        many = classifier.probabilities(rows)
    for k in (0, 1):
        np.testing.assert_allclose(many[k], np.concatenate([part[k] for part in few]), atol=1e-6)


TOKENS = ["SELF", "lift", "the", "CUE"]
VIEW = ["SELF", "lift", "lift the"], np.ones(3)


def test_tables_are_made_for_many_texts_and_then_read_few_too():
    tfidf = Tfidf([VIEW])
    with mock.patch.object(ngrams, "_Tables", wraps=ngrams._Tables) as made:
        first = tfidf.transform([TOKENS], [(0, 4)])
        assert not made.called
        tfidf.transform([TOKENS] * MANY, [(0, 4)] * MANY)
        with mock.patch.object(Tfidf, "_few", side_effect=AssertionError):
            again = tfidf.transform([TOKENS], [(0, 4)])
        assert made.call_count == 1
    assert np.array_equal(again.toarray(), first.toarray())


@pytest.mark.parametrize("texts", [0, 1, 2])
@pytest.mark.parametrize(
    "views", [[VIEW, VIEW], [(["SELF"], np.ones(1)), (["lift"], np.ones(1))], [([], np.ones(0)), VIEW]]
)
def test_tables_read_what_is_read_without_them(views, texts):
    tokens, spans = [TOKENS] * texts, [(0, 4, 1, 3)] * texts
    few = Tfidf(views).transform(tokens, spans)
    with mock.patch.object(ngrams, "MANY", 0):
        many = Tfidf(views).transform(tokens, spans)
    assert few.shape == many.shape == (texts, sum(len(known) for known, _ in views))
    assert np.array_equal(few.toarray(), many.toarray())


@pytest.mark.parametrize("view", [(["SELF", "SELF"], np.ones(2)), (["SELF"], np.ones(2)), (["SELF"], np.ones((1, 1)))])
def test_ngrams_that_are_there_twice_or_have_no_weight_are_refused(view):
    with pytest.raises(ValueError, match="an n-gram twice, or not a weight for each"):
        Tfidf([view])
