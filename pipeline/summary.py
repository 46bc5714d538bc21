"""Who stands where, how often and since when: the table over many articles."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.lexicon import STANCES, TARGETS, load
from pipeline.tables import read_table

Period = Literal["month", "quarter", "year"]

_FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
_COLUMNS = ("document", "sentence_id", "sentence", "mention", "start", "party", "target", "stance", "probability")


def read_predictions(paths: Iterable[Path | str]) -> pd.DataFrame:
    r"""Read one or more tables that ``stance predict`` wrote (.csv, .jsonl, .parquet) into one.

    Raises
    ------
    InputError
        If a file cannot be read, or is no table of predictions.

    Examples
    --------
    >>> import tempfile
    >>> header = "document,sentence_id,sentence,mention,start,end,party,target,stance,probability"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "stances.csv")
    ...     _ = path.write_text(header + "\na,a#1,NATO left.,NATO,0,4,NATO,intervention,oppose,0.8\n")
    ...     read_predictions([path, path])["party"].tolist()
    ['NATO', 'NATO']
    """
    return check(pd.concat([read_table(path, _COLUMNS) for path in paths], ignore_index=True).fillna({"date": ""}))


def check(predictions: pd.DataFrame) -> pd.DataFrame:
    """Give predictions with every column in place, ``date`` included; say what is wrong with a table that is none.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``; ``date`` may be missing.

    Returns
    -------
    DataFrame
        A copy numbered from 0, with ``date`` as text, "" where unknown.

    Raises
    ------
    InputError
        If a column is missing, or a stance or target is none of the known ones.
    """
    missing = [column for column in _COLUMNS if column not in predictions.columns]
    if missing:
        raise InputError(
            f"predictions: no column {', '.join(map(repr, missing))}; give a table written by 'stance predict'"
        )
    table = predictions.reset_index(drop=True)
    for column, known in (("stance", STANCES), ("target", TARGETS)):
        wrong = ~table[column].isin(known)
        if wrong.any():
            row = int(wrong.to_numpy().argmax())
            raise InputError(
                f"predictions, row {row + 1}: {column} {table[column][row]!r} is none of {', '.join(known)}; correct it"
            )
    dates = table["date"] if "date" in table else pd.Series("", index=table.index)
    return table.assign(date=dates.fillna("").astype(str).str.strip())


def select(
    predictions: pd.DataFrame,
    *,
    actors: Collection[str] = (),
    target: str | None = None,
    since: str | None = None,
    until: str | None = None,
    min_statements: int = 1,
    min_probability: float = 0.0,
) -> pd.DataFrame:
    """Give the statements that an analysis is about; the summary, the networks, exports and report all take its table.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``.
    actors : collection of str
        Parties to keep, by the names in column ``party``, upper and lower case alike; empty for all.
    target : {"sanctions", "intervention"}, optional
        Keep one target only.
    since, until : str, optional
        First and last day, or month, quarter or year ("2014-03-18", "2014-03", "2014Q1", "2014"), both inclusive.
        Statements without a date are left out where one is given; "2014" as a statement's date counts as its first day.
    min_statements : int
        Leave out actors with fewer statements, neutral ones included, on a target.
    min_probability : float
        Leave out statements whose stance the model gives a lower probability, 0 to 1.

    Raises
    ------
    InputError
        If a column is missing, or an actor, a target, a date or a bound is not one.

    Examples
    --------
    >>> predictions = pd.DataFrame({"party": ["Russia", "France"], "date": ["2014-03-18", "2016-01-02"]}).assign(
    ...     document="a", sentence_id="a#1", sentence="…", mention="…", start=0, target="sanctions", stance="oppose",
    ...     probability=0.9)
    >>> select(predictions, actors=["france", "russia"], until="2015")["party"].tolist()
    ['Russia']
    """
    table = check(predictions)
    if target is not None and target not in TARGETS:
        raise InputError(f"target {target!r} is none of {', '.join(TARGETS)}")
    if not 0 <= min_probability <= 1:
        raise InputError(f"least probability {min_probability} is not between 0 and 1")
    keep = table["probability"] >= min_probability
    if target is not None:
        keep &= table["target"] == target
    if actors:
        names = {party.casefold(): party for party in table["party"]}
        keep &= table["party"].isin([_party(actor, names) for actor in actors])
    if since is not None or until is not None:
        when = days(table["date"])
        if since is not None:
            keep &= when >= _bound(since).start_time
        if until is not None:
            keep &= when <= _bound(until).end_time
    table = table[keep]
    statements = table.groupby(["party", "target"])["stance"].transform("size")
    return table[statements >= min_statements].reset_index(drop=True)


def _party(actor: str, names: Mapping[str, str]) -> str:
    """Give the party that a name means, by any of its names: "UK" is the United Kingdom."""
    name = actor.casefold()
    if name not in names:
        name = load().party(actor).casefold()
    if name in names:
        return names[name]
    raise InputError(f"actor {actor!r} is not in the predictions; take a name from their column 'party'")


def days(dates: pd.Series) -> pd.Series:
    """Parse ISO dates; one shortened to month or year counts as its first day, "" as NaT.

    Raises
    ------
    InputError
        If a date is none.

    Examples
    --------
    >>> days(pd.Series(["2014-03", "2014-03-18T09:30Z", ""])).dt.strftime("%d %m %Y").tolist()
    ['01 03 2014', '18 03 2014', nan]
    """
    text = dates.where(dates != "", None)
    parsed = pd.to_datetime(text, format="ISO8601", utc=True, errors="coerce").dt.tz_localize(None)
    wrong = text.notna() & ~parsed.dt.year.between(1, 9999)  # periods have no other years
    if wrong.any():
        raise InputError(f"predictions: date {dates[wrong].iloc[0]!r} is none; write it as 2014-03-18, 2014-03 or 2014")
    return parsed


def periods(dates: pd.Series, by: Period) -> pd.Series:
    """Give the month, quarter or year of each ISO date; "" where the date is unknown or too coarse to tell.

    Examples
    --------
    >>> periods(pd.Series(["2014-03-18", "2014-11", "2014", ""]), "quarter").tolist()
    ['2014Q1', '2014Q4', '', '']
    """
    if by not in _FREQUENCY:
        raise InputError(f"period {by!r} is none of {', '.join(_FREQUENCY)}")
    when = days(dates)
    known = when.notna() & (dates.str.len() >= (4 if by == "year" else 7))
    names: pd.Series = when.dt.to_period(_FREQUENCY[by]).astype(str)
    return names.where(known, "")


def wilson(successes: pd.Series, trials: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give the 95 % Wilson score interval of each share ``successes / trials``; NaN where there is no trial.

    It keeps within 0 and 1 and near its nominal coverage with few trials, and at 0 and 1, where the usual interval
    fails. It takes the trials as independent: copies of one agency report make it too narrow.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference", JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(pd.Series([9]), pd.Series([10]))
    >>> print(f"{low[0]:.3f} to {high[0]:.3f}")
    0.596 to 0.982
    """
    z2 = NormalDist().inv_cdf(0.975) ** 2
    n = trials.where(trials > 0).astype(float)
    share = successes / n
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return (centre - half).clip(0, 1), (centre + half).clip(0, 1)


