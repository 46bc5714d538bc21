"""Measure the recipe of the shipped model beside its peers, all on the same folds.

Given the actor and the target, each model answers support, oppose or neutral; the shipped recipe also finds tuples of
sentence, party, target and stance in the text alone. Where the environment's ``STANCE_REAL_NEWS`` names a folder of
labelled news (a corpus folder, or one that holds some, itself or under ``news/``), every fold's models are trained on
the shipped corpus without what retells the fold's news, and tested on that news. Where it is unset, the shipped corpus
is cross-validated, no document in two folds.

    python -m benchmarks.quality                    # tables in benchmarks/results/quality-<source>.md and .json
    python -m benchmarks.quality --without-torch    # without the two transformers (they need the extra `bench`)
    python -m benchmarks.quality --ablation         # what each view, each source of data and more data add

The tables hold figures only, no sentence of the news. They are written anew after each fold of each model.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from benchmarks import command, encoders
from benchmarks.command import REAL_NEWS, count, say, table
from pipeline import corpus, instances
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.fitting import Settings, fit
from pipeline.instances import VIEWS
from pipeline.lexicon import STANCES
from pipeline.lexicon import load as load_lexicon
from pipeline.predict import Model
from pipeline.reading import Reader
from pipeline.train import NEWS, parts, train_on, training_rows

evaluate = import_module("pipeline.evaluate")  # the package's attribute of that name is the function

if TYPE_CHECKING:
    from benchmarks.encoders import Answer

FOLDS = 3
SHARES = (25, 50, 75)
WARM_UP = 1_000
"""Questions that are asked before the clock starts: what is made once, at the first many, is no part of the speed."""
RETELLS = {"retold": "wcep", "rewire": "wire"}
"""A sentence ``retold-K`` says in other words what ``wcep-K`` says."""
SHIPPED = "shipped recipe"


@dataclass(frozen=True)
class Fold:
    """What a model of one fold learns from and what it is tested on, one corpus for each set of news."""

    learnt: Corpus
    tests: dict[str, Corpus]


# --- the models: each learns from a corpus and gives a function from gold rows to stances ---


@dataclass(frozen=True)
class Shipped:
    """The recipe of the shipped model, trained: it answers gold rows, and finds tuples in the text alone."""

    model: Model

    def __call__(self, rows: pd.DataFrame) -> list[str]:
        """Give the stances of gold rows."""
        return list(self.model.classify(rows)["stance"])

    def tuples(self, test: Corpus) -> pd.DataFrame:
        """Count the tuples of each sentence, support and oppose alone: ``sentence_id, hits, found, gold``."""
        found, gold = evaluate.found_tuples(self.model, test).keys(), evaluate.gold_tuples(self.model, test)
        names = test.sentences["sentence_id"]
        counts = {
            column: names.map(Counter(name for name, *_ in tuples)).fillna(0).astype(int)
            for column, tuples in {"hits": found & gold, "found": found, "gold": gold}.items()
        }
        return pd.DataFrame({"sentence_id": names, **counts})


def shipped(learnt: Corpus) -> Shipped:
    """Train the recipe of the shipped model."""
    return Shipped(train_on(training_rows(Reader(load_lexicon()), learnt), learnt))


def majority(learnt: Corpus) -> Answer:
    """Give the commonest stance, whatever is asked."""
    commonest = evaluate.majority(corpus.rows(learnt))
    return lambda rows: [commonest] * len(rows)


def sentence(learnt: Corpus) -> Answer:
    """Fit TF-IDF of the plain sentence and logistic regression."""
    plain = evaluate.sentence_baseline(corpus.rows(learnt))
    return lambda rows: list(plain.predict(rows["text"]))


def cue_rule(learnt: Corpus) -> Answer:
    """Read the stance off the signs of the verbs; nothing is learnt."""
    reader = Reader(load_lexicon())
    return lambda rows: evaluate.cue_rule(instances.given(reader, rows)["roles"])


def frozen(learnt: Corpus) -> Answer:
    """Fit logistic regression on MiniLM's embeddings."""
    return encoders.frozen(corpus.rows(learnt))


def fine_tuned(learnt: Corpus, epochs: int) -> Answer:
    """Fine-tune the whole of MiniLM."""
    return encoders.fine_tuned(corpus.rows(learnt), epochs)


