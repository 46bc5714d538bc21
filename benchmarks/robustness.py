"""Measure whether the shipped model reads direction, and whether a state's name sways it, beside the plain sentence.

Directions: written cases, each of one capability (negation, passive, swapped roles …), as CheckList has them (Ribeiro
et al. 2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList"); a case fails where the stance is
wrong. Swaps: in a sentence of the shipped corpus one state gives place to another wherever it is named, and nothing
else changes; a swap changes the stance where any labelled actor of the sentence gets another one than before.

    python -m benchmarks.robustness                     # tables in benchmarks/results/robustness.md and .json
    python -m benchmarks.robustness --errors wrong.csv  # and what failed or changed, row by row
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

import pipeline
from benchmarks import command, quality
from pipeline import corpus
from pipeline.atomic import atomic_path
from pipeline.corpus import Corpus
from pipeline.predict import Model
from pipeline.reading import Reader
from pipeline.resources import DATA
from pipeline.text import fold
from pipeline.train import NEWS

DIRECTIONS = Path(__file__).parents[1] / "tests" / "directions.csv"
SEED = 0

Answer = Callable[[pd.DataFrame], Sequence[str]]
"""Gives the stances of gold rows."""

NAME, DEMONYM, PLURAL, CAPITAL = "name", "demonym", "demonym in the plural", "capital"

_WITH_ARTICLE = frozenset(
    [
        "Bahamas", "Central African Republic", "Comoros", "Czech Republic", "Democratic Republic of the Congo",
        "Dominican Republic", "Emirates", "Gambia", "Maldives", "Marshall Islands", "Netherlands", "Philippines",
        "Republic of the Congo", "Seychelles", "Solomon Islands", "United Arab Emirates", "United Kingdom",
        "United States", "Vatican",
    ]
)  # fmt: skip
_ACRONYMS = {
    spelt: party
    for plain, party in {"US": "United States", "UK": "United Kingdom", "UAE": "United Arab Emirates"}.items()
    for spelt in (plain, ".".join(plain) + ".")
}
_ADJECTIVE = re.compile(r"(?:an|ese|ish|ic|i|ch|Greek|Swiss|Czech)$")
_PROPER = re.compile(r"[A-Z]\w*[a-z]\w*(?:[ -](?:[A-Z][a-z]\w*|and|of|the))*")
_LONGER = re.compile(r"\w[^\w\s]* [A-Z][\w'’.-]* $"), re.compile(r" [A-Z]")
_THE = re.compile(r"\b[Tt]he $")
_INDEFINITE = re.compile(r"\b[Aa]n? $")
_VOWEL = re.compile(r"[AEIO]|Uz")
_BEFORE, _BEHIND = re.compile(r"([a-z]+) $"), re.compile(r" ([a-z]+)\b")


# --- directions ---


def directions() -> pd.DataFrame:
    """Give the cases: ``capability, text, mention, start, party, target, gold``."""
    cases = pd.read_csv(DIRECTIONS, keep_default_na=False).rename(columns={"stance": "gold"})
    cases["start"] = [text.index(mention) for text, mention in zip(cases["text"], cases["mention"], strict=True)]
    return cases


# --- swaps ---


class Place(NamedTuple):
    """Where a text names a state.

    ``kind`` is that of the word that may stand there; ``article`` tells whether it now has "the" with it, and ``free``
    whether a name that differs in this may take its place.
    """

    start: int
    end: int
    party: str
    kind: str
    article: bool = False
    free: bool = True


class Swapped(NamedTuple):
    """A sentence in which one state has given place to another.

    ``rows`` are its labelled rows (``text, date, mention, start, party, target``), with the index of the old ones.
    """

    old: str
    new: str
    kind: str
    rows: pd.DataFrame


@cache
def _surfaces() -> tuple[dict[str, tuple[str, str]], dict[str, dict[str, str]]]:
    """Give party and kind of each surface, and by kind the surface that may take another's place, by party."""
    table = pd.read_csv(DATA / "actors.csv", keep_default_na=False)
    table = table[(table["kind"] == "state") & (table["since"] == "") & (table["until"] == "")]
    demonyms = set(table.loc[table["type"] == "demonym", "alias"])
    known: dict[str, tuple[str, str]] = {spelt: (party, NAME) for spelt, party in _ACRONYMS.items()}
    own: dict[str, dict[str, str]] = {kind: {} for kind in (NAME, DEMONYM, PLURAL, CAPITAL)}
    for party, alias, sort in table[["party", "alias", "type"]].itertuples(index=False):
        if sort == "name" and _PROPER.fullmatch(alias):
            kind = NAME
        elif sort == "demonym" and _ADJECTIVE.search(alias):
            kind = DEMONYM
        elif sort == "demonym" and alias[:-1] in demonyms and _ADJECTIVE.search(alias[:-1]):
            kind = PLURAL
        elif sort == "capital":
            kind = CAPITAL
        else:
            continue
        known[alias] = (party, kind)
        # Of "Cambodian" and "Kampuchean" the form nearest to the state's name is the one in use.
        own[kind][party] = max(own[kind].get(party, alias), alias, key=lambda a: (_shared(a, party), a == party))
    return known, own


