"""Sentences are where they say they are, whatever the text, and breaks in it are read as a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.text import fold, sentences

PROSE = [
    "Oslo backs the embargo.",
    "“No,” said the envoy’s aide.",
    "the ministers went on",
    "THE MINISTERS WENT ON",
    "anyU.N. sanctions",
    "theEU left.Then it stayed",
    "The U.S. and Mr. Borg agreed",
    "Erdoğan, Côte d’Ivoire, Łódź",
    "Straße e\u0301 ﬁ",
    "أوسلو",
    "北京",
    "🙂",
    "1,000",
    "...",
    "?!",
]
BLANKS = ["", " ", "\n", "\r\n", "\r", "\n\n", "\r\n \r\n", "\t", "\xa0", "\u2028", "\x85", "\x0b"]
ODD = ["\x00", "\ud800", "\udfff", "\ufeff", "\u202e", "\u200b"]
DATELINES = ["PARIS (Reuters) - ", "BERLIN, March 3 (AP) — ", "(AFP) -- ", "OSLO – ", " - ", "—"]


def assembled(*pieces):
    return st.lists(st.sampled_from([piece for group in pieces for piece in group]), max_size=25).map("".join)


@given(st.one_of(assembled(PROSE, BLANKS, ODD, DATELINES), st.text(st.characters())))
def test_sentences_stand_where_they_say(text):
    end = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.start + len(sentence.text)] == sentence.text
        assert sentence.text == sentence.text.strip()
        assert any(map(str.isalnum, sentence.text))
        assert sentence.start >= end
        end = sentence.start + len(sentence.text)


@given(assembled(PROSE, BLANKS, ODD))
def test_no_word_is_lost(text):
    kept = set()
    for sentence in sentences(text):
        kept.update(range(sentence.start, sentence.start + len(sentence.text)))
    assert [c for at, c in enumerate(text) if c.isalnum() and at not in kept] == []


PLAIN = st.text(st.characters(exclude_characters=";\\"))  # they are marks of what is left of markup


@given(PLAIN, PLAIN)
def test_folding_keeps_one_character_for_one(left, right):
    folded = fold(left)
    assert len(folded) == len(left)
    assert fold(folded) == folded
    assert fold(left + right) == folded + fold(right)


def test_folding_straightens_what_newsrooms_spell_in_many_ways():
    assert fold("“Türkiye’s”\xa0ÉLAN,\r\nŁódź") == '"turkiye\'s" elan,  lodz'


def texts(text):
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize("gap", ["\r", "\r\r", "\n", "\n\n", "\r\n\r\n", "\n \n", " \n\n\n"])
def test_a_sentence_goes_on_behind_a_break(gap):
    text = f"The cabinet in Bern will join{gap}the embargo on Mali. It meets again."
    assert texts(text) == [f"The cabinet in Bern will join{gap}the embargo on Mali.", "It meets again."]


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", "\r\r", "\r"])
def test_a_headline_is_a_sentence_of_its_own(gap):
    assert texts(f"Bern Joins Embargo on Mali{gap}The cabinet said so.") == [
        "Bern Joins Embargo on Mali",
        "The cabinet said so.",
    ]


def test_a_long_paragraph_is_split_as_a_short_one_is():
    story = [
        "Bern joined the embargo on Mali.",
        "“We will not wait. Nor will Mr. Borg,” said the envoy.",
        "It is over!",
    ]
    assert texts(" ".join(story * 400)) == story * 400


@pytest.mark.parametrize("piece", ["x", "Mali ", "a. ", "“a", "e\u0301", "🙂 a"])
def test_no_sentence_is_longer_than_any_that_is_meant(piece):
    text = piece * 9_000
    found = sentences(text)
    assert max(len(s.text) for s in found) <= 2_000
    assert sum(map(str.isalnum, "".join(s.text for s in found))) == sum(map(str.isalnum, text))


@pytest.mark.parametrize("change", [str.lower, str.upper])
def test_paragraphs_of_a_feed_in_one_case_stay_apart(change):
    head, body = change("Bern joins embargo"), change("The cabinet said so.")
    assert texts(f"{head}\n\n{body}") == [head, body]


def test_a_hard_wrapped_line_goes_on_with_a_name():
    text = "The ministers who met on the lake for three days said late on Tuesday that\nBern will join the embargo."
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "dateline",
    [
        "BERN (Reuters) - ",
        "BERN, Switzerland (AP) — ",
        "BERN, May 3 (Xinhua) -- ",
        "NEW YORK — ",
        "Bern, May 3 - ",
        "Bern (dpa) - ",
        "(AFP) — ",
    ],
)
def test_datelines_and_agencies_are_left_out(dateline):
    text = f"{dateline}Mali met the embargo.\n\n{dateline}Bern left it."
    assert [(s.text, s.start) for s in sentences(text)] == [
        ("Mali met the embargo.", len(dateline)),
        ("Bern left it.", text.rindex("Bern left")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Mali - where the embargo holds - wants it gone.",
        "The envoy (a Swiss) left the talks.",
        "Bern, a host of talks since May, left.",
        "Swiss-led talks failed.",
        "EU - Russia sanctions were lifted.",
        "U.S. - China talks failed.",
        "NATO - the alliance - sent troops.",
    ],
)
def test_what_only_looks_like_a_dateline_stays(text):
    assert texts(text) == [text]


@pytest.mark.parametrize(
    "text",
    [
        "The U.S. joined the embargo.",
        "Mr. Borg met Gen. Foss in St. Gallen at 3.30 p.m. on Monday.",
        "They hailed anyU.N. sanctions that may come.",
        "The envoy said “no.”",
        "Prices rose by 2.5 percent.",
    ],
)
def test_full_stops_within_a_sentence_do_not_end_it(text):
    assert texts(f"{text} Bern left.") == [text, "Bern left."]


@pytest.mark.parametrize("text", ["", " \n\t\r\n", "...", "* * *\n\n---", "\x00\ud800"])
def test_no_words_no_sentences(text):
    assert sentences(text) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("The U.S. Was trying to stay.", 1),
        ("It meets at 3 p.m. ET on Monday.", 1),
        ("The $12. 9 billion went to Oslo.", 1),
        ("He lives in the U.S. The rest stayed.", 2),
        ("Rome left in 1990.Despite that it paid.", 2),
        ("“No.”Then he left.", 1),
        ("Sen.Graham of Amazon.Com agreed.", 1),
    ],
)
def test_an_end_that_is_none_and_one_without_a_blank(text, parts):
    assert len(sentences(text)) == parts


@pytest.mark.parametrize(
    ("residue", "meant"),
    [
        ("OPEC #39;s", "opec    's"),
        ("&quot;No&quot;", '     "no     "'),
        ("a quot;no quot;", 'a     "no     "'),
        ("on\\Tuesday", "on tuesday"),
        ("Johnson &amp; Co", "johnson     & co"),
        ("a;b \\ c", "a;b \\ c"),
    ],
)
def test_what_is_left_of_markup_is_read_as_it_was_meant(residue, meant):
    assert fold(residue) == meant
    assert len(meant) == len(residue)


def test_what_is_left_of_markup_is_not_cut():
    text = "quot;We wait, quot; said Oslo. quot;They left. quot; Rome agreed."
    assert sentences(text)[0].text == "quot;We wait, quot; said Oslo."
