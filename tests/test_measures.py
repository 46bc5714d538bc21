"""A sentence that names no measure may mean the one that its document named before, or the end of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline.errors import InputError
from pipeline.measures import REACH
from pipeline.reasons import deciding_words
from pipeline.text import fold

IMPOSED = "The European Union imposed sanctions on Belarus on Monday."
LIFTED = "The European Union lifted its embargo on Belarus on Monday."
FAILED = "A bid to impose an arms embargo on Niger failed after Russia vetoed the draft."
REJECTED = "The Dutch parliament rejected a plan to send troops to Mali."


@pytest.fixture(scope="module")
def shipped():
    return pipeline.load()


def told(model, text, party):
    table = model.predict(text)
    return table[table["party"].eq(party) & table["sentence_id"].ne("text#0")]


@pytest.mark.parametrize(
    ("named", "sentence", "stance"),
    [
        (IMPOSED, "Hungary opposed the move.", "oppose"),
        (IMPOSED, "Hungary voted against.", "oppose"),
        (IMPOSED, "Hungary welcomed the decision.", "support"),
        (IMPOSED, "Hungary said it was illegal.", "oppose"),
        (IMPOSED, "Hungary supported it.", "support"),
        (LIFTED, "Hungary opposed the move.", "support"),
        (LIFTED, "Hungary welcomed the decision.", "oppose"),
        (REJECTED, "Hungary welcomed the decision.", "oppose"),
        (REJECTED, "Hungary had backed the plan.", "support"),
        (FAILED, "Hungary voted in favour.", "support"),
        (FAILED, "Hungary welcomed the veto.", "oppose"),
        ("Rome asked for the embargo on Mali to be lifted.", "Hungary backed the extension.", "support"),
        ("Iranian firms were placed under sanctions by Rome.", "Hungary opposed the plan.", "oppose"),
    ],
)
def test_what_points_back_means_the_measure_or_its_end(shipped, named, sentence, stance):
    assert told(shipped, f"{named} {sentence}", "Hungary")["stance"].tolist() == [stance]


@pytest.mark.parametrize(
    "text",
    [
        "Hungary opposed the move.",
        f"{IMPOSED} Its parliament voted on a budget. Hungary welcomed the vote.",
        f"{IMPOSED} {'It rained. ' * REACH}Hungary opposed the move.",
        f"{IMPOSED} Hungary voted against the budget.",
        f"{IMPOSED} Hungary agreed on a truce with Serbia.",
        f"{IMPOSED} Hungary opposed the plan to build a dam.",
        f"{IMPOSED} Hungary welcomed the result of the match.",
        f"{IMPOSED} Hungary said it would wait.",
    ],
)
def test_what_means_something_else_tells_nothing(shipped, text):
    assert told(shipped, text, "Hungary").empty


def test_the_words_that_decided_are_told_where_the_measure_stands_in_an_earlier_sentence(shipped):
    for named, verb in ((IMPOSED, "opposed"), (LIFTED, "welcomed")):
        row = told(shipped, f"{named} Hungary {verb} the move.", "Hungary")
        assert verb in [word for word, _ in deciding_words(shipped, row)[0]]
        assert shipped.explain(row.iloc[0])["weight"].iloc[0] > 0


WORDS = [
    "the",
    "this",
    "move",
    "vote",
    "it",
    "them",
    "opposed",
    "said",
    "was",
    "wrong",
    "voted against",
    ".",
    ",",
    "oslo",
]


@given(st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_pointers_stand_in_order_in_the_text(reader, text):
    end = 0
    for pointer in reader.pointers(fold(text)):
        assert end <= pointer.start <= pointer.end <= len(text)
        assert text[pointer.start : pointer.end] in ("move", "vote", "it", "them", "")
        end = pointer.end


def test_a_measure_within_a_name_is_no_reason_to_fail(shipped):
    assert told(
        shipped, "Terrorist Attack Fund imposed sanctions. Anti-sanctions groups met. Hungary agreed.", "Mali"
    ).empty


def test_an_explanation_without_a_target_is_told(shipped):
    for row in ({"text": "Hungary opposed the move.", "start": 0}, {"sentence": "Hungary opposed the move."}):
        with pytest.raises(InputError):
            shipped.explain(row | {"mention": "Hungary", "party": "Hungary", "stance": "oppose"})
