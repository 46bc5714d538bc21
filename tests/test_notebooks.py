"""The notebooks run from the first cell to the last, show their pictures, and are kept without outputs."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="nbformat is missing: install the group 'dev'")

FOLDER = Path(__file__).parent.parent / "notebooks"
NOTEBOOKS = [
    "1-explore-the-data.ipynb",
    "2-train-and-evaluate.ipynb",
    "3-read-an-article.ipynb",
    "4-an-archive-over-time.ipynb",
]
SECONDS_A_CELL = 120


def read(name: str) -> Any:
    return nbformat.read(FOLDER / name, as_version=4)


def outputs(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def execute(name: str, folder: Path) -> Any:
    """Run a notebook in a fresh kernel whose working folder is `folder`; a cell that fails raises its traceback."""
    nbclient = pytest.importorskip("nbclient", reason="nbclient is missing: install the group 'dev'")
    pytest.importorskip("ipykernel", reason="ipykernel is missing: install the group 'dev'")
    notebook = read(name)
    resources = {"metadata": {"path": str(folder)}}
    nbclient.NotebookClient(notebook, timeout=SECONDS_A_CELL, kernel_name="python3", resources=resources).execute()
    return notebook


def check_shown(notebook: Any) -> None:
    shown = [output.get("data", {}) for output in outputs(notebook)]
    pictures = [data["text/html"] for data in shown if "<img" in data.get("text/html", "")]
    assert len(pictures) >= 2
    assert all(re.search('alt="[^"]{10,}"', picture) for picture in pictures)
    assert not [data for data in shown if "image/png" in data and "text/html" not in data]
    warnings = [output.text for output in outputs(notebook) if output.get("name") == "stderr" and "Warn" in output.text]
    assert not warnings


def test_every_notebook_is_named_here() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.ipynb")) == NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_no_outputs_are_kept(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    assert not outputs(notebook)
    assert all(cell.execution_count is None for cell in notebook.cells if cell.cell_type == "code")
    assert "## Something to try" in notebook.cells[-1].source


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_runs(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STANCE_REAL_NEWS", raising=False)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    check_shown(execute(name, tmp_path))


def test_reads_the_real_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not Path(os.environ.get("STANCE_REAL_NEWS", ""), "news", "archive.csv.gz").is_file():
        pytest.skip("STANCE_REAL_NEWS names no folder with news/archive.csv.gz, whose text is not ours to ship")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    notebook = execute("4-an-archive-over-time.ipynb", tmp_path)
    check_shown(notebook)
    told = next(output.text for output in outputs(notebook) if "documents, " in output.get("text", ""))
    assert int(told.split()[0].replace(",", "")) > 10_000
