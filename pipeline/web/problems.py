"""What goes wrong, told as problem details (RFC 9457) to programs and as a page to people."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from pipeline.errors import InputError
from pipeline.web.rendering import render

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):  # noqa: N818 (as RFC 9457 calls it)
    """A request that is refused.

    Parameters
    ----------
    status : int
        HTTP status.
    detail : str
        What is wrong and how to mend it.
    errors : sequence of mappings
        Each fault's place (``where``) and description (``what``), if there are several.
    headers : mapping, optional
        Of the response.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers

    def response(self, request: Request) -> Response:
        """Answer in the form that the caller reads."""
        title = HTTPStatus(self.status).phrase
        if "text/html" in request.headers.get("accept", ""):
            page = render("problem.html", title=title, detail=self.detail, errors=self.errors)
            return HTMLResponse(page, self.status, self.headers)
        body: dict[str, Any] = {"title": title, "status": self.status, "detail": self.detail}
        if self.errors:
            body["errors"] = self.errors
        return JSONResponse(body, self.status, self.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of an app a problem."""

    @app.exception_handler(Problem)
    async def _(request: Request, error: Problem) -> Response:
        return error.response(request)

    @app.exception_handler(InputError)
    async def _(request: Request, error: InputError) -> Response:
        return Problem(422, str(error)).response(request)

    @app.exception_handler(HTTPException)
    async def _(request: Request, error: HTTPException) -> Response:
        return Problem(error.status_code, _STATUS.get(error.status_code, error.detail), (), error.headers).response(
            request
        )

    @app.exception_handler(RequestValidationError)
    async def _(request: Request, error: RequestValidationError) -> Response:
        return invalid(error.errors()).response(request)

    @app.exception_handler(Exception)
    async def _(request: Request, error: Exception) -> Response:
        return Problem(500, "a fault of this server, not of the request").response(request)


_STATUS = {
    404: "there is nothing at this address; /openapi.json lists what there is",
    405: "this address takes another method; the header Allow names it",
}


def invalid(faults: Sequence[Any]) -> Problem:
    """Give the problem of a request whose fields are at fault, as pydantic tells them."""
    errors = [{"where": ".".join(map(str, fault["loc"])), "what": str(fault["msg"])} for fault in faults[:20]]
    first = f"{errors[0]['where']}: {errors[0]['what']}" if errors else "its fields are at fault"
    return Problem(422, f"{first}; /openapi.json describes the request", errors)
