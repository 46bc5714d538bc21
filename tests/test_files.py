"""Documents come in, or what keeps them out is said in one line."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.files import Document, parse_documents, read_documents, total_size
from pipeline.tables import open_writer
from tests.samples import FORMATS, ROOT, put, refusal


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


@pytest.mark.parametrize("date", ["12/03/2025", "March 2020", "2014-13-01", "n.d.", "1395100800"])
def test_a_date_that_is_none_is_told_with_its_place(tmp_path, date):
    put(tmp_path / "a.csv", f"date,text\n2014-03-18,One.\n{date},Two.\n")
    with pytest.raises(InputError, match=r"a\.csv, line 3: date .* is not ISO; write it as 2014-03-18"):
        list(read_documents([tmp_path]))


def test_a_name_that_is_no_text_names_its_document_all_the_same(tmp_path):
    (tmp_path / os.fsdecode(b"\xff\xfe.txt")).write_text("Oslo joined the embargo.")
    assert [document.document for document in read_documents([tmp_path])] == ["\ufffd\ufffd"]


def test_two_columns_of_one_name_are_told(tmp_path):
    put(tmp_path / "a.csv", "text,text\nOne.,Two.\n")
    with pytest.raises(InputError, match="two columns 'text'"):
        list(read_documents([tmp_path]))


@pytest.mark.parametrize("date", ["2014", "2014-03", "20140318", "2014-03-18", "2014-03-18T09:30Z", ""])
def test_iso_dates_are_taken(tmp_path, date):
    put(tmp_path / "a.csv", f"date,text\n{date},One.\n")
    assert [document.date for document in read_documents([tmp_path])] == [date]


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


def test_importing_stays_light():
    code = (
        "import sys, pipeline.files, pipeline.tables; print({'pandas', 'pyarrow', 'rich', 'numpy'} & set(sys.modules))"
    )
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
