"""Text in, a table of stances out: the whole way."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline import instances
from pipeline.antecedents import Antecedents
from pipeline.errors import InputError
from pipeline.files import Document, iso
from pipeline.instances import Views
from pipeline.lexicon import STANCES, Lexicon
from pipeline.lexicon import load as load_lexicon
from pipeline.measures import Measures
from pipeline.model import Classifier
from pipeline.parallel import batches, in_parallel
from pipeline.reading import Reader
from pipeline.targets import ENDED, RESUMED, spoken_of, topics
from pipeline.text import fold, mended, occurrences, sentences

COLUMNS = (
    "document",
    "date",
    "sentence_id",
    "sentence",
    "mention",
    "start",
    "end",
    "party",
    "target",
    "stance",
    "probability",
)
TYPES = dict.fromkeys(COLUMNS, "str") | {"start": "int64", "end": "int64", "probability": "float64"}
BATCH = 4096
TOKENS = 2**20
"""Tokens of views that are scored at once: a bound on the memory, whatever the text."""
_NOTHING: Mapping[str, frozenset[str]] = MappingProxyType({})


def readable(stances: pd.DataFrame) -> pd.DataFrame:
    r"""Give a table of stances as people read it: who, towards what, how sure, and each sentence once.

    Examples
    --------
    >>> row = {"document": "a", "sentence_id": "a#0", "sentence": "Oslo joined\nin.", "party": "Norway"}
    >>> readable(pd.DataFrame([row | {"target": "sanctions", "stance": "support", "probability": 0.9}]))
        party     target   stance    p         sentence
    0  Norway  sanctions  support  0.9  Oslo joined in.
    """
    flat = stances["sentence"].str.split().str.join(" ")
    repeated = stances["sentence_id"].eq(stances["sentence_id"].shift())
    table = stances.assign(sentence=flat.mask(repeated, ""), p=stances["probability"])
    return table[["party", "target", "stance", "p", *table.columns.intersection(["because"]), "sentence"]]


def empty_table() -> pd.DataFrame:
    """Give a table of stances without rows: its columns and their types."""
    return pd.DataFrame(columns=list(COLUMNS)).astype(TYPES)


class Copy(NamedTuple):
    """A document that has a text; ``place`` is its own in the batch."""

    place: int
    document: str
    date: str


class Candidate(NamedTuple):
    """An actor and a target that a sentence, by its number in the text, may tie together; ``copies`` have the text."""

    copies: list[Copy]
    number: int
    sentence: str
    mention: str
    start: int
    end: int
    party: str
    target: str


class Model:
    """A classifier with the lexicons it reads by.

    Parameters
    ----------
    classifier : Classifier
    actors : Path, optional
        A CSV in the layout of ``data/actors.csv`` that extends and overrides the shipped one.

    Examples
    --------
    >>> import pipeline
    >>> model = pipeline.load()
    >>> stances = model.predict("Moscow vetoed the sanctions.")
    >>> stances[["mention", "party", "target", "stance"]].values.tolist()
    [['Moscow', 'Russia', 'sanctions', 'oppose']]
    """

    def __init__(self, classifier: Classifier, actors: Path | None = None) -> None:
        self.classifier = classifier
        self._actors = actors

    def __reduce__(self) -> tuple[Any, ...]:
        # The lexicon goes along: where the model is sent to, the file of a user's own actors need not be.
        return _with_lexicon, (self.classifier, self.reader.lexicon)

    @property
    def card(self) -> dict[str, Any]:
        """What the model was trained on and with."""
        return self.classifier.card

    @cached_property
    def reader(self) -> Reader:
        """The reader, made when it is first needed."""
        return Reader(load_lexicon(self._actors))

    @cached_property
    def antecedents(self) -> Antecedents:
        """What tells whom a pronoun means, made when it is first needed."""
        return Antecedents(self.reader)

    def predict(
        self,
        text: str,
        *,
        document: str = "text",
        date: str = "",
        everything: bool = False,
        min_probability: float | None = None,
    ) -> pd.DataFrame:
        """Find who stands where in a text.

        Parameters
        ----------
        text : str
        document, date : str
            Its id and its ISO date, by which holders of an office are resolved.
        everything : bool
            Give the actors that take no side too, with the probability that they take none.
        min_probability : float, optional
            Leave out what is less probable; by default sides below the model's own threshold.

        Returns
        -------
        DataFrame
            ``document, date, sentence_id, sentence, mention, start, end, party, target, stance, probability``; one row
            per sentence, party and target, in the order of the text. ``start`` and ``end`` point into ``text``, whose
            lone surrogates are U+FFFD here. A party that a sentence names more than once has one row: the mention that
            speaks most for the answer, and the probability of all together.

        Raises
        ------
        InputError
            If the date is not ISO.
        """
        return self.predict_batch(
            [Document(mended(document), iso(date), mended(text))],
            everything=everything,
            min_probability=min_probability,
        )

    def predict_batch(
        self,
        documents: Iterable[Document],
        *,
        everything: bool = False,
        min_probability: float | None = None,
        about: Mapping[str, frozenset[str]] = _NOTHING,
    ) -> pd.DataFrame:
        """Find who stands where in a batch of documents, as :meth:`predict` does in one.

        ``about`` names targets that a document, by its id, is known to speak of, as a sentence is whose article does.
        """
        found: list[Candidate] = []
        scores = []
        for portion in _portions(self.candidates(documents, about)):
            found += [candidate for candidate, _ in portion]
            scores.append(self.classifier.probabilities([views for _, views in portion]))
        stances, ties = map(np.concatenate, zip(*scores, strict=True))
        return self._decide(found, stances, ties, everything, min_probability)

    def predict_stream(
        self,
        documents: Iterable[Document],
        *,
        everything: bool = False,
        min_probability: float | None = None,
        size: int = BATCH,
        jobs: int = 1,
    ) -> Iterator[pd.DataFrame]:
        """Give the stances of any number of documents, a table for each batch of them, in their order.

        Parameters
        ----------
        documents : iterable of Document
            Taken as they are needed; few batches are in memory at a time.
        everything, min_probability
            As for :meth:`predict`.
        size : int
            Documents in a batch; fewer where they are long.
        jobs : int
            Processes to run on; -1 for one on each core.
        """
        run = partial(self.predict_batch, everything=everything, min_probability=min_probability)
        for _, table in in_parallel(run, batches(documents, size), jobs):
            yield table

    def candidates(
        self, documents: Iterable[Document], about: Mapping[str, frozenset[str]] = _NOTHING
    ) -> Iterator[tuple[Candidate, Views]]:
        """Give every actor in a sentence that speaks of a target, with its views; ``about`` as in `predict_batch`.

        A text that is there again, as agencies' texts are in many papers, is read once: who speaks in it hangs on the
        year, by which holders of an office are resolved.
        """
        seen: dict[tuple[str, str, frozenset[str]], list[Copy]] = {}
        reader = self.reader
        for place, (document, date, text) in enumerate(documents):
            year, topic = date[:4], about.get(document, frozenset())
            copies = seen.setdefault((text, year, topic), [])
            copies.append(Copy(place, document, date))
            if len(copies) > 1:
                continue
            whole = fold(text)
            hits = reader.cues(whole)
            spoken = topics(hits) | topic if hits else None
            if not spoken:
                continue
            parts = sentences(text)
            earlier, measures = self.antecedents.within(parts, year), Measures(reader)
            for number, (sentence, offset) in enumerate(parts):
                # A text that is one sentence, as most items of an archive are, is not searched again.
                alone = len(sentence) == len(text)
                folded = whole if alone else fold(sentence)
                cues = hits if alone else reader.cues(folded)
                targets = spoken_of(cues, spoken)
                own = bool(targets)
                if not own:
                    cues = measures.resumed(number, folded)
                    targets = spoken_of(cues, spoken)
                if not targets:
                    continue
                reading = reader.read(sentence, year, cues=cues)
                known = earlier.known(number, reading)
                if known:
                    reading = reader.read(sentence, year, known, cues)
                if own:
                    measures.note(number, reading, next(c.target for c in reading.cues if c.target in targets))
                seats = instances.Seats(reader, reading)
                for k in reading.actors():
                    m = reading.mentions[k]
                    for target in targets:
                        mention, start, end = sentence[m.start : m.end], offset + m.start, offset + m.end
                        candidate = Candidate(copies, number, sentence, mention, start, end, m.party, target)
                        yield candidate, seats.views(k, target)

    def _decide(
        self,
        candidates: list[Candidate],
        stances: np.ndarray,
        tie: np.ndarray,
        everything: bool,
        min_probability: float | None,
    ) -> pd.DataFrame:
        numbers: dict[tuple[int, int, str, str], int] = {}
        keys = ((row.copies[0].place, row.number, row.party, row.target) for row in candidates)
        group = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), dtype=np.int64)
        # A party that is named more than once is one opinion: the mean of its mentions', by how tied each is.
        chances = np.zeros((len(numbers), len(STANCES)))
        np.add.at(chances, group, stances * tie[:, None])
        strongest_tie = np.zeros(len(numbers))
        np.maximum.at(strongest_tie, group, tie)
        chances *= (strongest_tie / np.bincount(group, tie, minlength=len(numbers)))[:, None]
        neutral = STANCES.index("neutral")
        chances[:, neutral] = 1 - chances[:, :neutral].sum(axis=1)  # whoever is not tied takes no side either
        threshold = self.classifier.threshold
        sided = chances[:, :neutral].max(axis=1) >= min(threshold, 1 if min_probability is None else min_probability)
        stance = np.where(sided, chances[:, :neutral].argmax(axis=1), neutral)
        chance = chances[np.arange(len(stance)), stance]
        told = sided | (everything & (strongest_tie >= 0.5))
        if min_probability is not None:
            told &= chance >= min_probability
        # The mention that speaks most for the answer stands for all.
        speaks = stances[np.arange(len(group)), stance[group]] * tie
        order = np.lexsort((-speaks, group))
        first = order[np.unique(group[order], return_index=True)[1]]
        reported = sorted((copy, k) for k in first[told].tolist() for copy in candidates[k].copies)
        table = pd.DataFrame(
            [
                (document, date, f"{document}#{candidates[k].number}", *candidates[k][2:])
                for (_, document, date), k in reported
            ],
            columns=list(COLUMNS[:-2]),
        )
        which = group[np.array([k for _, k in reported], dtype=np.int64)]
        table["stance"] = np.array(STANCES)[stance[which]]
        table["probability"] = chance[which].round(4)
        return table.astype(TYPES)

    def classify(self, gold: pd.DataFrame) -> pd.DataFrame:
        """Give the stance of given actors towards given targets.

        Parameters
        ----------
        gold : DataFrame
            ``text, mention, start, party, target``, and ``date`` where known.

        Returns
        -------
        DataFrame
            The rows of ``gold`` with ``stance`` and ``support, oppose, neutral``, the probabilities of each.

        Raises
        ------
        InputError
            If a column is missing or a mention is not at its place.

        Examples
        --------
        >>> import pandas as pd, pipeline
        >>> rows = pd.DataFrame({"text": ["Oslo joined the embargo on Mali."], "mention": ["Oslo"], "start": [0]})
        >>> pipeline.load().classify(rows.assign(party="Norway", target="sanctions"))["stance"].tolist()
        ['support']
        """
        stances, _ = self.classifier.probabilities(instances.given(self.reader, gold))
        table = gold.copy()
        table["stance"] = [STANCES[k] for k in stances.argmax(axis=1)]
        for k, stance in enumerate(STANCES):
            table[stance] = stances[:, k]
        return table

    def pointing(self, rows: pd.DataFrame) -> list[str]:
        """Tell as what kind of cue each row of a prediction points back to a measure that only its document names.

        Parameters
        ----------
        rows : DataFrame
            ``text, mention, start, party, target, stance``, and ``date`` where known.

        Returns
        -------
        list of str
            For :func:`pipeline.instances.given`: the kind by which the told stance is likelier, as the document is not
            at hand; empty where a sentence has cues of its own, or nothing in it points back.
        """
        kinds = [""] * len(rows)
        points: dict[tuple[str, str], bool] = {}
        for text, target in zip(rows["text"], rows["target"], strict=True):
            folded = fold(text)
            own = any(cue.target == target for cue in self.reader.cues(folded))
            points[text, target] = not own and bool(self.reader.pointers(folded))
        places = [k for k, key in enumerate(zip(rows["text"], rows["target"], strict=True)) if points[key]]
        if places:
            some = rows.iloc[places]
            told = [STANCES.index(stance) for stance in some["stance"]]
            likely = []
            for kind in (RESUMED, ENDED):
                stances, _ = self.classifier.probabilities(instances.given(self.reader, some, [kind] * len(some)))
                likely.append(stances[np.arange(len(some)), told])
            for k, begun, ended in zip(places, *likely, strict=True):
                kinds[k] = RESUMED if begun >= ended else ENDED
        return kinds

    def explain(self, row: Mapping[str, Any] | pd.Series) -> pd.DataFrame:
        """Give the n-grams that decided a stance, with their weights.

        Parameters
        ----------
        row : mapping
            A row of :meth:`predict`, or of :meth:`classify` (with ``text, mention, start, party, target``). Its
            ``stance`` is explained; the likeliest one where it has none.

        Returns
        -------
        DataFrame
            ``view, ngram, weight``, strongest first; a positive weight speaks for the stance.

        Raises
        ------
        InputError
            If the row lacks a field, its mention is not at its place, or its stance is none of the three.
        """
        fields = dict(row)
        stance = fields.get("stance")
        if pd.isna(stance) or stance == "":
            stance = None
        elif stance not in STANCES:
            raise InputError(f"explain: stance {stance!r} is unknown; use {', '.join(STANCES)}")
        if "text" in fields:
            written = instances.given(self.reader, pd.DataFrame([fields]))
        else:
            sentence, mention = (str(fields.get(name, "")) for name in ("sentence", "mention"))
            places = occurrences(sentence, mention)
            if not places:
                raise InputError(f"explain: {mention!r} is not in its sentence; give a row as predict gave it")
            rows = pd.DataFrame([fields | {"text": sentence, "start": place} for place in places])
            written = instances.given(self.reader, rows)
            if stance:
                written = instances.given(self.reader, rows, self.pointing(rows))
        stances, _ = self.classifier.probabilities(written)
        if stance is None:
            stance = STANCES[int(stances.max(axis=0).argmax())]
        likeliest = int(stances[:, STANCES.index(stance)].argmax())
        return self.classifier.explain(written.iloc[[likeliest]], stance)


def _portions(pairs: Iterable[tuple[Candidate, Views]]) -> Iterator[list[tuple[Candidate, Views]]]:
    portion: list[tuple[Candidate, Views]] = []
    size = 0
    for pair in pairs:
        portion.append(pair)
        size += len(pair[1].tokens)
        if size >= TOKENS:
            yield portion
            portion, size = [], 0
    yield portion


def _with_lexicon(classifier: Classifier, lexicon: Lexicon) -> Model:
    model = Model(classifier)
    model.reader = Reader(lexicon)
    return model


if __name__ == "__main__":
    import sys

    from pipeline.cli import main

    sys.argv.insert(1, "predict")
    main()
