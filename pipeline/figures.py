"""Pictures of who stands where, and of how well the model does, as matplotlib figures.

Each carries its text alternative as its label (``figure.get_label()``), and a notebook shows it with that. Colour is
never the only sign: sides also differ by direction, by line or by shape.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from pipeline.lexicon import STANCES, TARGETS
from pipeline.pictures import FAINT, INK, NEUTRAL, OPPOSE, PAPER, SUPPORT, Picture, styled
from pipeline.summary import Period, check, days, leading_actors, summarize


def _short(name: str) -> str:
    return textwrap.shorten(name, 30, placeholder="…") if " " in name else name[:30]


# Predictions -----------------------------------------------------------------------------------------------------


@styled
def stance_bars(summary: pd.DataFrame, most: int = 25) -> Picture:
    """Draw who stands where: statements against to the left, in favour to the right, one bar an actor and target.

    Parameters
    ----------
    summary : DataFrame
        What :func:`pipeline.summary.summarize` gives without ``by``.
    most : int
        Show that many actors, those with the most statements with a side.

    Examples
    --------
    >>> row = {"party": "NATO", "target": "intervention", "support": 3, "oppose": 1}
    >>> stance_bars(pd.DataFrame([row])).get_label()
    'Bars of statements against and in favour. Intervention: NATO 1 against, 3 in favour.'
    """
    actors = leading_actors(summary, most)[::-1]
    sided = summary[summary["party"].isin(actors) & (summary["support"] + summary["oppose"] > 0)]
    targets = [target for target in TARGETS if (sided["target"] == target).any()]
    figure = Picture(9, 1.3 + 0.27 * max(len(actors), 1))
    if not actors:
        return _nothing(figure, "No statement with a side.")
    longest = sided.groupby("target")[["support", "oppose"]].max().max(axis=1)
    alike = bool(longest.max() <= 4 * longest.min())  # else the bars of one target were all but dots
    panels = figure.subplots(1, len(targets), sharey=True, sharex=alike, squeeze=False)[0]
    told = []
    for axes, target in zip(panels, targets, strict=True):
        rows = sided[sided["target"] == target].set_index("party").reindex(actors)
        support, oppose = rows["support"].fillna(0).to_numpy(), rows["oppose"].fillna(0).to_numpy()
        where = np.arange(len(actors))
        axes.barh(where, support, color=SUPPORT, height=0.72)
        axes.barh(where, -oppose, color=OPPOSE, height=0.72)
        for y, (for_it, against) in enumerate(zip(support, oppose, strict=True)):
            for count, sign, align in ((for_it, 1, "left"), (against, -1, "right")):
                if count:
                    axes.annotate(
                        f"{count:,.0f}", (sign * count, y), (3 * sign, 0),
                        textcoords="offset points", va="center", ha=align, size=8,
                    )  # fmt: skip
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_title(target.capitalize())
        axes.set_yticks(where, [_short(name) for name in actors])
        axes.set_ylim(-0.6, len(actors) - 0.4)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(_unsigned))
        axes.margins(x=0.12)
        axes.grid(axis="x")
        for side, shift, align in (("← statements against", -6, "right"), ("in favour →", 6, "left")):
            axes.annotate(
                side,
                (0, 0),
                (shift, -30),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                ha=align,
                size=9,
            )
        tops = [(actors[y], oppose[y], support[y]) for y in where[::-1] if support[y] + oppose[y]][:3]
        told.append(
            f"{target.capitalize()}: " + "; ".join(f"{name} {o:.0f} against, {s:.0f} in favour" for name, o, s in tops)
        )
    figure.set_label(f"Bars of statements against and in favour. {'. '.join(told)}.")
    return figure


def _unsigned(value: float, _: int | None) -> str:
    return f"{abs(value):,.0f}"


def granularity(dates: pd.Series) -> Period:
    """Choose the period for a timeline: months for up to three years, quarters for up to eight, else years.

    Examples
    --------
    >>> granularity(pd.Series(["2014-03-18", "2015-11"])), granularity(pd.Series(["1990", "2015"]))
    ('month', 'year')
    """
    when = days(dates)
    years = (when.max() - when.min()).days / 365.25 if when.notna().any() else 0
    coarse = (dates[when.notna()].str.len() < 7).mean() > 0.5
    return "year" if years > 8 or coarse else "quarter" if years > 3 else "month"


@styled
def timeline(predictions: pd.DataFrame, by: Period | None = None) -> Picture:
    """Draw when it was said: statements in favour upwards and against downwards, one bar a period.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict`` with ``date``; undated rows are left out.
    by : {"month", "quarter", "year"}, optional
        By default what suits the span, see :func:`granularity`.

    Examples
    --------
    >>> predictions = pd.DataFrame({"date": ["2014-03", "2014-05"], "stance": ["support", "oppose"]}).assign(
    ...     document="a", sentence_id="a#1", sentence="…", mention="…", start=0, party="NATO", target="intervention",
    ...     probability=0.9)
    >>> timeline(predictions).get_label()
    'Timeline by month, 2014-03 to 2014-05. Intervention: 1 statement in favour, 1 against.'
    """
    table = check(predictions)
    by = by or granularity(table["date"])
    counts = summarize(table, by)
    counts = counts[counts["period"] != ""].groupby(["target", "period"])[["support", "oppose"]].sum()
    counts = counts[counts.sum(axis=1) > 0]
    if counts.empty:
        return _nothing(Picture(9, 1.5), "No dated statement with a side.")
    periods = pd.PeriodIndex(
        counts.index.get_level_values("period"), freq={"month": "M", "quarter": "Q", "year": "Y"}[by]
    )
    every = pd.period_range(periods.min(), periods.max())
    targets = [target for target in TARGETS if target in counts.index]
    figure = Picture(9, 0.7 + 1.9 * len(targets))
    told = []
    panels = figure.subplots(len(targets), 1, sharex=True, squeeze=False)[:, 0]
    for axes, target in zip(panels, targets, strict=True):
        rows = counts.loc[target].reindex(every.astype(str), fill_value=0)
        where = np.arange(len(every))
        axes.bar(where, rows["support"], color=SUPPORT, width=0.85)
        axes.bar(where, -rows["oppose"], color=OPPOSE, width=0.85)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.set_title(target.capitalize())
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(_unsigned))
        axes.set_title("statements: up in favour, down against", loc="right", fontsize=9, weight="normal")
        axes.grid(axis="y")
        step = -(-len(every) // 12)
        axes.set_xticks(where[::step], every.astype(str)[::step])
        axes.set_xlim(-0.8, len(every) - 0.2)
        in_favour, against = rows["support"].sum(), rows["oppose"].sum()
        told.append(f"{target.capitalize()}: {_count(in_favour, 'statement')} in favour, {against} against")
    figure.set_label(f"Timeline by {by}, {every[0]} to {every[-1]}. {'. '.join(told)}.")
    return figure


@styled
def network_map(graph: "nx.Graph[str]", most: int = 25) -> Picture:
    """Draw a network of actors: who agrees lies close together.

    Lines are solid and blue where two agree more than they conflict, dashed and red where less, thicker the more;
    points are round and blue where an actor mostly supports, square and red where it mostly opposes, and grey diamonds
    in between. Larger points made more statements. All ties place the actors; of each actor, the two strongest of
    agreement and the strongest of conflict are drawn.

    Parameters
    ----------
    graph : Graph
        What :func:`pipeline.networks.actor_network` gives. To see agreement and conflict at once, compose both:
        ``nx.compose(actor_network(table), actor_network(table, "conflict"))``.
    most : int
        Show that many actors, those with the most statements.

    Examples
    --------
    >>> graph = nx.Graph()
    >>> graph.add_edge("Russia", "China", congruence=2, conflict=0)
    >>> network_map(graph).get_label()
    'Network of 2 actors. Most in agreement: China and Russia.'
    """
    statements = {name: data.get("statements", 1) for name, data in graph.nodes(data=True)}
    chosen = sorted(graph, key=lambda name: (-statements[name], name))[:most]
    ties = sorted(
        (min(one, other), max(one, other), int(data["congruence"] - data["conflict"]))
        for one, other, data in graph.subgraph(chosen).edges(data=True)
    )
    ties = sorted((tie for tie in ties if tie[2]), key=lambda tie: (-abs(tie[2]), tie))
    figure = Picture(9, 6.5)
    if not ties:
        return _nothing(figure, "No two actors to join.")
    nodes = sorted({name for one, other, _ in ties for name in (one, other)})
    places = _layout(ties, nodes)
    axes = figure.subplots()
    axes.set_axis_off()
    axes.margins(0.12)
    strongest = max(abs(ties[0][2]), 5)  # one or two statements make no thick line, whatever the others made
    for one, other, net in _strongest(ties, nodes):
        axes.plot(
            *zip(places[one], places[other], strict=True),
            color=SUPPORT if net > 0 else OPPOSE,
            linestyle="-" if net > 0 else "--",
            linewidth=0.5 + 3.5 * abs(net) / strongest,
            alpha=0.35 + 0.5 * abs(net) / strongest,
            zorder=1,
        )
    largest = max(statements[name] for name in nodes)
    for name in nodes:
        colour, shape = _leaning(graph.nodes[name].get("leaning", 0))
        size = 40 + 360 * statements[name] / largest
        axes.scatter(*places[name], s=size, color=colour, marker=shape, edgecolor=PAPER, linewidth=0.8, zorder=2)
        label = _short(graph.nodes[name].get("label", name))
        above = (0, 5 + 0.6 * size**0.5)
        paper = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 0.6}
        axes.annotate(label, places[name], above, textcoords="offset points", ha="center", size=8, zorder=3, bbox=paper)
    signs = [_leaning(value) for value in (1, -1, 0)]
    words = ("mostly supports", "mostly opposes", "divided")
    handles = [
        Line2D([], [], linestyle="", marker=shape, color=colour, label=word, markersize=8)
        for (colour, shape), word in zip(signs, words, strict=True)
    ]
    handles += [
        Line2D([], [], color=SUPPORT, label="agree", linewidth=2),
        Line2D([], [], color=OPPOSE, label="conflict", linewidth=2, linestyle="--"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=5, fontsize=9)
    told = [f"Network of {len(nodes)} actors"]
    for word, sign in (("agreement", 1), ("conflict", -1)):
        closest = [tie for tie in ties if sign * tie[2] > 0]
        if closest:
            told.append(f"Most in {word}: " + "; ".join(f"{one} and {other}" for one, other, _ in closest[:3]))
    figure.set_label(f"{'. '.join(told)}.")
    return figure


def _leaning(leaning: float) -> tuple[str, str]:
    """Give an actor's colour and shape."""
    return (SUPPORT, "o") if leaning > 1 / 3 else (OPPOSE, "s") if leaning < -1 / 3 else (NEUTRAL, "D")


