"""Measure how fast the server answers: bounded requests over loopback to a server that is started for it.

An article of about 1,000 words, made of shipped sentences, is sent to the API and to the page by one caller and by
several at once. Every answer is checked: an error or a wrong count of stances ends the run.

    python -m benchmarks.load
"""

import argparse
import http.client
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from benchmarks import command
from pipeline import corpus
from pipeline.atomic import write_text
from pipeline.resources import DATA

WORDS = 1_000
CALLERS = (1, 2, 4, 8)
_PERCENTILES = (50, 90, 99)


def article(words: int = WORDS) -> str:
    """Give shipped sentences in paragraphs of three, off-topic ones among them, with about that many words."""
    sentences = corpus.load(DATA / "news").sentences["text"].sample(frac=1, random_state=0).tolist()
    taken: list[str] = []
    while sum(len(sentence.split()) for sentence in taken) < words:
        taken.append(sentences[len(taken)])
    return "\n\n".join(" ".join(taken[k : k + 3]) for k in range(0, len(taken), 3))


def percentile(seconds: list[float], share: int) -> float:
    """Give a percentile, by linear interpolation.

    Examples
    --------
    >>> percentile([1.0, 2.0, 3.0], 50)
    2.0
    """
    return statistics.quantiles(seconds, n=100, method="inclusive")[share - 1]


def ask_api(host: str, port: int, text: str) -> int:
    """Ask the API for stances; give their number."""
    body = json.dumps({"text": text})
    return len(json.loads(_post(host, port, "/v1/stances?all=true", body, "application/json"))["stances"])


def ask_page(host: str, port: int, text: str) -> int:
    """Send the page's form, answered with every stance explained; give the number of stances."""
    page = _post(host, port, "/", urlencode({"text": text}), "application/x-www-form-urlencoded")
    return page.count('<li class="stance"')


def _post(host: str, port: int, path: str, body: str, kind: str) -> str:
    connection = http.client.HTTPConnection(host, port, timeout=60)
    try:
        connection.request("POST", path, body.encode(), {"Content-Type": kind})
        answer = connection.getresponse()
        content = answer.read().decode()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: status {answer.status}: {content[:200]}")
    return content


def measure(ask: Callable[[], int], callers: int, requests: int, seconds: float) -> tuple[list[float], float]:
    """Send requests from several callers at once, until the number or the time is reached.

    Returns
    -------
    list of float
        Seconds that each answer took.
    float
        Seconds that all took together.
    """
    expected = ask()
    end = time.perf_counter() + seconds

    def call(_: int) -> float | None:
        start = time.perf_counter()
        if start > end:
            return None
        if ask() != expected:
            raise RuntimeError("the same text was answered with another number of stances")
        return time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        taken = [one for one in pool.map(call, range(requests)) if one is not None]
    return taken, time.perf_counter() - start


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2], help="processes of the server (1 2)")
    parser.add_argument("--requests", type=int, default=200, help="requests of a row, at most (200)")
    parser.add_argument("--seconds", type=float, default=30.0, help="seconds of a row, at most (30)")
    parser.add_argument("--output", type=Path, default=Path("benchmarks/results/load.md"))
    options = parser.parse_args()
    text = article()
    rows = []
    for workers in options.workers:
        server_command = [sys.executable, "-m", "pipeline.cli", "serve", "--port", "0", "--workers", str(workers)]
        with subprocess.Popen(server_command, stderr=subprocess.PIPE, text=True) as server:
            try:
                address = urlsplit(re.split(r": ", server.stderr.readline() if server.stderr else "")[0])
                _await(address.hostname or "", address.port or 0)
                for name, ask in (("API", ask_api), ("page", ask_page)):
                    for callers in CALLERS:
                        where = (address.hostname or "", address.port or 0, text)
                        taken, together = measure(
                            lambda ask=ask, where=where: ask(*where),  # type: ignore[misc]
                            callers,
                            options.requests,
                            options.seconds,
                        )
                        rows.append((name, workers, callers, len(taken), taken, together))
                        print(name, workers, callers, f"{percentile(taken, 50):.3f}", file=sys.stderr)
            finally:
                server.terminate()
    write_text(options.output, table(rows, text))


def _await(host: str, port: int) -> None:
    for _ in range(600):
        try:
            ask_api(host, port, "Oslo joined the embargo.")
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server does not answer")


def table(rows: list[tuple[str, int, int, int, list[float], float]], text: str) -> str:
    """Write the table in Markdown."""
    head = ["asked", "processes", "callers", "requests", *(f"p{p}, ms" for p in _PERCENTILES), "a second"]
    lines = [
        "# How fast the server answers",
        "",
        f"One article of {len(text.split()):,} words ({len(text):,} characters) a request, over loopback, client and "
        f"server on the same {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()}); "
        "`python -m benchmarks.load`. The API gives every stance, the page every stance with its reasons. "
        "An error ends the run.",
        "",
    ]
    cells = []
    for name, workers, callers, requests, taken, together in rows:
        spans = [f"{1000 * percentile(taken, p):.0f}" for p in _PERCENTILES]
        cells.append([name, str(workers), str(callers), str(requests), *spans, f"{requests / together:.1f}"])
    return "\n".join([*lines, *command.table(head, cells)]) + "\n"


if __name__ == "__main__":
    main()
