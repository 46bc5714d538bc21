"""Corpus folders: every rule is checked, all faults are told at once, and labels find their article again."""

from __future__ import annotations

import csv
import hashlib
import io
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corpus import LABEL_COLUMNS, SENTENCE_COLUMNS, STANCE_COLUMNS, Corpus, align, load, rows, save
from pipeline.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

SENTENCES = """\
sentence_id,document_id,date,text
a-1,a,2012-01-18,"Moscow, said Lavrov,
vetoed the sanctions."
a-2,a,2012-01,NATO bombed Libya.
b-1,b,,Prices rose.
"""
STANCES = """\
sentence_id,mention,start,party,target,stance
a-1,Lavrov,13,Russia,sanctions,oppose
a-2,NATO,0,NATO,intervention,support
a-2,Libya,12,Libya,intervention,neutral
"""


def folder(where: Path, sentences: str = SENTENCES, stances: str = STANCES) -> Path:
    where.mkdir(exist_ok=True)
    (where / "sentences.csv").write_bytes(sentences.encode("utf-8", "surrogateescape"))
    (where / "stances.csv").write_bytes(stances.encode("utf-8", "surrogateescape"))
    return where


def faults(*corpora: Path) -> list[str]:
    """The lines that load gives below its summary, without the folder."""
    with pytest.raises(InputError) as caught:
        load(list(corpora))
    summary, *lines = str(caught.value).splitlines()
    assert summary.startswith("1 fault in" if len(lines) == 1 else f"{len(lines)} faults in")
    return [line.replace(f"{corpora[0]}/", "") for line in lines]


def test_reads_a_folder(tmp_path: Path) -> None:
    corpus = load(folder(tmp_path))
    assert corpus.sentences.columns.tolist() == list(SENTENCE_COLUMNS)
    assert corpus.stances.columns.tolist() == list(STANCE_COLUMNS)
    assert corpus.sentences["text"].tolist()[0] == "Moscow, said Lavrov,\nvetoed the sanctions."
    assert corpus.sentences["date"].tolist() == ["2012-01-18", "2012-01", ""]
    assert corpus.stances["start"].tolist() == [13, 0, 12]


def test_columns_may_stand_in_any_order_and_behind_a_byte_order_mark(tmp_path: Path) -> None:
    turned = pd.read_csv(io.StringIO(SENTENCES), dtype=str, keep_default_na=False)[list(reversed(SENTENCE_COLUMNS))]
    whole = load(folder(tmp_path / "whole"))
    other = load(folder(tmp_path / "turned", "\ufeff" + turned.to_csv(index=False)))
    pd.testing.assert_frame_equal(other.sentences, whole.sentences)


