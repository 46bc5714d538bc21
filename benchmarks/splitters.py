"""Measure sentence splitters on English news: quality, speed and what each costs to install and import.

Labelled sentences of one or more corpus folders are shuffled and joined in groups, so the true boundaries
are known. Every splitter that is installed runs over three renderings of the same groups:

- ``spaced``: sentences joined with one space, as inside a paragraph;
- ``paragraphs``: joined with a blank line, as headlines and one-sentence paragraphs are;
- ``lower``: spaced and lower-cased, as in sloppy or normalised input.

A boundary is the offset of the first character of a sentence other than the text's first. Nothing is
downloaded; libraries that are not installed are left out with a note on standard error.

    python benchmarks/splitters.py --corpus data/news/retold data/news/written
    pip install sentencex nupunkt syntok pysbd blingfire numpy     # the peers
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path

Span = tuple[int, int]
Splitter = Callable[[str], Iterable[Span]]

IMPORT_PROBE = """
import sys, time
sys.path.insert(0, sys.argv[2])
from splitters import SPLITTERS
began = time.perf_counter()
split = SPLITTERS[sys.argv[1]]()
loaded = time.perf_counter()
list(split("Moscow vetoed it. Paris did not."))
print(loaded - began, time.perf_counter() - loaded)
"""

#: Hard cases, each as the list of sentences it consists of.
CASES: dict[str, list[str]] = {
    "U.S. inside": ["The U.S. Senate backed U.S. sanctions.", "Iran protested."],
    "U.S. at the end": ["Iran protested to the U.S.", "It wants the sanctions lifted."],
    "U.N. inside": ["A U.N. Security Council vote failed.", "U.N. envoys left."],
    "U.N. at the end": ["Syria appealed to the U.N.", "Russia backed it."],
    "Gen. X": ["Gen. Mark Milley met Lt. Gen. Kainerugaba.", "Sen. Rubio and Rep. Crow objected."],
    "St. John": ["Foreign Minister St. John spoke.", "Sir Oliver St. John voted no."],
    "Mr., initials": ["Mr. Lavrov met George W. Bush.", "Dr. J. P. Nkomo left at 3 p.m. on Jan. 5."],
    "Co., Corp.": ["Huawei Technologies Co. Ltd. was blacklisted.", "ZTE Corp. was not."],
    "p.m. at the end": ["The vote came at 3 p.m.", "Russia abstained."],
    "quote after stop": ["“We will not yield.”", "Moscow kept its word."],
    "straight quote": ['He said: "We will not join."', '"Never," she said.'],
    "quote, then verb": ["“No troops!” said Lavrov.", "“Why?” asked Paris."],
    "two in a quote": ["“We saw it in Libya.", "We will not allow it again,” Lavrov said."],
    "decimals, figures": ["Oil fell 3.5% to $60.25.", "About 5,900 targets were hit."],
    "ellipsis": ["The council ... did not vote.", "Russia did."],
    "No., vs.": ["Resolution No. 1973 passed.", "The case U.S. vs. Iran went on."],
}


# --- the splitters: each factory imports its library and returns a function from a text to spans ---


def regex_rule() -> Splitter:
    """Give a single pattern: closing punctuation, any quotes, white space, a capital, digit or opening quote."""
    boundary = re.compile(r"[.!?][\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])|\n\s*\n")

    def split(text: str) -> list[Span]:
        cuts = [0, *(match.end() for match in boundary.finditer(text)), len(text)]
        return list(pairwise(cuts))

    return split


def sentencex() -> Splitter:
    """sentencex: Wikimedia's rules in Rust."""
    from sentencex import get_sentence_boundaries

    return lambda text: [(part["start_index"], part["end_index"]) for part in get_sentence_boundaries("en", text)]


def nupunkt() -> Splitter:
    """nupunkt: Punkt with abbreviations learnt from legal and financial text, in plain Python."""
    from nupunkt import sent_spans

    return lambda text: sent_spans(text)


def syntok() -> Splitter:
    """syntok: a tokenizer and a state machine over its tokens."""
    from syntok.segmenter import analyze

    return lambda text: [
        (sentence[0].offset, sentence[-1].offset + len(sentence[-1].value))
        for paragraph in analyze(text)
        for sentence in paragraph
    ]


def pysbd() -> Splitter:
    """pysbd: the golden rules of pragmatic_segmenter."""
    from pysbd import Segmenter

    segmenter = Segmenter(language="en", clean=False, char_span=True)
    return lambda text: [(span.start, span.end) for span in segmenter.segment(text)]


def blingfire() -> Splitter:
    """blingfire: Microsoft's finite-state automaton, a shared library called through ctypes."""
    from blingfire import text_to_sentences_and_offsets

    return lambda text: text_to_sentences_and_offsets(text)[1]


SPLITTERS: dict[str, Callable[[], Splitter]] = {
    factory.__name__: factory for factory in (regex_rule, sentencex, nupunkt, syntok, pysbd, blingfire)
}


