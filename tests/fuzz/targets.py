"""What is fuzzed: for each target its seeds, and the check of one input."""

import asyncio
import gc
import gzip
import io
import json
import re
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote

import numpy as np
import pandas as pd

import pipeline
from pipeline import lexicon, records
from pipeline.errors import InputError
from pipeline.files import parse_documents, read_documents
from pipeline.instances import VIEWS
from pipeline.predict import Model
from pipeline.reading import Reader
from pipeline.tables import render_table

from . import properties, seeds

Check = Callable[[bytes], None]


@dataclass(frozen=True)
class Target:
    """What takes inputs: ``prepare`` loads what it needs, and gives the check of one input."""

    prepare: Callable[[], Check]
    seeds: Callable[[], list[bytes]]


@cache
def _reader() -> Reader:
    return Reader(lexicon.load())


@cache
def _shipped() -> Model:
    return pipeline.load()


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")  # bytes that are no text become lone surrogates


def _sentences() -> Check:
    def check(data: bytes) -> None:
        properties.folds_one_for_one(_text(data))
        properties.sentences_cover(_text(data))

    return check


def _sentence(holds: Callable[[Reader, str, str], object]) -> Callable[[], Check]:
    """Give a target of sentences behind a line with their date."""

    def prepare() -> Check:
        reader = _reader()

        def check(data: bytes) -> None:
            date, _, text = _text(data).partition("\n")
            holds(reader, text, date)

        return check

    return prepare


def _documents(name: str) -> Callable[[], Check]:
    """Give a target of tables; what is read is written, and read again as it was."""

    def prepare() -> Check:
        records.RECORD_LIMIT = 2**13  # so that inputs of a fuzzer's size reach it

        def check(data: bytes) -> None:
            found = properties.read_or_told(lambda: parse_documents(name, data, on_note=properties.told_in_one_line))
            if found:
                again = render_table(pd.DataFrame(found), Path(name).suffix[1:])
                assert list(parse_documents(name, again)) == found

        return check

    return prepare


_SUFFIX = re.compile(rb"(\.(?:csv|jsonl|txt)(?:\.gz)?)\n")


def _command() -> Check:
    """``stance predict`` on a file: a table and status 0, or one line and status 2."""
    from typer.main import get_command

    from pipeline import cli

    model, command = _shipped(), get_command(cli.app)  # which take longest, and are the same each time
    records.RECORD_LIMIT = 2**13
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def run(path: Path) -> tuple[object, str, str]:
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
        options = ["--all", "--min-probability", "0", "--format", "jsonl", "--jobs", "1"]
        with (
            patch.object(pipeline, "load", lambda *_: model), patch.object(cli, "app", command),
            patch.object(cli.signal, "signal"), patch.object(sys, "argv", ["stance", "predict", str(path), *options]),
            redirect_stdout(out), redirect_stderr(err),
        ):  # fmt: skip
            try:
                cli.main()
                status: object = 0
            except SystemExit as end:
                status = end.code or 0
        gc.unfreeze()  # which the command freezes at every run
        return status, out.buffer.getvalue().decode(), err.getvalue()  # type: ignore[attr-defined]

    def check(data: bytes) -> None:
        kind = _SUFFIX.match(data)
        suffix, content = (kind[1].decode(), data[kind.end() :]) if kind else (".txt", data)
        if suffix.endswith(".gz") and not content.startswith(b"\x1f\x8b"):
            content = gzip.compress(content, 1)
        path = folder / f"news{suffix}"
        path.write_bytes(content)
        status, told, said = run(path)
        *notes, reason = said.splitlines() or [""]
        for line in notes:
            properties.told_in_one_line(line)
        assert status in (0, 2), said
        if status:
            assert reason.startswith("stance: ")
            properties.told_in_one_line(reason)
            return
        texts = defaultdict(list)
        for document in read_documents([path], on_note=lambda note: None):
            texts[document.document].append(document.text)
        properties.rows_stand_in(texts, map(json.loads, told.split("\n")[:-1]))

    return check


