"""Actors are found by name, title, nationality and spelling, and each mention selects itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.actors import ActorFinder
from pipeline.lexicon import load


@pytest.fixture(scope="module")
def finder(lexicons):
    return ActorFinder(lexicons)


@pytest.fixture(scope="module")
def parties(finder):
    def find(text, date=""):
        return {text[m.start : m.end]: m.party for m in finder.find(text, date)}

    return find


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bern told Beijing to wait.", {"Bern": "Switzerland", "Beijing": "China"}),
        ("The Swiss cabinet met the Kremlin's envoys.", {"Swiss": "Switzerland", "Kremlin": "Russia"}),
        ("The Security Council met NATO.", {"Security Council": "United Nations", "NATO": "NATO"}),
        ("Hamas and Hezbollah met.", {"Hamas": "Hamas", "Hezbollah": "Hezbollah"}),
        ("Mali states that Bern left.", {"Mali": "Mali", "Bern": "Switzerland"}),
        ("Mali's opposition to the ban grew.", {"Mali": "Mali"}),
        ("Türkiye and Côte d’Ivoire met.", {"Türkiye": "Turkey", "Côte d’Ivoire": "Ivory Coast"}),
        ("Turkey's ministers ate turkey.", {"Turkey": "Turkey"}),
        ("British and French officials met.", {"British": "United Kingdom", "French": "France"}),
        ("He urged the west and the West to act.", {"west": "West", "West": "West"}),
        ("Fighting in the west of Mali went on.", {"Mali": "Mali"}),
        ("Western military action hurt Mali.", {"Western": "West", "Mali": "Mali"}),
        ("Prices rose.", {}),
        ("", {}),
    ],
)
def test_known_names(parties, text, found):
    assert {mention: party for mention, party in parties(text).items() if party[0].isupper()} == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The US told us to wait.", {"US": "United States"}),
        ("The U.S. and the U. S. are one.", {"U.S.": "United States", "U. S.": "United States"}),
        ("The US's ally, the UN, met UNs of old.", {"US": "United States", "UN": "United Nations"}),
        ("They told us that it may rain.", {}),
        ("Theresa May said that troops may leave in May.", {"Theresa May": "United Kingdom"}),
    ],
)
def test_names_that_are_words_go_by_their_spelling(parties, text, found):
    assert parties(text, "2017-06-01") == found


def test_a_feed_in_small_letters_still_names_its_actors(parties):
    text = "the us and russia told us in bern that nato may stay"
    assert parties(text) == {"us": "United States", "russia": "Russia", "bern": "Switzerland", "nato": "NATO"}
    assert text.index("us") == next(m.start for m in ActorFinder(load()).find(text))


def test_a_feed_in_capitals_still_names_its_actors(parties):
    found = parties("RUSSIA TOLD BERN THAT IT MAY LEAVE, SAYS NATO")
    assert found == {"RUSSIA": "Russia", "BERN": "Switzerland", "NATO": "NATO"}


@pytest.mark.parametrize(
    ("text", "mention", "party"),
    [
        ("They want anyU.N. sanctions gone.", "U.N.", "United Nations"),
        ("Envoys of theEU met.", "EU", "European Union"),
        ("The ban hurtRussia most.", "Russia", "Russia"),
        ("Russiasaid no.", "Russia", "Russia"),
        ("Russias envoy said no.", "Russia", "Russia"),
    ],
)
def test_a_missing_blank_does_not_hide_a_name(parties, text, mention, party):
    assert parties(text)[mention] == party


@pytest.mark.parametrize("text", ["Malice rose.", "An Iranologist spoke.", "Chadors sold.", "Unesque"])
def test_a_name_is_not_part_of_another_word(parties, text):
    assert not {"Mali", "Iran", "Chad", "Un"} & parties(text).keys()


def test_holders_of_an_office_go_by_date(parties):
    text = "Hillary Clinton and Laurent Fabius spoke."
    assert parties(text, "2012-06-01") == {"Hillary Clinton": "United States", "Laurent Fabius": "France"}
    assert parties(text, "2024-06-01") == {"Hillary Clinton": "Hillary Clinton", "Laurent Fabius": "Laurent Fabius"}


def test_a_surname_stands_for_its_holder(parties):
    assert parties("Lavrov said no.", "2014-03-01") == {"Lavrov": "Russia"}


def test_a_surname_within_a_strangers_name_is_not_the_minister(parties):
    assert "Russia" not in parties("The painter Boris Lavrov sold it.", "2014-03-01").values()


@pytest.mark.parametrize(
    ("text", "mention", "party"),
    [
        ("Swiss Foreign Minister Nils Qorg left.", "Nils Qorg", "Switzerland"),
        ("Switzerland's president, it said, left.", "Switzerland", "Switzerland"),
        ("Swedish diplomat Ada Qorg left.", "Ada Qorg", "Sweden"),
    ],
)
def test_officials_speak_for_their_state(parties, text, mention, party):
    assert parties(text)[mention] == party


def test_an_office_holder_is_one_unit_with_title_and_state(finder):
    text = "On Monday Swiss Foreign Minister Nils Qorg left."
    (mention,) = finder.find(text)
    assert text[mention.start : mention.end] == "Nils Qorg"
    assert text[mention.left : mention.right] == "Swiss Foreign Minister Nils Qorg"
    assert mention.type == "person"


def test_unnamed_groups_keep_their_words(finder):
    found = [(m.party, m.type) for m in finder.find("Rebels and protesters left Mali.")]
    assert found == [("rebels", "group"), ("protesters", "group"), ("Mali", "name")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Western diplomats met Islamist rebels.", ["Western diplomats", "Islamist rebels"]),
        ("Human-rights groups and aid workers met.", ["human-rights groups", "aid workers"]),
        ("Ruritanian troops met Bolivian exiles.", ["Bolivian exiles"]),
        (
            "Bolivia's opposition met Bolivian and Peruvian miners.",
            ["Bolivia's opposition", "Bolivian and Peruvian miners"],
        ),
        ("Bolivian gang leaders met Peruvian generals.", ["Bolivian gang leaders", "Peru"]),
        ("Peruvian banks and Taliban fighters left.", ["Peru", "Taliban"]),
        ("Bolivian-backed rebels met anti-Bolivian militias.", ["Bolivian-backed rebels", "anti-Bolivian militias"]),
        ("The Bolivian-led campaign began.", ["Bolivia"]),
        ("Assad's supporters met European Union members.", ["Assad's supporters", "European Union"]),
        ("Lawmakers in Lima met leaders of the African Union.", ["Peru", "African Union"]),
        ("Officials said that companies left.", []),
    ],
)
def test_a_group_is_its_own_a_state_or_part_of_an_organisation(finder, text, found):
    assert [m.party for m in finder.find(text)] == found


@pytest.mark.parametrize(
    ("text", "mention", "party"),
    [
        ("Nils Qorg, the Swiss foreign minister, left.", "Nils Qorg", "Switzerland"),
        ("Nils Qorg, foreign minister of Mali, left.", "Nils Qorg", "Mali"),
        ("Nils Qorg, a former Swiss minister, left.", "Nils Qorg", "Nils Qorg"),
        ("Nils Qorg, the Swiss footballer, left.", "Nils Qorg", "Nils Qorg"),
        ("Former Swiss ambassador Nils Qorg left.", "Nils Qorg", "Nils Qorg"),
        ("Ex-Swiss minister Nils Qorg left.", "Nils Qorg", "Nils Qorg"),
        ("Swiss opposition leader Nils Qorg left.", "Nils Qorg", "Nils Qorg"),
        ("A former Swiss ambassador left.", "former Swiss ambassador", "former Swiss ambassador"),
        ("Mali's ousted president Nils Qorg left.", "Mali", "Mali"),
    ],
)
def test_a_person_speaks_for_a_state_only_in_its_office(parties, text, mention, party):
    assert parties(text)[mention] == party


def test_a_known_office_holder_called_former_speaks_for_himself(parties):
    assert parties("Former minister Laurent Fabius left.", "2013-01-01") == {"Laurent Fabius": "Laurent Fabius"}


@pytest.mark.parametrize(
    "text", ["The painter Boris de la Lavrov left.", "Erdogan Lavrov left.", "Lavrovs left.", "A Lavrovian left."]
)
def test_a_surname_is_not_part_of_another_name(parties, text):
    assert "Russia" not in parties(text, "2014-03-01").values()


def test_a_full_name_is_not_anothers_surname(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "party,kind,alias,type,short,since,until\n"
        "Atlantis,state,Nils Qorg,person,,2010,2014\n"
        "Ada Qorg,person,Ada Qorg,person,,2010,2014\n"
    )
    finder = ActorFinder(load(own))
    for name, party in (("Nils Qorg", "Atlantis"), ("Ada Qorg", "Ada Qorg")):
        assert [m.party for m in finder.find(f"{name} left.", "2012-01-01")] == [party]


@pytest.mark.parametrize(
    "text", ["The Kingpin Act fell.", "He left New York.", "The Golan Heights fell.", "The Winter Games began."]
)
def test_places_and_things_with_capitals_are_no_actors(finder, text):
    assert finder.find(text) == []


def test_organisations_with_an_apostrophe_stay_whole(parties):
    assert parties("The Qorgish People's Front won.") == {"Qorgish People's Front": "Qorgish People's Front"}


@pytest.mark.parametrize(("text", "party"), [("Nato left.", "NATO"), ("Isis left.", "Islamic State")])
def test_acronyms_of_four_letters_may_be_spelt_as_names(parties, text, party):
    assert list(parties(text, "2016-01-01").values()) == [party]


def test_own_actors_are_found_too(tmp_path):
    own = tmp_path / "own.csv"
    own.write_text(
        "party,kind,alias,type,short,since,until\n"
        "Deep Front,armed group,Deep Front,name,,,\n"
        "Qorgland,state,Ada Qorg,person,,2010,\n"
    )
    text = "Qorg told the Deep Front to wait."
    found = {text[m.start : m.end]: m.party for m in ActorFinder(load(own)).find(text, "2015-01-01")}
    assert found == {"Qorg": "Qorgland", "Deep Front": "Deep Front"}


PIECES = [
    "Moscow", "the U.S.", "anyU.N. sanctions", "us", "US", "Swiss Foreign Minister Nils Qorg", "Mr. Borg", "rebels",
    "Côte d’Ivoire", "Erdoğan’s", "“Paris”", "said", "of", ",", "-", "🙂", "\x00", "\u202eأوسلو\u202c", "İstanbul",
    "北京", "e\u0301lan", "President", "’s", "and", ".", "1,000", "ﬁ", "\n", "\r\n",
]  # fmt: skip


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=14),
    blank=st.sampled_from(["", " ", "\xa0"]),
    change=st.sampled_from([str, str.lower, str.upper]),
    date=st.sampled_from(["", "2012-05-01", "2024"]),
)
def test_mentions_stand_in_order_apart_and_within_their_unit(finder, pieces, blank, change, date):
    text = change(blank.join(pieces))
    end = 0
    for m in finder.find(text, date):
        assert end <= m.start < m.end <= len(text)
        assert m.left <= m.start
        assert m.end <= m.right <= len(text)
        assert text[m.start : m.end] == text[m.start : m.end].strip()
        assert m.party
        end = m.end


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("The foreign ministry in Minsk agreed.", {"foreign ministry in Minsk": "Belarus"}),
        ("The government in Bamako agreed.", {"government in Bamako": "Mali"}),
        ("In Minsk, the foreign ministry agreed.", {"Minsk": "Belarus", "foreign ministry": "Belarus"}),
        ("In Minsk, Poland's government agreed.", {"Minsk": "Belarus", "Poland's government": "Poland"}),
        ("In Vienna, foreign ministers agreed.", {"Vienna": "Austria", "foreign ministers": "foreign ministers"}),
    ],
)
def test_a_body_speaks_for_the_state_of_the_capital_it_is_said_to_be_in(finder, text, units):
    assert {text[m.left : m.right]: m.party for m in finder.find(text)} == units


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Spain will send troops to Mali, Defence Minister Julio Arregui said.", "Spain"),
        ("“The Spanish army stays,” Foreign Minister Julio Arregui said.", "Spain"),
        ("Iran must leave Syria, Foreign Minister Julio Arregui said.", "Julio Arregui"),
        ("Spain will leave, former Defence Minister Julio Arregui said.", "Julio Arregui"),
        ("Spain will leave, analyst Julio Arregui said.", "Julio Arregui"),
        ("Spain met Foreign Minister Julio Arregui.", "Julio Arregui"),
        ("Spain will leave, Foreign Minister Julio Arregui of Mali said.", "Julio Arregui"),
        ("Spain and Italy will leave, Foreign Minister Julio Arregui said.", "Julio Arregui"),
        ("NATO will stay, Foreign Minister Julio Arregui said.", "Julio Arregui"),
    ],
)
def test_a_minister_speaks_for_the_state_that_opens_the_sentence(parties, text, party):
    assert parties(text)["Julio Arregui"] == party


def test_a_name_set_beside_a_title_is_part_of_the_unit(finder):
    text = "South Sudan's ambassador, Cecilia Adeng, agreed; Mali's president, France said, left."
    units = {text[m.left : m.right]: m.party for m in finder.find(text)}
    assert units["South Sudan's ambassador, Cecilia Adeng"] == "South Sudan"
    assert units["France"] == "France"
