"""Instances: one row per sentence, party and target, written as text views from that actor's seat."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from pipeline.errors import InputError
from pipeline.lexicon import TARGETS
from pipeline.reading import ACTOR, CUE, MARK, WORD, Reader, Reading
from pipeline.roles import CUX, OTHER, SELF, Role, Step

VIEWS = ("sentence", "left", "right", "between", "around_cue", "onward", "path", "roles", "facts")
"""The text columns that the model reads."""

_KEPT_MARKS = {",": ",", ";": ";", ":": ",", "-": ",", "–": ",", "—": ",", '"': '"', "'s": "'s"}
_SPELT = frozenset(
    {
        "prep",
        "be",
        "have",
        "modal",
        "will",
        "not",
        "who",
        "that",
        "conj",
        "but",
        "if",
        "because",
        "despite",
        "unless",
        "pron",
    }
)


class Views(NamedTuple):
    """The views of one instance, each a string of blank-separated tokens.

    sentence : all words stemmed, with SELF (its party's other names too), OTHER, CUE and CUX (the other target's cue);
    left, right : the words before and behind SELF; between : those from SELF to the nearest cue, with its direction;
    around_cue : those around the cue;
    onward, path : the skeleton (only actors, cues, stance classes and function words) around and behind SELF, and
    from SELF to the cue;
    roles : what SELF does (see :mod:`pipeline.roles`); facts : the target, the mention's and the cue's type.
    """

    sentence: str
    left: str
    right: str
    between: str
    around_cue: str
    onward: str
    path: str
    roles: str
    facts: str


class Piece(NamedTuple):
    """A run of symbols that is the same from every seat (``actor`` is -1), or an actor; ``at`` is its first symbol."""

    at: int
    actor: int
    words: list[str]
    steps: list[Step]


def views(reader: Reader, reading: Reading, mention: int, target: str, written: Sequence[Piece] | None = None) -> Views:
    """Write a sentence from one actor's seat.

    Parameters
    ----------
    reader : Reader
    reading : Reading
        The sentence, from ``reader``.
    mention : int
        Position of the actor in ``reading.mentions``.
    target : str
    written : sequence of Piece, optional
        ``pieces(reader, reading, target)``, where more than one seat is written.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> reader = Reader(load())
    >>> reading = reader.read("Paris and Rome vetoed the sanctions on Mali.")
    >>> views(reader, reading, 0, "sanctions").path
    '> SELF reject CUE =impose'
    >>> views(reader, reading, 2, "sanctions").left
    'OTHER veto the CUE sanction on SELF'
    """
    words, steps, place, step_place = _rewrite(reading, written or pieces(reader, reading, target), mention)
    skeleton = [step.symbol for step in steps]
    near, step_near = _nearest(words, place), _nearest(skeleton, step_place)
    if near < 0:
        between, around = ["nocue", *words[place : place + 14]], []
    else:
        between = [">" if near > place else "<", *words[min(place, near) : max(place, near) + 2]]
        around = words[max(0, near - 6) : near + 6]
    if step_near < 0:
        path = ["nocue", *skeleton[step_place : step_place + 8]]
    else:
        path = [
            ">" if step_near > step_place else "<",
            *skeleton[min(step_place, step_near) : max(step_place, step_near) + 2],
        ]
    kinds = {c.kind for c in reading.cues if c.target == target}
    sort = reading.mentions[mention].type
    party = reading.mentions[mention].party
    others = len({m.party for m in reading.mentions if m.type != "group"} - {party})
    facts = [target, f"type={sort}", *(f"cue={kind}" for kind in sorted(kinds)), f"others={min(others, 3)}"]
    return Views(
        " ".join(words),
        " ".join(words[max(0, place - 6) : place + 1]),
        " ".join(words[place : place + 9]),
        " ".join(between),
        " ".join(around),
        " ".join(skeleton[max(0, step_place - 4) : step_place + 9]),
        " ".join(path),
        " ".join(Role(steps, step_place, sort, reader.lexicon).features()),
        " ".join(facts),
    )


def _nearest(tokens: Sequence[str], place: int) -> int:
    places = [k for k, token in enumerate(tokens) if token == "CUE"]
    return min(places, key=lambda k: abs(k - place)) if len(places) > 1 else places[0] if places else -1


def pieces(reader: Reader, reading: Reading, target: str) -> list[Piece]:
    """Write what is the same from every seat of a sentence; :func:`views` puts the actors in."""
    polarity = reader.lexicon.polarity
    found = [Piece(0, -1, [], [])]
    for k, (kind, form, points_to) in enumerate(reading.symbols):
        if kind == ACTOR:
            group = reading.mentions[points_to].type == "group"
            words = [reader.stem(word) for word in form.split()] if group else []
            found += [Piece(k, points_to, words, [Step(OTHER, form)]), Piece(k + 1, -1, [], [])]
            continue
        words, steps = found[-1].words, found[-1].steps
        if kind == CUE:
            name = "CUE" if reading.cues[points_to].target == target else CUX
            words += [name, reader.stem(form)]
            steps.append(Step(name, form))
            act = reader.lexicon.words.get(form.split()[0], "")
            if act in polarity:
                steps.append(Step(f"={act}", form))
        elif kind == WORD:
            words.append(reader.stem(form))
        elif kind == MARK:
            words.append(form)
            if form in _KEPT_MARKS:
                steps.append(Step(_KEPT_MARKS[form], form))
        elif kind == "prep":
            words.append(form)
            steps.append(Step(form, form))
        else:
            words.append(form if kind in _SPELT else reader.stem(form))
            steps.append(Step(kind, form))
    return found


def _rewrite(reading: Reading, written: Sequence[Piece], mention: int) -> tuple[list[str], list[Step], int, int]:
    """Give the words and the skeleton from the actor's seat, and where SELF stands in each.

    Co-ordinated actors are one: what is said of "France, Italy and Spain" is said of each.
    """
    group, mentions = reading.group, reading.mentions
    party = mentions[mention].party
    own = next(group[piece.at] for piece in written if piece.actor == mention)
    joined: dict[int, int] = {}
    for k, first in group.items():
        joined[first] = max(joined.get(first, 0), k)
    words: list[str] = []
    steps: list[Step] = []
    place = step_place = skip = 0
    for at, actor, spelt, step in written:
        if at < skip:
            continue
        if actor < 0:
            words += spelt
            steps += step
        elif mentions[actor].type == "group" and group[at] != own:
            words += spelt
        else:
            if group[at] == own:
                place, step_place = len(words), len(steps)
            if group[at] == own or mentions[actor].party == party:
                words.append(SELF)
                steps.append(Step(SELF, step[0].form))
            else:
                words.append(OTHER)
                steps += step
            skip = joined[group[at]] + 1 if group[at] == at else 0
    return words, steps, place, step_place


def columns(rows: Sequence[Views]) -> pd.DataFrame:
    """Turn views into a table, a text column each."""
    return pd.DataFrame(rows, columns=list(VIEWS))


def given(reader: Reader, gold: pd.DataFrame) -> pd.DataFrame:
    """Write the views of given actors and targets; each sentence is read once.

    Parameters
    ----------
    reader : Reader
    gold : DataFrame
        ``text, mention, start, party, target``, and ``date`` where known; other columns do no harm.

    Returns
    -------
    DataFrame
        The views, a row for each of ``gold``, with its index.

    Raises
    ------
    InputError
        If a column is missing, a mention is not at its place, or a target is unknown.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> rows = {"text": ["Rome lifted the embargo."], "mention": ["Rome"], "start": [0], "party": ["Italy"]}
    >>> given(Reader(load()), pd.DataFrame(rows | {"target": ["sanctions"]})).loc[0, "sentence"]
    'SELF lift the CUE embargo .'
    """
    _check(gold)
    dates = gold["date"].tolist() if "date" in gold else [""] * len(gold)
    asked: dict[tuple[str, str], list[tuple[int, int, int, str, str]]] = {}
    for k, (text, date, mention, start, party, target) in enumerate(
        zip(gold["text"], dates, gold["mention"], gold["start"], gold["party"], gold["target"], strict=True)
    ):
        asked.setdefault((text, date), []).append((k, start, start + len(mention), party, target))
    written: list[Views | None] = [None] * len(gold)
    for (text, date), rows in asked.items():
        reading = reader.read(text, date, [(start, end, party) for _, start, end, party, _ in rows])
        for k, start, end, _, target in rows:
            written[k] = views(reader, reading, _mention_at(reading, start, end), target)
    return columns([row for row in written if row is not None]).set_index(gold.index)


def _check(gold: pd.DataFrame) -> None:
    missing = [c for c in ("text", "mention", "start", "party", "target") if c not in gold]
    if missing:
        raise InputError(f"instances: no column {', '.join(missing)}; give text, mention, start, party and target")
    for k, (text, mention, start, target) in enumerate(
        zip(gold["text"], gold["mention"], gold["start"], gold["target"], strict=True)
    ):
        if not mention or text[start : start + len(mention)] != mention:
            raise InputError(f"instances, row {k}: {mention!r} is not at character {start} of its text; mend start")
        if target not in TARGETS:
            raise InputError(f"instances, row {k}: target {target!r}; the targets are {' and '.join(TARGETS)}")


def _mention_at(reading: Reading, start: int, end: int) -> int:
    def overlap(k: int) -> int:
        return min(reading.mentions[k].end, end) - max(reading.mentions[k].start, start)

    return max(reading.actors(), key=overlap)