# --- data and measures ---


@dataclass(frozen=True)
class Document:
    """A text and the offsets at which its sentences other than the first begin."""

    text: str
    boundaries: frozenset[int]


@dataclass
class Counts:
    """Boundaries found rightly, found wrongly and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def add(self, gold: Iterable[int], found: Iterable[int]) -> None:
        """Count the boundaries of one more text."""
        gold, found = set(gold), set(found)
        self.right += len(gold & found)
        self.wrong += len(found - gold)
        self.missed += len(gold - found)

    @property
    def precision(self) -> float:
        """The share of the found boundaries that are right."""
        return self.right / ((self.right + self.wrong) or 1)

    @property
    def recall(self) -> float:
        """The share of the true boundaries that are found."""
        return self.right / ((self.right + self.missed) or 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / ((2 * self.right + self.wrong + self.missed) or 1)


@dataclass(frozen=True)
class Result:
    """What one splitter was measured to do; `wrong_cases` holds the hard cases as it split them."""

    splitter: str
    version: str
    f1: dict[str, float]
    precision: dict[str, float]
    recall: dict[str, float]
    chars_per_second: float
    chars_per_second_long: float
    import_seconds: float
    first_call_seconds: float
    megabytes: float
    dependencies: str
    wrong_cases: dict[str, str]


def read_sentences(folders: Sequence[Path]) -> list[str]:
    """Give the texts of the folders' ``sentences.csv``, stripped, each text once."""
    texts: dict[str, None] = {}
    for folder in folders:
        with (folder / "sentences.csv").open(encoding="utf-8", newline="") as file:
            texts.update((row["text"].strip(), None) for row in csv.DictReader(file))
    return [text for text in texts if text]


def join(sentences: Sequence[str], glue: str) -> Document:
    """Join sentences and remember where each begins."""
    starts, position = [], 0
    for sentence in sentences:
        starts.append(position)
        position += len(sentence) + len(glue)
    return Document(glue.join(sentences), frozenset(starts[1:]))


def render(sentences: Sequence[str], group: int, seed: int) -> dict[str, list[Document]]:
    """Shuffle the sentences into groups and write each group in the three ways."""
    order = list(sentences)
    random.Random(seed).shuffle(order)
    groups = [order[i : i + group] for i in range(0, len(order), group)]
    lowered = [[sentence.lower() for sentence in part] for part in groups]
    return {
        "spaced": [join(part, " ") for part in groups],
        "paragraphs": [join(part, "\n\n") for part in groups],
        "lower": [join(part, " ") for part in lowered],
    }


def starts(text: str, spans: Iterable[Span]) -> set[int]:
    """Give the first visible character of each span, the text's own first left out."""
    found = set()
    for start, end in spans:
        visible = re.compile(r"\S").search(text, start, end)
        if visible:
            found.add(visible.start())
    first = re.search(r"\S", text)
    return found - {first.start() if first else 0}


def score(split: Splitter, documents: Iterable[Document]) -> Counts:
    """Count the boundaries a splitter finds and misses."""
    counts = Counts()
    for document in documents:
        counts.add(document.boundaries, starts(document.text, split(document.text)))
    return counts


def speed(split: Splitter, texts: Sequence[str], rounds: int) -> float:
    """Characters a second: median of rounds over disjoint texts, as some libraries remember old ones."""
    rates = []
    for part in (texts[i::rounds] for i in range(min(rounds, len(texts)))):
        began = time.perf_counter()
        for text in part:
            list(split(text))
        rates.append(sum(map(len, part)) / (time.perf_counter() - began))
    return statistics.median(rates)


def load_times(name: str, repeats: int) -> tuple[float, float]:
    """Seconds to import a splitter and to split its first text, each the least of fresh interpreters'."""
    command = [sys.executable, "-c", IMPORT_PROBE, name, str(Path(__file__).resolve().parent)]
    runs = []
    for _ in range(repeats):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        runs.append([float(value) for value in done.stdout.split()])
    imports, firsts = zip(*runs, strict=True)
    return min(imports), min(firsts)


def installed(name: str) -> tuple[str, float, str]:
    """Version, megabytes on disk and declared dependencies of a library; blanks where it has no package."""
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return "", 0.0, ""
    files = (Path(str(file.locate())) for file in package.files or ())
    size = sum(path.stat().st_size for path in files if path.is_file() and path.suffix != ".pyc")
    needs = [need for need in package.requires or () if "extra ==" not in need]
    return package.version, size / 1e6, ", ".join(needs)