def _shared(one: str, other: str) -> int:
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_surfaces()[0], key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?=[A-Z])(?:{'|'.join(map(re.escape, longest_first))})(?![\w-])")


def places(text: str, reader: Reader) -> list[Place] | None:
    """Give the places where a text names a state; None where a name stands so that no other may take its place.

    "U.S." is an adjective before a noun and else a name.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> found = places("Iran fears the U.S. sanctions on Cuba.", Reader(load()))
    >>> [(place.party, place.kind) for place in found]
    [('Iran', 'name'), ('United States', 'demonym'), ('Cuba', 'name')]
    """
    words = reader.lexicon.words
    cues = {hit.start for hit in reader.cues(fold(text))}
    found = []
    for match in _pattern().finditer(text):
        party, kind = _surfaces()[0][match.group()]
        start, end = match.span()
        if _LONGER[0].search(text[:start]) or _LONGER[1].match(text, end):
            return None
        before, behind = _BEFORE.search(text[:start]), _BEHIND.match(text, end)
        # "Sanctions" is a verb, too, but not behind an adjective.
        measure = bool(behind) and behind.start(1) in cues and not behind.group(1).endswith("ed")
        noun = measure or (bool(behind) and behind.group(1) not in words)
        if match.group() in _ACRONYMS and noun:
            kind = DEMONYM
        if kind == DEMONYM and not noun:
            return None
        the = bool(_THE.search(text[:start]))
        if kind != NAME:
            found.append(Place(start, end, party, kind))
        elif match.group() in _WITH_ARTICLE or match.group() in _ACRONYMS:
            found.append(Place(start, end, party, kind, the, the and not noun))
        else:
            modified = before and before.group(1) not in words
            found.append(Place(start, end, party, kind, free=not (noun or modified)))
    return found


def swaps(labelled: Corpus, reader: Reader, seed: int = SEED) -> Iterator[Swapped]:
    """Swap each state that a labelled sentence names for one that it does not name, drawn at random.

    A sentence is left out where the state is also named by a body or a person, which would stay behind.
    """
    rng = np.random.default_rng(seed)
    for _, rows in corpus.rows(labelled).groupby("sentence_id", sort=False):
        text, date = rows["text"].iloc[0], rows["date"].iloc[0]
        found = places(text, reader)
        if not found:
            continue
        mentions = reader.read(text, date).mentions
        named = {m.party for m in mentions} | {p.party for p in found} | set(rows["party"])
        for old in dict.fromkeys(place.party for place in found):
            spans = [place for place in found if place.party == old]
            if any(_left_behind(m.start, m.end, m.party, old, spans) for m in mentions):
                continue
            choice = [party for party in _fitting(text, spans) if party not in named]
            new = choice[rng.integers(len(choice))] if choice else ""
            swapped = _swap(rows, spans, old, new) if new else None
            if swapped is not None:
                kinds = {span.kind for span in spans}
                yield Swapped(old, new, kinds.pop() if len(kinds) == 1 else "several", swapped)