def models(with_torch: bool, epochs: int) -> dict[str, Callable[[Corpus], Answer]]:
    """Give the models by name, in the order in which they run."""
    named: dict[str, Callable[[Corpus], Answer]] = {
        SHIPPED: shipped, "majority class": majority, "plain sentence": sentence, "cue rule": cue_rule
    }  # fmt: skip
    if with_torch:
        encoders.require()
        named |= {"MiniLM, frozen": frozen, f"MiniLM, fine-tuned, {epochs} epochs": partial(fine_tuned, epochs=epochs)}
    return named


# --- the folds ---


def make_folds(shipped_news: Corpus, real: dict[str, Corpus]) -> list[Fold]:
    """Split by calendar month, or by id where there is no date, and keep retellings out; without `real`, by document.

    Parameters
    ----------
    shipped_news : Corpus
    real : dict of str to Corpus
        Sets of news that nothing is trained on.
    """
    if not real:
        documents = shipped_news.sentences["document_id"]
        return [
            Fold(
                evaluate.part(shipped_news, set(documents.iloc[train])),
                {"shipped corpus": evaluate.part(shipped_news, set(documents.iloc[test]))},
            )
            for train, test in parts(pd.DataFrame({"group": documents}), FOLDS)
        ]
    told = shipped_news.sentences["sentence_id"].map(_original)
    folds = []
    for k in range(FOLDS):
        tests = {name: _kept(news, _months(news) == k) for name, news in real.items()}
        held_out = {name for test in tests.values() for name in test.sentences["sentence_id"]}
        folds.append(Fold(_kept(shipped_news, ~told.isin(held_out)), tests))
    return folds


def real_news(folder: Path) -> dict[str, Corpus]:
    """Load the corpora in a folder, by name."""
    found = {path.parent for pattern in ("", "*/", "news/*/") for path in folder.glob(f"{pattern}sentences.csv")}
    if not found:
        raise InputError(f"{REAL_NEWS}={folder}: no sentences.csv in it, in its folders or in its news/; name a corpus")
    return {path.resolve().name: corpus.load(path) for path in sorted(found)}


def sample(whole: Corpus, most: int | None) -> Corpus:
    """Draw sentences at random; all of them without a number."""
    if most is None or most >= len(whole.sentences):
        return whole
    return _kept(whole, whole.sentences.index.isin(whole.sentences.sample(most, random_state=0).index))


def _original(sentence_id: str) -> str:
    source, _, name = sentence_id.partition("-")
    return f"{RETELLS[source]}-{name}" if source in RETELLS else sentence_id


def _months(news: Corpus) -> np.ndarray:
    names = news.sentences["sentence_id"].str.split("-", n=1).str[-1]
    keys = news.sentences["date"].str[:7].where(news.sentences["date"] != "", names)
    return np.array([zlib.crc32(key.encode()) % FOLDS for key in keys])


def _kept(whole: Corpus, keep: np.ndarray | pd.Series[bool]) -> Corpus:
    sentences = whole.sentences[keep].reset_index(drop=True)
    stances = whole.stances[whole.stances["sentence_id"].isin(sentences["sentence_id"])].reset_index(drop=True)
    return Corpus(sentences, stances)


# --- running: a process for each model, so that its memory is its own ---


@dataclass(frozen=True)
class Run:
    """One model's answers on one fold and what they cost; seconds are those of one core.

    Attributes
    ----------
    answers : DataFrame
        ``set, sentence_id, gold, answer``.
    tuples : DataFrame or None
        What :meth:`Shipped.tuples` counts, with ``set``; None of other models.
    """

    answers: pd.DataFrame
    training_seconds: float
    answering_seconds: float
    peak_mib: float
    tuples: pd.DataFrame | None = None


def run(learn: Callable[[Corpus], Answer], fold: Fold) -> Run:
    """Train a model on a fold and let it answer."""
    asked = pd.concat(
        [corpus.rows(test).assign(set=name) for name, test in fold.tests.items()], ignore_index=True
    ).rename(columns={"stance": "gold"})
    questions = asked.drop(columns=["gold", "set"])
    began = time.process_time()
    answer = learn(fold.learnt)
    training = time.process_time() - began
    answer(questions.head(WARM_UP))
    began = time.process_time()
    answers = answer(questions)
    answering = time.process_time() - began
    peak = _peak_mib()
    tuples = None
    if isinstance(answer, Shipped):
        tuples = pd.concat([answer.tuples(test).assign(set=name) for name, test in fold.tests.items()])
    return Run(asked[["set", "sentence_id", "gold"]].assign(answer=answers), training, answering, peak, tuples)