def summarize(predictions: pd.DataFrame, by: Period | None = None) -> pd.DataFrame:
    """Count who supports and who opposes what: one row per actor and target, and period where asked for.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``, run with ``--all`` where neutral statements should count too;
        :func:`select` narrows them down first.
    by : {"month", "quarter", "year"}, optional
        Split each row by period.

    Returns
    -------
    DataFrame
        ``party, target``, with ``by`` also ``period`` ("" where undated); the counts ``statements, support, oppose,
        neutral``; ``share``, of the statements with a side those in favour, and its 95 % Wilson interval ``low,
        high`` (NaN where all are neutral); ``first, last`` date ("" where undated). Most spoken of actors first.

    Raises
    ------
    InputError
        If a column is missing, or a stance, a target or a date is not one.

    Examples
    --------
    >>> rows = [("a", "2014-03-18", "Moscow", "Russia", "oppose"), ("b", "2014-05-02", "Lavrov", "Russia", "oppose")]
    >>> predictions = pd.DataFrame(rows, columns=["document", "date", "mention", "party", "stance"]).assign(
    ...     sentence_id="a#1", sentence="…", start=0, target="sanctions", probability=0.9)
    >>> summarize(predictions)[["party", "target", "oppose", "share", "first", "last"]].values.tolist()
    [['Russia', 'sanctions', 2, 0.0, '2014-03-18', '2014-05-02']]
    """
    table = check(predictions)
    keys = ["party", "target"]
    if by is not None:
        table = table.assign(period=periods(table["date"], by))
        keys.append("period")
    sides = {stance: (table["stance"] == stance).astype(int) for stance in STANCES}
    groups = table.assign(statements=1, **sides, date=table["date"].replace("", None)).groupby(keys, sort=True)
    counts = groups[["statements", *STANCES]].sum()
    with_side = counts["support"] + counts["oppose"]
    low, high = wilson(counts["support"], with_side)
    counts = counts.assign(share=counts["support"] / with_side.where(with_side > 0), low=low, high=high)
    # ISO dates sort as text, whether they give a day, a month or a year
    counts = counts.assign(first=groups["date"].min().fillna(""), last=groups["date"].max().fillna("")).reset_index()
    weight = counts.groupby("party")["statements"].transform("sum")
    order = counts.assign(weight=-weight, target=counts["target"].map(TARGETS.index)).sort_values(["weight", *keys])
    return counts.loc[order.index].reset_index(drop=True)