def _left_behind(start: int, end: int, party: str, old: str, spans: list[Place]) -> bool:
    """Tell whether a mention names the old state otherwise, or holds a name of it as another's."""
    covered = any(span.start < end and start < span.end for span in spans)
    return covered != (party == old)


def _fitting(text: str, spans: list[Place]) -> list[str]:
    """Give the states whose words fit all the places, with "the" and behind "a" or "an" as they stand."""
    own = _surfaces()[1]
    indefinite = [s for s in spans if _INDEFINITE.search(text[: s.start])]
    return [
        party
        for party in own[spans[0].kind]
        if all(party in own[s.kind] for s in spans)
        and all(s.free or s.kind != NAME or s.article == (party in _WITH_ARTICLE) for s in spans)
        and all(_vowel(own[s.kind][party]) == _vowel(text[s.start : s.end]) for s in indefinite)
    ]


def _vowel(word: str) -> bool:
    return bool(_VOWEL.match(word))


def _swap(rows: pd.DataFrame, spans: list[Place], old: str, new: str) -> pd.DataFrame | None:
    """Write the rows of a sentence with the new name in its places; None where a mention ends within a name."""
    text, own = rows["text"].iloc[0], _surfaces()[1]
    edits: list[tuple[int, int, str]] = []
    for span in spans:
        with_article = new in _WITH_ARTICLE
        if span.kind == NAME and span.free and span.article != with_article:
            the = "the " if span.start and text[span.start - 2 : span.start] not in (". ", ": ") else "The "
            edits.append((span.start, span.start, the) if with_article else (span.start - 4, span.start, ""))
        edits.append((span.start, span.end, own[span.kind][new]))
    written, position = "", 0
    for start, end, word in edits:
        written += text[position:start] + word
        position = end
    written += text[position:]

    def at(place: int) -> int:
        return place + sum(len(word) - (end - start) for start, end, word in edits if end <= place)

    mentions, starts = [], []
    for mention, start in zip(rows["mention"], rows["start"], strict=True):
        end = start + len(mention)
        if any(span.start < edge < span.end for span in spans for edge in (start, end)):
            return None
        mentions.append(written[at(start) : at(end)])
        starts.append(at(start))
    return rows.assign(text=written, mention=mentions, start=starts, party=rows["party"].replace(old, new))


# --- figures ---


def failures(answers: dict[str, Answer], cases: pd.DataFrame) -> pd.DataFrame:
    """Give the cases with each model's stance, a column each."""
    return cases.assign(**{name: list(answer(cases)) for name, answer in answers.items()})


def changes(answers: dict[str, Answer], labelled: Corpus, swapped: list[Swapped]) -> pd.DataFrame:
    """Give every labelled row of swapped sentences with each model's stance before and after.

    Returns
    -------
    DataFrame
        ``swap, kind, old, new, text, mention, party, target`` and, for each model, ``<name> before`` and ``<name>``.
    """
    before = corpus.rows(labelled)
    after = pd.concat([s.rows for s in swapped])
    table = after[["text", "mention", "party", "target"]].copy()
    sizes = [len(s.rows) for s in swapped]
    table["swap"] = np.repeat(np.arange(len(swapped)), sizes)
    for column in ("kind", "old", "new"):
        table[column] = np.repeat([getattr(s, column) for s in swapped], sizes)
    for name, answer in answers.items():
        stances = pd.Series(list(answer(before)), index=before.index)
        table[f"{name} before"] = stances[after.index]
        table[name] = list(answer(after.reset_index(drop=True)))
    return table.reset_index(drop=True)