def _peak_mib() -> float:
    """Give the most memory that this process has held; NaN where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), float("nan"))


def run_all(named: dict[str, Callable[[Corpus], Answer]], folds: list[Fold]) -> Iterator[tuple[str, int, Run]]:
    """Run every model on every fold, and give each run with its model's name and its fold's number."""
    for name, learn in named.items():
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            for k, fold in enumerate(folds):
                yield name, k, pool.submit(run, learn, fold).result()


# --- figures ---


def confusion(table: pd.DataFrame, column: str) -> np.ndarray:
    """Count gold and answered stances of each sentence: an array of shape (sentences, 3, 3)."""
    _, unit = np.unique(table["sentence_id"].to_numpy(dtype=str), return_inverse=True)
    counts = np.zeros((unit.max() + 1, len(STANCES), len(STANCES)))
    np.add.at(counts, (unit, _codes(table["gold"]), _codes(table[column])), 1)
    return counts


def _codes(stances: pd.Series[str]) -> np.ndarray:
    return stances.map({stance: k for k, stance in enumerate(STANCES)}).to_numpy(dtype=int)


def metrics(counts: np.ndarray) -> dict[str, np.ndarray]:
    """Give macro-F1, accuracy and each stance's F1 of confusion matrices, an array of shape (…, 3, 3)."""
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    total = counts.sum(axis=-1) + counts.sum(axis=-2)
    f1 = np.divide(2 * hits, total, out=np.zeros_like(hits), where=total > 0)
    scores = {"macro_f1": f1.mean(axis=-1), "accuracy": hits.sum(axis=-1) / counts.sum(axis=(-2, -1))}
    return scores | {f"{stance}_f1": f1[..., k] for k, stance in enumerate(STANCES)}


def compare(table: pd.DataFrame, names: Sequence[str], reference: str) -> dict[str, dict[str, dict[str, float]]]:
    """Score columns of answers, and their differences to a reference on the same draws.

    Parameters
    ----------
    table : DataFrame
        ``sentence_id, gold`` and a column of answers for each name.
    names : sequence of str
    reference : str
        One of the columns.

    Returns
    -------
    dict
        By name and measure: ``value``, ``low`` and ``high``; ``difference`` is the macro-F1 less the reference's.
        Intervals are 95 % percentiles of bootstrap draws of sentences (Efron 1979).
    """
    counts = {name: confusion(table, name) for name in {reference, *names}}
    n = len(counts[reference])
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=evaluate.DRAWS)
    drawn = {name: metrics(np.tensordot(draws, c, axes=1)) for name, c in counts.items()}
    whole = {name: metrics(c.sum(axis=0)) for name, c in counts.items()}
    scores = {}
    for name in names:
        scores[name] = {measure: interval(whole[name][measure], drawn[name][measure]) for measure in whole[name]}
        scores[name]["difference"] = interval(
            whole[name]["macro_f1"] - whole[reference]["macro_f1"],
            drawn[name]["macro_f1"] - drawn[reference]["macro_f1"],
        )
    return scores


