"""Words that point back mean the party that the document introduced, and nobody where that is in doubt."""

import csv
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pipeline
from pipeline.antecedents import Antecedents
from pipeline.resources import DATA
from pipeline.text import sentences


@pytest.fixture(scope="module")
def antecedents(reader):
    return Antecedents(reader)


def resolved(antecedents, text, date=""):
    """Give what the last sentence of a text means by its words that point back."""
    story = sentences(text)
    last = story[-1].text
    known = antecedents.within(story, date).known(len(story) - 1, antecedents.reader.read(last, date))
    return [(last[start:end], party) for start, end, party in known]


BERG = "Norwegian Foreign Minister Ola Berg met reporters in Bern. "


@pytest.mark.parametrize(
    ("text", "mention", "party"),
    [
        ("Norway met the rebels. It rejected the embargo on Mali.", "It", "Norway"),
        ("Norway met the rebels. On Friday, it sharply criticised the embargo on Mali.", "it", "Norway"),
        ("Norway met the rebels. But it has also condemned the embargo on Mali.", "it", "Norway"),
        ("Oslo shuts its door\n\nIt will not support the embargo on Mali.", "It", "Norway"),
        ("The Norwegian parliament met. It condemned the air strikes in Mali.", "It", "Norway"),
        (BERG + "He rejected the sanctions on Mali.", "He", "Norway"),
        (BERG + "He was cheerful. He rejected the sanctions on Mali.", "He", "Norway"),
        (BERG + "The sanctions on Mali will fail, he said.", "he", "Norway"),
        (BERG + "“The sanctions on Mali will fail,” the minister said.", "the minister", "Norway"),
        (BERG + "Prices rose. The minister rejected the sanctions on Mali.", "The minister", "Norway"),
        (BERG + "Nothing came of the sanctions, Berg said.", "Berg", "Norway"),
        ("Swedish diplomat Nils Borg left. Prices rose. Borg criticised the embargo.", "Borg", "Sweden"),
        ("The Norwegian defence ministry met. The ministry rejected the sanctions.", "The ministry", "Norway"),
        ("Clashes went on in Mali. The government rejected the sanctions.", "The government", "Mali"),
        ("Norway held a vote. The country has rejected the sanctions.", "The country", "Norway"),
        ("A summit of the European Union began. The bloc extended its sanctions.", "The bloc", "European Union"),
        ("A summit of NATO began in Oslo. The alliance sent troops to Mali.", "The alliance", "NATO"),
        ("Hamas held a rally. The group denounced the air strikes.", "The group", "Hamas"),
        ("Rebels met in Mali. They denounced the air strikes.", "They", "rebels"),
    ],
)
def test_a_word_that_points_back_means_who_was_introduced(antecedents, text, mention, party):
    assert resolved(antecedents, text) == [(mention, party)]


@pytest.mark.parametrize(
    "clause",
    [
        "It is clear that the embargo failed.",
        "It is said that the embargo failed.",
        "It was announced that the embargo failed.",
        "It has been claimed that the embargo failed.",
        "It remains to be seen whether the embargo holds.",
        "It seems that the embargo failed.",
        "It will be hard to keep the embargo.",
        "It follows an embargo on Chad.",
    ],
)
def test_an_it_that_refers_to_nothing_is_nobody(antecedents, clause):
    assert resolved(antecedents, "Norway met the rebels. " + clause) == []


@pytest.mark.parametrize(
    "text",
    [
        "It rejected the embargo on Mali.",
        "Norway said Sweden backed the rebels. It rejected the embargo on Mali.",
        "Norway and Sweden met the rebels. It rejected the embargo on Mali.",
        "Rebels met in Norway. It rejected the embargo on Mali.",
        "Norway met the rebels. Prices rose. It rejected the embargo on Mali.",
        "Norway vetoed the draft. It calls for an embargo on Mali.",
        "Norway met the rebels. He rejected the embargo on Mali.",
        "Norway met the rebels. “It rejected the embargo on Mali,” an envoy said.",
        "Norway met the rebels. Chad vetoed sanctions and it rejected the embargo on Mali.",
        "Norway met the rebels. It rejected Norway's embargo on Mali.",
        BERG + "It rejected the embargo on Mali.",
        "Norwegian minister Ola Berg said Swedish minister Bo Ek was ill. He rejected the embargo on Mali.",
        "Norwegian minister Ola Berg met Swedish minister Bo Ek. The minister rejected the embargo on Mali.",
        "Norwegian minister Ola Berg met Swedish minister Bo Berg. Later, Berg rejected the embargo on Mali.",
        "Norwegian minister Ola Berg met reporters. His brother Bo Berg rejected the embargo on Mali.",
        "Norway met Sweden. The government rejected the embargo on Mali.",
        "Norway held a vote. The government of Chad rejected the embargo.",
        "The European Union met NATO. The bloc rejected the embargo on Mali.",
    ],
)
def test_nobody_is_meant_where_there_is_doubt(antecedents, text):
    assert resolved(antecedents, text) == []


