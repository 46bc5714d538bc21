"""The page: paste, read, filter, download, correct."""

import hashlib
import json
from functools import cache
from typing import Any, Literal

import pandas as pd
from fastapi import APIRouter, Request
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, Response

import pipeline
from pipeline.errors import InputError
from pipeline.files import Document, parse_documents
from pipeline.lexicon import STANCES, TARGETS
from pipeline.records import clean_text
from pipeline.resources import DATA
from pipeline.tables import render_table
from pipeline.web import corrections
from pipeline.web.analysis import Analyst
from pipeline.web.corrections import Correction
from pipeline.web.problems import Problem, invalid
from pipeline.web.rendering import render
from pipeline.web.schemas import Article
from pipeline.web.settings import Settings
from pipeline.web.view import Filters, results

router = APIRouter(include_in_schema=False)

_DOCUMENTS = TypeAdapter(list[Document])
_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson", "html": "text/html; charset=utf-8"}


@router.get("/")
async def start(request: Request) -> HTMLResponse:
    """Show the empty page."""
    return HTMLResponse(_page(request))


@router.get("/example")
async def example(request: Request) -> HTMLResponse:
    """Show the page with the shipped article read."""
    analyst: Analyst = request.app.state.analyst
    return HTMLResponse(await analyst.run(_read, request, _example().text, [_example()], Filters()))


@router.post("/")
async def read(request: Request) -> HTMLResponse:
    """Read what was pasted or uploaded; what is wrong with it is said on the page, which keeps the text."""
    analyst: Analyst = request.app.state.analyst
    notes: list[str] = []
    async with request.form(max_files=1, max_fields=20) as form:
        text = _text(form)
        try:
            documents = await _documents(form, notes)
            shown = text or (documents[0].text if len(documents) == 1 else "")
            return HTMLResponse(await analyst.run(_read, request, shown, documents, _filters(form), notes))
        except (InputError, Problem) as error:
            status = error.status if isinstance(error, Problem) else 422
            return HTMLResponse(_page(request, text=text, date=_field(form, "date"), error=str(error)), status)


@router.post("/download/{kind}")
async def download(request: Request, kind: Literal["csv", "jsonl", "html"]) -> Response:
    """Give what passes the filters as a file."""
    analyst: Analyst = request.app.state.analyst
    async with request.form(max_files=1, max_fields=20) as form:
        documents = await _documents(form, [])
        content = await analyst.run(_file, analyst, documents, _filters(form), kind)
    headers = {"content-disposition": f'attachment; filename="stances.{kind}"'}
    return Response(content, headers=headers, media_type=_MEDIA_TYPES[kind])


@router.post("/corrections")
async def correct(request: Request) -> Response:
    """Keep a corrected sentence."""
    settings: Settings = request.app.state.settings
    if settings.corrections is None:
        raise Problem(404, "this server keeps no corrections; start it with --corrections DIR")
    async with request.form(max_files=0, max_fields=600) as form:
        correction = _correction(form)
    analyst: Analyst = request.app.state.analyst
    try:
        await analyst.run(corrections.keep, settings.corrections, correction)
    except InputError as error:
        raise Problem(507, f"the correction is not kept: {error}") from error
    return HTMLResponse(render("kept.html", sentence=correction.sentence), 201)


# The form ---------------------------------------------------------------------------------------------------------


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _text(form: FormData) -> str:
    return clean_text(_field(form, "text").replace("\r\n", "\n"))


async def _documents(form: FormData, notes: list[str]) -> list[Document]:
    """Give the texts that a form asks about: its file's, else those it asked about before, else the pasted one."""
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        return _uploaded(file.filename, await file.read(), notes)
    if earlier := _field(form, "documents"):
        try:
            documents = _DOCUMENTS.validate_json(earlier)
        except ValidationError as error:
            raise invalid(error.errors()) from error
        return _distinct([Document(*map(clean_text, document)) for document in documents])
    text = _text(form)
    if not text.strip():
        raise InputError("nothing to read; paste an article, or choose a file")
    try:
        article = Article(text=text, date=_field(form, "date"))
    except ValidationError as error:
        raise invalid(error.errors()) from error
    return [Document(_name(text), article.date, text)]


def _name(text: str) -> str:
    return f"article-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _uploaded(name: str, content: bytes, notes: list[str]) -> list[Document]:
    if not content.strip():
        raise InputError(f"{name}: empty; choose another file")
    return _distinct(list(parse_documents(name, content, on_note=notes.append)))


def _distinct(documents: list[Document]) -> list[Document]:
    """Give every text an id of its own: sentences are known by it."""
    taken: dict[str, int] = {}
    named = []
    for document in documents:
        taken[document.document] = count = taken.get(document.document, 0) + 1
        named.append(document if count == 1 else document._replace(document=f"{document.document} ({count})"))
    return named


def _correction(form: FormData) -> Correction:
    """Read the sentence, and the stances chosen for its actors in their order."""
    try:
        known = json.loads(_field(form, "sentence"))
        for row, stance in zip(known["stances"], form.getlist("stance"), strict=True):
            row["stance"] = stance
        return Correction.model_validate(known)
    except ValidationError as error:
        raise invalid(error.errors()) from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Problem(422, "not a correction as the page sends it; load the page again") from error


def _filters(form: FormData) -> Filters:
    try:
        probability = min(max(float(_field(form, "probability") or 0) / 100, 0.0), 1.0)
    except ValueError:
        probability = 0.0
    target = _field(form, "target")
    stances = tuple(stance for stance in STANCES if stance in form.getlist("stance"))
    return Filters(_field(form, "actor"), target if target in TARGETS else "", stances, probability)


# The answer -------------------------------------------------------------------------------------------------------


def _read(
    request: Request, text: str, documents: list[Document], filters: Filters, notes: list[str] | None = None
) -> str:
    date = documents[0].date if len(documents) == 1 else ""
    found = results(request.app.state.analyst, documents, filters)
    return _page(request, text=text, date=date, notes=notes or [], results=found)


def _page(request: Request, **context: Any) -> str:
    settings: Settings = request.app.state.settings
    defaults: dict[str, Any] = {"text": "", "date": "", "error": "", "notes": [], "results": None}
    known = {
        "version": pipeline.__version__,
        "stances": STANCES,
        "targets": TARGETS,
        "limits": settings.limits,
        "correctable": settings.corrections is not None,
    }
    return render("page.html", **defaults | known | context)


def _file(analyst: Analyst, documents: list[Document], filters: Filters, kind: str) -> bytes:
    table = filters.narrow(analyst.stances(documents))
    if kind != "html":
        return render_table(table, kind)
    from pipeline.report import report

    return report(table).encode()


@cache
def _example() -> Document:
    sentences = pd.read_csv(DATA / "article" / "sentences.csv", dtype=str)
    headline, *body = sentences["text"]
    paragraphs = [" ".join(body[k : k + 3]) for k in range(0, len(body), 3)]
    return Document("example", sentences["date"][0], "\n\n".join([headline, *paragraphs]))