def interval(value: np.ndarray, draws: np.ndarray) -> dict[str, float]:
    """Give a figure with the 95 % percentile interval of its draws."""
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"value": round(float(value), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def figures(runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Give the figures of the runs so far, by set and model, the tuples found by set, and what each model cost.

    A model that has not run on every fold is compared with the reference on the folds that it has done.
    """
    sets: dict[str, dict[str, Any]] = {}
    reference = pd.concat([r.answers.assign(fold=k) for k, r in enumerate(runs[SHIPPED])], ignore_index=True)
    for name, done in runs.items():
        table = reference[reference["fold"] < len(done)].rename(columns={"answer": SHIPPED})
        table = table.assign(**{name: np.concatenate([r.answers["answer"].to_numpy() for r in done])})
        for kind, rows in table.groupby("set", sort=False):
            scores = compare(rows, [name], SHIPPED)[name]
            sets.setdefault(str(kind), {})[name] = {
                "rows": len(rows), "sentences": rows["sentence_id"].nunique(), "folds": len(done), **scores
            }  # fmt: skip
    costs = {
        name: {
            "training_seconds_per_fold": round(float(np.mean([r.training_seconds for r in done])), 2),
            "rows_per_second": _speed(done),
            "peak_mib": round(max(r.peak_mib for r in done)),
        }
        for name, done in runs.items()
    }
    counted = pd.concat(r.tuples for r in runs[SHIPPED])
    tuples = {
        str(kind): {
            "sentences": len(rows), "found": int(rows["found"].sum()), "gold": int(rows["gold"].sum()),
            **overlap(rows[["hits", "found", "gold"]].to_numpy(dtype=float)),
        }
        for kind, rows in counted.groupby("set", sort=False)
    }  # fmt: skip
    return {"sets": sets, "tuples": tuples, "costs": costs}


def overlap(counts: np.ndarray) -> dict[str, dict[str, float]]:
    """Give precision, recall and F1 of what is found in sentences, of the counts of each: hits, found, gold.

    Intervals are 95 % percentiles of bootstrap draws of sentences (Efron 1979).

    Examples
    --------
    >>> scores = overlap(np.array([[1.0, 1.0, 2.0], [1.0, 1.0, 2.0]]))
    >>> [scores[name]["value"] for name in ("precision", "recall", "f1")]
    [1.0, 0.5, 0.6667]
    """
    n = len(counts)
    draws = np.random.default_rng(0).multinomial(n, np.full(n, 1 / n), size=evaluate.DRAWS) @ counts
    whole = counts.sum(axis=0)

    def measure(value: Callable[[np.ndarray], np.ndarray]) -> dict[str, float]:
        return interval(value(whole), value(draws.T))

    return {
        "precision": measure(lambda c: c[0] / np.maximum(c[1], 1)),
        "recall": measure(lambda c: c[0] / np.maximum(c[2], 1)),
        "f1": measure(lambda c: 2 * c[0] / np.maximum(c[1] + c[2], 1)),
    }


def _speed(done: Sequence[Run]) -> int | None:
    seconds = sum(r.answering_seconds for r in done)
    # A clock tick says nothing: a constant answer has no speed.
    return round(sum(len(r.answers) for r in done) / seconds) if seconds > 1e-3 else None


# --- ablation ---


def ablate(folds: list[Fold], on_fit: Callable[[str], None]) -> dict[str, Any]:
    """Fit the recipe without each view, without each source of data, and on part of the documents.

    Returns
    -------
    dict
        ``sets``: by set and variant, the scores of :func:`compare` against the whole recipe.
    """
    reader = Reader(load_lexicon())
    tables = []
    for k, fold in enumerate(folds):
        rows = training_rows(reader, fold.learnt)
        asked = pd.concat([corpus.rows(test).assign(set=name) for name, test in fold.tests.items()], ignore_index=True)
        written = instances.given(reader, asked)
        table = asked[["set", "sentence_id"]].assign(gold=asked["stance"])
        for name, learnt, unseen in _variants(rows):
            on_fit(f"{name}, fold {k + 1} of {len(folds)}")
            probabilities, _ = fit(learnt).probabilities(written.assign(**dict.fromkeys(unseen, "")))
            table[name] = np.array(STANCES)[probabilities.argmax(axis=1)]
        tables.append(table)
    whole = pd.concat(tables, ignore_index=True)
    names = [name for name in whole.columns if name not in {"set", "sentence_id", "gold"}]
    return {
        "sets": {
            str(kind): {
                name: {"rows": len(rows), "folds": len(folds), **scores}
                for name, scores in compare(rows, names, SHIPPED).items()
            }
            for kind, rows in whole.groupby("set", sort=False)
        }
    }


def _variants(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, list[str]]]:
    """Give each variant's name, its rows to train on, and the views that are blank in it."""
    # No vectorizer can be fitted on nothing: as few rows as it counts keep a word.
    blank = np.where(np.arange(len(rows)) < Settings().min_df, "-", "")
    yield SHIPPED, rows, []
    for view in VIEWS:
        yield f"without view {view}", rows.assign(**{view: blank}), [view]
    sources = rows["sentence_id"].str.partition("-")[0]
    for source in sources.unique():
        yield f"without source {source}", rows[sources != source].reset_index(drop=True), []
    documents = np.random.default_rng(0).permutation(rows["group"].unique())
    for share in SHARES:
        some = rows["group"].isin(documents[: len(documents) * share // 100])
        yield f"{share} % of the documents", rows[some].reset_index(drop=True), []


# --- tables ---


def markdown(title: str, report: dict[str, Any]) -> str:
    """Write the report as Markdown tables."""
    head = ["model", "macro-F1", *(f"{stance} F1" for stance in STANCES), "accuracy", "difference", "rows", "folds"]
    lines = [f"# {title}", "", f"{report['what']} 95 % intervals in brackets, from a bootstrap by sentence."]
    for kind, scores in report["sets"].items():
        lines += ["", f"## {kind}", "", *table(head, [_row(name, s) for name, s in scores.items()])]
        if kind in report.get("tuples", {}):
            lines += ["", _tuple_line(report["tuples"][kind])]
    if "costs" in report:
        head = ["model", "training, s per fold", "rows per second", "peak memory, MiB"]
        rows = [
            [name, *("–" if v is None else f"{v:,}" for v in cost.values())] for name, cost in report["costs"].items()
        ]
        lines += ["", "## Cost", "", "Seconds of one core; reading the sentence included.", "", *table(head, rows)]
    versions = ", ".join(f"{name} {version}" for name, version in report["versions"].items())
    return "\n".join([*lines, "", f"With {versions}.", ""])


def _row(name: str, scores: dict[str, Any]) -> list[str]:
    stances = [f"{scores[f'{stance}_f1']['value']:.3f}" for stance in STANCES]
    difference = "" if name == SHIPPED else cell(scores["difference"], "+.3f")
    macro, accuracy = cell(scores["macro_f1"]), cell(scores["accuracy"])
    return [name, macro, *stances, accuracy, difference, f"{scores['rows']:,}", str(scores["folds"])]


def _tuple_line(scores: dict[str, Any]) -> str:
    precision, recall, f1 = (cell(scores[name]) for name in ("precision", "recall", "f1"))
    return (
        "The shipped recipe, from the text alone, tuples of sentence, party, target and stance, neutral left out: "
        f"F1 {f1}, precision {precision}, recall {recall}; {scores['found']:,} found, {scores['gold']:,} labelled, in "
        f"{scores['sentences']:,} sentences."
    )


def cell(score: dict[str, float], form: str = ".3f") -> str:
    """Write a figure with its interval."""
    return f"{score['value']:{form}} [{score['low']:{form}}, {score['high']:{form}}]"


# --- the command ---


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; give the exit status."""
    return command.run(_main, _parser().parse_args(arguments))


def _main(options: argparse.Namespace) -> None:
    folder = os.environ.get(REAL_NEWS)
    real = {name: sample(news, options.sample) for name, news in real_news(Path(folder)).items()} if folder else {}
    named = {} if options.ablation else models(not options.without_torch, options.epochs)
    folds = make_folds(sample(corpus.load(NEWS), options.sample), real)
    torch = [] if options.without_torch or options.ablation else ["torch", "transformers"]
    used = ["scikit-learn", "numpy", *torch]
    report: dict[str, Any] = {"what": _what(real, folds), "versions": command.versions(*used)}
    stem = "-".join(
        [
            "ablation" if options.ablation else "quality",
            "real" if real else "shipped",
            *(["without-torch"] if options.without_torch and not options.ablation else []),
            *([f"sample{options.sample}"] if options.sample else []),
        ]
    )
    say(report["what"])
    if options.ablation:
        report |= ablate(folds, say)
        command.save(options.output, stem, report, markdown("What each part adds", report))
    else:
        runs: dict[str, list[Run]] = {}
        for name, k, done in run_all(named, folds):
            runs.setdefault(name, []).append(done)
            say(f"{name}: fold {k + 1} of {len(folds)}, {done.training_seconds + done.answering_seconds:.0f} s")
            # The reference is whole before anything is compared with it.
            if len(runs[SHIPPED]) == len(folds):
                report |= figures(runs)
                command.save(options.output, stem, report, markdown("Quality", report))
    print(options.output.joinpath(f"{stem}.md").read_text(encoding="utf-8"))


def _what(real: dict[str, Corpus], folds: list[Fold]) -> str:
    learnt = round(np.mean([len(fold.learnt.sentences) for fold in folds]))
    if real:
        sizes = " and ".join(f"{len(news.sentences):,} sentences of {name}" for name, news in real.items())
        return (
            f"Tested on real news ({sizes}) in {FOLDS} folds by month or id; each model trained on {learnt:,} "
            "sentences of the shipped corpus on average, none of which retells its fold."
        )
    return (
        f"Cross-validated on the shipped corpus in {FOLDS} folds by document ({REAL_NEWS} is unset); each model "
        f"trained on {learnt:,} sentences on average."
    )


def _parser() -> argparse.ArgumentParser:
    parser = command.parser("quality", __doc__)
    parser.add_argument("--without-torch", action="store_true", help="leave the two transformers out")
    parser.add_argument("--epochs", type=count, default=encoders.EPOCHS, help="of fine-tuning (default: %(default)s)")
    parser.add_argument("--sample", type=count, help="draw so many sentences of each corpus, for a quick trial")
    parser.add_argument("--ablation", action="store_true", help="leave out each view and each source of data instead")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
