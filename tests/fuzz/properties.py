"""What holds whatever comes in. Each function checks one thing, and fails by an assertion or an error."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from pipeline import text as splitting
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.instances import VIEWS, Seats, given
from pipeline.lexicon import STANCES, TARGETS
from pipeline.reading import Reader
from pipeline.targets import Hit
from pipeline.text import fold, mended, sentences

STATUSES = {200, 201, 303, 304, 307, 400, 403, 404, 405, 408, 409, 413, 415, 422, 429}


def folds_one_for_one(text: str) -> None:
    """Folding keeps one character for one, whatever stands beside it, but where markup was left."""
    folded = fold(text)
    assert len(folded) == len(text)
    if ";" not in text and "\\" not in text:
        assert folded == "".join(map(fold, text))


def sentences_cover(text: str) -> None:
    """Sentences stand where they say, in order, and leave out no letter or digit but those of a dateline."""
    reach = 0
    for sentence, start in [*sentences(text), ("", len(text))]:
        assert start >= reach
        assert text[start : start + len(sentence)] == sentence == sentence.strip()
        at = reach
        while at < start:
            dateline = splitting._DATELINE.match(text, at)
            assert dateline or not text[at].isalnum(), f"left out: {text[reach:start]!r}"
            at = dateline.end() if dateline and dateline.end() > at else at + 1
        reach = start + len(sentence)


def mentions_stand(reader: Reader, text: str, date: str) -> None:
    """Mentions stand in order within the units that they head, none over another."""
    reach = 0
    for mention in reader.read(text, date).mentions:
        assert reach <= mention.left, mention
        assert mention.left <= mention.start < mention.end <= mention.right <= len(text)
        assert mention.party.strip()
        surface = mended(text)[mention.start : mention.end]
        assert surface == surface.strip() != ""
        reach = mention.right


def cues_stand(reader: Reader, text: str) -> list[Hit]:
    """Cues stand in order, of one of the targets, and none overlaps another."""
    hits = reader.cues(fold(text))
    reach = 0
    for hit in hits:
        assert reach <= hit.start < hit.end <= len(text)
        assert hit.target in TARGETS
        assert hit.kind
        reach = hit.end
    return hits


def actors_have_views(reader: Reader, text: str, date: str) -> None:
    """Every actor of a sentence is seen in each view of it, towards each target, and is seen alike when it is given."""
    text = mended(text)
    reading = reader.read(text, date)
    seats = Seats(reader, reading)
    found = [
        (text, mended(date), text[m.start : m.end], m.start, m.party, TARGETS[0])
        for m in map(reading.mentions.__getitem__, reading.actors())
    ]
    rows = pd.DataFrame(found, columns=["text", "date", "mention", "start", "party", "target"])
    again = given(reader, rows).to_numpy().tolist()
    assert again == [list(seats.views(k, TARGETS[0]).texts()) for k in reading.actors()]
    for k in reading.actors():
        for target in TARGETS:
            seen = seats.views(k, target).texts()
            assert len(seen) == len(VIEWS)
            for view in seen:
                assert view == " ".join(view.split(" "))
                assert "\n" not in view
            assert all("SELF" in view.split() for view in (seen.sentence, seen.left, seen.right, seen.onward))


def rows_stand_in(texts: Mapping[str, Iterable[str]], rows: Iterable[Mapping[str, Any]]) -> None:
    """Rows of stances select their mentions in the texts of their documents, once for each party and target."""
    seen = set()
    for row in rows:
        start, end = row["start"], row["end"]
        assert any(text[start:end] == row["mention"] and row["sentence"] in text for text in texts[row["document"]])
        assert row["mention"] in row["sentence"]
        assert row["target"] in TARGETS
        assert row["stance"] in STANCES
        assert 0 <= row["probability"] <= 1
        seen.add((row["document"], row["sentence_id"], row["party"], row["target"]))


def told_in_one_line(message: str) -> None:
    """A message is one line that steers no terminal."""
    assert message.strip()
    assert message.isprintable()


def read_or_told(read: Callable[[], Iterable[Document]]) -> list[Document]:
    """Documents can be written anywhere; what is none is told in one line."""
    try:
        documents = list(read())
    except InputError as fault:
        told_in_one_line(str(fault))
        return []
    for document in documents:
        assert document.document
        for value in document:
            value.encode()  # no lone surrogate is left
            assert "\0" not in value
    return documents


def answered_or_refused(address: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """A server does what it is asked, or says why not; it never fails, and no answer lacks its security headers.

    The API refuses a text for what its fields are, never for what is found in it.
    """
    assert status in STATUSES
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    if headers.get("content-type") == "application/problem+json":
        problem = json.loads(body)
        assert problem["status"] == status >= 400
        assert problem["title"] and problem["detail"]
        assert status != 422 or not address.startswith("/v1/") or problem["errors"], problem
    else:
        assert status < 400 or headers["content-type"].startswith("text/html")
