"""Any text is decoded, and what is malformed, hostile or huge is refused in one line."""

from __future__ import annotations

import codecs
import gzip
import json
import os
import tracemalloc

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import records
from pipeline.errors import InputError
from pipeline.files import read_documents
from pipeline.records import clean_text
from pipeline.tables import open_writer
from tests.samples import put, refusal, texts

# Encodings

TEXT = "Ankara’s “no” – Çiçek\r\nsaid 5 €\n"


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz", "a.csv", "a.jsonl"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(tmp_path, name, encoding):
    content = TEXT
    if name == "a.csv":
        content = f'text\n"{TEXT.replace(chr(34), chr(34) * 2)}"\n'
    elif name == "a.jsonl":
        content = json.dumps({"text": TEXT}, ensure_ascii=False)
    notes = []
    path = put(tmp_path / name, content.encode(encoding))
    assert [d.text for d in read_documents([path], on_note=notes.append)] == [TEXT]
    assert len(notes) == (encoding == "cp1252")
    assert all(note.startswith(str(path)) and "Windows-1252" in note for note in notes)


def test_big_endian_utf16_and_a_broken_end(tmp_path):
    path = put(tmp_path / "a.txt", codecs.BOM_UTF16_BE + "Çay".encode("utf-16-be") + b"\xd8")
    assert [d.text for d in read_documents([path])] == ["Çay\ufffd"]


def test_the_fallback_is_noted_once_a_file_and_on_standard_error_by_default(tmp_path, capsys):
    path = put(tmp_path / "a.csv", "text\nÇay\nÇay\nnaïve Ω\n".encode("cp1252", "replace"))
    assert [d.text for d in read_documents([path])] == ["Çay", "Çay", "naïve ?"]
    assert capsys.readouterr().err.count("\n") == 1


def test_nuls_and_lone_surrogates_do_not_pass(tmp_path):
    put(tmp_path / "a.txt", b"Os\0lo \xed\xa0\x80 \xf0\x9f\x87\xb3\xf0\x9f\x87\xb4")
    put(tmp_path / "b.jsonl", r'{"id": "n\u0000o", "text": "Os\u0000lo \ud800 \ud83c\uddf3"}')
    put(tmp_path / "c.csv", b'id,text\nno,"Os\0lo"\n')
    put(tmp_path / "d.jsonl", '{"id": "no", "text": "Oslo"}'.encode("utf-16-le"))
    notes = []
    documents = [(d.document, d.text) for d in read_documents([tmp_path], on_note=notes.append)]
    assert documents == [("a", "Oslo \ufffd 🇳🇴"), ("no", "Oslo \ufffd 🇳"), ("no", "Oslo"), ("no", "Oslo")]
    assert notes == []


@given(st.text(st.characters()))
def test_clean_text_can_be_encoded_and_keeps_all_else(text):
    clean = clean_text(text)
    clean.encode()
    assert "\0" not in clean
    kept = [c for c in text if c != "\0"]
    assert [(c if not "\ud800" <= c <= "\udfff" else "\ufffd") for c in kept] == list(clean)


# What is malformed, hostile, huge


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "text,id\none,1\ntwo\n", "line 3: 1 fields where the header has 2"),
        ("a.csv", 'text\n"a\nb"\n"never closed\n\n', "line 4: malformed CSV"),
        ("a.csv", 'text\n"ill "quoted" field"\n', "line 2: malformed CSV"),
        ("a.csv", "", "empty"),
        ("a.csv", "\n\n", "empty"),
        ("a.csv", "x" * 10**6, "line 1: no column 'text'"),
        ("a.jsonl", '{"text": "a"}\n{"text": }\n', "line 2: malformed JSON (Expecting value, column 10)"),
        ("a.jsonl", '{"text": "a"}\n["text"]\n', "line 2: no JSON object"),
        ("a.jsonl", '{"text": "a"}\n{"txt": "b"}\n', "line 2: no column 'text' (there: 'txt')"),
        ("a.jsonl", '{"text": ["a"]}\n', "line 1: 'text' is not text but list"),
        ("a.jsonl", '{"text": ' + "[" * 10**6, "line 1: JSON nested too deep"),
        ("a.jsonl", '{"text": 1' + "0" * 10**5 + "}", "line 1: JSON nested too deep, or a number too long"),
        ("a.parquet", "PAR1 or so", "a.parquet"),
    ],
)
def test_faults_are_told_by_file_and_line(tmp_path, name, content, says):
    message = refusal(read_documents, [put(tmp_path / name, content)])
    assert message.startswith(str(tmp_path / name))
    assert says in message


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
def test_broken_gzip_files_are_refused(tmp_path, kind):
    path = tmp_path / f"a.{kind}.gz"
    start = b"text\n" if kind == "csv" else b'{"text": "'
    whole = gzip.compress(start + os.urandom(5000).hex().encode())
    for content in (b"plain text", whole[:-20], whole[:30], whole[:1000] + b"\0" * 50 + whole[1050:]):
        path.write_bytes(content)
        assert refusal(read_documents, [path]).startswith(f"{path}: cannot be read")


