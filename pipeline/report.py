"""One HTML file to read, print and pass on: about predictions, or about an evaluation."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from pipeline import figures
from pipeline.annotation import mention_offsets
from pipeline.errors import InputError
from pipeline.lexicon import STANCES
from pipeline.networks import actor_network, edge_list
from pipeline.pages import templates
from pipeline.pictures import inline_svg
from pipeline.summary import Period, check, leading_actors, read_predictions, shares, summarize

_ACTORS, _SENTENCES, _TIES, _ERRORS = 25, 6, 8, 60
"""How many of each a page shows: more would be read by nobody."""


def read(paths: Sequence[Path]) -> pd.DataFrame | dict[str, Any]:
    """Read what a report is about: tables of predictions, or one evaluation in JSON.

    Raises
    ------
    InputError
        If a file cannot be read or is neither.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "scores.json")
    ...     _ = path.write_text('{"classification": {"n": 9}, "extraction": {}}')
    ...     read([path])["classification"]
    {'n': 9}
    """
    if not any(path.suffix == ".json" for path in paths):
        return read_predictions(paths)
    if len(paths) > 1:
        raise InputError("a report is about one evaluation; give one .json file, or tables of predictions")
    try:
        evaluation = json.loads(paths[0].read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{paths[0]}: no evaluation ({error}); write one with 'stance evaluate --json'") from error
    _check_evaluation(evaluation)
    return dict(evaluation)


def report(source: pd.DataFrame | Mapping[str, Any], title: str = "", by: Period | None = None) -> str:
    """Write the report about predictions or about an evaluation as one HTML page without scripts or links outside.

    Parameters
    ----------
    source : DataFrame or mapping
        The columns of ``stance predict``, or what ``stance evaluate --json`` writes.
    title : str
        Heading of the page.
    by : {"month", "quarter", "year"}, optional
        Period of the timeline.

    Raises
    ------
    InputError
        If the source is neither.

    Examples
    --------
    >>> predictions = pd.DataFrame({"document": ["a"], "sentence_id": ["a#1"], "mention": ["Moscow"], "start": [0],
    ...     "party": ["Russia"], "target": ["sanctions"], "stance": ["oppose"], "probability": [0.93],
    ...     "sentence": ["Moscow vetoed the sanctions."]})
    >>> "<mark>Moscow</mark> vetoed" in report(predictions)
    True
    """
    if isinstance(source, pd.DataFrame):
        return _predictions_page(source, title or "Who stands where", by)
    return _evaluation_page(source, title or "How well the model does")


def pictures(source: pd.DataFrame | Mapping[str, Any], by: Period | None = None) -> dict[str, Figure]:
    """Give the report's figures by name, to save with :func:`pipeline.pictures.save`.

    Examples
    --------
    >>> list(pictures({"classification": {"macro_f1": 0.7}, "extraction": {}}))
    ['scores']
    """
    return dict(_prediction_figures(source, by) if isinstance(source, pd.DataFrame) else _evaluation_figures(source))


# Predictions -----------------------------------------------------------------------------------------------------


def _prediction_figures(predictions: pd.DataFrame, by: Period | None) -> Iterator[tuple[str, Figure]]:
    table = check(predictions)
    yield "stances", figures.stance_bars(summarize(table), _ACTORS)
    if (table["date"] != "").any():
        yield "timeline", figures.timeline(table, by)
    graph = _both(table)
    if graph.number_of_edges():
        yield "network", figures.network_map(graph, _ACTORS)


def _both(table: pd.DataFrame) -> "nx.Graph[str]":
    both: nx.Graph[str] = nx.compose(actor_network(table), actor_network(table, "conflict"))
    return both


def _predictions_page(predictions: pd.DataFrame, title: str, by: Period | None) -> str:
    table = check(predictions)
    summary = summarize(table)
    shown = leading_actors(summary, _ACTORS)
    dates = table.loc[table["date"] != "", "date"]
    ties = edge_list(_both(table))
    drawn = dict(_prediction_figures(table, by))
    contents = {
        "who": ("Who stands where", True),
        "when": ("When", "timeline" in drawn),
        "with": ("Who with whom", "network" in drawn),
        "sentences": ("Sentences", bool(shown)),
    }
    return _page(
        "predictions.html",
        drawn,
        title=title,
        facts=[
            ("Statements", f"{len(table):,}", f"{(table['stance'] != 'neutral').sum():,} with a side"),
            ("Documents", f"{table['document'].nunique():,}", ""),
            ("Actors", f"{table['party'].nunique():,}", ""),
            *([("Time", " – ".join(dict.fromkeys([dates.min(), dates.max()])), "")] if len(dates) else []),
        ],
        contents=contents,
        actors=list(_actors(table, summary, shown)),
        left_out=len(leading_actors(summary, len(summary))) - len(shown),
        neutral=bool(summary["neutral"].any()),
        period=by or (figures.granularity(table["date"]) if len(dates) else ""),
        undated=len(table) - len(dates),
        ties=[
            ("Most often on the same side", "congruence", _closest(ties, "congruence")),
            ("Most often on opposite sides", "conflict", _closest(ties, "conflict")),
        ],
        most_sentences=_SENTENCES,
        shortened=bool((summary[list(STANCES)] > _SENTENCES).to_numpy().any()),
    )


def _closest(ties: pd.DataFrame, kind: str) -> list[dict[Any, Any]]:
    if ties.empty:
        return []
    other = {"congruence": "conflict", "conflict": "congruence"}[kind]
    return ties[ties[kind] > ties[other]].nlargest(_TIES, kind).to_dict("records")


def _actors(table: pd.DataFrame, summary: pd.DataFrame, shown: Sequence[str]) -> Iterator[dict[str, Any]]:
    rows = summary.assign(share=shares(summary)).set_index("party")
    best = table[table["party"].isin(shown)].sort_values("probability", ascending=False, kind="stable")
    best = best.groupby(["party", "target", "stance"]).head(_SENTENCES)
    best = _marked(best)
    for number, party in enumerate(shown, 1):
        cells = []
        for cell in rows.loc[[party]].to_dict("records"):
            here = best[(best["party"] == party) & (best["target"] == cell["target"])]
            stances = [(s, cell[s], here[here["stance"] == s].to_dict("records")) for s in STANCES]
            cells.append({**cell, "anchor": f"actor-{number}-{cell['target']}", "stances": stances})
        yield {"party": party, "cells": cells}


def _marked(table: pd.DataFrame) -> pd.DataFrame:
    """Split each sentence at its mention: columns ``before, mention, after``."""
    places = mention_offsets(table)
    split = [
        (sentence[:place], mention, sentence[place + len(mention) :]) if place >= 0 else (sentence, "", "")
        for sentence, mention, place in zip(table["sentence"], table["mention"], places, strict=True)
    ]
    return table.assign(**{name: [row[i] for row in split] for i, name in enumerate(("before", "mention", "after"))})


# An evaluation ---------------------------------------------------------------------------------------------------


def _check_evaluation(evaluation: Any) -> None:
    missing = [part for part in ("classification", "extraction") if part not in evaluation]
    if missing:
        raise InputError(f"evaluation: no {' and no '.join(missing)}; give what 'stance evaluate --json' writes")


def _evaluation_figures(evaluation: Mapping[str, Any]) -> Iterator[tuple[str, Figure]]:
    _check_evaluation(evaluation)
    classification = evaluation["classification"]
    yield "scores", figures.scores(evaluation)
    for name, draw in (
        ("confusion", figures.confusion),
        ("reliability", figures.reliability),
        ("coverage", figures.coverage),
    ):
        if classification.get(name):
            yield name, draw(classification)
    if evaluation.get("learning_curve"):
        yield "learning-curve", figures.learning_curve(evaluation["learning_curve"])


def _evaluation_page(evaluation: Mapping[str, Any], title: str) -> str:
    drawn = dict(_evaluation_figures(evaluation))
    classification = evaluation["classification"]
    low, high = classification.get("macro_f1_interval", (None, None))
    errors = evaluation.get("errors", [])[:_ERRORS]
    sentences = pd.DataFrame(errors, columns=["sentence", "mention"]).assign(sentence_id=range(len(errors)))
    marked = _marked(sentences).to_dict("records")
    ngrams = evaluation.get("ngrams", {})
    contents = {
        "scores": ("Scores", True),
        "confusion": ("Mistakes", "confusion" in drawn or "learning-curve" in drawn),
        "confidence": ("Confidence", "reliability" in drawn or "coverage" in drawn),
        "ngrams": ("N-grams", bool(ngrams)),
        "errors": ("Errors", bool(errors)),
    }
    return _page(
        "evaluation.html",
        drawn,
        title=title,
        facts=[
            ("Macro-F1", _score(classification["macro_f1"]), "" if low is None else f"{_score(low)}–{_score(high)}"),
            ("Accuracy", _score(classification["accuracy"]), ""),
            ("Extraction F1", _score(evaluation["extraction"]["f1"]), ""),
            ("Gold actors and targets", f"{classification['n']:,}", ""),
        ],
        contents=contents,
        # a page is passed on, and whose folders they are is nobody's business
        corpus=[
            folder if not Path(folder).is_absolute() else Path(folder).name for folder in evaluation.get("corpus", [])
        ],
        classification=classification,
        baselines=[(name, _Scores(row)) for name, row in evaluation.get("baselines", {}).items()],
        stances=[(stance, _Scores(classification[stance])) for stance in STANCES if stance in classification],
        extraction=_Scores(evaluation["extraction"]),
        ngrams=[(stance, _weighted(ngrams[stance])) for stance in STANCES if ngrams.get(stance)],
        errors=[{**_explained(error), **place} for error, place in zip(errors, marked, strict=True)],
        all_errors=len(evaluation.get("errors", [])),
    )


class _Scores(dict[str, Any]):
    """Scores by name, None where the evaluation left one out."""

    def __missing__(self, name: str) -> None:
        return None


def _explained(error: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the views out of an error's explanation."""
    if "explanation" not in error:
        return dict(error)
    return {**error, "explanation": [reason[-2:] for reason in error["explanation"]]}


def _weighted(rows: Sequence[tuple[str, str, float]]) -> list[dict[str, Any]]:
    heaviest = max(abs(weight) for *_, weight in rows) or 1
    return [
        {"view": view, "ngram": ngram, "weight": weight, "share": round(100 * abs(weight) / heaviest)}
        for view, ngram, weight in rows
    ]


# The page --------------------------------------------------------------------------------------------------------


def _page(template: str, drawn: Mapping[str, Figure], **context: Any) -> str:
    pages = templates("pipeline", score=_score, number=_number)
    # inline_svg escapes what comes from the data
    svgs = {name: Markup(inline_svg(figure, name)) for name, figure in drawn.items()}
    return pages.get_template(template).render(pictures=svgs, **context)


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"