def test_several_folders_are_one_corpus(tmp_path: Path) -> None:
    one = folder(tmp_path / "one")
    two = folder(
        tmp_path / "two", "sentence_id,document_id,date,text\nc,c,,Oslo joined.\n", ",".join(STANCE_COLUMNS) + "\n"
    )
    both = load([one, str(two)])
    assert both.sentences["sentence_id"].tolist() == ["a-1", "a-2", "b-1", "c"]
    assert len(both.stances) == 3


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("a-2,a", "a-1,a", "sentences.csv, line 4: sentence_id 'a-1' is taken already"),
        ("a-2,a", ",a", "sentences.csv, line 4: sentence_id is empty"),
        ("b-1,b", "b-1,", "sentences.csv, line 5: document_id is empty"),
        ("2012-01,", "2012-13,", "sentences.csv, line 4: date '2012-13' is not ISO"),
        ("2012-01-18", "2012-02-30", "sentences.csv, line 2: date '2012-02-30' is not ISO"),
        ("2012-01-18", "18.1.2012", "sentences.csv, line 2: date '18.1.2012' is not ISO"),
        ("Prices rose.", "  ", "sentences.csv, line 5: text is empty"),
        ("Prices rose.", "Prices, rates rose.", "sentences.csv, line 5: 5 fields where the header has 4"),
        ("b-1,b", "\nb-1,b", "sentences.csv, line 5: an empty line"),
        ("Prices rose.", "Pr\udce9ces rose.", "sentences.csv, line 5: not UTF-8"),
        ("Prices rose.", '"Prices rose.', "sentences.csv, line 5: not CSV"),
        ("document_id", "document", "sentences.csv, line 1: no column 'document_id'"),
        ("document_id", "document", "sentences.csv, line 1: column 'document' is not one of"),
        ("date,text", "date,text,text", "sentences.csv, line 1: column 'text' stands twice"),
    ],
)
def test_faulty_sentences(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in SENTENCES
    found = faults(folder(tmp_path, SENTENCES.replace(old, new)))
    assert any(line.startswith(fault) for line in found), found


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("a-1,Lav", "a-9,Lav", "stances.csv, line 2: sentence_id 'a-9' is not in sentences.csv"),
        ("Lavrov,13", "Lavrov,12", "stances.csv, line 2: mention 'Lavrov' is not at 12; it begins first at 13"),
        ("Lavrov,13", "Lawrow,13", "stances.csv, line 2: mention 'Lawrow' is not in the sentence"),
        ("Lavrov,13", ",13", "stances.csv, line 2: mention is empty"),
        ("Lavrov,13", "Lavrov,-8", "stances.csv, line 2: start '-8' is not a whole number from 0"),
        ("Lavrov,13", "Lavrov,", "stances.csv, line 2: start '' is not a whole number from 0"),
        ("13,Russia", "13,", "stances.csv, line 2: party is empty"),
        ("Libya,intervention", "Libya,invasion", "stances.csv, line 4: target 'invasion' is unknown"),
        ("neutral", "Neutral", "stances.csv, line 4: stance 'Neutral' is unknown; use support, oppose, neutral"),
        ("12,Libya", "12,NATO", "stances.csv, line 4: 'NATO' has a stance on 'intervention' already in 'a-2'"),
        (",stance\n", ",stance,note\n", "stances.csv, line 1: column 'note' is not one of"),
    ],
)
def test_faulty_stances(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in STANCES
    found = faults(folder(tmp_path, stances=STANCES.replace(old, new)))
    assert found[0].startswith(fault), found


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    one = folder(
        tmp_path / "one", SENTENCES.replace("2012-01,", "Jan,"), STANCES.replace("oppose", "against") + "a-2,NATO,0\n"
    )
    two = folder(tmp_path / "two", stances=STANCES.replace("Lavrov,13", "Lavrov,14"))
    lines = faults(one, two)
    assert [line.partition(":")[0].replace(str(two), "two") for line in lines] == [
        "sentences.csv, line 4",
        "stances.csv, line 2",
        "stances.csv, line 5",
        *(f"two/sentences.csv, line {n}" for n in (2, 4, 5)),  # the ids that folder one has, too
        "two/stances.csv, line 2",
        *(f"two/stances.csv, line {n}" for n in (2, 3, 4)),  # and so has their stances
    ]


def test_what_is_not_csv_hides_no_other_fault(tmp_path: Path) -> None:
    broken = SENTENCES.replace("a-2,a", 'a-2,"a"b').replace("b-1,b,", "b-1,b,soon")
    assert [line.split(" ")[:3] for line in faults(folder(tmp_path, broken))][:3] == [
        ["sentences.csv,", "line", "4:"],  # the quote
        ["sentences.csv,", "line", "5:"],  # the date
        ["stances.csv,", "line", "3:"],  # the sentence that could not be read
    ]


EVERY_FAULT = {
    "sentences.csv": [
        ("x-1,x,2012-13-01,Oslo left.", "date"),
        (",x,,Oslo left.", "sentence_id is empty"),
        ("x-2,,,Oslo left.", "document_id is empty"),
        ("x-3,x,,", "text is empty"),
        ("a-1,x,,Oslo left.", "taken already"),
        ("x-4,x,,Oslo, too", "5 fields"),
        ("", "an empty line"),
        ('x-5,x,,"Oslo" left', "not CSV"),
        ("x-6,x,,Osl\udcf8", "not UTF-8"),
        ("x-7,x,²012,Oslo left.", "date"),
    ],
    "stances.csv": [
        ("nowhere,Oslo,0,Norway,sanctions,support", "not in sentences.csv"),
        ("a-2,,0,Norway,sanctions,support", "mention is empty"),
        ("a-2,NATO,1e0,Norway,sanctions,support", "not a whole number"),
        ("a-2,NATO,1,Norway,intervention,support", "is not at 1"),
        ("a-2,Oslo,1,Sweden,intervention,support", "is not in the sentence"),
        ("a-2,NATO,0,,intervention,support", "party is empty"),
        ("a-2,NATO,0,Mali,war,support", "target 'war'"),
        ("a-2,NATO,0,Chad,intervention,for", "stance 'for'"),
        ("a-2,NATO,0,NATO,intervention,support", "already"),
    ],
}


def test_every_kind_of_fault_is_told_at_once(tmp_path: Path) -> None:
    texts = [text + "\n".join(line for line, _ in EVERY_FAULT[name]) + "\n"
             for text, name in ((SENTENCES, "sentences.csv"), (STANCES, "stances.csv"))]  # fmt: skip
    found = faults(folder(tmp_path, *texts))
    for name, first in (("sentences.csv", 6), ("stances.csv", 5)):
        for line, (_, reason) in enumerate(EVERY_FAULT[name], first):
            assert any(one.startswith(f"{name}, line {line}: ") and reason in one for one in found), (line, reason)


@settings(deadline=None, max_examples=60)
@given(
    sentences=st.binary(max_size=80),
    stances=st.binary(max_size=80),
    at=st.tuples(st.integers(0, len(SENTENCES)), st.integers(0, len(STANCES))),
)
def test_whatever_stands_in_the_files_is_read_or_told(
    sentences: bytes, stances: bytes, at: tuple[int, int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    where = tmp_path_factory.mktemp("odd")
    for name, text, place, odd in (
        ("sentences.csv", SENTENCES, at[0], sentences),
        ("stances.csv", STANCES, at[1], stances),
    ):
        (where / name).write_bytes(text[:place].encode() + odd + text[place:].encode())
    try:
        load(where)
    except InputError as fault:
        assert all(str(where) in line for line in str(fault).splitlines()[1:])


def test_a_faulty_corpus_is_not_written(tmp_path: Path) -> None:
    old = load(folder(tmp_path))
    with pytest.raises(InputError, match=r"(?s)^2 faults.*nothing is written.*stances.csv, line 2.*line 3"):
        save(Corpus(old.sentences, old.stances.assign(start=[-1, 5, 12])), tmp_path)
    assert load(tmp_path).stances.equals(old.stances)


def test_a_missing_file_is_one_fault(tmp_path: Path) -> None:
    (folder(tmp_path) / "sentences.csv").unlink()
    assert [line.partition(";")[0] for line in faults(tmp_path)] == [
        "sentences.csv, line 1: cannot be read (No such file or directory)"
    ]


def test_stances_without_any_sentence_are_faults(tmp_path: Path) -> None:
    assert len(faults(folder(tmp_path, ",".join(SENTENCE_COLUMNS) + "\n"))) == 3


def test_a_fault_is_one_line_whatever_the_value(tmp_path: Path) -> None:
    lines = faults(folder(tmp_path, stances=STANCES.replace("13,Russia", '"13\n,{party}",Russia')))
    assert len(lines) == 1
    assert "{party}" in lines[0]


def test_rows_join_stance_and_sentence(tmp_path: Path) -> None:
    gold = rows(load(folder(tmp_path)))
    assert gold.columns.tolist() == [*SENTENCE_COLUMNS, *STANCE_COLUMNS[1:]]
    assert gold["sentence_id"].tolist() == ["a-1", "a-2", "a-2"]
    assert [text[at:].startswith(m) for text, at, m in zip(gold["text"], gold["start"], gold["mention"], strict=True)]


# Any text that UTF-8 can carry; what looks like white space only is no sentence.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=60).filter(
    str.strip
)
dates = st.one_of(
    st.just(""), st.dates().map(str), st.dates().map(lambda d: str(d)[:7]), st.dates().map(lambda d: str(d)[:4])
)


@st.composite
def corpora(draw: st.DrawFn) -> Corpus:
    sentences, stances = [], []
    for number, text in enumerate(draw(st.lists(texts, max_size=5))):
        key = f"{draw(texts)}-{number}"
        sentences.append((key, draw(texts), draw(dates), text))
        for party in draw(st.lists(texts, max_size=3, unique=True)):
            start = draw(st.integers(0, len(text) - 1))
            end = draw(st.integers(start + 1, len(text)))
            target, stance = (
                draw(st.sampled_from(["sanctions", "intervention"])),
                draw(st.sampled_from(["support", "oppose"])),
            )
            stances.append((key, text[start:end], start, party, target, stance))
    return Corpus(
        pd.DataFrame(sentences, columns=list(SENTENCE_COLUMNS)), pd.DataFrame(stances, columns=list(STANCE_COLUMNS))
    )


@settings(deadline=None, max_examples=60)
@given(corpus=corpora())
def test_saved_and_loaded_a_corpus_is_the_same(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> None:
    where = tmp_path_factory.mktemp("corpus") / "new" / "folder"
    save(corpus, where)
    again = load(where)
    assert again.sentences.to_dict("records") == corpus.sentences.to_dict("records")
    assert again.stances.to_dict("records") == corpus.stances.to_dict("records")


def test_save_writes_rfc_4180_and_leaves_nothing_else(tmp_path: Path) -> None:
    save(load(folder(tmp_path)), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["sentences.csv", "stances.csv"]
    assert (tmp_path / "stances.csv").read_bytes() == STANCES.replace("\n", "\r\n").encode()


def test_a_failed_save_leaves_the_old_corpus(tmp_path: Path) -> None:
    old = load(folder(tmp_path))
    with pytest.raises(KeyError):
        save(Corpus(old.sentences.assign(text="new"), old.stances.drop(columns="party")), tmp_path)
    pd.testing.assert_frame_equal(load(tmp_path).sentences, old.sentences)


def test_save_where_no_folder_can_be(tmp_path: Path) -> None:
    corpus = load(folder(tmp_path))
    with pytest.raises(InputError, match="cannot be made"):
        save(corpus, tmp_path / "sentences.csv")


# Alignment --------------------------------------------------------------------------------------------------------

PARTS = [
    "Oslo joins embargo",
    "\n\nOSLO – ",
    "Norway joined the “embargo” on Friday.",
    " ",
    "The weather was fine, and the\n\nfjord was calm.",
    "\n\n",
    "Sweden will not join it, Stockholm said.",
]
ARTICLE = "".join(PARTS)


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Stand-off labels of ARTICLE, whose third sentence has none."""
    table = []
    for number, text in enumerate(PARTS[::2]):
        start = ARTICLE.index(text)
        sentence = (number, start, start + len(text), hashlib.sha256(text.encode()).hexdigest())
        named = [(name, party, stance) for name, party, stance in NAMED if name in text]
        for name, party, stance in named:
            at = start + text.index(name)
            table.append((*sentence, at, at + len(name), party, "sanctions", stance))
        if not named:
            table.append((*sentence, "", "", "", "", ""))
    path = tmp_path / "labels.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([LABEL_COLUMNS, *table])
    return path


NAMED = [("Oslo", "Norway", "support"), ("Norway", "Norway", "support"), ("Stockholm", "Sweden", "oppose")]


@pytest.mark.parametrize(
    "copy",
    [
        ARTICLE,
        ARTICLE.replace("\n", "\r\n"),
        "\ufeff" + ARTICLE.replace("\n", "\r"),
        f"\n  {ARTICLE}\n\n",
        ARTICLE.replace("OSLO – ", ""),
        ARTICLE.replace("OSLO", "OSLO, Jan. 18 (Our own man)"),
        "Published today. " + ARTICLE,
    ],
    ids=["whole", "windows", "old mac", "blanks around", "no dateline", "longer dateline", "words before"],
)
def test_labels_find_their_sentences(copy: str, labels: Path, tmp_path: Path) -> None:
    corpus = align(copy, labels, "oslo")
    assert corpus.sentences["text"].tolist() == PARTS[::2]
    assert corpus.sentences["sentence_id"].tolist() == ["oslo-00", "oslo-01", "oslo-02", "oslo-03"]
    assert corpus.stances[["sentence_id", "mention", "start"]].to_records(index=False).tolist() == [
        ("oslo-00", "Oslo", 0),
        ("oslo-01", "Norway", 0),
        ("oslo-03", "Stockholm", 25),
    ]
    save(corpus, tmp_path / "aligned")
    assert load(tmp_path / "aligned").stances.to_dict("list") == corpus.stances.to_dict("list")


@pytest.mark.parametrize(
    ("copy", "differs"),
    [
        (ARTICLE.replace("Friday", "Monday"), "sentence 1 changed;"),
        (ARTICLE.replace("“embargo”", '"embargo"').replace("not join", "join"), "sentences 1, 3 changed;"),
        (ARTICLE.replace(PARTS[4], ""), "sentence 2 missing;"),
        (ARTICLE.replace(PARTS[6], ""), "sentence 3 missing;"),
        (ARTICLE.replace("the\n\nfjord", "the fjord"), "sentence 2 changed;"),
        (ARTICLE[:60].replace("joins", "spurns"), "sentences 0-1 changed, sentences 2-3 missing;"),
        ("", "sentences 0-3 missing;"),
    ],
)
def test_another_article_is_told_by_its_sentences(copy: str, differs: str, labels: Path) -> None:
    with pytest.raises(InputError) as caught:
        align(copy, labels)
    assert f": {differs}" in str(caught.value)
    assert "\n" not in str(caught.value)


@settings(deadline=None, max_examples=60)
@given(at=st.integers(0, len(ARTICLE) - 1), letter=st.sampled_from("xyz"))
def test_one_other_letter_is_found_out(at: int, letter: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    where = tmp_path_factory.mktemp("labels") / "labels.csv"
    start = ARTICLE.index(PARTS[2])
    row = (0, start, start + len(PARTS[2]), hashlib.sha256(PARTS[2].encode()).hexdigest(), "", "", "", "", "")
    with where.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([LABEL_COLUMNS, row])
    copy = ARTICLE[:at] + letter + ARTICLE[at + 1 :]
    if start <= at < start + len(PARTS[2]) and ARTICLE[at] != letter:
        with pytest.raises(InputError, match="sentence 0 changed"):
            align(copy, where)
    else:
        assert align(copy, where).sentences["text"].tolist() == [PARTS[2]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sentence,start\n0,0\n", "line 1: "),
        (",".join(LABEL_COLUMNS) + "\n0,0,nine,ab,,,,,\n", "line 2: sentence numbers and offsets are whole numbers"),
    ],
)
def test_faulty_labels(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=reason) as caught:
        align(ARTICLE, path)
    assert "\n" not in str(caught.value)


def test_missing_labels(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        align(ARTICLE, tmp_path / "none.csv")