def changed(table: pd.DataFrame, name: str) -> pd.Series[bool]:
    """Tell of each swap whether it changed any stance."""
    return (table[name] != table[f"{name} before"]).groupby(table["swap"]).any()


def figures(cases: pd.DataFrame, swapped: pd.DataFrame, names: Sequence[str]) -> dict[str, Any]:
    """Give each model's failure rate by capability, and its share of changed swaps by kind of name."""
    wrong = {name: cases[name] != cases["gold"] for name in names}
    by_capability = {
        str(capability): {"cases": len(rows), **{name: _share(wrong[name][rows.index]) for name in names}}
        for capability, rows in cases.groupby("capability", sort=False)
    }
    by_capability["all"] = {"cases": len(cases), **{name: _share(wrong[name]) for name in names}}
    kinds = swapped.groupby("swap")["kind"].first()
    turned = {name: changed(swapped, name) for name in names}
    by_kind = {
        str(kind): {"swaps": len(group), **{name: _share(turned[name][group.index]) for name in names}}
        for kind, group in kinds.groupby(kinds)
    }
    by_kind["all"] = {"swaps": len(kinds), **{name: _share(turned[name]) for name in names}}
    return {"directions": by_capability, "swaps": by_kind}


def _share(flags: pd.Series[bool]) -> float:
    return round(float(flags.mean()), 4)


def markdown(report: dict[str, Any]) -> str:
    """Write the report as tables."""
    lines = ["# Robustness", "", report["what"]]
    for title, part, first in (
        ("Direction: share of cases that fail", "directions", "capability"),
        ("Names: share of swaps that change a stance", "swaps", "named by"),
    ):
        head = [first, *next(iter(report[part].values()))]
        rows = [[group, *(_cell(value) for value in row.values())] for group, row in report[part].items()]
        lines += ["", f"## {title}", "", *command.table(head, rows)]
    return "\n".join(lines) + "\n"


def _cell(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.1%}"


# --- the command ---


def models(model: Model, labelled: Corpus) -> dict[str, Answer]:
    """Give the shipped model and the plain sentence, the latter fitted on the corpus that the former was trained on."""
    return {
        "shipped model": lambda rows: list(model.classify(rows)["stance"]),
        "plain sentence": quality.sentence(labelled),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; give the exit status."""
    return command.run(_main, _parser().parse_args(arguments))


def _main(options: argparse.Namespace) -> None:
    labelled, model = corpus.load(NEWS), pipeline.load()
    answers = models(model, labelled)
    cases = failures(answers, directions())
    swapped = changes(answers, labelled, list(swaps(labelled, model.reader, options.seed)))
    report = {
        "what": (
            f"{cases['text'].nunique():,} written sentences with {len(cases):,} actors; {swapped['swap'].nunique():,} "
            f"swaps of a state's name in the shipped corpus, drawn with seed {options.seed}."
        ),
        "versions": command.versions("scikit-learn", "numpy"),
        **figures(cases, swapped, list(answers)),
    }
    command.save(options.output, "robustness", report, markdown(report))
    if options.errors:
        shipped = next(iter(answers))
        wrong = cases[cases[shipped] != cases["gold"]].rename(columns={"capability": "test", "gold": "expected"})
        turned = swapped[swapped[shipped] != swapped[f"{shipped} before"]].assign(
            test=lambda t: "swap of " + t["old"] + " for " + t["new"], expected=lambda t: t[f"{shipped} before"]
        )
        columns = ["test", "text", "mention", "party", "target", "expected", shipped]
        with atomic_path(options.errors) as path:
            pd.concat([wrong[columns], turned[columns]]).to_csv(path, index=False, lineterminator="\n")
    print(markdown(report))


def _parser() -> argparse.ArgumentParser:
    parser = command.parser("robustness", __doc__)
    parser.add_argument("--seed", type=int, default=SEED, help="of the states drawn (default: %(default)s)")
    parser.add_argument("--errors", type=Path, metavar="FILE", help="write the failures of the shipped model as CSV")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
