"""Readers and writers: what goes in comes out, what cannot is said in one line, no file is ever half written."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import os
import resource
import signal
import subprocess
import sys
import tracemalloc
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import files
from pipeline.errors import InputError
from pipeline.files import (
    Document,
    atomic_path,
    clean_text,
    open_writer,
    parse_documents,
    read_documents,
    read_table,
    total_size,
    write_text,
)

ROOT = Path(__file__).parents[1]
FORMATS = ["csv", "csv.gz", "jsonl", "jsonl.gz", "parquet"]

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
rows = st.lists(
    st.fixed_dictionaries(
        {"document": texts, "sentence": texts, "start": st.integers(0, 10**9), "probability": st.floats(0, 1)}
    ),
    min_size=1,
    max_size=5,
)


def stances(n: int, first: int = 0) -> pd.DataFrame:
    numbers = range(first, first + n)
    return pd.DataFrame(
        {
            "document": [f"wire-{i}" for i in numbers],
            "sentence": [f"Oslo backed the “embargo”,\nsaid no. {i}." for i in numbers],
            "start": list(numbers),
            "stance": ["support" if i % 2 else "oppose" for i in numbers],
            "probability": [1 / (i + 1) for i in numbers],
        }
    )


def put(path: Path, content: bytes | str) -> Path:
    content = content.encode() if isinstance(content, str) else content
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(InputError) as caught:
        result = call(*arguments, **options)
        if hasattr(result, "__next__"):
            list(result)
    message = str(caught.value)
    assert len(message.splitlines()) == 1, message
    assert len(message) < 600, message[:1000]
    return message


# Whole files


def test_atomic_path_lies_hidden_beside_its_target_and_ends_in_its_suffixes(tmp_path):
    with atomic_path(tmp_path / "out.csv.gz") as temporary:
        assert temporary.parent == tmp_path
        assert temporary.name.startswith(".")
        assert temporary.suffixes[-2:] == [".csv", ".gz"]
        assert not (tmp_path / "out.csv.gz").exists()
        temporary.write_bytes(b"all")
    assert names(tmp_path) == ["out.csv.gz"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, InputError, FileNotFoundError, BrokenPipeError])
def test_old_file_survives_any_exception_unchanged(tmp_path, error):
    target = put(tmp_path / "out.txt", "old")
    with pytest.raises(error), atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error
    assert target.read_text() == "old"
    assert names(tmp_path) == ["out.txt"]


@pytest.mark.parametrize("kind", FORMATS)
def test_writer_leaves_nothing_behind_when_its_rows_run_dry_by_an_error(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(files._ParquetWriter, "ROWS", 2)
    target = put(tmp_path / f"out.{kind}", "old")
    before = target.read_bytes()
    with pytest.raises(ZeroDivisionError), open_writer(target) as writer:
        writer.write(stances(3))
        writer.write(stances(1 // 0))
    assert target.read_bytes() == before
    assert len(names(tmp_path)) == 1


def test_process_killed_while_writing_leaves_the_old_file_and_no_rows_to_read(tmp_path):
    target = put(tmp_path / "out.jsonl", '{"text": "old"}\n')
    code = (
        "import sys, time; from pipeline.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temporary:\n"
        '    temporary.write_text(\'{"text": "ne\')\n'
        "    print('half', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, target], cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"half\n"
        process.send_signal(signal.SIGKILL)
    assert [document.text for document in read_documents([tmp_path])] == ["old"]


@pytest.mark.parametrize("kind", FORMATS)
def test_no_space_is_said_in_one_line_and_keeps_the_old_file(tmp_path, kind):
    target = put(tmp_path / f"out.{kind}", "old")
    before = target.read_bytes()
    noise = pd.DataFrame({"sentence": [os.urandom(500).hex() for _ in range(3000)]})
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**20, hard))
    try:
        with pytest.raises(InputError, match=rf"out\.{kind}: no space left"), open_writer(target) as writer:
            writer.write(noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert target.read_bytes() == before
    assert len(names(tmp_path)) == 1


def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path):
    def write(path):
        with atomic_path(path):
            pytest.fail("the work began")

    assert "no folder" in refusal(write, tmp_path / "absent" / "out.csv")
    assert "Is a directory" in refusal(write, tmp_path)
    closed = tmp_path / "closed"
    closed.mkdir(0o555)
    # The superuser may write to any folder on disk, but not into the kernel's own.
    assert "ermission" in refusal(write, (closed if os.geteuid() else Path("/sys")) / "out.csv")


def test_places_that_close_during_the_work_are_told_too(tmp_path, monkeypatch):
    target = put(tmp_path / "out.txt", "old")
    with pytest.raises(InputError, match=r"out\.txt: cannot be written"), atomic_path(target) as temporary:
        temporary.write_text("new")
        target.unlink()
        target.mkdir()
    assert names(tmp_path) == ["out.txt"]


def test_a_read_only_file_is_not_replaced(tmp_path, monkeypatch):
    target = put(tmp_path / "out.txt", "old")
    monkeypatch.setattr(os, "access", lambda path, mode: path != target)  # the superuser has access to all
    assert "Permission denied" in refusal(write_text, target, "new")
    assert target.read_text() == "old"


def test_target_keeps_its_permissions_and_its_link(tmp_path):
    target = put(tmp_path / "real.txt", "old")
    target.chmod(0o640)
    link = tmp_path / "link.txt"
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_pipes_and_devices_are_written_to_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_text(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    assert pipe.is_fifo()
    assert names(tmp_path) == ["pipe"]


@given(texts.filter(lambda text: not text.startswith("\ufeff")))
def test_texts_come_back_as_written_line_ends_and_all(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "round.txt"
    write_text(path, text)
    assert list(read_documents([path])) == [Document("round", "", text)]


# Documents


def test_columns_are_found_by_name_and_missing_ids_count_rows(tmp_path):
    put(tmp_path / "a.csv", "id, date, text\nx,2024-05-01,One.\n,,Two.\n")
    put(tmp_path / "b.jsonl", '{"body": "Three.", "document_id": 7}\n\n{"text": null}\n')
    put(tmp_path / "c.csv", "sentence_id;document_id;Text\ns1;d;Four.\ns2;d;Five; quoted\n".replace("Five;", '"Five;'))
    assert "line 3: malformed CSV" in refusal(read_documents, [tmp_path / "c.csv"])
    put(tmp_path / "c.csv", 'sentence_id;document_id;Text\ns1;d;Four.\ns2;d;"Five; quoted"\n')
    assert list(read_documents([tmp_path])) == [
        Document("x", "2024-05-01", "One."),
        Document("a-2", "", "Two."),
        Document("7", "", "Three."),
        Document("b-2", "", ""),
        Document("s1", "", "Four."),
        Document("s2", "", "Five; quoted"),
    ]


def test_rows_of_one_document_stay_apart(tmp_path):
    path = put(tmp_path / "a.csv", "document_id,text\nd,One.\nd,Two.\n")
    assert [(d.document, d.text) for d in read_documents([path])] == [("d", "One."), ("d", "Two.")]


def test_text_column_can_be_named_and_is_never_guessed_between_two(tmp_path):
    path = put(tmp_path / "a.csv", "body,content,lead\nB,C,L\n")
    assert [d.text for d in read_documents([path], text_column="lead")] == ["L"]
    message = refusal(read_documents, [path])
    assert "a.csv, line 1: no column 'text'" in message
    assert "'body', 'content', 'lead'" in message
    assert "'headline'" in refusal(read_documents, [path], text_column="headline")


def test_parquet_rows_with_their_dates(tmp_path):
    dates = pd.to_datetime(["2024-05-01", None, "2024-05-02T10:30:00"], format="ISO8601")
    table = pd.DataFrame({"id": [1, 2, 3], "other": 0, "text": ["One.", None, "Th\0ree."], "date": dates})
    table.to_parquet(tmp_path / "a.parquet", row_group_size=1)
    assert list(read_documents([tmp_path / "a.parquet"])) == [
        Document("1", "2024-05-01", "One."),
        Document("2", "", ""),
        Document("3", "2024-05-02T10:30:00", "Three."),
    ]


def test_folders_are_read_in_order_with_names_that_tell_files_apart(tmp_path):
    for name in ("b/x.txt", "a/x.txt.gz", "a/.hidden.txt", ".git/x.txt", "z.txt", "notes.md", "LICENSE"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        put(tmp_path / name, name)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "absent.txt")
    assert [(d.document, d.text) for d in read_documents([tmp_path])] == [
        ("z", "z.txt"),
        ("a/x", "a/x.txt.gz"),
        ("b/x", "b/x.txt"),
    ]


def test_a_folder_that_cannot_be_entered_is_not_passed_over(tmp_path, monkeypatch):
    put(tmp_path / "a.txt", "One.")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refuse(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert "cannot be read (Permission denied)" in refusal(read_documents, [tmp_path])


def test_globs_are_expanded_unless_a_file_has_that_name(tmp_path):
    for name in ("b.txt", "a.txt", "[ab].txt"):
        put(tmp_path / name, name)
    assert [d.text for d in read_documents([tmp_path / "?.txt"])] == ["a.txt", "b.txt"]
    assert [d.text for d in read_documents([str(tmp_path / "[ab].txt")])] == ["[ab].txt"]


def test_standard_input_is_one_document_and_stays_open(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbfOne.\r\n\r\nTwo.\n")))
    assert list(read_documents(["-"])) == [Document("stdin", "", "One.\r\n\r\nTwo.\n")]
    assert not sys.stdin.buffer.closed


@pytest.mark.parametrize("kind", [*FORMATS, "txt", "txt.gz"])
def test_the_bytes_that_are_read_are_told_as_it_goes_and_are_all_in_the_end(tmp_path, kind):
    # Parquet is read a megabyte at a time, with a dictionary of up to another ahead of it.
    texts = pd.DataFrame({"text": [os.urandom(50).hex() for _ in range(60_000)], "of no use": 1})
    if kind.startswith("txt"):
        put(tmp_path / f"news.{kind}", " ".join(texts["text"]))
    else:
        with open_writer(tmp_path / f"news.{kind}") as writer:
            writer.write(texts)
    (tmp_path / "empty.txt").touch()
    told: list[int] = []
    documents = read_documents([tmp_path], on_bytes=told.append)
    assert next(documents).document == "empty"
    assert next(documents).text
    size = (tmp_path / f"news.{kind}").stat().st_size
    assert kind.startswith("txt") or 0 < sum(told) < size
    for _ in documents:
        pass
    assert sum(told) == total_size([tmp_path]) == size


def test_what_a_pipe_holds_shows_in_the_reading_only(tmp_path):
    put(tmp_path / "a.txt", "Oslo left.")
    os.mkfifo(tmp_path / "b.jsonl")
    assert total_size([tmp_path / "a.txt", tmp_path / "a.txt"]) == 20
    assert total_size([tmp_path / "a.txt", tmp_path / "b.jsonl"]) is None


def test_what_is_named_is_looked_for_before_anything_is_read(tmp_path):
    here = put(tmp_path / "a.txt", "One.")
    with pytest.raises(InputError, match=r"b\.txt: no such file"):
        read_documents([here, tmp_path / "b.txt"])
    with pytest.raises(InputError, match="no such file"):
        read_documents([here, tmp_path / "*.csv"])
    documents = read_documents([here, here])
    next(documents)
    here.unlink()
    assert "No such file" in refusal(lambda: documents)


def test_kinds_that_are_not_text_are_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert "holds no file to read" in refusal(read_documents, [tmp_path / "empty"])
    assert "convert it to .txt" in refusal(read_documents, [put(tmp_path / "a.pdf", "%PDF")])
    assert [d.text for d in read_documents([put(tmp_path / "article", "One.")])] == ["One."]


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
        assert tracemalloc.get_traced_memory()[1] < 8 * files.RECORD_LIMIT
    finally:
        tracemalloc.stop()


def test_a_row_that_never_ends_stops_at_the_limit_though_its_lines_are_short(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "RECORD_LIMIT", 2**20)
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
    monkeypatch.setattr(files, "RECORD_LIMIT", 2**20)  # far less than the file, which holds no row as long

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


# Tables


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=25)
@given(rows)
def test_tables_come_back_as_written(tmp_path_factory, kind, rows):
    path = tmp_path_factory.getbasetemp() / f"round.{kind}"
    table = pd.DataFrame(rows)
    with open_writer(path) as writer:
        writer.write(table.head(0))
        writer.write(table.head(1))
        writer.write(table.iloc[1:])
    back = read_table(path, required=["document", "probability"])
    assert back.to_dict("records") == table.to_dict("records")
    assert back["start"].dtype == "int64"


@pytest.mark.parametrize("kind", FORMATS)
def test_tables_without_rows_keep_their_columns_and_what_is_missing_is_empty(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(files._ParquetWriter, "ROWS", 1)
    path = tmp_path / f"a.{kind}"
    with open_writer(path) as writer:
        writer.write(stances(0))
    empty = read_table(path, required=list(stances(0)))
    assert list(empty) == list(stances(0))
    assert len(empty) == 0
    assert kind.startswith("jsonl") or list(read_table(path)) == list(stances(0))
    with open_writer(path) as writer:
        writer.write(pd.DataFrame({"party": ["Norway"], "date": [None]}))
        writer.write(pd.DataFrame({"party": ["NA", "EU"], "date": ["2024-05-01", None]}))
    assert read_table(path).to_dict("list") == {"party": ["Norway", "NA", "EU"], "date": ["", "2024-05-01", ""]}
    assert b"NaN" not in path.read_bytes()


@pytest.mark.parametrize("kind", FORMATS)
def test_a_writer_that_got_nothing_writes_a_file_of_its_kind(tmp_path, kind):
    with open_writer(tmp_path / f"a.{kind}"):
        pass
    if kind == "parquet":
        assert pq.read_table(tmp_path / "a.parquet").num_rows == 0
    else:
        content = (tmp_path / f"a.{kind}").read_bytes()
        assert (gzip.decompress(content) if kind.endswith("gz") else content) == b""


def test_csv_is_rfc_4180_with_one_header_and_fields_untouched(tmp_path):
    path = tmp_path / "a.csv"
    with open_writer(path) as writer:
        writer.write(pd.DataFrame({"id": ["001"], "sentence": ['=HYPERLINK("x")\rso, “yes”']}))
        writer.write(pd.DataFrame({"id": ["-1"], "sentence": ["plain"]}))
    assert path.read_bytes() == ('id,sentence\r\n001,"=HYPERLINK(""x"")\rso, “yes”"\r\n-1,plain\r\n'.encode())
    with path.open(newline="", encoding="utf-8") as file:
        assert list(csv.reader(file))[1] == ["001", '=HYPERLINK("x")\rso, “yes”']


def test_parquet_is_written_in_row_groups_of_some_size(tmp_path, monkeypatch):
    monkeypatch.setattr(files._ParquetWriter, "ROWS", 100)
    with open_writer(tmp_path / "a.parquet") as writer:
        for first in range(0, 250, 10):
            writer.write(stances(10, first))
            writer.write(stances(0))
    assert pq.ParquetFile(tmp_path / "a.parquet").num_row_groups == 3
    assert read_table(tmp_path / "a.parquet")["start"].tolist() == list(range(250))


def test_the_same_rows_give_the_same_packed_bytes(tmp_path):
    for name in ("a.csv.gz", "b.csv.gz"):
        with open_writer(tmp_path / name) as writer:
            writer.write(stances(3))
    assert (tmp_path / "a.csv.gz").read_bytes() == (tmp_path / "b.csv.gz").read_bytes()
    assert (tmp_path / "a.csv.gz").read_bytes()[4:8] == bytes(4)  # the time


def test_rows_of_json_lines_may_differ_and_hold_anything(tmp_path):
    path = put(
        tmp_path / "a.jsonl", '{"party": "\\ud800", "start": 1}\n{"party": 7, "\\udfff": ["\\u0000"], "start": "2"}\n'
    )
    assert read_table(path).to_dict("list") == {"party": ["\ufffd", "7"], "start": [1, 2], "\ufffd": ["", "['\\x00']"]}
    assert "'start' holds what is no number" in refusal(read_table, put(path, '{"start": "\\ud800"}'))
    assert "'start' holds what is no number" in refusal(read_table, put(path, '{"start": 1}\n{"party": "EU"}'))


def test_parquet_text_that_is_not_utf8_is_refused(tmp_path):
    broken = pa.array([b"Os\xfflo"]).view(pa.string())
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    assert "no sound Parquet file" in refusal(read_documents, [tmp_path / "a.parquet"])


def test_missing_columns_and_bad_numbers_are_named(tmp_path):
    path = put(tmp_path / "a.csv", "party,start\nNorway,x\n")
    assert "a.csv, line 1: no column 'target', 'stance'" in refusal(read_table, path, ["party", "target", "stance"])
    assert "column 'start' holds what is no number" in refusal(read_table, path)
    assert "no column 'stance'" in refusal(read_table, put(tmp_path / "b.csv", "party\n"), ["stance"])
    assert "convert it to" in refusal(read_table, put(tmp_path / "a.txt", "One."))
    assert "No such file" in refusal(read_table, tmp_path / "absent.csv")


def test_standard_output_takes_lines_as_they_come(capsysbinary):
    with open_writer(None, "jsonl") as writer:
        writer.write(stances(1))
        sys.stdout.buffer.flush()
        line = capsysbinary.readouterr().out
    assert json.loads(line) == stances(1).to_dict("records")[0]
    with open_writer(None, "csv") as writer:
        writer.write(stances(2))
    assert read_rows(capsysbinary.readouterr().out) == 3
    print("still open")
    assert capsysbinary.readouterr().out == b"still open\n"


def read_rows(content: bytes) -> int:
    return len(list(csv.reader(io.StringIO(content.decode(), newline=""))))


@pytest.mark.parametrize("kind", ["table", "csv", "jsonl"])
def test_a_closed_pipe_stays_a_broken_pipe(monkeypatch, kind):
    reader, writer_end = os.pipe()
    os.close(reader)
    with open(writer_end, "wb", buffering=0) as pipe:  # noqa: PTH123 (a descriptor)
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(pipe, write_through=True))
        with pytest.raises(BrokenPipeError), open_writer(None, kind) as writer:
            writer.write(stances(1))
        assert not sys.stdout.buffer.closed


def test_table_for_people_shows_the_first_rows_and_counts_the_rest(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(files, "TABLE_ROWS", 3)
    with open_writer(None) as writer:
        for first in range(0, 10, 2):
            writer.write(stances(2, first))
        assert capsys.readouterr().out == ""
    shown = capsys.readouterr().out
    assert shown.count("support") + shown.count("oppose") == 3
    assert "0.33" in shown
    assert "0.333" not in shown
    assert "7 rows more" in shown


def test_table_shows_markup_and_control_characters_as_they_cannot_act(tmp_path):
    with open_writer(tmp_path / "a.txt", "table") as writer:
        writer.write(pd.DataFrame({"sentence": ["[red]no[/red] \x1b[2J\x07gone", None], "party": ["EU", "UN"]}))
    shown = (tmp_path / "a.txt").read_text(encoding="utf-8")
    assert "[red]no[/red]" in shown
    assert "\x1b" not in shown
    assert "\x07" not in shown


def test_formats_that_cannot_be_written_are_refused(tmp_path, monkeypatch):
    def write(path, kind=None):
        with open_writer(path, kind):
            pytest.fail("opened")

    assert "choose from table, csv, jsonl, parquet" in refusal(write, tmp_path / "a.xlsx")
    assert "choose from" in refusal(write, tmp_path / "a.csv", "xml")
    assert "standard output" in refusal(write, None, "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install 'stancewire[parquet]'" in refusal(write, tmp_path / "a.parquet")
    put(tmp_path / "b.parquet", "PAR1")
    assert "pip install 'stancewire[parquet]'" in refusal(read_documents, [tmp_path / "b.parquet"])
    assert names(tmp_path) == ["b.parquet"]


def test_importing_stays_light():
    code = "import sys, pipeline.files; print({'pandas', 'pyarrow', 'rich', 'numpy'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=ROOT) == b"set()\n"


@pytest.mark.parametrize("name", ["wire.txt", "wire.csv", "wire.jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        b'text,id\nOslo joined.,a\n"Rome\nleft.",b\n',
        b'{"text": "Oslo joined."}\n{"text": "Rome left."}\n',
        "\ufefftext\nMálaga\n".encode(),
        "text\nMálaga\n".encode("utf-16"),
        b"text\nM\xe1laga\n",
        b"",
        b'text\n"',
    ],
)
def test_bytes_at_hand_are_read_as_a_file_is(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)

    def outcome(read):
        notes = []
        try:
            return list(read(notes.append)), len(notes)
        except InputError as error:
            return str(error).replace(f"{tmp_path}/", "")

    at_hand = outcome(lambda note: parse_documents(name, content, on_note=note))
    assert at_hand == outcome(lambda note: read_documents([tmp_path / name], on_note=note))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz", "a", "a.pdf", ""])
def test_other_kinds_of_bytes_are_refused(name):
    with pytest.raises(InputError, match="not a kind of file read here"):
        list(parse_documents(name, b"text\nx\n"))
