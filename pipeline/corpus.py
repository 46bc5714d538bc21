"""Labelled sentences: a folder with ``sentences.csv`` and ``stances.csv``, checked whole before anything uses it."""

from __future__ import annotations

import csv
import datetime
import hashlib
import re
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from pipeline.atomic import atomic_path
from pipeline.errors import InputError
from pipeline.lexicon import STANCES, TARGETS

if TYPE_CHECKING:
    import _csv
    from collections.abc import Iterable, Iterator, Sequence

SENTENCE_COLUMNS = ("sentence_id", "document_id", "date", "text")
STANCE_COLUMNS = ("sentence_id", "mention", "start", "party", "target", "stance")
LABEL_COLUMNS = ("sentence", "start", "end", "sha256", "mention_start", "mention_end", "party", "target", "stance")

_DATE = re.compile("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WINDOW = 20_000  # characters around its old place in which a sentence that moved is looked for


@dataclass(frozen=True)
class Corpus:
    """Sentences and the stances that they report.

    Attributes
    ----------
    sentences : DataFrame
        ``sentence_id, document_id, date, text``; `date` is ISO (a year, a month or a day) or empty. A sentence without
        a stance is off-topic.
    stances : DataFrame
        ``sentence_id, mention, start, party, target, stance``; `start` is where the mention begins in
        `text`, in characters.
    """

    sentences: pd.DataFrame
    stances: pd.DataFrame


class _Fault(NamedTuple):
    file: Path
    line: int
    reason: str


def load(folders: Path | str | Sequence[Path | str]) -> Corpus:
    """Read one corpus folder, or several as one corpus, and check every rule.

    Raises
    ------
    InputError
        If anything is wrong. The message tells all faults at once: a summary, then a line for each with file, line and
        reason. A record that spans several lines is named by its first.

    Examples
    --------
    >>> from pipeline.resources import DATA
    >>> corpus = load(DATA / "article")
    >>> corpus.stances.loc[:2, ["mention", "party", "target", "stance"]]
        mention          party     target   stance
    0    Moscow         Russia  sanctions   oppose
    1        UN United Nations  sanctions  support
    2  Damascus          Syria  sanctions  neutral
    """
    paths = [Path(folder) for folder in ([folders] if isinstance(folders, str | Path) else folders)]
    faults: list[_Fault] = []
    # Stances first, as they are saved last: of a corpus that grows meanwhile, each one's sentence is there.
    stances = _tables([path / "stances.csv" for path in paths], STANCE_COLUMNS, faults)
    sentences = _tables([path / "sentences.csv" for path in paths], SENTENCE_COLUMNS, faults)
    unread = bool(faults) and sentences.empty
    faults += [*_check_sentences(sentences), *_check_stances(stances, sentences, unread)]
    _raise_all(faults, "mend what the lines below name and load it again")
    return Corpus(sentences[list(SENTENCE_COLUMNS)], stances[list(STANCE_COLUMNS)].astype({"start": "int64"}))


def save(corpus: Corpus, folder: Path | str) -> None:
    """Write a corpus folder as RFC 4180 CSV in UTF-8; both files are whole or the old ones stay.

    Raises
    ------
    InputError
        If the folder cannot be made or written, or :func:`load` would find faults in it: nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> from pipeline.resources import DATA
    >>> article = load(DATA / "article")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(article, folder)
    ...     load(folder).stances.equals(article.stances)
    True
    """
    folder = Path(folder)
    texts, labels = (
        table.fillna("").astype(str).assign(file=str(folder / name), line=range(2, len(table) + 2))
        for table, name in ((corpus.sentences, "sentences.csv"), (corpus.stances, "stances.csv"))
    )
    faults = [*_check_sentences(texts), *_check_stances(labels, texts, unread=False)]
    _raise_all(faults, "nothing is written, mend what the lines below would hold")
    make_folder(folder)
    # The last one opened is the first to take its place: a stance never stands there before its sentence.
    with atomic_path(folder / "stances.csv") as stances, atomic_path(folder / "sentences.csv") as sentences:
        _write(corpus.sentences, SENTENCE_COLUMNS, sentences)
        _write(corpus.stances, STANCE_COLUMNS, stances)


def make_folder(folder: Path | str) -> Path:
    """Make the folder of a corpus where there is none.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be made ({error.strerror}); name another folder") from error
    return folder


def rows(corpus: Corpus) -> pd.DataFrame:
    """Give the gold instances: a row per stance, with its sentence.

    Returns
    -------
    DataFrame
        ``sentence_id, document_id, date, text, mention, start, party, target, stance``, in the order of the stances.

    Examples
    --------
    >>> from pipeline.resources import DATA
    >>> gold = rows(load(DATA / "article"))
    >>> gold.loc[0, ["document_id", "text", "mention"]].tolist()
    ['article', "Moscow stays out of the UN's sanctions on Damascus", 'Moscow']
    """
    joined = corpus.stances.merge(corpus.sentences, on="sentence_id", how="left", validate="many_to_one")
    return joined[[*SENTENCE_COLUMNS, *STANCE_COLUMNS[1:]]]


def align(article: str, labels: Path | str, document: str = "article") -> Corpus:
    """Put stand-off labels on a copy of the article that they were made for.

    Line ends, a byte-order mark and what stands around or between the sentences may differ from the labelled copy:
    every sentence is known by its SHA-256.

    Parameters
    ----------
    article : str
        The text of the copy.
    labels : Path
        CSV with a row per label, or one with empty fields for a sentence that has none: ``sentence`` (its number, from
        0), ``start, end`` (offsets in characters, line ends counted as one), ``sha256`` (of the sentence in UTF-8),
        ``mention_start, mention_end`` (offsets likewise), ``party, target, stance``.
    document : str
        Identifies the article; sentence ids are ``<document>-00`` and so on.

    Raises
    ------
    InputError
        If sentences are missing or differ (all are named), or the labels cannot be read.

    Examples
    --------
    >>> from pipeline.resources import DATA
    >>> align("Russia wont join", DATA / "article" / "original.csv")
    Traceback (most recent call last):
    ...
    pipeline.errors.InputError: the article is not the labelled one: sentence 0 changed, sentences 1-16 missing; ...
    """
    table = _labels(Path(labels))
    spans = {label.sentence: _Span(label.start, label.end, label.sha256) for label in table}
    text = re.sub("\r\n?", "\n", article).lstrip("\ufeff \t\n")
    found = _find(text, spans)
    if differences := _differences(text, spans, found):
        raise InputError(f"the article is not the labelled one: {differences}; align a copy with its text as published")
    ids = {number: f"{document}-{number:02}" for number in spans}
    sentences = [(ids[n], document, "", text[at : at + spans[n].length]) for n, at in found.items()]
    stances = [
        (ids[n], text[found[n] + begin - start : found[n] + end - start], begin - start, party, target, stance)
        for n, start, _, _, begin, end, party, target, stance in table
        if party
    ]
    return Corpus(
        pd.DataFrame(sentences, columns=list(SENTENCE_COLUMNS)), pd.DataFrame(stances, columns=list(STANCE_COLUMNS))
    )


# Reading and writing ----------------------------------------------------------------------------------------------


def _tables(paths: Iterable[Path], columns: Sequence[str], faults: list[_Fault]) -> pd.DataFrame:
    """Read CSV files into one table of strings, with the columns `file` and `line` besides."""
    records = [(*record, path, line) for path in paths for line, record in _records(path, columns, faults)]
    return pd.DataFrame(records, columns=[*columns, "file", "line"]).astype(dict.fromkeys(columns, str))


def _records(path: Path, columns: Sequence[str], faults: list[_Fault]) -> Iterator[tuple[int, list[str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig", errors="surrogateescape") as file:
            lines = _lines(path, csv.reader(file, strict=True), faults)
            _, head = next(lines, (1, []))
            wrong = [f"no column '{name}'" for name in columns if name not in head]
            wrong += [f"column '{name}' is not one of {', '.join(columns)}" for name in head if name not in columns]
            wrong += [f"column '{name}' stands twice" for name in columns if head.count(name) > 1]
            faults += [_Fault(path, 1, reason) for reason in wrong]
            if any(name not in head for name in columns):
                return
            order = [head.index(name) for name in columns]
            for line, record in lines:
                if len(record) != len(head):
                    reason = f"{len(record)} fields where the header has {len(head)}; quote a field with a comma in it"
                    faults.append(_Fault(path, line, reason if record else "an empty line; delete it"))
                elif any(map(_SURROGATE.search, record)):
                    faults.append(_Fault(path, line, "not UTF-8; save the file in that encoding"))
                else:
                    yield line, [record[i] for i in order]
    except OSError as error:
        faults.append(_Fault(path, 1, f"cannot be read ({error.strerror}); see that it is there and may be read"))


def _lines(path: Path, reader: _csv.Reader, faults: list[_Fault]) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line that it begins on; one that is not CSV is a fault, and the next line is read."""
    while True:
        line = reader.line_num + 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.append(_Fault(path, line, f"not CSV ({error}); close the quotes, double a quote within them"))
        else:
            yield line, record


def _write(table: pd.DataFrame, columns: Sequence[str], path: Path) -> None:
    table.to_csv(path, columns=list(columns), index=False, lineterminator="\r\n", encoding="utf-8")


def _raise_all(faults: Iterable[_Fault], advice: str) -> None:
    lines = [f"{f.file}, line {f.line}: {f.reason}" for f in sorted(set(faults))]
    if lines:
        what = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
        raise InputError("\n".join([f"{what} in the corpus; {advice}", *lines]))


# Rules ------------------------------------------------------------------------------------------------------------


def _flag(table: pd.DataFrame, where: pd.Series[bool], reason: str) -> list[_Fault]:
    """Give a fault for each row that a mask selects; ``{column!r}`` in the reason stands for the row's value."""
    return [_Fault(row["file"], row["line"], reason.format_map(row)) for row in table[where].to_dict("records")]


def _check_sentences(sentences: pd.DataFrame) -> list[_Fault]:
    ids, dates = sentences["sentence_id"], sentences["date"]
    good_dates = {date for date in dates.unique() if is_date(date)}
    first = sentences.drop_duplicates("sentence_id").set_index("sentence_id")
    again = sentences.assign(before=ids.map(first["file"]).astype(str), before_line=ids.map(first["line"]))
    return [
        *_flag(sentences, ids.eq(""), "sentence_id is empty"),
        *_flag(
            again,
            ids.ne("") & ids.duplicated(),
            "sentence_id {sentence_id!r} is taken already ({before}, line {before_line})",
        ),
        *_flag(sentences, sentences["document_id"].eq(""), "document_id is empty"),
        *_flag(
            sentences, ~dates.isin(good_dates), "date {date!r} is not ISO; write 2012-01-18, 2012-01, 2012 or nothing"
        ),
        *_flag(sentences, sentences["text"].str.strip().eq(""), "text is empty"),
    ]


def is_date(date: str) -> bool:
    """Tell whether a date is ISO, a year, a month or a day, or empty.

    Examples
    --------
    >>> [is_date(date) for date in ("2012-01-18", "2012", "", "2012-13", "18 January 2012")]
    [True, True, True, False, False]
    """
    if not date:
        return True
    try:
        return bool(_DATE.fullmatch(date) and datetime.date.fromisoformat(date + "0000-01-01"[len(date) :]))
    except ValueError:
        return False


def _check_stances(stances: pd.DataFrame, sentences: pd.DataFrame, unread: bool) -> list[_Fault]:
    """Check the stances; where the sentences could not be read at all, that is the fault, and not each stance's."""
    texts = sentences.drop_duplicates("sentence_id").set_index("sentence_id")["text"]
    known = stances["sentence_id"].isin(texts.index)
    text = stances["sentence_id"].map(texts).where(known, "")
    numeric = stances["start"].map(lambda start: bool(re.fullmatch("[0-9]{1,9}", start))).astype(bool)
    start = stances["start"].where(numeric, "0").astype(int)
    named = stances["mention"].ne("")
    at = pd.Series(list(map(str.startswith, text, stances["mention"], start)), stances.index, dtype=bool)
    found = stances.assign(found=list(map(str.find, text, stances["mention"])))
    misplaced = known & named & numeric & ~at
    repeated = stances.duplicated(["sentence_id", "party", "target"]) & stances["party"].ne("")
    return [
        *_flag(stances, ~known & (not unread), "sentence_id {sentence_id!r} is not in sentences.csv"),
        *_flag(stances, ~named, "mention is empty"),
        *_flag(stances, ~numeric, "start {start!r} is not a whole number from 0"),
        *_flag(
            found, misplaced & found["found"].ge(0), "mention {mention!r} is not at {start}; it begins first at {found}"
        ),
        *_flag(found, misplaced & found["found"].lt(0), "mention {mention!r} is not in the sentence"),
        *_flag(stances, stances["party"].eq(""), "party is empty"),
        *_flag(stances, ~stances["target"].isin(TARGETS), "target {target!r} is unknown; use " + " or ".join(TARGETS)),
        *_flag(stances, ~stances["stance"].isin(STANCES), "stance {stance!r} is unknown; use " + ", ".join(STANCES)),
        *_flag(stances, repeated, "{party!r} has a stance on {target!r} already in {sentence_id!r}; keep one"),
    ]


# Alignment --------------------------------------------------------------------------------------------------------


class _Label(NamedTuple):
    sentence: int
    start: int
    end: int
    sha256: str
    mention_start: int
    mention_end: int
    party: str
    target: str
    stance: str


class _Span(NamedTuple):
    start: int
    end: int
    sha256: str

    @property
    def length(self) -> int:
        return self.end - self.start


def _labels(path: Path) -> list[_Label]:
    faults: list[_Fault] = []
    labels = []
    for line, (number, start, end, sha, begin, stop, *rest) in _records(path, LABEL_COLUMNS, faults):
        try:
            mention = (int(begin), int(stop)) if rest[0] else (0, 0)
            labels.append(_Label(int(number), int(start), int(end), sha, *mention, *rest))
        except ValueError:
            faults.append(_Fault(path, line, "sentence numbers and offsets are whole numbers"))
    if faults:
        fault = min(faults)
        raise InputError(f"{path}, line {fault.line}: {fault.reason} (labels ship as data/article/original.csv)")
    return sorted(labels, key=lambda label: label.sentence)


def _find(text: str, spans: dict[int, _Span]) -> dict[int, int]:
    """Give where each sentence begins: at its old place, moved as the sentence before it, or else near that."""
    found: dict[int, int] = {}
    shift = after = 0
    for number, span in spans.items():
        expected = max(span.start + shift, after)
        nearby = range(max(expected - _WINDOW, after), min(expected + _WINDOW, len(text) - span.length + 1))
        for at in (expected, *nearby):
            if hashlib.sha256(text[at : at + span.length].encode("utf-8", "replace")).hexdigest() == span.sha256:
                found[number] = at
                shift, after = at - span.start, at + span.length
                break
    return found


def _differences(text: str, spans: dict[int, _Span], found: dict[int, int]) -> str:
    """Tell which sentences were not found: missing where too little stands in their place, else changed."""
    differ: dict[str, list[int]] = {"changed": [], "missing": []}
    after = 0
    for number, span in spans.items():
        if number in found:
            after = found[number] + span.length
            continue
        room = min((at for later, at in found.items() if later > number), default=len(text)) - after
        differ["changed" if room > span.length / 4 else "missing"].append(number)
        after += min(room, span.length)
    return ", ".join(f"{_numbers(numbers)} {what}" for what, numbers in differ.items() if numbers)


def _numbers(numbers: list[int]) -> str:
    """Write numbers with runs as ranges.

    >>> _numbers([0, 2, 3, 4])
    'sentences 0, 2-4'
    """
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0])]
    parts = [str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs]
    return ("sentence " if len(numbers) == 1 else "sentences ") + ", ".join(parts)
