"""The words that decided a stance are in its sentence, and it would be less sure without them."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.files import Document
from pipeline.predict import COLUMNS
from pipeline.reasons import deciding_words, predict_batch


@pytest.fixture(scope="module")
def shipped():
    return pipeline.load()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Turkey refused to join the embargo.", "refused"),
        ("Hungary will not back air strikes on Mali.", "not"),
        ("Moscow vetoed the sanctions on Damascus.", "vetoed"),
        ("The embargo on Cuba was rejected by Bern.", "rejected"),
    ],
)
def test_the_word_that_turns_the_stance_comes_first(shipped, text, word):
    assert deciding_words(shipped, shipped.predict(text))[0][0][0] == word


def test_a_stance_is_less_likely_without_its_words(shipped):
    text = "Paris imposed sanctions on Mali, and Oslo opposed them, while Rome would not lift its embargo."
    table = shipped.predict(text)
    for row, words in zip(table.to_dict("records"), deciding_words(shipped, table), strict=True):
        weights = [weight for _, weight in words]
        assert weights == sorted(weights, reverse=True)
        assert all(weight > 0 for weight in weights)
        shorter = shipped.predict(text.replace(words[0][0], "", 1))
        now = shorter[(shorter["party"] == row["party"]) & (shorter["stance"] == row["stance"])]["probability"]
        assert now.max() < row["probability"] or now.empty


def test_a_name_is_one_word(shipped):
    text = "Japan and South Korea imposed sanctions on North Korea."
    words = [word for found in deciding_words(shipped, shipped.predict(text), most=9) for word, _ in found]
    assert "South Korea" in words
    assert not {"South", "North", "Korea"} & set(words)


def test_a_column_tells_them(shipped):
    documents = [
        Document("a", "", "Oslo joined the embargo."),
        Document("b", "", "Rain."),
        Document("c", "", "Rome left it."),
    ]
    table = predict_batch(shipped, documents, everything=True)
    assert [*table.columns] == [*COLUMNS, "because"]
    pd.testing.assert_frame_equal(table[[*COLUMNS]], shipped.predict_batch(documents, everything=True))
    assert table["because"].str.contains("joined +").any()
    assert predict_batch(shipped, []).columns.tolist() == table.columns.tolist()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "Bern",
                "Rome’s",
                "Mali",
                "not",
                "lifted",
                "vetoed",
                "the",
                "embargo",
                "air",
                "strikes",
                ",",
                "“",
                "and",
                "Özil",
            ]
        ),
        min_size=1,
        max_size=14,
    )
)
def test_any_sentence_has_words_of_its_own(shipped, words):
    text = " ".join(words) + " sanctions."
    table = shipped.predict(text, everything=True)
    for row, found in zip(table.to_dict("records"), deciding_words(shipped, table), strict=True):
        assert all(word in row["sentence"] for word, _ in found)
