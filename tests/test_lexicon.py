"""Names resolve to parties by date, and a user's own actors go on top of the shipped ones."""

import pytest

from pipeline.errors import InputError
from pipeline.lexicon import STANCES, TARGETS, load, surface_key

HEAD = "party,kind,alias,type,short,since,until"


@pytest.fixture
def own(tmp_path):
    def write(*lines, head=HEAD, encoding="utf-8"):
        path = tmp_path / "own.csv"
        path.write_text("\n".join([head, *lines]) + "\n", encoding)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "party"),
    [
        ("the Kremlin", "Russia"),
        ("Moscow", "Russia"),
        ("Russian", "Russia"),
        ("U.S.", "United States"),
        ("the White House", "United States"),
        ("The UN", "United Nations"),
        ("Security Council", "United Nations"),
        ("UNIFIL", "United Nations"),
        ("ISAF", "NATO"),
        ("AMISOM", "African Union"),
        ("Hamas", "Hamas"),
        ("Côte d’Ivoire", "Ivory Coast"),
        ("Cote d'Ivoire", "Ivory Coast"),
        ("the Western diplomats", "Western diplomats"),
    ],
)
def test_parties(lexicons, name, party):
    assert lexicons.party(name) == party


@pytest.mark.parametrize("name", ["the U.N.", "THE UN", "un", "U.N."])
def test_spellings_of_a_name_share_a_key(name):
    assert surface_key(name) == "un"


@pytest.mark.parametrize(
    ("date", "party"),
    [("2012-05-30", "United States"), ("2012", "United States"), ("2024-05-30", "Hillary Clinton")],
)
def test_a_minister_speaks_for_the_state_in_office_and_for_herself_after_it(lexicons, date, party):
    assert lexicons.party("Hillary Clinton", date) == party


def test_the_holder_of_a_shared_surname_goes_by_date(own):
    path = own(
        "Atlantis,state,Nils Qorg,person,,2001,2008",
        "Lemuria,state,Ada Qorg,person,,2010,2016",
    )
    lexicon = load(path)
    assert lexicon.party("Qorg", "2005-01-01") == "Atlantis"
    assert lexicon.party("Qorg", "2012-01-01") == "Lemuria"
    assert lexicon.party("Qorg", "2024-01-01") == "Ada Qorg"
    assert lexicon.party("Qorg") == "Lemuria"
    assert lexicon.party("Nils Qorg", "2024-01-01") == "Nils Qorg"


def test_who_held_two_offices_goes_by_the_longer_where_no_date_is_known(own):
    lexicon = load(own("Atlantis,state,Nils Qorg,person,,2000,2010", "Deep Union,igo,Nils Qorg,person,,2012,2016"))
    assert lexicon.party("Nils Qorg") == "Atlantis"
    assert lexicon.party("Nils Qorg", "2013") == "Deep Union"


def test_at_gives_the_alias_or_nothing(lexicons):
    alias = lexicons.at("moscow")
    assert (alias.party, alias.type) == ("Russia", "capital")
    assert lexicons.at("no such name") is None


def test_own_actors_extend_and_override(own):
    lexicon = load(own('"Deep Front",armed group,the Deep Front,name,,,', "Atlantis,state,Moscow,capital,,,"))
    assert lexicon.party("Deep Front") == "Deep Front"
    assert lexicon.party("Moscow") == "Atlantis"
    assert lexicon.party("Kremlin") == "Russia"
    assert load().party("Moscow") == "Russia"


def test_a_file_that_changed_is_read_again(own):
    assert load(own("Qorgland,state,Qorgish,demonym,,,")).party("Qorgish") == "Qorgland"
    assert load(str(own("Atlantis,state,Qorgish,demonym,,,"))).party("Qorgish") == "Atlantis"


def test_an_own_name_is_more_than_the_short_name_of_a_shipped_person(own):
    assert "clinton" in load().short
    assert "clinton" not in load(own("Clinton,movement,Clinton,name,,,")).short


@pytest.mark.parametrize("date", ["²012", "٢٠١٢", "soon", "20", "-", "\ud800"])
def test_odd_dates_do_no_harm(lexicons, date):
    assert lexicons.party("Hillary Clinton", date) in ("United States", "Hillary Clinton")


def test_own_columns_in_any_order_with_a_byte_order_mark(own):
    path = own(
        "Qorgland,Qorgish,state,demonym,,,", head="party,alias,kind,type,short,since,until", encoding="utf-8-sig"
    )
    assert load(path).party("Qorgish") == "Qorgland"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["Atlantis,state,Qorg,person,,soon,"], "line 2: since and until are years"),
        (["Atlantis,state,Qorg,name,,,", ",state,Qorgia,name,,,"], "line 3: party and alias must not be empty"),
        (["Atlantis,state,,name,,,"], "line 2: party and alias must not be empty"),
        (["Atlantis,state,Qorg"], "line 2: 3 fields, not 7"),
        (["", "", "Atlantis,state,,name,,,"], "line 4: party and alias must not be empty"),
        (['Atlantis,state,"Qor', 'gia",name,,,', "Atlantis,state,Qorg,named,,,"], "line 4: type 'named' is unknown"),
        (["Atlantis,state,Qorg,person,,2016,2010"], "line 2: since 2016 is after until 2010"),
        (["Atlantis,state,Qorg,person,,-5,"], "line 2: since and until are years"),
        (
            [",state,Qorg,named,,x,", "Atlantis,state,Qorg,name,,,", "Atlantis,state,,name,,,"],
            "line 2: party and alias must not be empty; line 2: type 'named' is unknown; use name, demonym, capital, "
            "seat, body, person; line 2: since and until are years (YYYY) or empty; "
            "line 4: party and alias must not be empty",
        ),
        (['Atlantis,state,"Qorg"ia,name,,,'], "cannot be read"),
    ],
)
def test_faults_of_own_actors_are_told_with_their_line(own, lines, told):
    path = own(*lines)
    with pytest.raises(InputError) as fault:
        load(path)
    assert str(fault.value).startswith(str(path))
    assert told in str(fault.value)
    assert "\n" not in str(fault.value)


def test_a_missing_column_is_named(own):
    with pytest.raises(InputError, match="no column since, until"):
        load(own("Atlantis,state,Qorg,name,", head="party,kind,alias,type,short"))


@pytest.mark.parametrize("content", [None, b"party,kind\xff\xfe\n"])
def test_a_file_that_cannot_be_read_is_told(tmp_path, content):
    path = tmp_path / "own.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"own\.csv: cannot be read"):
        load(path)


def test_verbs_know_their_inflections(lexicons):
    for forms in (
        ["veto", "vetoes", "vetoed", "vetoing"],
        ["lift", "lifts", "lifted", "lifting"],
        ["impose", "imposes", "imposed", "imposing"],
    ):
        classes = {lexicons.words.get(form) for form in forms}
        assert len(classes) == 1
        assert classes <= lexicons.polarity.keys()


def test_what_ends_or_rejects_a_measure_has_the_other_sign(lexicons):
    sign = {verb: lexicons.polarity[lexicons.words[verb]] for verb in ("impose", "support", "veto", "lift")}
    assert sign == {"impose": 1, "support": 1, "veto": -1, "lift": -1}


def test_every_cue_is_of_a_target_or_of_another_sense(lexicons):
    assert {cue.target for cue in lexicons.cues} == {*TARGETS, ""}
    assert STANCES == ("support", "oppose", "neutral")
