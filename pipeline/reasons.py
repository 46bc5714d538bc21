"""The words that decided a stance: those without which it would be less likely."""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from pipeline import instances
from pipeline.annotation import mention_offsets
from pipeline.files import Document
from pipeline.lexicon import STANCES
from pipeline.predict import Model
from pipeline.reading import Reader

NEAR = 100
"""Words and names that are tried, those nearest to the mention: a bound on long sentences."""

_WORD = re.compile(r"\w+(?:['’-]\w+|[.,]\d+)*")
_LEAST = 0.1  # of the log-odds: what adds less has not decided


def predict_batch(model: Model, documents: Iterable[Document], **options: Any) -> pd.DataFrame:
    """Find who stands where, as :meth:`pipeline.predict.Model.predict_batch` does, with a column ``because``.

    Examples
    --------
    >>> import pipeline
    >>> predict_batch(pipeline.load(), [Document("a", "", "Turkey refused to join the embargo.")])["because"][0][:8]
    'refused '
    """
    table = model.predict_batch(documents, **options)
    because = [", ".join(f"{word} {weight:+.1f}" for word, weight in words) for words in deciding_words(model, table)]
    return table.assign(because=pd.Series(because, table.index, dtype=str))


def deciding_words(model: Model, table: pd.DataFrame, most: int = 3) -> list[list[tuple[str, float]]]:
    """Give the words that decided each stance, with what each adds to its log-odds, strongest first.

    Each word but articles and prepositions, a name being one, is left out in turn, and the sentence read again (Li,
    Monroe and Jurafsky 2016, "Understanding Neural Networks through Representation Erasure"): so a word counts with all
    that hangs on it, as "not" does with its verb.

    Parameters
    ----------
    model : Model
    table : DataFrame
        As the model's ``predict`` gave it.
    most : int
        Words to give of each.

    Returns
    -------
    list of list of (word, weight)
        A list for each row.

    Examples
    --------
    >>> import pipeline
    >>> model = pipeline.load()
    >>> deciding_words(model, model.predict("Turkey refused to join the embargo."), most=1)[0][0][0]
    'refused'
    """
    if table.empty:
        return []
    starts = mention_offsets(table)
    lexicon = model.reader.lexicon
    small = lexicon.prepositions | lexicon.titles["determiner"]
    pieces = {sentence: list(_pieces(model.reader, sentence, small)) for sentence in table["sentence"].unique()}
    erased: list[dict[str, Any]] = []
    words: list[list[str]] = []
    rows = table.rename(columns={"sentence": "text"}).assign(start=starts)
    again: list[str] = []
    for row, start, kind in zip(rows.to_dict("records"), starts, model.pointing(rows), strict=True):
        variants = list(_erased(row["text"], pieces[row["text"]], start, start + len(row["mention"])))
        words.append([word for word, _, _ in variants])
        again += [kind] * len(variants)
        known = {name: row[name] for name in ("mention", "party", "target", "date")}
        erased += [known | {"text": text, "start": at} for _, text, at in variants]
    stances, tie = model.classifier.probabilities(instances.given(model.reader, pd.DataFrame(erased), again))
    found = []
    end = 0
    for own, stance in zip(words, table["stance"], strict=True):
        start, end = end, end + len(own)
        sides = stances[start:end, :2] * tie[start:end, None]
        chance = 1 - sides.sum(axis=1) if stance == "neutral" else sides[:, STANCES.index(stance)]
        odds = np.log(chance.clip(1e-12) / (1 - chance).clip(1e-12))
        weights = odds[0] - odds
        strongest = np.argsort(-weights, kind="stable")[:most]
        found.append([(own[k], float(weights[k])) for k in strongest if weights[k] >= _LEAST])
    return found


def _pieces(reader: Reader, sentence: str, small: Container[str]) -> Iterator[tuple[int, int]]:
    """Give where the names and the other words of a sentence start and end, but not the ``small`` ones."""
    names = [(mention.start, mention.end) for mention in reader.read(sentence).mentions]
    yield from names
    for word in _WORD.finditer(sentence):
        apart = all(word.end() <= start or end <= word.start() for start, end in names)
        if apart and word[0].lower() not in small:
            yield word.span()


def _erased(sentence: str, pieces: Iterable[tuple[int, int]], start: int, end: int) -> Iterator[tuple[str, str, int]]:
    """Give a sentence without each of its pieces, and where the mention then starts; the whole sentence first."""
    yield "", sentence, start
    others = [(left, right) for left, right in pieces if right <= start or end <= left]
    for left, right in sorted(others, key=lambda piece: abs(piece[0] - start))[:NEAR]:
        shorter = sentence[:left] + sentence[right:]
        yield sentence[left:right], shorter, start - (right - left) * (right <= start)
