"""The command line: ``stance --help`` lists its commands."""

import errno
import hashlib
import inspect
import os
import signal
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from pipeline.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd
    from rich.console import Console

    from pipeline.corpus import Corpus
    from pipeline.files import Document
    from pipeline.predict import Model

app = typer.Typer(
    name="stance",
    help="Who supports and who opposes sanctions or military intervention, from news text, with reasons.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

Folders = Annotated[
    list[Path] | None, typer.Option("--corpus", help="Corpus folder; repeat for several. [default: the shipped one]")
]
ModelFile = Annotated[Path | None, typer.Option("--model", help="Model file. [default: the shipped one]")]
Actors = Annotated[Path | None, typer.Option("--actors", help="CSV of your own actors, laid out as data/actors.csv.")]


def _no_file(output: Path | None) -> Path | None:
    return None if output == Path("-") else output


Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", callback=_no_file, help="File to write, or -. [default: standard output]"),
]
Sure = Annotated[float | None, typer.Option("--min-probability", min=0, max=1, help="Leave out stances less probable.")]


Format = Literal["table", "csv", "jsonl", "parquet"]
Layout = Literal["table", "csv", "markdown", "latex"]
Period = Literal["month", "quarter", "year"]
Network = Literal["positions", "congruence", "conflict"]
Scope = Literal["document", "month", "quarter", "year", "all"]
Tool = Literal["label-studio", "dna"]


