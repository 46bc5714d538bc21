import re
from statistics import NormalDist

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.summary import (
    check,
    leading_actors,
    periods,
    read_predictions,
    readable,
    render,
    select,
    summarize,
    wilson,
)


def predictions(*rows):
    """Make predictions of (date, party, target, stance), each in a document and a sentence of its own."""
    table = pd.DataFrame(rows, columns=["date", "party", "target", "stance"])
    numbers = [str(number) for number in range(len(rows))]
    return table.assign(
        document=[f"doc{number}" for number in numbers],
        sentence_id=[f"doc{number}#1" for number in numbers],
        sentence=[f"{party} said so." for party in table["party"]],
        mention=table["party"],
        start=0,
        probability=0.9,
    )


CRIMEA = predictions(
    ("2014-03-17", "European Union", "sanctions", "support"),
    ("2014-07-29", "European Union", "sanctions", "support"),
    ("2015-01-29", "European Union", "sanctions", "oppose"),
    ("2014-03-17", "Russia", "sanctions", "oppose"),
    ("2014-03-01", "Russia", "intervention", "support"),
    ("", "Russia", "intervention", "neutral"),
    ("2014", "Cyprus", "sanctions", "neutral"),
)


def row(table, **where):
    found = table
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


def test_counts_shares_and_dates():
    table = summarize(CRIMEA)
    union = row(table, party="European Union")
    assert union[["statements", "support", "oppose", "neutral"]].tolist() == [3, 2, 1, 0]
    assert union["share"] == pytest.approx(2 / 3)
    assert union["low"] < union["share"] < union["high"]
    assert union[["first", "last"]].tolist() == ["2014-03-17", "2015-01-29"]
    russia = row(table, party="Russia", target="intervention")
    assert russia[["support", "neutral", "share", "first", "last"]].tolist() == [1, 1, 1.0, "2014-03-01", "2014-03-01"]
    cyprus = row(table, party="Cyprus")
    assert cyprus[["share", "low", "high"]].isna().all()


def test_most_spoken_of_actors_come_first_and_sanctions_before_intervention():
    assert summarize(CRIMEA)[["party", "target"]].values.tolist() == [
        ["European Union", "sanctions"],
        ["Russia", "sanctions"],
        ["Russia", "intervention"],
        ["Cyprus", "sanctions"],
    ]
    assert leading_actors(summarize(CRIMEA), 9) == ["European Union", "Russia"]
    assert leading_actors(summarize(CRIMEA), 1) == ["European Union"]


def test_split_by_period_keeps_undated_and_coarse_dates_apart():
    table = summarize(CRIMEA, by="quarter")
    union = table[table["party"] == "European Union"]
    assert union["period"].tolist() == ["2014Q1", "2014Q3", "2015Q1"]
    assert row(table, party="Cyprus")["period"] == ""
    assert row(summarize(CRIMEA, by="year"), party="Cyprus")["period"] == "2014"
    assert row(table, party="Russia", target="intervention", period="")["neutral"] == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.dates().map(str) | st.just(""),
            st.sampled_from("ABC"),
            st.sampled_from(["sanctions", "intervention"]),
            st.sampled_from(["support", "oppose", "neutral"]),
        ),
        max_size=12,
    ),
    st.sampled_from([None, "month", "quarter", "year"]),
)
def test_every_statement_is_counted_once(rows, by):
    table = summarize(predictions(*rows), by)
    assert table["statements"].sum() == len(rows)
    assert (table[["support", "oppose", "neutral"]].sum(axis=1) == table["statements"]).all()
    assert table["support"].sum() == sum(stance == "support" for *_, stance in rows)


def test_filters():
    def left(**selection):
        return select(CRIMEA, **selection)["party"].tolist()

    assert left(actors=["russia"]) == left(actors=["Moscow"]) == ["Russia"] * 3
    assert left(target="intervention") == ["Russia"] * 2
    assert left(min_statements=3) == ["European Union"] * 3
    assert left(min_statements=2, target="intervention") == ["Russia"] * 2
    assert left(since="2015") == ["European Union"]
    assert left(until="2014-03-17") == ["European Union", "Russia", "Russia", "Cyprus"]
    assert left(since="2014-03", until="2014Q1") == ["European Union", "Russia", "Russia"]
    sure = CRIMEA.assign(probability=[0.9, 0.5, 0.9, 0.9, 0.9, 0.9, 0.9])
    assert select(sure, min_probability=0.6)["party"].tolist().count("European Union") == 2


