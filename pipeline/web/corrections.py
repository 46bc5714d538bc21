"""What users correct, kept in a corpus folder that ``stance train --corpus`` takes."""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from filelock import FileLock
from pydantic import BaseModel, Field, model_validator

from pipeline import corpus
from pipeline.agreement import NO_RECORD
from pipeline.corpus import SENTENCE_COLUMNS, STANCE_COLUMNS, Corpus
from pipeline.errors import InputError
from pipeline.records import clean_text
from pipeline.web.schemas import Date, Name

_PATIENCE = 10.0  # seconds to wait for another process
Words = Annotated[str, Field(min_length=1, max_length=500)]


class Corrected(BaseModel):
    """An actor of a sentence and its right stance on a target; ``none`` where it is not tied to the target."""

    mention: Words
    start: Annotated[int, Field(ge=0)]
    party: Words
    target: Literal["sanctions", "intervention"]
    stance: Literal["support", "oppose", "neutral", "none"]


class Correction(BaseModel):
    """A sentence with all its stances as they should be."""

    document: Annotated[Name, Field(min_length=1)]
    date: Date = ""
    sentence: Annotated[str, Field(min_length=1, max_length=10_000)]
    stances: Annotated[list[Corrected], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        written = [self.document, self.sentence, *(row.party for row in self.stances)]
        if any(clean_text(text) != text or not text.strip() for text in written):
            raise ValueError("a name or the sentence is blank or holds characters that no file can keep")
        for row in self.stances:
            if not self.sentence.startswith(row.mention, row.start):
                raise ValueError(f"{row.mention!r} is not at character {row.start} of the sentence")
        if len({(row.party, row.target) for row in self.stances}) < len(self.stances):
            raise ValueError("an actor has two stances on one target; keep one")
        return self


def prepare(folder: Path) -> None:
    """Make the folder a corpus, if an empty one, and see that it can be written.

    Raises
    ------
    InputError
        If it cannot be made or written, or holds a corpus with faults.
    """
    _amend(folder, _tables(Corpus(pd.DataFrame(), pd.DataFrame())))


def keep(folder: Path, correction: Correction) -> None:
    """Add a sentence to the folder; one corrected before is replaced.

    The folder is a valid corpus at every moment. Any number of processes may keep corrections in it.

    Raises
    ------
    InputError
        If the folder cannot be written, or holds a corpus with faults.
    """
    sentence_id = f"corrected-{hashlib.sha256(correction.sentence.encode()).hexdigest()[:16]}"
    sentence = {
        "sentence_id": sentence_id,
        "document_id": correction.document,
        "date": correction.date,
        "text": correction.sentence,
    }
    rows = [row.model_dump() | {"sentence_id": sentence_id} for row in correction.stances if row.stance != NO_RECORD]
    _amend(folder, _tables(Corpus(pd.DataFrame([sentence]), pd.DataFrame(rows))))


def _tables(rows: Corpus) -> Corpus:
    """Give tables with the columns of a corpus, whether they have rows or not."""
    sentences, stances = rows.sentences.reindex(columns=SENTENCE_COLUMNS), rows.stances.reindex(columns=STANCE_COLUMNS)
    return Corpus(sentences, stances.astype({"start": "int64"}))


def _amend(folder: Path, new: Corpus) -> None:
    corpus.make_folder(folder)
    try:
        lock = FileLock(folder / ".lock", timeout=_PATIENCE).acquire()
    except OSError as error:
        reason = error.strerror or "another process holds it"
        raise InputError(f"{folder}: cannot be locked ({reason}); change that, or name another folder") from error
    with lock:
        if (folder / "sentences.csv").exists():
            old = corpus.load(folder)
            again = new.sentences["sentence_id"]
            new = Corpus(
                pd.concat([old.sentences[~old.sentences["sentence_id"].isin(again)], new.sentences]),
                pd.concat([old.stances[~old.stances["sentence_id"].isin(again)], new.stances]),
            )
        corpus.save(new, folder)