def _api() -> Check:
    from pipeline.web.analysis import Analyst
    from pipeline.web.app import create
    from pipeline.web.settings import Limits, Settings

    app = create(Settings(), Analyst(_shipped(), Limits()))
    runner = asyncio.Runner()

    async def ask(method: str, address: str, headers: list[tuple[bytes, bytes]], body: bytes) -> dict[str, object]:
        sent: list[dict[str, object]] = []
        received = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, object]:
            return received.pop(0) if received else {"type": "http.disconnect"}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        path, _, query = address.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": unquote(path), "raw_path": path.encode("utf-8", "surrogateescape"), "root_path": "",
            "query_string": query.encode("utf-8", "surrogateescape"), "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        await app(scope, receive, send)  # type: ignore[arg-type]
        return {"start": sent[0], "body": b"".join(m.get("body", b"") for m in sent[1:])}  # type: ignore[misc]

    def check(data: bytes) -> None:
        head, _, body = data.partition(b"\n\n")
        line, *rest = head.split(b"\n")
        method, _, address = _text(line).partition(" ")
        fields = [(n.strip().lower(), v.strip()) for n, colon, v in (one.partition(b":") for one in rest) if colon]
        headers = fields if any(name == b"host" for name, _ in fields) else [(b"host", b"localhost"), *fields]
        answer: dict = runner.run(ask(method or "GET", "/" + address.removeprefix("/"), headers, body))
        told = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer["start"]["headers"]}
        properties.answered_or_refused(address, answer["start"]["status"], told, answer["body"])
        if answer["start"]["status"] == 200 and address.startswith("/v1/stances"):
            sent = json.loads(body)
            sent = sent if isinstance(sent, list) else [sent | {"document": sent.get("document") or "text"}]
            texts = {one.get("document") or f"text-{n}": [one["text"]] for n, one in enumerate(sent, 1)}
            properties.rows_stand_in(texts, json.loads(answer["body"])["stances"])

    check(b"POST /download/html\ncontent-type: application/x-www-form-urlencoded\n\ntext=Oslo+left.")  # loads fonts
    return check


def _tiny() -> bytes:
    """Give a model file with few n-grams."""
    from pipeline.model import Classifier, Regression
    from pipeline.ngrams import Tfidf
    from pipeline.persistence import save

    tfidf = Tfidf([(["CUE", "SELF"], np.ones(2))] * len(VIEWS))
    stance, tie = (
        Regression(classes, np.ones((rows, len(tfidf.idf))), np.zeros(rows))
        for classes, rows in ((sorted(lexicon.STANCES), 3), ([False, True], 1))
    )
    with tempfile.TemporaryDirectory() as folder:
        save(Classifier(tfidf, stance, tie, 0.5, {"version": "0"}), Path(folder, "tiny.skops"))
        return Path(folder, "tiny.skops").read_bytes()


def _edited(schema: bytes, edits: bytes) -> bytes:
    """Put values in the place of nodes of a schema: each line has a node's number and the JSON for it."""
    whole = json.loads(schema)
    places: list[tuple[Any, Any]] = []
    nodes = [whole]
    for node in nodes:
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        places += [(node, key) for key in keys]
        nodes += [node[key] for key in keys]
    for edit in edits.split(b"\n"):
        number, _, value = edit.partition(b" ")
        try:
            node, key = places[int(number) % len(places)]
            node[key] = json.loads(value)
        except (ValueError, RecursionError):
            continue  # neither number nor JSON: no edit
    return json.dumps(whole).encode()


_CODE = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "pickle.find_class", "ctypes.dlopen")


def _model() -> Check:
    """A model file is read or told in one line, and runs no code."""
    import skops.io  # noqa: F401 (its own imports run what a file must not)

    from pipeline.persistence import load

    with zipfile.ZipFile(io.BytesIO(_tiny())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    path = Path(tempfile.mkdtemp(prefix="fuzz-"), "m.skops")
    schema = members["schema.json"]
    rows = pd.DataFrame([["SELF CUE"] * len(VIEWS)], columns=list(VIEWS))
    run: list[str] = []
    sys.addaudithook(lambda event, _: run.append(event) if event in _CODE else None)

    def check(data: bytes) -> None:
        name, _, content = data.partition(b"\n")
        if name == b"edits" or name.decode("latin-1") in members:
            changed = {name.decode(): content} if name != b"edits" else {"schema.json": _edited(schema, content)}
            with zipfile.ZipFile(path, "w") as archive:
                for member, was in members.items():
                    archive.writestr(member, changed.get(member, was))
        else:
            path.write_bytes(data)
        run.clear()
        try:
            loaded = load(path)
        except InputError as fault:
            properties.told_in_one_line(str(fault))
        else:
            stances, tie = loaded.probabilities(rows)
            assert ((stances >= 0) & (stances <= 1)).all() and ((tie >= 0) & (tie <= 1)).all()
        assert run == []

    return check


TARGETS = {
    "sentences": Target(_sentences, seeds.texts),
    "actors": Target(_sentence(properties.mentions_stand), seeds.texts),
    "targets": Target(_sentence(lambda reader, text, date: properties.cues_stand(reader, text)), seeds.texts),
    "views": Target(_sentence(properties.actors_have_views), seeds.texts),
    "csv": Target(_documents("news.csv"), seeds.tables),
    "jsonl": Target(_documents("news.jsonl"), seeds.lines),
    "command": Target(_command, seeds.files),
    "model": Target(_model, lambda: seeds.models(_tiny())),
    "api": Target(_api, seeds.requests),
}
