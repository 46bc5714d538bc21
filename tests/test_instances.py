"""Views are written from the actor's seat: they know its role and its kind, and not its name."""

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.instances import VIEWS, Seats, Texts, columns, given, rows_of, views

CAPITALS = ["Bern", "Oslo", "Rome", "Tokyo", "Ottawa", "Moscow", "Beijing", "Cairo"]
FRAMES = [
    "{} lifted the embargo on {}.",
    "{}, backed by {}, refused to send troops.",
    "The embargo that {} imposed on {} holds.",
    "“No,” {} said; {} vetoed the sanctions.",
    "{} and {} called off the air strikes.",
]


def gold(**fields):
    row = {"text": "Rome lifted the embargo.", "mention": "Rome", "start": 0, "party": "Italy", "target": "sanctions"}
    return pd.DataFrame([row | fields])


@generated(
    frame=st.sampled_from(FRAMES),
    pair=st.lists(st.sampled_from(CAPITALS), min_size=2, max_size=2, unique=True),
    seat=st.sampled_from([0, 1]),
    target=st.sampled_from(["sanctions", "intervention"]),
)
def test_views_do_not_hang_on_names(reader, frame, pair, seat, target):
    one = views(reader, reader.read(frame.format("Paris", "Madrid")), seat, target)
    other = views(reader, reader.read(frame.format(*pair)), seat, target)
    assert one == other


@generated(
    frame=st.sampled_from(FRAMES), blank=st.sampled_from([" ", "\n", "\xa0"]), mark=st.sampled_from(["", " 🙂", "\x00"])
)
def test_views_are_tokens_with_single_blanks(reader, frame, blank, mark):
    reading = reader.read(frame.format("Paris", "Madrid").replace(" ", blank) + mark)
    for view in views(reader, reading, 0, "sanctions"):
        assert view == " ".join(view.split())


def test_seats_and_targets_differ(reader):
    reading = reader.read("Paris lifted the embargo on Mali and sent troops.")
    seats = {views(reader, reading, k, target) for k in (0, 1) for target in ("sanctions", "intervention")}
    assert len(seats) == 4


def test_the_partys_other_names_are_the_self_too(reader):
    reading = reader.read("Moscow said that Russia vetoed the embargo on Mali.")
    words = views(reader, reading, 0, "sanctions").sentence.split()
    assert words.count("SELF") == 2
    assert words.count("OTHER") == 1


def test_what_is_said_of_coordinated_actors_is_said_of_each(reader):
    reading = reader.read("Paris, Rome and Madrid vetoed the embargo on Mali.")
    first, second, third, other = (views(reader, reading, k, "sanctions") for k in range(4))
    assert first.path == second.path == third.path != other.path


def test_given_writes_a_row_for_each_and_keeps_the_index():
    from pipeline.lexicon import load
    from pipeline.reading import Reader

    text = "Rome lifted the embargo on Mali."
    rows = pd.DataFrame(
        {"text": text, "mention": ["Mali", "Rome", "Mali"], "start": [27, 0, 27], "party": ["Mali", "Italy", "Mali"]}
    ).assign(target="sanctions", remark="no harm")
    rows.index = [7, 3, 9]
    table = given(Reader(load()), rows)
    assert list(table.columns) == list(VIEWS)
    assert list(table.index) == [7, 3, 9]
    assert table.loc[7].equals(table.loc[9])
    assert not table.loc[7].equals(table.loc[3])


def test_given_equals_what_is_found(reader):
    text = "Rome lifted the embargo on Mali."
    reading = reader.read(text)
    written = given(reader, gold(text=text))
    assert tuple(written.iloc[0]) == tuple(views(reader, reading, 0, "sanctions"))


def test_given_actors_need_not_be_known(reader):
    text = "A band of zorgs lifted the embargo."
    table = given(reader, gold(text=text, mention="zorgs", start=10, party="zorgs"))
    assert "SELF lift the CUE embargo" in table["sentence"].iloc[0]


@pytest.mark.parametrize(
    ("date", "party"),
    [
        (None, "none"),
        (float("nan"), "none"),
        (pd.NaT, "none"),
        (pd.NA, "none"),
        (pd.Timestamp("2012-05-30 12:00"), "2012"),
        (datetime.date(2012, 5, 30), "2012"),
        (2012, "2012"),
        (2012.0, "2012"),
    ],
)
def test_dates_are_read_whatever_their_type(reader, date, party):
    text = "Rome, said Hillary Clinton and Washington, lifted the embargo."
    rows = gold(text=text, mention="Washington", start=text.index("Washington"), party="United States")
    written = {iso: given(reader, rows.assign(date=iso)) for iso in ("", "2012-05-30", "2024-05-30")}
    assert not written["2012-05-30"].equals(written["2024-05-30"])
    expected = written["" if party == "none" else "2012-05-30"]
    assert given(reader, rows.assign(date=pd.Series([date], dtype=object))).equals(expected)