def _strongest(ties: Sequence[tuple[str, str, int]], nodes: Sequence[str]) -> list[tuple[str, str, int]]:
    """Keep of each actor the two strongest ties of agreement and the strongest of conflict; weak ones first."""
    kept = set()
    for name in nodes:
        own = [tie for tie in ties if name in tie[:2]]
        kept |= {*[tie for tie in own if tie[2] > 0][:2], *[tie for tie in own if tie[2] < 0][:1]}
    return [tie for tie in reversed(ties) if tie in kept]


def _layout(ties: Sequence[tuple[str, str, int]], nodes: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Place actors so that distances tell: near where two agree much, far where they conflict much."""
    apart = {one: dict.fromkeys(nodes, 1.0) for one in nodes}
    for one, other, net in ties:
        pull = abs(net) ** 0.5 / max(abs(net) for *_, net in ties) ** 0.5
        apart[one][other] = apart[other][one] = 1 - 0.55 * pull if net > 0 else 1 + 0.8 * pull
    complete: nx.Graph[str] = nx.complete_graph(nodes)
    found = nx.kamada_kawai_layout(complete, dist=apart)
    return {name: (float(x), float(y)) for name, (x, y) in found.items()}


# An evaluation ---------------------------------------------------------------------------------------------------


@styled
def scores(evaluation: Mapping[str, Any]) -> Picture:
    """Draw the model's macro-F1 beside the baselines', with their intervals.

    Parameters
    ----------
    evaluation : mapping
        What ``stance evaluate --json`` writes: ``classification.macro_f1`` and, where there are any,
        ``macro_f1_interval`` and ``baselines``.

    Examples
    --------
    >>> scores({"classification": {"macro_f1": 0.72}, "baselines": {"majority": {"macro_f1": 0.2}}}).get_label()
    'Macro-F1: this model 0.72; majority 0.20.'
    """
    rows = {"this model": evaluation["classification"], **evaluation.get("baselines", {})}
    ranked = sorted(rows.items(), key=lambda row: (row[0] == "this model", row[1]["macro_f1"]))
    figure = Picture(7, 0.9 + 0.38 * len(ranked))
    axes = figure.subplots()
    for y, (name, row) in enumerate(ranked):
        colour = SUPPORT if name == "this model" else NEUTRAL
        low, high = row.get("macro_f1_interval", (row["macro_f1"],) * 2)
        axes.plot([low, high], [y, y], color=colour, linewidth=3, alpha=0.55, solid_capstyle="round")
        axes.plot(row["macro_f1"], y, marker="o" if name == "this model" else "s", color=colour, markersize=8)
        axes.annotate(f"{row['macro_f1']:.2f}", (high, y), (9, 0), textcoords="offset points", va="center", size=9)
    axes.set_yticks(range(len(ranked)), [name for name, _ in ranked])
    axes.set_ylim(-0.6, len(ranked) - 0.4)
    axes.set_xlim(0, 1)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.set_xlabel("macro-F1 (line: 95 % interval)")
    figure.set_label("Macro-F1: " + "; ".join(f"{name} {row['macro_f1']:.2f}" for name, row in reversed(ranked)) + ".")
    return figure


@styled
def confusion(classification: Mapping[str, Any]) -> Picture:
    """Draw the confusion matrix: gold stances as rows, given ones as columns, counts and shares of the row.

    Parameters
    ----------
    classification : mapping
        With ``confusion``, counts in the order support, oppose, neutral.

    Examples
    --------
    >>> confusion({"confusion": [[8, 1, 1], [0, 5, 5], [0, 0, 4]]}).get_label()
    'Confusion matrix. Of gold support 80 % are found, of oppose 50 %, of neutral 100 %.'
    """
    counts = np.asarray(classification["confusion"])
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    figure = Picture(4.8, 4)
    axes = figure.subplots()
    for (row, column), share in np.ndenumerate(shares):
        axes.fill_between(
            [column - 0.48, column + 0.48], row - 0.48, row + 0.48, color=SUPPORT, alpha=share, linewidth=0
        )
        colour = "white" if share > 0.85 else INK
        axes.text(column, row, f"{counts[row, column]}\n{100 * share:.0f} %", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(STANCES)), STANCES)
    axes.set_yticks(range(len(STANCES)), STANCES)
    axes.set(xlim=(-0.5, 2.5), ylim=(2.5, -0.5), xlabel="given by the model", ylabel="gold", aspect="equal")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    found = ", of ".join(f"{stance} {100 * shares[i, i]:.0f} %" for i, stance in enumerate(STANCES))
    figure.set_label(f"Confusion matrix. Of gold {found.replace(' %', ' % are found', 1)}.")
    return figure


@styled
def reliability(classification: Mapping[str, Any]) -> Picture:
    """Draw how often the model is right at each confidence, beside how often it should be, and how often it occurs.

    Parameters
    ----------
    classification : mapping
        With ``reliability``, bins of ``bin_low, bin_high, confidence, accuracy, n``, and ``ece`` where known.

    Examples
    --------
    >>> bins = [{"bin_low": 0.8, "bin_high": 0.9, "confidence": 0.85, "accuracy": 0.8, "n": 40}]
    >>> reliability({"reliability": bins, "ece": 0.05}).get_label()
    'Reliability diagram. At confidence 0.85 right 80 % of 40. Expected calibration error 0.05.'
    """
    bins = [row for row in classification["reliability"] if row["n"]]
    figure = Picture(4.8, 4.6)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    _identity(above)
    confidence, accuracy = [row["confidence"] for row in bins], [row["accuracy"] for row in bins]
    above.plot(confidence, accuracy, color=SUPPORT, marker="o", linewidth=1.5)
    above.set(xlim=(0, 1), ylim=(0, 1), ylabel="share right")
    above.grid()
    for row in bins:
        middle, width = (row["bin_low"] + row["bin_high"]) / 2, row["bin_high"] - row["bin_low"]
        below.bar(middle, row["n"], width=0.9 * width, color=NEUTRAL)
    below.set(xlabel="confidence of the model", ylabel="statements")
    below.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    told = [f"At confidence {row['confidence']:.2f} right {100 * row['accuracy']:.0f} % of {row['n']}" for row in bins]
    if "ece" in classification:
        above.text(0.04, 0.92, f"ECE {classification['ece']:.3f}", transform=above.transAxes)
        told.append(f"Expected calibration error {classification['ece']:.2f}")
    figure.set_label(f"Reliability diagram. {'. '.join(told)}.")
    return figure


def _identity(axes: Axes) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linestyle=":", linewidth=1.2)
    axes.annotate("as it should be", (0.2, 0.2), (6, -8), textcoords="offset points", size=8)


@styled
def coverage(classification: Mapping[str, Any]) -> Picture:
    """Draw the accuracy on the statements that are left where only confident ones are kept.

    Parameters
    ----------
    classification : mapping
        With ``coverage``, points of ``threshold, coverage, accuracy``.

    Examples
    --------
    >>> coverage({"coverage": [{"threshold": 0, "coverage": 1, "accuracy": 0.7},
    ...                        {"threshold": 0.8, "coverage": 0.5, "accuracy": 0.9}]}).get_label()
    'Accuracy by coverage: 70 % right on all statements, 90 % on the most confident 50 %.'
    """
    points = sorted(classification["coverage"], key=lambda point: -point["coverage"])
    figure = Picture(4.8, 4)
    axes = figure.subplots()
    axes.plot([p["coverage"] for p in points], [p["accuracy"] for p in points], color=SUPPORT, marker="o", markersize=4)
    for point in points[:: -(-len(points) // 6)]:
        axes.annotate(
            f"≥ {point['threshold']:.2f}", (point["coverage"], point["accuracy"]), (6, 4),
            textcoords="offset points", size=8,
        )  # fmt: skip
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    axes.set(xlim=(0, 1.15), xlabel="statements kept (labels: least probability)", ylabel="share right")
    axes.margins(y=0.15)
    axes.grid()
    parts = [f"{100 * points[0]['accuracy']:.0f} % right on all statements"]
    if half := [point for point in points if 0 < point["coverage"] <= 0.5]:
        parts.append(f"{100 * half[0]['accuracy']:.0f} % on the most confident {100 * half[0]['coverage']:.0f} %")
    figure.set_label(f"Accuracy by coverage: {', '.join(parts)}.")
    return figure


@styled
def learning_curve(points: Sequence[Mapping[str, float]]) -> Picture:
    """Draw what more training rows bring.

    Parameters
    ----------
    points : sequence of mapping
        Each with ``n``, rows trained on, and ``macro_f1``.

    Examples
    --------
    >>> learning_curve([{"n": 100, "macro_f1": 0.5}, {"n": 800, "macro_f1": 0.7}]).get_label()
    'Learning curve: macro-F1 0.50 with 100 training rows, 0.70 with 800.'
    """
    points = sorted(points, key=lambda point: point["n"])
    figure = Picture(4.8, 4)
    axes = figure.subplots()
    axes.plot([point["n"] for point in points], [point["macro_f1"] for point in points], color=SUPPORT, marker="o")
    axes.set(xlabel="training rows", ylabel="macro-F1", xlim=(0, None))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.margins(y=0.15)
    axes.grid()
    first, last = points[0], points[-1]
    figure.set_label(
        f"Learning curve: macro-F1 {first['macro_f1']:.2f} with {first['n']:,.0f} training rows, "
        f"{last['macro_f1']:.2f} with {last['n']:,.0f}."
    )
    return figure


def _nothing(figure: Picture, what: str) -> Picture:
    figure.text(0.5, 0.5, what, ha="center", va="center")
    figure.set_label(what)
    return figure


def _count(number: float, noun: str) -> str:
    return f"{number:.0f} {noun}{'' if number == 1 else 's'}"
