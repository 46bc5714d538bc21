"""What is installed is locked and listed, and the distributions are the same bytes whoever builds them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent


def declared():
    """Give what pyproject.toml asks for, without the benchmarks' peers, which are large and not locked."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = project["project"]["optional-dependencies"]
    users = project["project"]["dependencies"] + [one for name in extras if name != "bench" for one in extras[name]]
    developers = project["dependency-groups"]["dev"]
    return [[Requirement(one) for one in asked if not one.startswith("stancewire[")] for asked in (users, developers)]


def test_the_lock_holds_what_is_asked_for_with_hashes():
    text = (ROOT / "requirements-dev.txt").read_text("utf-8")
    locked: dict[str, set[str]] = {}
    for name, version, hashes in re.findall(r"^([\w.-]+)==([\w.]+)[^\n]*((?:\n    --hash=sha256:[^\n]+)*)", text, re.M):
        assert hashes, f"{name} has no hash"
        locked.setdefault(canonicalize_name(name), set()).add(version)
    users, developers = declared()
    stale = [
        str(one)
        for one in users + developers
        if not any(one.specifier.contains(version) for version in locked.get(canonicalize_name(one.name), ()))
    ]
    assert not stale, f"run 'make lock': {stale}"


def test_the_licence_of_all_that_users_install_is_listed():
    listed = re.findall(r"^\| ([\w.-]+) +\|", (ROOT / "LICENCES.md").read_text("utf-8"), re.M)
    listed = set(map(canonicalize_name, listed))
    missing = [one.name for one in declared()[0] if canonicalize_name(one.name) not in listed]
    assert not missing, f"run 'make lock': {missing}"


def test_distributions_are_the_same_bytes_wherever_they_are_built(tmp_path):
    pytest.importorskip("hatchling")
    built = []
    for place in ("one", "other"):
        source = tmp_path / place / place
        shutil.copytree(ROOT, source, ignore=shutil.ignore_patterns(".*", "__pycache__", "out", "dist"))
        for age, path in enumerate(sorted(source.rglob("*"))):
            os.utime(path, (1_000_000_000 + age, 1_000_000_000 + len(place) * age))
        out = tmp_path / place / "dist"
        build = [sys.executable, "-m", "hatchling", "build", "--directory", str(out)]
        subprocess.run(build, cwd=source, check=True, capture_output=True)
        built.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in out.iterdir()})
    assert sorted(name.partition("-")[2] for name in built[0]) == ["0.1.0-py3-none-any.whl", "0.1.0.tar.gz"]
    assert built[0] == built[1]


def test_every_promise_names_a_test_that_is_there():
    promised = re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text("utf-8"))
    written = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    assert promised
    assert [name for name in promised if f"def {name}(" not in written] == []