@pytest.mark.parametrize(
    ("selection", "said"),
    [
        ({"actors": ["Narnia"]}, "Narnia"),
        ({"target": "tariffs"}, "tariffs"),
        ({"since": "spring"}, "spring"),
        ({"since": ""}, "date '' is none"),
        ({"until": "nan"}, "date 'nan' is none"),
        ({"min_probability": 60}, "60"),
    ],
)
def test_a_wrong_filter_is_named(selection, said):
    with pytest.raises(InputError, match=said):
        select(CRIMEA, **selection)


def test_a_table_that_is_none_is_named():
    with pytest.raises(InputError, match="'stance'"):
        check(CRIMEA.drop(columns="stance"))
    with pytest.raises(InputError, match="row 4: stance 'against'"):
        check(CRIMEA.assign(stance=["support"] * 3 + ["against"] * 4))
    with pytest.raises(InputError, match="soon"):
        summarize(CRIMEA.assign(date="soon"), by="year")
    with pytest.raises(InputError, match="decade"):
        periods(CRIMEA["date"], "decade")


@pytest.mark.parametrize("date", ["-2012-01-01", "0000-01-01", "9999-12-31T23:59-05:00", "0001-01-01T00:00+05:00"])
def test_a_year_that_no_calendar_has_is_named(date):
    table = predictions((date, "NATO", "intervention", "support"))
    for count in (lambda: select(table, since="2014"), lambda: summarize(table, by="year")):
        with pytest.raises(InputError, match=re.escape(f"date {date!r} is none")):
            count()


def test_dates_may_carry_a_time_of_day():
    table = predictions(("2014-03-17T23:30:00Z", "Russia", "sanctions", "oppose"))
    assert len(select(table, until="2014-03-17")) == 1
    assert periods(table["date"], "month").tolist() == ["2014-03"]


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_bounds_are_where_the_score_test_just_rejects(counts):
    k, n = counts
    low, high = (bound[0] for bound in wilson(pd.Series([k]), pd.Series([n])))
    assert 0 <= low <= k / n + 1e-9
    assert k / n - 1e-9 <= high <= 1
    z = NormalDist().inv_cdf(0.975)
    for bound in (low, high):
        if 1e-9 < bound < 1 - 1e-9:
            assert abs(k / n - bound) == pytest.approx(z * (bound * (1 - bound) / n) ** 0.5, rel=1e-6)


def test_wilson_agrees_with_published_figures():
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3
    low, high = wilson(pd.Series([81, 15, 0, 1]), pd.Series([263, 148, 20, 29]))
    assert low.round(4).tolist() == [0.2553, 0.0624, 0.0, 0.0061]
    assert high.round(4).tolist() == [0.3662, 0.1605, 0.1611, 0.1718]


def test_readable_leaves_out_what_says_nothing():
    table = readable(summarize(CRIMEA))
    assert table.loc[0, "In favour (95 % CI)"] == "67 % (21–94)"
    assert table.iloc[-1]["In favour (95 % CI)"] == "–"
    assert {"Neutral", "First", "Last"} < set(table.columns)
    sided = CRIMEA[CRIMEA["stance"] != "neutral"].assign(date="")
    assert not {"Neutral", "First", "Last"} & set(readable(summarize(sided)).columns)
    with pytest.raises(InputError, match="docx"):
        render(summarize(CRIMEA), "docx")


def test_tables_to_paste_escape_what_their_language_reserves():
    table = summarize(predictions(("2014", "R&D | 50% _x_", "sanctions", "support")))
    markdown = render(table, "markdown").splitlines()
    assert r"R&D \| 50% _x_" in markdown[2]
    assert all(line.replace(r"\|", "").count("|") == markdown[1].count("|") for line in markdown)
    latex = render(table, "latex")
    assert r"R\&D | 50\% \_x\_" in latex
    assert r"\toprule" in latex
    assert r"100 \% (21–100)" in latex


def test_several_files_are_read_as_one_whether_dated_or_not(tmp_path):
    table = CRIMEA.assign(end=5)
    table.to_csv(tmp_path / "a.csv", index=False)
    table.drop(columns="date").to_json(tmp_path / "b.jsonl", orient="records", lines=True)
    both = read_predictions([tmp_path / "a.csv", tmp_path / "b.jsonl"])
    assert both["date"].tolist() == CRIMEA["date"].tolist() + [""] * len(CRIMEA)
    assert summarize(both)["statements"].sum() == 2 * len(CRIMEA)


def test_nothing_to_count():
    empty = summarize(predictions())
    assert empty.empty
    assert len(render(empty, "markdown").splitlines()) == 2
