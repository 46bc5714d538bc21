"""TF-IDF in bulk is the stock vectorizer's, to the last digit."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline import corpus, instances
from pipeline.model import MANY, vectorizer
from pipeline.ngrams import BulkTfidf

texts = st.lists(
    st.lists(st.sampled_from(["SELF", "CUE", "not", "=lift", "'s", "."]), max_size=9).map(" ".join), min_size=1
)


@given(learnt=texts, read=texts)
def test_the_matrix_is_that_of_the_stock_vectorizer(learnt, read):
    stock = vectorizer("onward").fit(["SELF lift the CUE", *learnt])
    ours, theirs = BulkTfidf(stock).transform(read), stock.transform(read)
    assert ours.dtype == theirs.dtype
    assert ours.has_canonical_format
    np.testing.assert_allclose(ours.toarray(), theirs.toarray(), rtol=1e-6)


def test_many_instances_are_classified_as_few_are(model, reader, unseen):
    rows = instances.given(reader, corpus.rows(unseen)).iloc[:MANY]
    assert len(rows) >= MANY
    many = model.classifier.probabilities(rows)
    few = [model.classifier.probabilities(rows.iloc[k : k + 100]) for k in range(0, len(rows), 100)]
    for k in (0, 1):
        np.testing.assert_allclose(many[k], np.concatenate([part[k] for part in few]), atol=1e-6)
