"""Who may ask, how much and how slowly; what a browser may do with the answer."""

import json
import re
import tempfile
from importlib.resources import files

import anyio
import pytest

from pipeline.web.guard import Guard
from pipeline.web.settings import LOOPBACK, Limits

STATIC = files("pipeline.web") / "static"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:80", "[::1]:8000", "LOCALHOST"])
def test_loopback_names_are_answered(client, host):
    assert client.get("/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "[", "localhost@evil.example", "0"])
@pytest.mark.parametrize("path", ["/", "/healthz", "/static/page.js", "/nothing"])
def test_other_names_are_not(client, host, path):
    response = client.get(path, headers={"host": host})
    assert response.status_code == 400
    assert "--allow-host" in response.json()["detail"]


def test_a_name_can_be_allowed(make_client):
    client = make_client(hosts=(*LOOPBACK, "stances.example"))
    assert client.get("/healthz", headers={"host": "Stances.example:8000"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/corrections", "/v1/stances"])
def test_pages_of_other_sites_cannot_post(client, headers, path):
    assert client.post(path, headers=headers).status_code == 403


def test_the_own_page_can_post(client):
    headers = {"origin": "http://localhost", "sec-fetch-site": "same-origin"}
    assert client.post("/v1/stances", json={"text": "x"}, headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/", "/v1/stances", "/corrections", "/download/csv"])
def test_a_body_too_large_is_refused(make_client, path):
    client = make_client(limits=Limits(body=1000))
    for size, refused in ((1000, False), (1001, True), (15_000, True), (100_000, True)):
        status = client.post(path, content=b"x" * size, headers={"content-type": "application/json"}).status_code
        assert (status == 413) == refused
        assert status < 500


def ask(guard, receive, **scope):
    """Send one request to an ASGI application, and give the messages of its answer."""
    sent = []

    async def send(message):
        sent.append(message)

    defaults = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost")],
    }
    anyio.run(guard, defaults | scope, receive, send)
    return sent


async def never(scope, receive, send):
    raise AssertionError("the request came through")


def test_a_body_too_slow_is_refused():
    async def receive():
        await anyio.sleep(0.01)
        return {"type": "http.request", "body": b"x", "more_body": True}

    start, body = ask(Guard(never, LOOPBACK, Limits(receiving=0.1)), receive)
    assert start["status"] == 408
    assert "did not come whole" in json.loads(body["body"])["detail"]


def test_who_has_gone_gets_no_answer():
    async def receive():
        return {"type": "http.disconnect"}

    assert ask(Guard(never, LOOPBACK, Limits()), receive) == []


def test_an_endless_body_is_not_kept():
    taken = 0

    async def receive():
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    start, _ = ask(Guard(never, LOOPBACK, Limits(body=10_000)), receive)
    assert start["status"] == 413
    assert taken < 200


def test_uploads_stay_in_memory(client, monkeypatch):
    def rollover(self):
        raise AssertionError("an upload was written to the disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", rollover)
    small, large = b"Moscow vetoed the sanctions. ", b"x " * (2**19 - 500)
    assert client.post("/", files={"file": ("a.txt", small)}).status_code == 200
    assert client.post("/", files={"file": ("a.txt", large)}).status_code == 413


PATHS = ["/", "/example", "/healthz", "/v1/model", "/openapi.json", "/static/page.js", "/static/nothing", "/nothing"]


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_bounds_what_a_browser_may_do(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not re.search(r"unsafe|\*|data:|https?:", policy)
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("path", ["/", "/example", "/nothing"])
def test_pages_hold_no_inline_code_and_name_no_other_host(client, tags_of, path):
    tags = tags_of(client.get(path, headers={"accept": "text/html"}).text)
    assert ("link", "/static/style.css") in [(tag, attrs.get("href")) for tag, attrs in tags]
    for tag, attrs in tags:
        assert tag != "style"
        assert not [name for name in attrs if name.startswith("on") or name == "style"]
        assert tag != "script" or attrs["src"].startswith("/static/")
        links = [attrs.get(name) or "/" for name in ("href", "src", "action", "formaction")]
        assert all(link.startswith("/") and not link.startswith("//") for link in links)


def test_static_files_name_no_other_host():
    for file in STATIC.iterdir():
        assert not re.search(r"(?<!xmlns=\")https?://|@import|url\(", file.read_text())
    assert "innerHTML" not in (STATIC / "page.js").read_text()
