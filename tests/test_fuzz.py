"""The fuzzer finds nothing in a short run, and finds a fault that is put there."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from fuzz.targets import TARGETS

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris is missing: it is there for CPython 3.11 to 3.13 on Linux, x86-64"
)

# The command with a fault: NULs and lone surrogates come through. It is put in where the coverage is counted already.
FAULTY = """
import sys
from unittest.mock import patch
from tests.fuzz import __main__ as command
fuzzed = command._fuzzed
def faulty(*arguments):
    from pipeline import files
    with patch.object(files, "clean_text", lambda text: text):
        return fuzzed(*arguments)
command._fuzzed = faulty
sys.exit(command.main())
"""


def fuzz(*options, code=("-m", "tests.fuzz")):
    command = [sys.executable, *code, *map(str, options)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_short_run_finds_nothing(tmp_path):
    run = fuzz("--runs", "64", "--seed", "7", "--seconds", "120", "--folder", tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    told = re.findall(r"^(\w+): (\d+) inputs, coverage (\d+), corpus (\d+); nothing found$", run.stdout, re.M)
    assert [name for name, *_ in told] == list(TARGETS)
    for name, inputs, covered, kept in told:
        assert int(inputs) >= 64, name
        assert int(covered) > 30, name
        assert int(kept) > 5, name


def test_a_fault_is_found_and_its_input_kept(tmp_path):
    options = ["--target", "jsonl", "--seed", "7", "--seconds", "120", "--folder", tmp_path]
    run = fuzz(*options, code=("-c", FAULTY))
    assert run.returncode == 1, run.stdout + run.stderr
    kept = next((tmp_path / "jsonl").glob("crash-*"))
    assert f"FOUND {kept}" in run.stdout
    again = fuzz("--target", "jsonl", kept)
    assert (again.returncode, again.stdout) == (0, f"{kept}: nothing found\n")


def test_usage_is_told():
    run = fuzz("kept-input")
    assert run.returncode == 2
    assert "name the one --target" in run.stderr
