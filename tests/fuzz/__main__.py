"""The command: ``python -m tests.fuzz --help``."""

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path

PACKAGES = ["pipeline", "skops"]  # whose coverage guides
MOST = 2**14  # bytes of an input
PATIENCE = 30  # seconds that one may take, on a busy machine too
MEMORY = 2_000  # megabytes, all together


def main() -> int:
    """Fuzz; give the exit status, 1 where something was found and 2 where the user can mend what is wrong."""
    parser = _parser()
    options = parser.parse_args()
    if options.inputs:
        if len(options.target or ()) != 1:
            parser.error("to run inputs again, name the one --target that they are of")
        return _again(options.target[0], options.inputs)
    try:
        with _instrumented():
            from .targets import TARGETS
    except ModuleNotFoundError as error:
        parser.error(f"{error.name} is missing; pip install {error.name} (atheris: CPython 3.11 to 3.13 on Linux)")
    chosen = options.target or list(TARGETS)
    if unknown := set(chosen) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    options.folder.mkdir(parents=True, exist_ok=True)
    tempfile.tempdir = str(options.folder)  # for the files that targets read
    found = 0
    for name in chosen:
        with _instrumented():
            check = TARGETS[name].prepare()  # before the fork: what it loads serves the targets after it, too
        found += _fuzzed(name, check, TARGETS[name].seeds(), options)
    return min(found, 1)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz",
        description="Look for inputs that break what must hold whatever comes in. Inputs that do are kept, and so is "
        "the corpus of each target, with which the next run begins.",
        epilog="example: python -m tests.fuzz --target csv --target jsonl --seconds 300",
    )
    parser.add_argument("inputs", nargs="*", type=Path, help="kept inputs to run again, of one --target")
    parser.add_argument("--target", action="append", help="what to fuzz; repeat for several (default: everything)")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=-1, help="inputs for each target (default: as time allows)")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations (default: another one each time)")
    parser.add_argument(
        "--folder", type=Path, default=Path("out/fuzz"), help="where all is kept (default: %(default)s)"
    )
    return parser


@contextmanager
def _instrumented() -> Iterator[None]:
    """Have the coverage of modules counted that are imported here."""
    import atheris

    with (
        Path(os.devnull).open("w") as nothing, redirect_stderr(nothing),  # it names every module
        atheris.instrument_imports(include=PACKAGES),
    ):  # fmt: skip
        yield


def _again(name: str, inputs: list[Path]) -> int:
    from .targets import TARGETS

    check = TARGETS[name].prepare()
    for path in inputs:
        check(path.read_bytes())
        print(f"{path}: nothing found")
    return 0


def _fuzzed(name: str, check: Callable[[bytes], None], seeds: list[bytes], options: argparse.Namespace) -> bool:
    """Fuzz one target in a process of its own; tell what came of it, and whether anything was found."""
    folder = options.folder / name
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (corpus / f"seed-{number:03}").write_bytes(seed[:MOST])
    log = folder / "log.txt"
    child = os.fork()
    if not child:
        _fuzz(name, check, options, folder, log)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    said = log.read_text("utf-8", "replace")
    runs, covered, kept = (re.findall(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: \d+ corp: (\d+)", said, re.M) or [("0",) * 3])[
        -1
    ]
    kept_inputs = " ".join(re.findall(r"Test unit written to (\S+)", said))
    end = f"FOUND {kept_inputs} (status {status}; see {log})" if status else "nothing found"
    print(f"{name}: {int(runs):,} inputs, coverage {covered}, corpus {kept}; {end}", flush=True)
    return bool(status)


def _fuzz(name: str, check: Callable[[bytes], None], options: argparse.Namespace, folder: Path, log: Path) -> None:
    """Fuzz until time is up or something is found; this ends the process."""
    import atheris

    from . import seeds

    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(file, 1)
    os.dup2(file, 2)
    words = folder / "words.txt"
    escaped = ("".join(f"\\x{byte:02x}" for byte in word) for word in seeds.words())
    words.write_text("".join(f'"{word}"\n' for word in escaped), encoding="ascii")
    settings = {
        "max_total_time": options.seconds, "runs": options.runs, "seed": options.seed, "max_len": MOST,
        "timeout": PATIENCE, "rss_limit_mb": MEMORY, "dict": words, "artifact_prefix": f"{folder}/",
    }  # fmt: skip
    atheris.Setup([name, *(f"-{key}={value}" for key, value in settings.items()), str(folder / "corpus")], check)
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