def leading_actors(summary: pd.DataFrame, most: int) -> list[str]:
    """Name the actors with the most statements for or against, the first ones first.

    Examples
    --------
    >>> leading_actors(pd.DataFrame({"party": ["Mali", "NATO", "Cuba"], "support": [0, 2, 0], "oppose": [1, 1, 0]}), 5)
    ['NATO', 'Mali']
    """
    sided = (summary["support"] + summary["oppose"]).groupby(summary["party"]).sum()
    return sided[sided > 0].sort_values(ascending=False, kind="stable").head(most).index.tolist()


def shares(summary: pd.DataFrame) -> pd.Series:
    """Write each share in per cent with its interval; "–" where no statement has a side.

    Examples
    --------
    >>> shares(pd.DataFrame({"share": [0.75, float("nan")], "low": [0.301, None], "high": [0.954, None]})).tolist()
    ['75 % (30–95)', '–']
    """
    per_cent = (100 * summary[["share", "low", "high"]].astype(float)).itertuples(index=False)
    texts = ["–" if np.isnan(share) else f"{share:.0f} % ({low:.0f}–{high:.0f})" for share, low, high in per_cent]
    return pd.Series(texts, index=summary.index, dtype=object)


def readable(summary: pd.DataFrame) -> pd.DataFrame:
    """Give a summary as text for a terminal or a page: spoken headings, shares with their Wilson interval.

    Columns that say nothing are left out: ``neutral`` where none is, the dates where none is known.

    Examples
    --------
    >>> row = {"party": "NATO", "target": "intervention", "statements": 4, "support": 3, "oppose": 1, "neutral": 0,
    ...        "share": 0.75, "low": 0.301, "high": 0.954, "first": "2011-03", "last": "2011-10"}
    >>> readable(pd.DataFrame([row])).iloc[0].tolist()
    ['NATO', 'intervention', '3', '1', '75 % (30–95)', '2011-03', '2011-10']
    """
    table = summary.drop(columns=["statements", "low", "high"]).assign(share=shares(summary))
    empty = [name for name, nothing in (("neutral", 0), ("first", ""), ("last", "")) if (table[name] == nothing).all()]
    headings = {"party": "Actor", "share": "In favour (95 % CI)"}
    return table.drop(columns=empty).astype(str).rename(columns=lambda name: headings.get(name, name.capitalize()))


def render(summary: pd.DataFrame, form: Literal["markdown", "latex"]) -> str:
    r"""Give a summary as a Markdown or LaTeX table to paste into a text.

    The LaTeX table wants ``\usepackage{booktabs}``.

    Raises
    ------
    InputError
        If ``form`` is neither.

    Examples
    --------
    >>> row = {"party": "NATO", "target": "intervention", "statements": 4, "support": 3, "oppose": 1, "neutral": 0,
    ...        "share": 0.75, "low": 0.301, "high": 0.954, "first": "", "last": ""}
    >>> print(render(pd.DataFrame([row]), "markdown"))
    | Actor | Target | Support | Oppose | In favour (95 % CI) |
    | --- | --- | ---: | ---: | ---: |
    | NATO | intervention | 3 | 1 | 75 % (30–95) |
    <BLANKLINE>
    """
    table = readable(summary)
    text = {"Actor", "Target", "Period", "First", "Last"}
    if form == "latex":
        columns = "".join("l" if name in text else "r" for name in table.columns)
        return table.to_latex(index=False, escape=True, column_format=columns)
    if form == "markdown":
        rule = ["---" if name in text else "---:" for name in table.columns]
        cells = table.replace(r"([\\|])", r"\\\1", regex=True).to_numpy().tolist()
        return "".join(f"| {' | '.join(row)} |\n" for row in [table.columns.tolist(), rule, *cells])
    raise InputError(f"format {form!r} is none of markdown, latex")


def _bound(date: str) -> pd.Period:
    try:
        period = pd.Period(date)
        if not isinstance(period, pd.Period):  # but NaT, which pandas takes "" and "nan" for
            raise ValueError
    except ValueError:
        raise InputError(f"date {date!r} is none; write it as 2014-03-18, 2014-03, 2014Q1 or 2014") from None
    return period
