import networkx as nx
import pytest
from test_networks import SYRIA
from test_summary import CRIMEA, predictions

from pipeline import figures
from pipeline.errors import InputError
from pipeline.networks import actor_network
from pipeline.summary import summarize

CLASSIFICATION = {
    "n": 30,
    "macro_f1": 0.7,
    "macro_f1_interval": [0.6, 0.8],
    "accuracy": 0.72,
    "confusion": [[8, 1, 1], [2, 6, 2], [0, 3, 7]],
    "ece": 0.04,
    "reliability": [
        {"bin_low": 0.5, "bin_high": 0.75, "confidence": 0.6, "accuracy": 0.5, "n": 10},
        {"bin_low": 0.75, "bin_high": 1.0, "confidence": 0.9, "accuracy": 0.85, "n": 20},
        {"bin_low": 0.0, "bin_high": 0.5, "confidence": 0.0, "accuracy": 0.0, "n": 0},
    ],
    "coverage": [
        {"threshold": 0.34, "coverage": 1.0, "accuracy": 0.72},
        {"threshold": 0.9, "coverage": 0.4, "accuracy": 0.95},
    ],
}
EVALUATION = {
    "corpus": ["data/news"],
    "classification": CLASSIFICATION,
    "extraction": {"n_gold": 20, "n_predicted": 18, "precision": 0.6, "recall": 0.5, "f1": 0.545},
    "baselines": {"majority": {"macro_f1": 0.2, "macro_f1_interval": [0.18, 0.22]}, "cue rule": {"macro_f1": 0.45}},
    "learning_curve": [{"n": 200, "macro_f1": 0.6}, {"n": 100, "macro_f1": 0.5}],
}


def bars(axes):
    """Give the bars of a panel as (position along the axis of categories, length with its sign, colour)."""
    return {
        (round(p.get_y() + p.get_height() / 2), p.get_width()) for p in axes.patches if p.get_width() and p.get_height()
    }


def both(table):
    return nx.compose(actor_network(table), actor_network(table, "conflict"))


DRAW = {
    "stances": lambda: figures.stance_bars(summarize(CRIMEA)),
    "timeline": lambda: figures.timeline(CRIMEA),
    "network": lambda: figures.network_map(both(SYRIA)),
    "scores": lambda: figures.scores(EVALUATION),
    "confusion": lambda: figures.confusion(CLASSIFICATION),
    "reliability": lambda: figures.reliability(CLASSIFICATION),
    "coverage": lambda: figures.coverage(CLASSIFICATION),
    "learning": lambda: figures.learning_curve(EVALUATION["learning_curve"]),
}
FIGURES = {name: draw() for name, draw in DRAW.items()}


def test_bars_go_left_for_against_and_right_for_in_favour():
    sanctions, intervention = FIGURES["stances"].axes
    assert [label.get_text() for label in sanctions.get_yticklabels()] == ["Russia", "European Union"]
    assert bars(sanctions) == {(0, -1), (1, 2), (1, -1)}
    assert bars(intervention) == {(0, 1)}


def test_only_the_actors_asked_for_are_drawn():
    (sanctions,) = figures.stance_bars(summarize(CRIMEA), most=1).axes
    assert [label.get_text() for label in sanctions.get_yticklabels()] == ["European Union"]


def test_a_timeline_shows_quiet_periods_too():
    sanctions, _ = figures.timeline(CRIMEA, "quarter").axes
    up = {round(p.get_x() + p.get_width() / 2): p.get_height() for p in sanctions.patches if p.get_height() > 0}
    down = {round(p.get_x() + p.get_width() / 2): p.get_height() for p in sanctions.patches if p.get_height() < 0}
    assert up == {0: 1, 2: 1}
    assert down == {0: -1, 4: -1}
    assert sanctions.get_xlim()[1] > 4


