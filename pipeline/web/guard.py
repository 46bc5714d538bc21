"""The middleware before all else: who may ask, how much and how slowly, and what a browser may do with the answer."""

import asyncio
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pipeline.web.problems import Problem
from pipeline.web.settings import Limits

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # without any, browsers would keep the origin of a form to themselves
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_DRAINED = 16
"""Times the largest body that are read and thrown away, so that a browser gets to see why it was refused."""


class Guard:
    """ASGI middleware that checks host and origin, takes in the body within bounds, and sets security headers.

    Parameters
    ----------
    app : ASGIApp
    hosts : collection of str
        Names by which the server may be addressed: another one is a sign of DNS rebinding.
    limits : Limits
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], limits: Limits) -> None:
        self._app, self._hosts, self._limits = app, frozenset(host.lower() for host in hosts), limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        request = Request(scope, receive)
        try:
            self._check_host(request)
            _check_origin(request)
            body = await self._body(request)
        except Problem as problem:
            await problem.response(request)(scope, receive, secured)
        except ClientDisconnect:
            pass  # nobody is left to answer
        else:
            await self._app(scope, _replay(body, receive), secured)

    def _check_host(self, request: Request) -> None:
        host = request.headers.get("host", "")
        if _hostname(f"//{host}") not in self._hosts:
            raise Problem(
                400, "this server does not go by the name in the header Host; start it with --allow-host NAME"
            )

    async def _body(self, request: Request) -> bytes:
        most = self._limits.body
        chunks, size = [], 0
        try:
            async with asyncio.timeout(self._limits.receiving):
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > most * _DRAINED:
                        break
                    if size <= most:
                        chunks.append(chunk)
        except TimeoutError as error:
            most_seconds = f"{self._limits.receiving:.0f} s"
            raise Problem(408, f"the request did not come whole within {most_seconds}; send it again") from error
        if size > most:
            raise Problem(413, f"the request has more than {most:,} bytes; send less at once, or use 'stance predict'")
        return b"".join(chunks)


def _hostname(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _check_origin(request: Request) -> None:
    """Refuse what a page of another site sends in its visitor's name."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    foreign = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
    if foreign or (origin is not None and origin.partition("://")[2].lower() != request.headers["host"].lower()):
        raise Problem(403, "the request comes from a page of another site; open this server's own page")


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def replayed() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
