"""Whatever the text, nothing breaks, offsets select the mention, and time grows as the text does."""

import gzip
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from fuzz import properties
from fuzz.seeds import CSV, JSONL, NEWS, ODD
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import text as splitting
from pipeline.errors import InputError
from pipeline.files import read_documents
from pipeline.predict import COLUMNS
from pipeline.records import clean_text
from pipeline.tables import open_writer, read_table
from pipeline.text import mended, sentences

texts = st.one_of(
    st.text(st.characters()),
    st.lists(st.one_of(st.sampled_from(NEWS + ODD), st.text(st.characters(), max_size=3)), max_size=14).map("".join),
)


@settings(deadline=None, max_examples=150)
@given(text=texts)
def test_every_mention_stands_where_it_says(model, text):
    table = model.predict(text, everything=True, min_probability=0.0)
    assert tuple(table.columns) == COLUMNS
    properties.rows_stand_in({"text": [mended(text)]}, table.to_dict("records"))


@settings(deadline=None, max_examples=150)
@given(text=texts)
def test_sentences_stand_where_they_say_and_leave_out_no_word(text):
    properties.folds_one_for_one(text)
    properties.sentences_cover(text)


@settings(deadline=None, max_examples=100)
@given(text=texts, date=st.one_of(st.text(max_size=12), st.sampled_from(["2012-01-18", "²012", "٢٠١٢"])))
def test_every_actor_of_a_sentence_has_its_views(reader, text, date):
    properties.mentions_stand(reader, text, date)
    properties.cues_stand(reader, text)
    properties.actors_have_views(reader, text, date)


def with_bytes(data, *contents):
    """Give bytes that begin as one of the contents and have other bytes put in."""
    content = data.draw(st.sampled_from(contents))
    at = data.draw(st.integers(0, len(content)))
    odd = st.one_of(
        st.binary(max_size=12), st.sampled_from([b"\x00", b'"', b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"{" * 9])
    )
    return content[:at] + data.draw(odd) + content[at + data.draw(st.integers(0, 3)) :]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), packed=st.booleans())
def test_every_file_is_read_or_told_in_one_line(tmp_path, data, packed):
    suffix = data.draw(st.sampled_from([".txt", ".csv", ".jsonl", ""]))
    content = with_bytes(data, CSV, JSONL, "Bern – “no”".encode("utf-16"), "Zürich".encode("latin-1"))
    path = tmp_path / f"news{suffix}{'.gz' if packed else ''}"
    path.write_bytes(gzip.compress(content) if packed and data.draw(st.booleans()) else content)
    properties.read_or_told(lambda: read_documents([path], on_note=properties.told_in_one_line))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(texts.map(clean_text), min_size=1, max_size=4), suffix=st.sampled_from([".csv", ".jsonl"]))
def test_what_is_written_is_read_as_it_was(tmp_path, texts, suffix):
    path = tmp_path / f"table{suffix}"
    with open_writer(path) as writer:
        writer.write(pd.DataFrame({"sentence": texts, "start": range(len(texts))}))
    assert read_table(path)["sentence"].tolist() == texts


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".jsonl"])
def test_a_packed_bomb_is_refused(tmp_path, suffix):
    path = tmp_path / f"bomb{suffix}.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write({".txt": b"", ".csv": b'text\n"', ".jsonl": b'{"text": "'}[suffix])
        for _ in range(40):
            file.write(b"a" * 2**20)
    with pytest.raises(InputError, match=r"more than 33,554,432 characters"):
        list(read_documents([path]))


# How time grows -----------------------------------------------------------------------------------------------------

REPEATED = [
    *NEWS, "Moscow ", "Moscow, ", "president ", "of the ", "sanction'", "embargo", "theembargo", "freez a-", "ban on ",
    "x", " ", "\n", "a\n", "\r", "“", "'", "(", "U.S. ", "a. ", "ABC ", "\u0301", "🇫🇷", "\x00", "<b>", "not ",
]  # fmt: skip


def steps(work):
    """Count the calls, of Python's functions and of built-in ones, that some work takes."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("piece", REPEATED)
def test_twice_the_text_takes_twice_the_steps(model, monkeypatch, piece):
    monkeypatch.setattr(splitting, "_LONGEST", 200)  # the longest sentence: within it steps may grow faster
    start = NEWS[0] + "\n\n"
    one, two = (start + (piece * 3_000)[:length] for length in (1_500, 3_000))
    few, many = (steps(lambda text=text: model.predict(text, everything=True)) for text in (one, two))
    assert many < 2.4 * few


COUNTED = """
import sys
from types import SimpleNamespace
from pipeline.lexicon import DATA, _cues
from pipeline.targets import CueFinder
from pipeline.text import fold, sentences
finder = CueFinder(SimpleNamespace(words={"lifted": "end"}, cues=_cues(DATA / "targets.csv")))
for piece in sys.argv[2:]:
    text = (piece * 20_000)[:int(sys.argv[1])]
    sentences(text)
    finder.find(fold(text))
"""


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind counts the instructions; apt-get install valgrind")
def test_twice_the_text_takes_twice_the_instructions(tmp_path):
    """What calls do not tell: the steps within regular expressions, the splitter and the automata."""

    def instructions(length):
        counter = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={tmp_path / 'out'}", sys.executable]
        pieces = [piece for piece in REPEATED if "\0" not in piece]  # which no argument can hold
        run = subprocess.run(
            [*counter, "-c", COUNTED, str(length), *pieces],
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent), "PYTHONHASHSEED": "0"},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return int(re.search(r"Collected : (\d+)", run.stderr)[1])

    nothing, one, two = map(instructions, (0, 2_500, 5_000))
    assert two - nothing < 2.2 * (one - nothing)


def test_ten_megabytes_in_one_line_and_a_million_lines():
    line = "Moscow vetoed the sanctions. " * (10 * 2**20 // 29)
    assert sum(1 for _ in sentences(line)) == 10 * 2**20 // 29
    assert len(sentences("Oslo left.\n" * 1_000_000)) == 1_000_000