def measure(
    name: str, split: Splitter, data: dict[str, list[Document]], short: Sequence[str], long: str, repeats: int
) -> Result:
    """Everything the tables show of one splitter, speed first, while every text is new to it."""
    list(split("Moscow vetoed it. Paris did not."))
    fast, slow = speed(split, short, repeats), speed(split, [long], 1)
    scores = {variant: score(split, documents) for variant, documents in data.items()}
    imports, first = load_times(name, repeats)
    version, megabytes, needs = installed(name)
    wrong = {}
    for case, sentences in CASES.items():
        document = join(sentences, " ")
        cuts = sorted(starts(document.text, split(document.text)))
        if set(cuts) != document.boundaries:
            wrong[case] = _marked(document.text, cuts)
    return Result(
        splitter=name,
        version=version,
        f1={variant: counts.f1 for variant, counts in scores.items()},
        precision={variant: counts.precision for variant, counts in scores.items()},
        recall={variant: counts.recall for variant, counts in scores.items()},
        chars_per_second=fast,
        chars_per_second_long=slow,
        import_seconds=imports,
        first_call_seconds=first,
        megabytes=megabytes,
        dependencies=needs,
        wrong_cases=wrong,
    )


def _marked(text: str, cuts: Sequence[int]) -> str:
    edges = [0, *cuts, len(text)]
    return " | ".join(text[a:b].strip() for a, b in pairwise(edges))


# --- output ---


def table(head: Sequence[str], body: Iterable[Sequence[str]]) -> str:
    """Lay out a Markdown table with aligned columns."""
    rows = [list(head), *(list(row) for row in body)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def report(results: Sequence[Result]) -> str:
    """Give the three tables: quality and speed, cost, and hard cases."""
    variants = list(results[0].f1)
    quality = table(
        ["splitter", *(f"F1 {v}" for v in variants), "P spaced", "R spaced", "Mchar/s", "Mchar/s, long text"],
        (
            [
                r.splitter,
                *(f"{r.f1[v]:.4f}" for v in variants),
                f"{r.precision['spaced']:.4f}",
                f"{r.recall['spaced']:.4f}",
                f"{r.chars_per_second / 1e6:.2f}",
                f"{r.chars_per_second_long / 1e6:.2f}",
            ]
            for r in results
        ),
    )
    cost = table(
        ["splitter", "version", "import ms", "first call ms", "MB", "declared dependencies"],
        (
            [
                r.splitter,
                r.version,
                f"{r.import_seconds * 1e3:.0f}",
                f"{r.first_call_seconds * 1e3:.0f}",
                f"{r.megabytes:.1f}",
                r.dependencies or "none",
            ]
            for r in results
        ),
    )
    names = [r.splitter for r in results]
    cases = table(
        ["case", *names],
        ([case, *("no" if case in r.wrong_cases else "yes" for r in results)] for case in CASES),
    )
    wrong = [f"- {r.splitter}, {case}: {got}" for r in results for case, got in r.wrong_cases.items()]
    return "\n\n".join([quality, cost, cases, "Wrong cases as split:\n\n" + "\n".join(wrong)])


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description="Measure sentence splitters on labelled English news sentences.")
    parser.add_argument(
        "--corpus",
        type=Path,
        nargs="+",
        metavar="DIR",
        default=sorted(path.parent for path in Path("data/news").glob("*/sentences.csv")) or [Path("data/news")],
        help="folders with a sentences.csv (default: those in data/news)",
    )
    parser.add_argument("--splitter", nargs="+", choices=SPLITTERS, default=list(SPLITTERS), help="default: all")
    parser.add_argument("--group", type=int, default=8, help="sentences in one text (default: 8)")
    parser.add_argument("--long", type=int, default=400, help="sentences in the one long text (default: 400)")
    parser.add_argument("--seed", type=int, default=0, help="of the shuffle (default: 0)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of timing (default: 3)")
    parser.add_argument("--json", action="store_true", help="print the measurements as JSON")
    args = parser.parse_args(argv)
    try:
        sentences = read_sentences(args.corpus)
    except (OSError, KeyError) as error:
        parser.error(f"cannot read the corpus: {error}; give folders that hold a sentences.csv with --corpus")
    if not sentences:
        parser.error("the corpus holds no sentences")

    data = render(sentences, args.group, args.seed)
    args.long = min(args.long, len(sentences) // 2)
    long = " ".join(sentences[: args.long])
    short = [document.text for document in render(sentences[args.long :], args.group, args.seed)["spaced"]]
    results = []
    for name in args.splitter:
        try:
            split = SPLITTERS[name]()
        except ImportError as error:
            print(f"{name} left out: {error}", file=sys.stderr)
            continue
        results.append(measure(name, split, data, short, long, args.repeats))
    if not results:
        parser.error("none of the splitters is installed")
    if args.json:
        print(json.dumps([asdict(result) for result in results], indent=2, ensure_ascii=False))
        return 0
    n = sum(len(document.boundaries) for document in data["spaced"])
    print(
        f"{len(sentences)} sentences in {len(data['spaced'])} texts, {n} boundaries, "
        f"{sum(len(document.text) for document in data['spaced'])} characters; seed {args.seed}\n"
    )
    print(report(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
