"""TF-IDF in bulk is the stock vectorizer's, to the last digit."""

import numpy as np
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from pipeline import corpus, instances
from pipeline.model import MANY, vectorizer
from pipeline.ngrams import BulkTfidf

texts = st.lists(
    st.lists(st.sampled_from(["SELF", "CUE", "not", "=lift", "'s", "."]), max_size=9).map(" ".join), min_size=1
)


@given(learnt=texts, read=texts, data=st.data())
def test_the_matrix_is_that_of_the_stock_vectorizers(learnt, read, data):
    stock = [vectorizer(view).fit(["SELF lift the CUE", *learnt]) for view in ("onward", "facts")]
    tokens = [text.split() for text in read]
    places = [data.draw(st.lists(st.integers(0, len(t)), min_size=4, max_size=4)) for t in tokens]
    spans = [(*sorted(ends[:2]), *sorted(ends[2:])) for ends in places]
    ours = BulkTfidf(stock).transform(tokens, spans)
    parts = [[" ".join(t[s[k] : s[k + 1]]) for t, s in zip(tokens, spans, strict=True)] for k in (0, 2)]
    theirs = sp.hstack([v.transform(part) for v, part in zip(stock, parts, strict=True)], format="csr")
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
