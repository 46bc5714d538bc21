"""Quotations are read as reported speech: the speaker comes first, and "we" is whoever says so."""

import pytest

import pipeline
from pipeline.symbols import ACTOR


def read(reader, text):
    return " ".join(symbol.form for symbol in reader.read(text).symbols).removesuffix(" .")


@pytest.mark.parametrize(
    ("text", "like"),
    [
        ('"The embargo must end," said Lavrov in Geneva.', "lavrov said in geneva that the embargo must end"),
        ("“The embargo must end”, Lavrov told reporters.", "lavrov told reporters that the embargo must end"),
        ('"The embargo must end!" insisted Paris and Rome.', "paris and rome said that the embargo must end"),
        ('"The embargo," Lavrov said, "must end."', "lavrov said that the embargo must end"),
        ('"The embargo must end," Bern said, "or trade will."', "bern said that the embargo must end , or trade will"),
        (
            '"Troops will go," Oslo said, adding that it was late.',
            "oslo said that troops will go , adding that it was late",
        ),
        ("The embargo must end, Lavrov said.", "the embargo must end , lavrov said"),
        ('Citing the embargo on "rogue states," Bern left.', 'citing the embargo on " rogue states , " bern left'),
        ('It was late, "Lavrov said the embargo must end."', 'it was late , " lavrov said the embargo must end . "'),
        ('"It is late," said Lavrov of the embargo.', '" it is late , " said lavrov of the embargo'),
        (
            '"The embargo must end," said Lavrov, who sent troops.',
            "lavrov said that the embargo must end , who sent troops",
        ),
    ],
)
def test_a_speaker_comes_before_the_quotation(reader, text, like):
    assert read(reader, text) == like


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ('"We will veto the embargo," said Lavrov.', "Russia"),
        ('Bern said: "I oppose the embargo on Mali."', "Switzerland"),
        ("An envoy of Mali in Rome warned Bern that we would suffer.", None),
        ("We oppose the embargo on Mali.", None),
        ("Lavrov and Macron said: “We will lift the embargo.”", None),
    ],
)
def test_we_is_whoever_says_so(reader, text, who):
    reading = reader.read(text)
    first = [s for s in reading.symbols if s.form in ("we", "i")]
    assert {reading.mentions[s.points_to].party for s in first if s.kind == ACTOR} == ({who} if who else set())


@pytest.mark.parametrize("tag", ["said Hungary's president", "Hungary said", "the Hungarian minister told parliament"])
@pytest.mark.parametrize(
    ("speech", "stance"),
    [("We will lift the embargo on Mali", "oppose"), ("We will impose an embargo on Mali", "support")],
)
def test_a_speaker_stands_where_the_words_stand(tag, speech, stance):
    told = pipeline.load().predict(f'"{speech}," {tag}.').set_index("party")
    assert told.loc["Hungary", "stance"] == stance
