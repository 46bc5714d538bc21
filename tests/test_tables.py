"""Tables go out and come back as they were, in every format."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import sys

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from pipeline import tables
from pipeline.files import read_documents
from pipeline.tables import open_writer, read_table
from tests.samples import FORMATS, names, put, refusal, rows, stances


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
    monkeypatch.setattr(tables._ParquetWriter, "ROWS", 1)
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
    monkeypatch.setattr(tables._ParquetWriter, "ROWS", 100)
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
    assert "line 1: start '\ufffd' is no place" in refusal(read_table, put(path, '{"start": "\\ud800"}'))
    assert "line 2: start '' is no place" in refusal(read_table, put(path, '{"start": 1}\n{"party": "EU"}'))


def test_parquet_text_that_is_not_utf8_is_refused(tmp_path):
    broken = pa.array([b"Os\xfflo"]).view(pa.string())
    pq.write_table(pa.table({"text": broken}), tmp_path / "a.parquet")
    assert "no sound Parquet file" in refusal(read_documents, [tmp_path / "a.parquet"])


def test_missing_columns_and_bad_numbers_are_named(tmp_path):
    path = put(tmp_path / "a.csv", "party,start\nNorway,x\n")
    assert "a.csv, line 1: no column 'target', 'stance'" in refusal(read_table, path, ["party", "target", "stance"])
    assert "a.csv, line 2: start 'x' is no place" in refusal(read_table, path)
    assert "no column 'stance'" in refusal(read_table, put(tmp_path / "b.csv", "party\n"), ["stance"])
    assert "convert it to" in refusal(read_table, put(tmp_path / "a.txt", "One."))
    assert "No such file" in refusal(read_table, tmp_path / "absent.csv")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("start", "99999999999999999999"),
        ("end", "-1"),
        ("end", "3.5"),
        ("probability", "-5"),
        ("probability", "1e300"),
        ("probability", "nan"),
        ("probability", "inf"),
        ("date", "-2012-01-01"),
        ("date", "soon"),
    ],
)
@pytest.mark.parametrize("kind", FORMATS)
def test_a_value_that_cannot_be_is_refused_with_its_row(tmp_path, kind, column, value):
    table = pd.DataFrame({column: ["2014" if column == "date" else "1"] * 10_002})
    table.loc[10_001, column] = value
    with open_writer(tmp_path / f"a.{kind}") as writer:
        writer.write(table)
    row = {"p": "row 10002", "j": "line 10002", "c": "line 10003"}[kind[0]]
    assert f"a.{kind}, {row}: {column} '{value[:9]}" in refusal(read_table, tmp_path / f"a.{kind}")


def test_dates_may_have_blanks_around_them(tmp_path):
    assert read_table(put(tmp_path / "a.csv", "date\n 2014-03 \n"))["date"].tolist() == ["2014-03"]


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
    monkeypatch.setattr(tables, "TABLE_ROWS", 3)
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
    assert "pip install '.[parquet]'" in refusal(write, tmp_path / "a.parquet")
    put(tmp_path / "b.parquet", "PAR1")
    assert "pip install '.[parquet]'" in refusal(read_documents, [tmp_path / "b.parquet"])
    assert names(tmp_path) == ["b.parquet"]
