"""A sentence as symbols: actors, cues and stance classes in the order of the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reading import ACTOR, CUE, MARK, WORD


def kinds(reader, text):
    return [symbol.kind for symbol in reader.read(text).symbols]


def class_of(reader, text):
    """Give the stance classes with a sign, in order."""
    return [kind for kind in kinds(reader, text) if kind in reader.lexicon.polarity]


def test_a_plain_sentence(reader):
    reading = reader.read("Bern lifted the embargo on Mali.")
    assert [s.kind for s in reading.symbols if s.kind in (ACTOR, CUE)] == [ACTOR, CUE, ACTOR]
    assert [m.party for m in reading.mentions] == ["Switzerland", "Mali"]
    assert [c.target for c in reading.cues] == ["sanctions"]
    assert reading.symbols[1].kind == reader.lexicon.words["lifted"]
    assert reading.symbols[-1].kind == MARK


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("France, Italy and Spain backed the embargo.", [{"France", "Italy", "Spain"}]),
        ("Bern and Rome backed it; Oslo did not.", [{"Bern", "Rome"}, {"Oslo"}]),
        ("Bern, along with its ally Rome, backed it.", [{"Bern", "Rome"}]),
        ("Bern or Rome", [{"Bern", "Rome"}]),
        ("Bern told Rome to wait.", [{"Bern"}, {"Rome"}]),
        ("Bern bombed Mali and left.", [{"Bern"}, {"Mali"}]),
        ("Bern met Rome and Oslo met Mali.", [{"Bern"}, {"Rome", "Oslo"}, {"Mali"}]),
        ("In Mali, France sent troops.", [{"Mali"}, {"France"}]),
        ("In Bamako, Mali, troops left.", [{"Bamako", "Mali"}]),
        ("Bern froze the assets of Mali, and Rome condemned it.", [{"Bern"}, {"Mali"}, {"Rome"}]),
        ("A force left for Mali, with Rome pressing for more.", [{"Mali"}, {"Rome"}]),
        ("Algeria, Mali's neighbour, backed it.", [{"Algeria"}, {"Mali"}]),
    ],
)
def test_coordinated_actors_are_a_group(reader, text, groups):
    reading = reader.read(text)
    found = {}
    for place, first in reading.group.items():
        mention = reading.mentions[reading.symbols[place].points_to]
        found.setdefault(first, set()).add(text[mention.start : mention.end])
    assert list(found.values()) == groups


@pytest.mark.parametrize(
    ("phrase", "like"),
    [
        ("Bern called off the air strikes.", "ended"),
        ("Bern called the air strikes off.", "ended"),
        ("Bern turned down the embargo.", "rejected"),
    ],
)
def test_phrasal_verbs_mean_what_they_say_together(reader, phrase, like):
    assert class_of(reader, phrase) == [reader.lexicon.words[like]]


def test_a_verb_alone_is_not_its_phrase(reader):
    assert class_of(reader, "Bern called for air strikes.") != class_of(reader, "Bern called off air strikes.")


def test_an_actor_within_a_cue_is_read(reader):
    reading = reader.read("Bern froze Mali's assets.")
    assert [(s.kind, s.form) for s in reading.symbols][1:3] == [(CUE, "froze"), (ACTOR, "mali")]


def test_known_mentions_take_the_place_of_found_ones(reader):
    text = "The Zorg Front and Swiss envoys back the embargo."
    front, swiss = text.index("Zorg Front"), text.index("Swiss")
    given_ = [(front, front + 10, "Zorg Front"), (swiss, swiss + 12, "envoys of Bern")]
    reading = reader.read(text, given=given_)
    assert [(text[m.start : m.end], m.party) for m in reading.mentions] == [
        ("Zorg Front", "Zorg Front"),
        ("Swiss envoys", "envoys of Bern"),
    ]


def test_a_known_mention_leaves_the_others_alone(reader):
    text = "Bern and the Zorg Front told Mali."
    at = text.index("Zorg Front")
    parties = [m.party for m in reader.read(text, given=[(at, at + 10, "Zorg Front")]).mentions]
    assert parties == ["Switzerland", "Zorg Front", "Mali"]


def test_the_date_resolves_the_holders_of_an_office(reader):
    text = "Hillary Clinton backed the embargo."
    parties = [reader.read(text, date).mentions[0].party for date in ("2012-01-01", "2022-01-01")]
    assert parties == ["United States", "Hillary Clinton"]


def test_weak_cues_give_way_to_plain_ones(reader):
    reading = reader.read("Bern sent troops and the strike hit a depot.")
    assert reading.cues
    assert all(cue.kind != "weak" for cue in reading.cues)


def test_stems_join_inflections(reader):
    assert reader.stem("sanctions") == reader.stem("sanctioned") == reader.stem("sanctioning")


PIECES = [
    "Moscow", "the US", "anyU.N. sanctions", "air strikes", "lifted", "called off", "did not", "Rome and Oslo", ",",
    "“", "’s", "🙂", "\x00", "أوسلو", "rebels", "Swiss Foreign Minister Nils Qorg", "1,000", "\n\n", ".", "who", "by",
]  # fmt: skip


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=14),
    blank=st.sampled_from(["", " "]),
    change=st.sampled_from([str, str.lower, str.upper]),
)
def test_every_symbol_points_to_what_it_stands_for(reader, pieces, blank, change):
    text = change(blank.join(pieces))
    reading = reader.read(text)
    assert reading.text == text
    for at, symbol in enumerate(reading.symbols):
        if symbol.kind == ACTOR:
            assert reading.mentions[symbol.points_to].party
            assert reading.group[at] <= at
        elif symbol.kind == CUE:
            assert reading.cues[symbol.points_to].target
        else:
            assert (
                symbol.kind in (WORD, MARK)
                or symbol.kind in reader.lexicon.words.values()
                or (symbol.kind in {name for phrases in reader.lexicon.phrases.values() for _, name in phrases})
            )
    assert reading.group.keys() == {at for at, s in enumerate(reading.symbols) if s.kind == ACTOR}
    assert all(reading.group[first] == first for first in reading.group.values())