def _choosing(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command, in the place of its parameter ``choose``, the options that choose among statements."""

    def options(
        actors: Annotated[list[str] | None, typer.Option(help="Only these parties; repeat for several.")] = None,
        target: Annotated[str | None, typer.Option(help="sanctions or intervention.")] = None,
        since: Annotated[str | None, typer.Option(help="First day, month, quarter or year: 2014-03, 2014Q1.")] = None,
        until: Annotated[str | None, typer.Option(help="Last day, month, quarter or year, all of it.")] = None,
        min_statements: Annotated[int | None, typer.Option(min=1, help="Leave rarer actors out.")] = None,
        min_probability: Sure = None,
    ) -> None: ...

    added = inspect.signature(options).parameters
    own = inspect.signature(command).parameters

    def run(**given: Any) -> None:
        chosen = {name: value for name in added if (value := given.pop(name)) is not None}
        command(choose=partial(_select, **chosen), **given)

    merged = [p for name in own for p in (added.values() if name == "choose" else [own[name]])]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {p.name: p.annotation for p in merged}
    run.__signature__ = inspect.Signature([p.replace(kind=p.KEYWORD_ONLY) for p in merged])  # type: ignore[attr-defined]
    return run


def _select(table: "pd.DataFrame", **chosen: Any) -> "pd.DataFrame":
    from pipeline.summary import select

    return select(table, **chosen)


Choice = partial["pd.DataFrame"]
"""What chooses among statements; its keywords are the options that were given."""


@app.command()
def train(
    corpus: Folders = None,
    model: Annotated[Path | None, typer.Option(help="Where to write it. [default: models/stance.skops here]")] = None,
    search: Annotated[
        bool, typer.Option("--search", help="Choose the settings by cross-validation first; takes minutes.")
    ] = False,
) -> None:
    """Train a model on labelled sentences.

    Example: stance train --corpus data/news --corpus my-sentences --model mine.skops
    """
    from pipeline import corpus as corpora
    from pipeline import persistence
    from pipeline.atomic import atomic_path, check_writable
    from pipeline.lexicon import load
    from pipeline.reading import Reader
    from pipeline.train import FOLDS, NEWS, train_on, training_rows
    from pipeline.train import search as choose

    path = model or Path("models/stance.skops")
    check_writable(atomic_path(path))
    labelled = corpora.load(corpus or [NEWS])
    with _working("reading the sentences"):
        rows = training_rows(Reader(load()), labelled)
    settings = None
    if search:
        with _counting("comparing settings", FOLDS) as step:
            settings, scores = choose(rows, on_fold=step)
        typer.echo(scores.to_string(index=False), err=True)
    with _working("training"):
        trained = train_on(rows, labelled, settings)
        persistence.save(trained.classifier, path)
    card = trained.card
    typer.echo(f"{path}: trained on {card['sentences']:,} sentences with {card['stances']:,} stances", err=True)


@app.command()
def evaluate(
    corpus: Folders = None,
    model: ModelFile = None,
    json: Annotated[
        Path | None, typer.Option("--json", help="Write the scores as JSON; - for standard output.")
    ] = None,
    errors: Annotated[Path | None, typer.Option(help="Write the wrong rows with their reasons, as CSV.")] = None,
    folds: Annotated[int | None, typer.Option(min=2, help="Folds of the cross-validation. [default: 3]")] = None,
    curve: Annotated[bool, typer.Option("--curve", help="Cross-validate on parts of the documents too.")] = False,
    min_probability: Sure = None,
) -> None:
    """Score a model on labelled sentences; without --corpus, cross-validate on the shipped ones.

    Example: stance evaluate --corpus my-sentences --errors wrong.csv
    """
    from pipeline.atomic import atomic_path, check_writable
    from pipeline.evaluate import FOLDS, cross_validate, explained
    from pipeline.evaluate import evaluate as score

    if (corpus or model) and (folds or curve):
        raise InputError("evaluate: --folds and --curve are of the cross-validation; leave out --corpus and --model")
    if min_probability is not None and not (corpus or model):
        raise InputError("evaluate: --min-probability is not of the cross-validation; name --corpus or --model")
    for path in (errors, _no_file(json)):
        if path is not None:
            check_writable(atomic_path(path))
    if corpus is None and model is None:
        folds = folds or FOLDS
        with _counting("cross-validating", folds) as step:
            report = cross_validate(folds=folds, on_fold=step, curve=curve)
    else:
        from pipeline.train import NEWS

        report = score(_model(model), corpus or [NEWS], min_probability)
    if errors is not None:
        from pipeline.tables import open_writer

        with open_writer(errors, "csv") as writer:
            writer.write(explained(report["errors"]))
    if json is not None:
        _write(json, _json(report))
    else:
        _print_scores(report)


@app.command()
def predict(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE]...", help="Files, folders or globs; - for standard input.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="A text to read instead of files.")] = None,
    format: Annotated[Format | None, typer.Option(help="[default: by the output's name, else a table]")] = None,
    output: Output = None,
    all: Annotated[bool, typer.Option("--all", help="Give actors that take no side too.")] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="Tell the words that decided each stance; slower.")
    ] = False,
    date: Annotated[
        str, typer.Option(help="Date (ISO) of texts that have none; who holds an office hangs on it.")
    ] = "",
    model: ModelFile = None,
    actors: Actors = None,
    min_probability: Sure = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes; -1 for one on each core.")] = -1,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was broken off.")] = False,
    cluster: Annotated[str | None, typer.Option(help="Run on the Dask cluster at this address.")] = None,
) -> None:
    """Find who stands where in articles: .txt, .csv, .jsonl, .parquet, each also packed (.gz).

    A side is told from a probability of about a third on, for there are three answers; --min-probability 0.6 leaves the
    surer ones. With --output, what is done survives a kill, and the same command with --resume goes on behind it.

    Example: stance predict articles/ --output stances.csv
    """
    from pipeline.files import Document, iso, read_documents, total_size
    from pipeline.parts import Parts, parts_of
    from pipeline.records import clean_text
    from pipeline.tables import open_writer

    documents: Iterable[Document]
    size, meter = None, _Meter()
    if text is not None:
        if files:
            raise InputError("predict: --text and files together; give one of them")
        documents = [Document("text", "", clean_text(text))]
    else:
        own = [output, parts_of(output)] if output is not None else []
        documents = read_documents(files or ["-"], but=own, on_bytes=meter.read)
        size = total_size(files or ["-"], own) if _terminal().is_terminal else None
    if iso(date):
        documents = (document if document.date else document._replace(date=date) for document in documents)
    if jobs == 0 or jobs < -1:
        raise InputError(f"predict: --jobs {jobs}; give the number of processes, or -1 for one on each core")
    in_parts = output is not None and format != "table" and _new_or_file(output, files or ())
    if resume and not in_parts:
        raise InputError("predict: --resume without a file to go on with; name it with --output")
    from pipeline.parallel import batches, in_parallel, kept

    with kept():
        reader = _model(model, actors)
    from pipeline.predict import BATCH, empty_table, readable

    answer = reader.predict_batch
    if reasons:
        from pipeline.reasons import predict_batch

        answer = partial(predict_batch, reader)
    run = partial(answer, everything=all, min_probability=min_probability)
    empty = run([]) if reasons else empty_table()
    spread: Any
    if cluster is None:
        spread = partial(in_parallel, run, jobs=jobs)
    else:
        from pipeline.cluster import on_cluster

        spread = partial(on_cluster, run, address=cluster)
    if output is not None and in_parts:
        settings = {
            "files": files,
            "text": text,
            "all": all,
            "date": date,
            "reasons": reasons,
            "min_probability": min_probability,
            "model": reader.card,
            "actors": actors and hashlib.sha256(actors.read_bytes()).hexdigest(),
        }
        parts = Parts(output, format, settings, resume=resume)
        try:
            work = meter.marked(batches(parts.remaining(documents), BATCH))
            with _counting("reading", size, parts.done) as step, closing(spread(work)) as results:
                for count, table in results:
                    parts.write(count, table)
                    step(count, meter.reached())
            parts.join(empty)
        except KeyboardInterrupt:
            typer.echo(f"stance: stopped; {parts.done:,} documents are done, go on with --resume", err=True)
            raise typer.Exit(130) from None
        finally:
            parts.leave()
        return
    shown = readable if format == "table" or (format is None and output is None) else None
    with (
        open_writer(output, format) as writer,
        _counting("reading", size) as step,
        closing(spread(meter.marked(batches(documents, BATCH)))) as results,
    ):
        writer.write(empty if shown is None else shown(empty))
        rows = 0
        for count, table in results:
            writer.write(table if shown is None else shown(table))
            step(count, meter.reached())
            rows += len(table)
    if shown and not rows:
        typer.echo("stance: nobody is told to take a side on sanctions or intervention", err=True)


@app.command()
def align(
    article: Annotated[Path, typer.Argument(help="Your copy of the article, as text.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Corpus folder to write.")] = Path("article"),
    labels: Annotated[Path | None, typer.Option(help="Stand-off labels. [default: the shipped ones]")] = None,
) -> None:
    """Put the shipped labels on your own copy of the article they were made for.

    Example: stance align article.txt --output article
    """
    from pipeline import corpus
    from pipeline.files import read_documents
    from pipeline.resources import DATA

    found = corpus.align(next(iter(read_documents([article]))).text, labels or DATA / "article" / "original.csv")
    corpus.save(found, output)
    typer.echo(f"{output}: {len(found.sentences)} sentences aligned, {len(found.stances)} stances", err=True)


@app.command()
@_choosing
def summarize(
    predictions: Annotated[list[Path], typer.Argument(help="Files that 'stance predict' wrote.")],
    choose: Choice,
    by: Annotated[Period | None, typer.Option(help="A row per period too.")] = None,
    format: Annotated[Layout | None, typer.Option(help="[default: by the output's name, else a table]")] = None,
    output: Output = None,
) -> None:
    """Count who stands where: support, oppose, neutral, and the share in favour with its 95 % Wilson interval.

    Dates of the first and the last statement are shown where the terminal is wide enough; files always have them.

    Example: stance summarize stances.csv --by year --min-statements 5

    Example: stance summarize stances.csv --target sanctions --output table.tex
    """
    from rich.console import Console

    from pipeline import summary
    from pipeline.tables import open_writer

    counts = summary.summarize(choose(summary.read_predictions(predictions)), by)
    layouts: dict[str, Literal["markdown", "latex"]] = {".md": "markdown", ".tex": "latex"}
    layout = format or (layouts.get(output.suffix) if output is not None else None)
    if layout == "markdown" or layout == "latex":
        _write(output, summary.render(counts, layout))
        return
    with open_writer(output, layout) as writer:
        if layout == "table" or (output is None and layout is None):
            counts = summary.readable(counts)
            if Console().width < 100:
                counts = counts.drop(columns=["First", "Last"], errors="ignore")
        writer.write(counts)


@app.command()
@_choosing
def network(
    predictions: Annotated[list[Path], typer.Argument(help="Files that 'stance predict' wrote.")],
    choose: Choice,
    kind: Annotated[
        Network, typer.Option(help="Actors and positions, or actors tied by agreement or conflict.")
    ] = "positions",
    within: Annotated[Scope, typer.Option(help="Where actors must meet.")] = "document",
    output: Output = None,
) -> None:
    """Write a discourse network: GraphML (visone, Gephi, R), or edges as CSV where the output ends in .csv.

    Example: stance network stances.csv --kind congruence --output network.graphml
    """
    from pipeline import networks, summary

    graph = networks.network(choose(summary.read_predictions(predictions)), kind, within)
    if output is not None and output.suffix not in ("", ".csv", ".graphml", ".xml"):
        raise InputError(f"{output}: a network is GraphML or CSV; end its name in .graphml or .csv")
    edges = output is not None and output.suffix == ".csv"
    _write(output, networks.edge_list(graph).to_csv(index=False) if edges else networks.graphml(graph))


@app.command()
@_choosing
def export(
    predictions: Annotated[list[Path], typer.Argument(help="Files that 'stance predict' wrote.")],
    choose: Choice,
    to: Annotated[Tool, typer.Option(help="The tool to write for.")] = "label-studio",
    output: Output = None,
) -> None:
    """Write predictions as pre-annotations for Label Studio, or as statements for Discourse Network Analyzer.

    Example: stance export stances.csv --to label-studio --output tasks.json
    """
    import json

    from pipeline import annotation, networks, summary

    table = choose(summary.read_predictions(predictions))
    if to == "dna":
        _write(output, networks.dna_statements(table).to_csv(index=False))
    else:
        _write(output, json.dumps(annotation.to_label_studio(table), ensure_ascii=False, indent=1))
        typer.echo(f"paste this labelling interface into the Label Studio project:\n{annotation.LABELLING}", err=True)


@app.command("import")
def import_(
    annotations: Annotated[Path, typer.Argument(help="Label Studio's JSON export, or a CSV of stances.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Corpus folder to write.")],
    annotator: Annotated[str | None, typer.Option(help="Only this annotator's work.")] = None,
) -> None:
    """Turn corrected annotations into a corpus folder that 'stance train --corpus' takes.

    Example: stance import export.json --output my-sentences
    """
    from pipeline import annotation, corpus

    corpus.save(annotation.read(annotations, annotator), output)
    _say_corpus(output, corpus.load(output))


@app.command()
def merge(
    first: Annotated[Path, typer.Argument(help="One annotator's corpus folder.")],
    second: Annotated[Path, typer.Argument(help="The other's.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Corpus folder to write.")],
    disputes: Annotated[Path | None, typer.Option(help="Write what the two must settle, as CSV.")] = None,
    settled: Annotated[Path | None, typer.Option(help="That CSV, with its column 'settled' filled.")] = None,
) -> None:
    """Merge two annotators' folders, with their agreement (Krippendorff's alpha).

    Sentences with an open dispute are left out. Settle them together, and merge again:

    Example: stance merge anna ben --output agreed --disputes to-settle.csv

    Example: stance merge anna ben --output agreed --settled to-settle.csv
    """
    from pipeline import agreement, corpus
    from pipeline.tables import open_writer, read_table

    a, b = corpus.load(first), corpus.load(second)
    with open_writer(None, "table") as writer:
        writer.write(agreement.agreement(a, b))
    if disputes is not None:
        with open_writer(disputes, "csv") as writer:
            writer.write(agreement.disputes(a, b))
    merged = agreement.merge(a, b, None if settled is None else read_table(settled))
    corpus.save(merged, output)
    _say_corpus(output, merged)
    still_open = len({*a.sentences["sentence_id"], *b.sentences["sentence_id"]}) - len(merged.sentences)
    if still_open:
        typer.echo(
            f"{still_open} with an open dispute left out; list them with --disputes, settle, merge again", err=True
        )


@app.command()
@_choosing
def report(
    source: Annotated[
        list[Path], typer.Argument(help="Files that 'stance predict' wrote, or the JSON of 'stance evaluate'.")
    ],
    choose: Choice,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file to write.")] = Path("report.html"),
    title: Annotated[str, typer.Option(help="Its title.")] = "",
    by: Annotated[Period | None, typer.Option(help="Period of the timeline. [default: what suits the span]")] = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for the figures too, as PNG and SVG.")] = None,
) -> None:
    """Write one HTML file with the picture over many articles, or of an evaluation; it needs no network.

    Example: stance report stances.csv --output report.html
    """
    import pandas as pd

    from pipeline import report as html
    from pipeline.atomic import write_text

    material = html.read(source)
    if isinstance(material, pd.DataFrame):
        material = choose(material)
    elif choose.keywords or by:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in [*choose.keywords, *(["by"] if by else [])])
        raise InputError(f"{source[0]}: an evaluation has no statements to choose among; leave out {options}")
    write_text(output, html.report(material, title, by))
    if figures is not None:
        from pipeline.pictures import save

        try:
            figures.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{figures}: cannot be made ({error.strerror}); name another folder") from error
        for name, figure in html.pictures(material, by).items():
            for suffix in ("png", "svg"):
                save(figure, figures / f"{name}.{suffix}")
    typer.echo(f"{output}: written; open it in a browser", err=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine reach 0.0.0.0.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 for any free one.")] = 8000,
    allow_host: Annotated[
        list[str] | None, typer.Option(help="Name by which it may be addressed besides localhost; repeat for several.")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(help="Corpus folder that keeps what users correct. [default: nothing is kept]")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with its own model.")] = 1,
    model: ModelFile = None,
    actors: Actors = None,
) -> None:
    """Serve a page to paste articles into, and an API to call.

    Example: stance serve --corrections corrected --port 8000
    """
    from pipeline.web import server
    from pipeline.web.settings import LOOPBACK, Settings

    settings = Settings(model, actors, corrections, (*LOOPBACK, *(allow_host or ())))
    server.run(settings, host, port, workers, lambda url: typer.echo(f"{url}: ready; Ctrl+C ends it", err=True))


def _model(path: Path | None, actors: Path | None = None) -> "Model":
    import pipeline

    return pipeline.load(path, actors)


def _say_corpus(folder: Path, corpus: "Corpus") -> None:
    typer.echo(f"{folder}: {len(corpus.sentences)} sentences, {len(corpus.stances)} stances", err=True)


def _write(output: Path | None, text: str) -> None:
    if output is None or str(output) == "-":
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        return
    from pipeline.atomic import write_text

    write_text(output, text)


def _json(report: dict[str, Any]) -> str:
    import json

    return json.dumps(report, ensure_ascii=False, indent=1, default=str)


def _print_scores(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    scores, found = report["classification"], report["extraction"]
    table = Table(
        "given the actor and the target", "macro-F1", "95 % interval", "support", "oppose", "neutral", "accuracy"
    )
    low, high = scores["macro_f1_interval"]
    each = [f"{scores[stance]['f1']:.3f}" for stance in ("support", "oppose", "neutral")]
    table.add_row(
        "this model", f"{scores['macro_f1']:.3f}", f"{low:.3f}–{high:.3f}", *each, f"{scores['accuracy']:.3f}"
    )
    names = {"majority": "commonest stance", "sentence": "plain sentence, TF-IDF", "cue rule": "cue and verb rule"}
    for name, baseline in report.get("baselines", {}).items():
        low, high = baseline["macro_f1_interval"]
        table.add_row(names[name], f"{baseline['macro_f1']:.3f}", f"{low:.3f}–{high:.3f}")
    console.print(table)
    console.print(
        f"from the text alone: precision {found['precision']:.3f}, recall {found['recall']:.3f}, F1 {found['f1']:.3f} "
        f"({found['n_predicted']:,} tuples found, {found['n_gold']:,} gold)\n"
        f"expected calibration error {scores['ece']:.3f} given the actor and the target ({scores['n']:,} rows), "
        f"{found['ece']:.3f} from the text alone",
        highlight=False,
    )


def _terminal() -> "Console":
    from rich.console import Console

    return Console(stderr=True)


@contextmanager
def _working(what: str) -> Iterator[None]:
    """Show on a terminal that something goes on; quiet in a pipe."""
    console = _terminal()
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield


@contextmanager
def _counting(what: str, total: int | None, done: int = 0) -> Iterator[Any]:
    """Show count, speed and time left on a terminal; quiet in a pipe.

    Gives a function to call at each step with the items that it did and, where `total` is of something else than items,
    how much of that is done by now.
    """
    console = _terminal()
    if not console.is_terminal:
        yield lambda count=1, reached=None: None
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[items]:,}"),
        TextColumn("{task.fields[speed]:,.0f}/s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=total, items=done, speed=0.0)

        def step(count: int = 1, reached: int | None = None) -> None:
            now = progress.tasks[task]
            items = now.fields["items"] + count
            speed = (items - done) / (now.elapsed or 1.0)
            progress.update(task, completed=items if reached is None else reached, items=items, speed=speed)

        yield step


class _Meter:
    """How many bytes of the files were read by the end of each batch, whose result comes long after."""

    def __init__(self) -> None:
        self._read = 0
        self._marks: deque[int] = deque()

    def read(self, count: int) -> None:
        self._read += count

    def marked(self, batches: "Iterable[list[Document]]") -> "Iterator[list[Document]]":
        for batch in batches:
            self._marks.append(self._read)
            yield batch

    def reached(self) -> int:
        """Give the mark of the next batch."""
        return self._marks.popleft()


def _new_or_file(output: Path, files: "Iterable[str]") -> bool:
    """Tell whether an output is a file, or will be one, and no device; it must not be one of the inputs."""
    try:
        if output.exists() and any(Path(file).exists() and output.samefile(file) for file in files):
            raise InputError(f"{output}: is read, and cannot be written to as well; name another output")
        return output.is_file() or not output.exists()
    except OSError as error:
        raise InputError(f"{output}: cannot be written ({error.strerror}); write elsewhere") from error


INTERRUPTED = 130  # Ctrl-C, as shells have it
EXTRAS = {
    **dict.fromkeys(["matplotlib", "jinja2", "networkx", "nltk"], "report"),
    **dict.fromkeys(["fastapi", "uvicorn", "filelock"], "web"),
    **dict.fromkeys(["dask", "distributed"], "cluster"),
    "pyarrow": "parquet",
}


def main() -> None:
    """Run the command line; what the user can mend is one line on standard error and exit status 2."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # an end like any other: what is half written is removed
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115 (closed by the caller, who wants nothing there)
    warnings.formatwarning = lambda message, *_, **__: f"stance: {message}\n"
    try:
        app()
    except InputError as error:
        _stop(str(error))
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):
            _leave_stdout()  # the reader has gone (| head): nothing more to say
            sys.exit(0)
        if end.code == INTERRUPTED:
            _stop("interrupted", INTERRUPTED)
        raise
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        _leave_stdout()
        _stop("standard output: no space left to write to; free some, or write elsewhere")
    except ModuleNotFoundError as error:
        extra = EXTRAS.get((error.name or "").split(".")[0])
        if extra is None:
            raise
        _stop(f"this needs {error.name}; install it with pip install '.[{extra}]' where the source is")


def _stop(reason: str, status: int = 2) -> NoReturn:
    print(f"stance: {reason}", file=sys.stderr)
    sys.exit(status)


def _leave_stdout() -> None:
    """Let nothing be flushed to a standard output that takes no more."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)


if __name__ == "__main__":
    main()
