"""The API: stances, the model, a sign of life."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from starlette.responses import Response

import pipeline
from pipeline.files import Document
from pipeline.lexicon import STANCES, TARGETS
from pipeline.web.analysis import Analyst
from pipeline.web.problems import MEDIA_TYPE, Problem
from pipeline.web.schemas import Article, Articles, HealthOut, ModelOut, ProblemOut, StancesOut

router = APIRouter()

_EXAMPLES: dict[str, Any] = {
    "one": {
        "summary": "One text",
        "value": {"text": "Moscow vetoed the sanctions that Paris had proposed.", "date": "2012-02-04"},
    },
    "many": {
        "summary": "Several texts",
        "value": [
            {"text": "Oslo joined the embargo on Mali.", "document": "wire-1", "date": "2024-05-01"},
            {"text": "Ankara will not send troops.", "document": "wire-2"},
        ],
    },
}
_REFUSALS = {
    400: "The request cannot be read.",
    403: "The request comes from a page of another site.",
    408: "The request did not come whole in time.",
    409: "Two texts have one id.",
    413: "It is more than one request may ask.",
    422: "A field is at fault; `errors` names each.",
    429: "Too many requests wait; try again after the seconds in Retry-After.",
}


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": ProblemOut.model_json_schema()}}
    return {status: {"description": _REFUSALS[status], "content": content} for status in statuses}


@router.post(
    "/v1/stances",
    summary="Who stands where in one or more texts",
    response_model=StancesOut,
    responses=_problems(*_REFUSALS),
)
async def stances(
    request: Request,
    body: Annotated[Articles, Body(openapi_examples=_EXAMPLES)],
    everything: Annotated[bool, Query(alias="all", description="Actors that take no side too.")] = False,
    min_probability: Annotated[
        float | None,
        Query(ge=0, le=1, description="Leave out stances less probable; by default those below the model's threshold."),
    ] = None,
    reasons: Annotated[int, Query(ge=0, le=50, description="N-grams that decided each stance, at most.")] = 0,
) -> Response:
    """Each row is one of `stance predict`: a sentence, a party, a target, the stance and its probability.

    `start` and `end` count characters (Unicode code points) of the text as it was sent.
    """
    analyst: Analyst = request.app.state.analyst
    documents = _documents(body)
    content = await analyst.run(_answer, analyst, documents, everything, min_probability, reasons)
    return Response(content, media_type="application/json")


@router.get("/v1/model", summary="The model and the limits", response_model=ModelOut, responses=_problems(400))
async def model(request: Request) -> dict[str, Any]:
    """Tell what the model was trained on and with, and what one request may ask for at most."""
    analyst: Analyst = request.app.state.analyst
    return {
        "version": pipeline.__version__,
        "threshold": analyst.model.classifier.threshold,
        "targets": TARGETS,
        "stances": STANCES,
        "card": analyst.model.card,
        "limits": vars(analyst.limits),
    }


@router.get("/healthz", summary="A sign of life", response_model=HealthOut, responses=_problems(400))
async def health() -> dict[str, str]:
    """Tell that the model is loaded and the server answers."""
    return {"status": "ok"}


def _documents(body: Article | list[Article]) -> list[Document]:
    if isinstance(body, Article):
        return [Document(body.document or "text", body.date, body.text)]
    documents = [Document(one.document or f"text-{n}", one.date, one.text) for n, one in enumerate(body, 1)]
    ids = [document.document for document in documents]
    if len(set(ids)) < len(ids):
        twice = next(name for k, name in enumerate(ids) if name in ids[:k])
        raise Problem(409, f"document {twice!r} stands twice; give each text an id of its own")
    return documents


def _answer(
    analyst: Analyst, documents: list[Document], everything: bool, min_probability: float | None, reasons: int
) -> bytes:
    table = analyst.stances(documents, everything, min_probability)
    rows = table.to_dict("records")
    if reasons:
        for row, why in zip(rows, analyst.reasons(table, reasons), strict=True):
            row["reasons"] = [reason._asdict() for reason in why]
    return json.dumps({"stances": rows}, ensure_ascii=False).encode()