def test_the_date_decides_whom_an_earlier_name_means(antecedents):
    text = "Hillary Clinton spoke in Oslo. She rejected the embargo on Mali."
    parties = [resolved(antecedents, text, date) for date in ("2012-05-01", "2022-05-01")]
    assert parties == [[("She", "United States")], [("She", "Hillary Clinton")]]


def test_a_surname_is_whose_full_name_the_document_gave(antecedents):
    alone = antecedents.reader.read("Lavrov rejected the embargo.").mentions[0].party
    assert alone == "Russia"
    text = "Norwegian envoy Ivar Lavrov came to Bern. Lavrov rejected the embargo."
    assert resolved(antecedents, text) == [("Lavrov", "Norway")]


PIECES = [
    BERG, "Norway met the rebels. ", "It rejected the embargo on Mali. ", "The minister, he said, condemned Oslo. ",
    "“They denounced the sanctions,” the ministry said. ", "Berg and Borg back the embargo. ", "the bloc said it. ",
    "\n\n", "\r", "\x00", "🙂", "أوسلو ", "\u202e", "\xa0", "he ", "It ", ", it said", "THE GOVERNMENT HAS SAID NO. ",
]  # fmt: skip


@settings(deadline=None)
@given(text=st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=12).map("".join))
def test_a_known_mention_selects_its_words_and_has_an_earlier_party(antecedents, text):
    story = sentences(text)
    reader, earlier = antecedents.reader, set()
    within, again = antecedents.within(story), antecedents.within(story)
    for number, (sentence, _) in enumerate(story):
        alone = reader.read(sentence)
        known = within.known(number, alone)
        assert known == again.known(number, alone) == sorted(known)
        whole = reader.read(sentence, given=known)
        for start, end, party in known:
            assert sentence[start:end].split()[-1].lower().isalpha()
            assert not sentence[start - 1 : start].isalnum()
            assert not sentence[end : end + 1].isalnum()
            assert (start, end, party) in {(*m[:2], m.party) for m in whole.mentions}
            assert party in earlier
        assert len({party for _, _, party in known}) == len(known)
        earlier |= {m.party for m in alone.mentions}


@pytest.fixture(scope="module")
def article():
    folder = os.environ.get("STANCE_REAL_NEWS")
    if not folder:
        pytest.skip("STANCE_REAL_NEWS names no folder with article.txt, whose text is not ours to ship")
    with (Path(folder) / "article.txt").open(newline="", encoding="utf-8") as file:
        return file.read().replace("\r\n", "\n")


def test_the_articles_own_mentions_of_russia_resolve(article):
    with (DATA / "article" / "original.csv").open(newline="", encoding="utf-8") as file:
        places = [(int(row["mention_start"]), row) for row in csv.DictReader(file) if row["party"] == "Russia"]
    later = [(start, row) for start, row in places if article.startswith(("it ", "Lavrov "), start)]
    model = pipeline.load()
    table = model.predict(article, date="2012-01-25", everything=True)
    told = {(row.start, row.target): (row.mention, row.party, row.stance) for row in table.itertuples()}
    found = {told[start, row["target"]] for start, row in later if (start, row["target"]) in told}
    assert found == {("it", "Russia", "oppose"), ("Lavrov", "Russia", "oppose")}
    for start, row in later:  # a full name around a surname is the same mention
        same = table[(table["start"] <= start) & (start < table["end"]) & (table["target"] == row["target"])]
        assert same["party"].tolist() == ["Russia"]
    readings = [model.reader.read(sentence.text, "2012-01-25") for sentence in sentences(article)]
    capital = [m.party for r in readings for m in r.mentions if r.text[m.start : m.end] == "Moscow"]
    assert capital
    assert set(capital) == {"Russia"}