@pytest.mark.parametrize("start", [0, 0.0, np.int64(0), np.float32(0)])
def test_whole_numbers_of_any_type_are_places(reader, start):
    assert given(reader, gold(start=start)).equals(given(reader, gold()))


def test_an_actor_within_a_cue_is_read_from_its_own_seat(reader):
    text = "The Arab League froze Mali's assets."
    rows = pd.concat(
        [
            gold(text=text, mention="Arab League", start=4, party="Arab League"),
            gold(text=text, mention="Mali", start=22, party="Mali"),
        ]
    )
    sentences = given(reader, rows)["sentence"].tolist()
    assert sentences == ["the SELF CUE froze OTHER 's asset .", "the OTHER CUE froze SELF 's asset ."]


def test_given_actors_may_overlap(reader):
    text = "The Conservative rebels of David Cameron vetoed the embargo; Rome did not."
    rebels = {"mention": "Conservative rebels of David Cameron", "start": 4, "party": "rebels"}
    cameron = {"mention": "David Cameron", "start": text.index("David"), "party": "United Kingdom"}
    together = given(reader, pd.concat([gold(text=text, **rebels), gold(text=text, **cameron)]))
    for k, alone in enumerate((rebels, cameron)):
        assert tuple(together.iloc[k]) == tuple(given(reader, gold(text=text, **alone)).iloc[0])
    assert not together.iloc[0].equals(together.iloc[1])


@settings(deadline=None)
@generated(data=st.data())
def test_every_word_can_be_a_given_actor(reader, data):
    text = data.draw(st.sampled_from(FRAMES)).format("Paris", "Mali’s assets")
    spans = st.integers(0, len(text) - 1).flatmap(lambda i: st.tuples(st.just(i), st.integers(i + 1, len(text))))
    chosen = [(i, j) for i, j in data.draw(st.lists(spans, min_size=1, max_size=4)) if text[i:j].strip()]
    rows = [{"text": text, "mention": text[i:j], "start": i, "party": f"p{k}"} for k, (i, j) in enumerate(chosen)]
    table = given(reader, pd.DataFrame(rows, columns=["text", "mention", "start", "party"]).assign(target="sanctions"))
    assert len(table) == len(chosen)
    assert table["sentence"].str.contains("SELF").all()


def test_given_nothing_gives_an_empty_table(reader):
    table = given(reader, gold().iloc[:0])
    assert list(table.columns) == list(VIEWS)
    assert table.empty


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (gold(start=3), r"row 0: 'Rome' is not at character 3"),
        (gold(mention=""), "row 0: mention '' is no text"),
        (gold(mention=" ", start=4), "row 0: mention ' ' is no text"),
        (gold(mention=None), "row 0: mention None is no text"),
        (gold(text=None), "row 0: text None is no text"),
        (gold(party=float("nan")), "row 0: party nan is no text"),
        (gold(start=-len("Rome lifted the embargo.")), "row 0: start -24 is not a whole number from 0"),
        (gold(start=float("nan")), "row 0: start nan is not a whole number from 0"),
        (gold(start=None), "row 0: start None is not a whole number from 0"),
        (gold(start="0"), "row 0: start '0' is not a whole number from 0"),
        (gold(start=0.5), "row 0: start 0.5 is not a whole number from 0"),
        (pd.concat([gold(start=9), gold(), gold(target="war")]), "row 0: 'Rome' is not at.*; row 2: target 'war'"),
        (gold(target="tariffs"), "row 0: target 'tariffs'; the targets are sanctions and intervention"),
        (gold().drop(columns=["party", "target"]), "no column party, target"),
        (pd.concat([gold(), gold(start=99)]), "row 1: 'Rome' is not at character 99"),
    ],
)
def test_faults_of_given_rows_are_told(reader, rows, told):
    with pytest.raises(InputError, match=told):
        given(reader, rows)


def test_columns_are_the_views():
    assert list(columns([]).columns) == list(VIEWS) == list(Texts._fields)


@generated(frame=st.sampled_from(FRAMES), seat=st.sampled_from([0, 1]), given_=st.booleans())
def test_a_table_of_views_holds_all_that_the_seats_write(reader, frame, seat, given_):
    text = frame.format("Rome and the rebels", "Mali, with troop surges and an arms embargo,")
    reading = reader.read(text, given=[(0, 4, "Italy")] if given_ and text.startswith("Rome") else ())
    written = Seats(reader, reading).views(seat, "sanctions")
    table = columns([written])
    assert tuple(table.iloc[0]) == written.texts() == views(reader, reading, seat, "sanctions")
    assert rows_of(table)[0].texts() == written.texts()


def test_a_cue_of_many_words_or_after_a_blank_is_written_token_by_token(reader):
    for text in ("Mali fears U.S. troop surges.", "Mali met the coalition forces and the military  personnel of NATO."):
        written = Seats(reader, reader.read(text)).views(0, "intervention")
        assert written.tokens == " ".join(written.tokens).split()