@pytest.mark.parametrize("kind", ["txt", "csv", "jsonl"])
def test_zip_bombs_stop_at_the_limit(tmp_path, kind):
    path = tmp_path / f"bomb.{kind}.gz"
    member = gzip.compress(b"a" * 2**24)
    path.write_bytes(gzip.compress(b"text\n" if kind == "csv" else b"") + member * 1000)  # 16 GB
    tracemalloc.start()
    try:
        assert "more than 33,554,432 characters" in refusal(read_documents, [path])
        assert tracemalloc.get_traced_memory()[1] < 8 * records.RECORD_LIMIT
    finally:
        tracemalloc.stop()


def test_a_row_that_never_ends_stops_at_the_limit_though_its_lines_are_short(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "RECORD_LIMIT", 2**20)
    path = put(tmp_path / "bomb.csv.gz", 'text\n"' + '","\n' * 2**20)
    assert "more than 1,048,576 characters" in refusal(read_documents, [path])


def test_ten_million_characters_in_one_line_and_a_million_lines(tmp_path):
    long = "Oslo’s embargo " * 700_000
    paths = [
        put(tmp_path / "a.txt", long),
        put(tmp_path / "b.csv", f"text\n{long}\n"),
        put(tmp_path / "c.jsonl", json.dumps({"text": long})),
        put(tmp_path / "d.txt", "x\r\n" * 10**6),
    ]
    assert [len(d.text) for d in read_documents(paths)] == [len(long)] * 3 + [3 * 10**6]


@given(st.binary(max_size=200) | texts.map(str.encode), st.sampled_from(["txt", "csv", "jsonl", "csv.gz", "parquet"]))
def test_any_bytes_give_documents_or_one_clear_line(tmp_path_factory, content, kind):
    path = put(tmp_path_factory.getbasetemp() / f"any.{kind}", content)
    try:
        documents = list(read_documents([path], on_note=lambda note: None))
    except InputError as error:
        assert str(error).startswith(str(path))
        assert len(str(error).splitlines()) == 1
    else:
        for document in documents:
            "".join(document).encode()


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "jsonl"])
def test_memory_does_not_grow_with_the_file(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(records, "RECORD_LIMIT", 2**20)  # far less than the file, which holds no row as long

    def peak(n: int) -> int:
        path = tmp_path / f"{n}.{kind}"
        with open_writer(path) as writer:
            for first in range(0, n, 500):
                writer.write(
                    pd.DataFrame({"text": [f"{i} “Sanctions”, again. " * 20 for i in range(first, first + 500)]})
                )
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_documents([path])) == n
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(1_000), peak(8_000)
    assert large < 1.15 * small
    assert large < 2**20


def test_parquet_memory_does_not_grow_with_the_row_group(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"text": [os.urandom(1000).hex() for _ in range(20_000)], "other": ["x" * 1000] * 20_000})
    pq.write_table(table, path, row_group_size=20_000, compression=None, use_dictionary=False)
    del table
    before = pa.total_allocated_bytes()
    held = [pa.total_allocated_bytes() - before for _ in read_documents([path])]
    assert len(held) == 20_000
    assert 0 < max(held) < 8 * 2**20
