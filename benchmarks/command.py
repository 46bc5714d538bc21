"""What the commands share: options, errors, and results in JSON and Markdown. Nothing heavy is loaded here."""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from pipeline.atomic import write_text
from pipeline.errors import InputError

REAL_NEWS = "STANCE_REAL_NEWS"
RESULTS = Path(__file__).parent / "results"


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Give the parser of ``python -m benchmarks.NAME``, with the option that says where the tables go."""
    made = argparse.ArgumentParser(
        prog=f"python -m benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--output", type=Path, default=RESULTS, help="folder of the tables (default: %(default)s)")
    return made


def count(text: str) -> int:
    """Read a whole number from 1 up, for an option."""
    if not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)


def run(work: Callable[[argparse.Namespace], None], options: argparse.Namespace) -> int:
    """Do a command's work; give the exit status, 2 where the user can mend what is wrong."""
    try:
        work(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def say(note: str) -> None:
    """Tell how far it has got, on standard error."""
    print(note, file=sys.stderr, flush=True)


def versions(*names: str) -> dict[str, str]:
    """Give the versions of Python, of this project and of other packages."""
    return {"Python": platform.python_version()} | {name: metadata.version(name) for name in ("stancewire", *names)}


def table(head: list[str], rows: Iterable[list[str]]) -> list[str]:
    """Write a table in Markdown, its first column to the left."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)]


def save(folder: Path, stem: str, report: dict[str, Any], markdown: str) -> None:
    """Write a report to ``STEM.json`` and ``STEM.md``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / f"{stem}.json", json.dumps(report, indent=1) + "\n")
    write_text(folder / f"{stem}.md", markdown)
