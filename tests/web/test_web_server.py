"""`stance serve` starts, says where, serves from several processes, ends when told, and says what is wrong."""

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from pipeline import corpus
from pipeline.errors import InputError
from pipeline.web import server
from pipeline.web.settings import Settings


def refusal(port=0, host="127.0.0.1", **settings):
    """Give what the command says when it refuses to start."""
    with pytest.raises(InputError) as refused:
        server.run(Settings(**settings), host, port, 1, lambda url: pytest.fail(f"it started at {url}"))
    return str(refused.value)


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal(port)
    assert str(port) in said
    assert "--port" in said


def test_an_address_of_another_machine_is_refused():
    assert "--host" in refusal(host="192.0.2.1")


def test_a_model_that_is_none_is_named(tmp_path):
    (tmp_path / "mine.skops").write_bytes(b"nonsense")
    assert "mine.skops" in refusal(model=tmp_path / "mine.skops")


def test_corrections_that_cannot_be_kept_are_named(tmp_path):
    (tmp_path / "file").write_text("")
    assert "file" in refusal(corrections=tmp_path / "file")


def test_several_processes_serve_until_interrupted(tmp_path):
    options = ["--port", "0", "--workers", "2", "--corrections", str(tmp_path)]
    command = [sys.executable, "-m", "pipeline.cli", "serve", *options]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            address = re.match(r"http://127\.0\.0\.1:\d+/", running.stderr.readline())[0]
            body = json.dumps({"text": "Oslo joined the embargo on Mali."}).encode()
            request = urllib.request.Request(f"{address}v1/stances", body, {"content-type": "application/json"})
            with answer_of(request) as answer:
                assert json.load(answer)["stances"][0]["party"] == "Norway"
        finally:
            running.send_signal(signal.SIGINT)
            rest = running.stderr.read()
    assert running.returncode in (0, -signal.SIGINT)
    assert "Traceback" not in rest
    assert corpus.load(tmp_path).sentences.empty


def answer_of(request, tries=200):
    """Ask until the server listens, which it says shortly before."""
    for _ in range(tries):
        try:
            return urllib.request.urlopen(request, timeout=30)
        except ConnectionRefusedError:
            pass
        except urllib.error.URLError as error:
            if not isinstance(error.reason, ConnectionRefusedError):
                raise
        time.sleep(0.1)
    raise TimeoutError("the server does not listen")