@pytest.mark.parametrize(
    ("dates", "by"),
    [
        (["2014-01-01", "2016-12-31"], "month"),
        (["2010-01", "2016-12"], "quarter"),
        (["1956-10-29", "2025-01-01"], "year"),
        (["2014", "2015", "2015-03"], "year"),
        ([""], "month"),
    ],
)
def test_a_timeline_is_as_fine_as_its_dates_bear(dates, by):
    table = predictions(*((date, "NATO", "intervention", "support") for date in dates))
    assert figures.granularity(table["date"]) == by


def test_a_timeline_of_a_year_that_no_calendar_has_is_refused():
    with pytest.raises(InputError, match="-2012"):
        figures.timeline(predictions(("-2012-01-01", "NATO", "intervention", "support")))


def test_the_network_tells_agreement_by_line_and_side_by_shape():
    (axes,) = FIGURES["network"].axes
    styles = {(line.get_color(), line.get_linestyle()) for line in axes.lines}
    assert styles == {(figures.SUPPORT, "-"), (figures.OPPOSE, "--")}
    places = {text.get_text(): text.xy for text in axes.texts}
    assert places.keys() == {"China", "France", "Russia"}

    def apart(one, other):
        return sum((a - b) ** 2 for a, b in zip(places[one], places[other], strict=True)) ** 0.5

    assert apart("China", "Russia") < apart("China", "France")


def test_every_tied_actor_is_in_the_network_with_its_strongest_ties():
    crowd = predictions(
        *(("2014", f"friend {n}", "sanctions", "support") for n in range(12)),
        *(("2014", f"foe {n}", "sanctions", "oppose") for n in range(12)),
    ).assign(document="one")
    (axes,) = figures.network_map(both(crowd)).axes
    assert len(axes.texts) == 24
    styles = [line.get_linestyle() for line in axes.lines]
    assert 24 <= styles.count("-") <= 48
    assert 12 <= styles.count("--") <= 24
    assert all(line.get_linewidth() < 2 for line in axes.lines)


def test_a_target_with_few_statements_has_its_own_scale():
    many = predictions(
        *[("2014", "NATO", "intervention", "support")] * 40, *[("2014", "NATO", "sanctions", "oppose")] * 2
    )
    sanctions, intervention = figures.stance_bars(summarize(many)).axes
    assert sanctions.get_xlim()[1] - sanctions.get_xlim()[0] < 5
    assert intervention.get_xlim()[1] > 40
    fewer = figures.stance_bars(summarize(CRIMEA)).axes
    assert fewer[0].get_xlim() == fewer[1].get_xlim()


def test_what_is_missing_is_said_in_the_picture():
    nothing = predictions(("", "Cyprus", "sanctions", "neutral"))
    for figure, said in (
        (figures.stance_bars(summarize(nothing)), "No statement with a side."),
        (figures.timeline(nothing), "No dated statement with a side."),
        (figures.network_map(both(nothing)), "No two actors to join."),
    ):
        assert figure.get_label() == said
        assert figure.texts[0].get_text() == said


def test_the_text_alternative_tells_what_is_seen():
    assert "European Union 1 against, 2 in favour" in FIGURES["stances"].get_label()
    assert "Most in conflict: France and Russia" in FIGURES["network"].get_label()
    assert FIGURES["scores"].get_label() == "Macro-F1: this model 0.70; cue rule 0.45; majority 0.20."
    assert "of oppose 60 %" in FIGURES["confusion"].get_label()
    assert "At confidence 0.90 right 85 % of 20" in FIGURES["reliability"].get_label()
    assert "95 % on the most confident 40 %" in FIGURES["coverage"].get_label()
    assert (
        FIGURES["learning"]
        .get_label()
        .startswith("Learning curve: macro-F1 0.50 with 100 training rows, 0.60 with 200")
    )


def test_the_confusion_matrix_has_gold_in_rows():
    (axes,) = FIGURES["confusion"].axes
    cells = {text.get_position(): text.get_text() for text in axes.texts}
    assert cells[(1, 2)] == "3\n30 %"
    assert axes.get_ylabel() == "gold"
