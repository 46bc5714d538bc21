"""Instances: one row per sentence, party and target, written as text views from that actor's seat."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.errors import InputError, raise_all
from pipeline.lexicon import TARGETS, Lexicon
from pipeline.reading import ACTOR, CUE, MARK, WORD, Reader, Reading, Symbol
from pipeline.roles import CUX, ENDING, IMPOSING, LEAVING, OTHER, SELF, TRADE, Role, Step
from pipeline.targets import Hit

VIEWS = ("sentence", "left", "right", "between", "around_cue", "onward", "path", "roles", "facts")
"""The text columns that the model reads."""

_KEPT_MARKS = {",": ",", ";": ";", ":": ",", "-": ",", "–": ",", "—": ",", '"': '"', "'s": "'s"}
_STATES = frozenset({"state", "former state", "territory"})
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
    roles : what SELF does (see :mod:`pipeline.roles`);
    facts : the target, the types of mention and cue, and who else is named.
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


class _Piece(NamedTuple):
    """A run of symbols that is the same from every seat (``actor`` is -1), or an actor; ``at`` is its first symbol."""

    at: int
    actor: int
    words: list[str]
    steps: list[Step]


def seats(reader: Reader, reading: Reading) -> Callable[[int, str], Views]:
    """Give the way to write one sentence from many seats: of an actor, as in :func:`views`, towards a target.

    What is the same from every seat is written once.
    """
    written = cache(partial(_pieces, reader, reading))
    return lambda mention, target: _seen(reader, reading, written(target), mention, target)


def views(reader: Reader, reading: Reading, mention: int, target: str) -> Views:
    """Write a sentence from one actor's seat.

    Parameters
    ----------
    reader : Reader
    reading : Reading
        The sentence, from ``reader``.
    mention : int
        Position of the actor in ``reading.mentions``.
    target : str

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
    return _seen(reader, reading, _pieces(reader, reading, target), mention, target)


def _seen(reader: Reader, reading: Reading, written: Sequence[_Piece], mention: int, target: str) -> Views:
    words, steps, place, step_place = _rewrite(reading, written, mention)
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
    facts = [target, f"type={sort}", *(f"cue={kind}" for kind in sorted(kinds)), *_company(reader, reading, party)]
    return Views(
        " ".join(words),
        " ".join(words[max(0, place - 6) : place + 1]),
        " ".join(words[place : place + 9]),
        " ".join(between),
        " ".join(around),
        " ".join(skeleton[max(0, step_place - 4) : step_place + 9]),
        " ".join(path),
        " ".join(Role(steps, step_place, sort, reader.lexicon).features(target)),
        " ".join(facts),
    )


def _company(reader: Reader, reading: Reading, party: str) -> list[str]:
    """Tell who else is named: with no other state beside it, a state's force is probably at home."""
    kinds = reader.lexicon.kinds
    others = {m.party for m in reading.mentions if m.type != "group"} - {party}
    states = sum(kinds.get(name) in _STATES for name in others)
    named = sum(m.party == party for m in reading.mentions)
    kind = kinds.get(party, "unknown").replace(" ", "_")
    return [f"others={min(len(others), 3)}", f"states={min(states, 2)}", f"kind={kind}", f"named={min(named, 2)}"]


def _nearest(tokens: Sequence[str], place: int) -> int:
    places = [k for k, token in enumerate(tokens) if token == "CUE"]
    return min(places, key=lambda k: abs(k - place)) if len(places) > 1 else places[0] if places else -1


def _pieces(reader: Reader, reading: Reading, target: str) -> list[_Piece]:
    """Write what is the same from every seat of a sentence; :func:`_rewrite` puts the actors in."""
    found = [_Piece(0, -1, [], [])]
    for k, (kind, form, points_to) in enumerate(reading.symbols):
        if kind == ACTOR:
            group = reading.mentions[points_to].type == "group"
            words = [reader.stem(word) for word in form.split()] if group else []
            found += [_Piece(k, points_to, words, [Step(OTHER, form)]), _Piece(k + 1, -1, [], [])]
            continue
        words, steps = found[-1].words, found[-1].steps
        if form in _INVERTED and _inverted(reading.symbols, k):
            kind = "if"
        if kind == CUE:
            name = "CUE" if reading.cues[points_to].target == target else CUX
            words += [name, reader.stem(form)]
            steps.append(Step(name, form))
            steps.append(Step(_act(reader.lexicon, reading.cues[points_to], form), form))
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


_INVERTED = frozenset({"should", "were", "had"})
_OPENING = frozenset({MARK, "conj", "but", "that"})


def _inverted(symbols: Sequence[Symbol], k: int) -> bool:
    """Tell whether an auxiliary opens a clause before its subject: "Should Rome send troops", "were Rome to send"."""
    opens = not k or symbols[k - 1].kind in _OPENING
    return opens and any(symbol.kind == ACTOR for symbol in symbols[k + 1 : k + 3])


def _act(lexicon: Lexicon, cue: Hit, form: str) -> str:
    """Name what a cue does, or which goods and flows that sanctions stop it speaks of."""
    first, *rest = form.split() or [""]
    act = lexicon.words.get(first, "")
    if cue.target == "intervention":
        return LEAVING if act == "leave" or "out" in rest else f"={act or 'force'}"
    if cue.kind == "trade":
        return TRADE
    return ENDING if act in ("end", "exempt") or first.startswith("exempt") else IMPOSING


def _rewrite(reading: Reading, written: Sequence[_Piece], mention: int) -> tuple[list[str], list[Step], int, int]:
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
        ``text, mention, start, party, target``, and ``date`` where known: ISO text, a year, a date or a timestamp;
        other columns do no harm.

    Returns
    -------
    DataFrame
        The views, a row for each of ``gold``, with its index.

    Raises
    ------
    InputError
        If a column is missing, and with all rows at once whose mention is not at its place, whose target is unknown,
        or which lack something.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> rows = {"text": ["Rome lifted the embargo."], "mention": ["Rome"], "start": [0], "party": ["Italy"]}
    >>> given(Reader(load()), pd.DataFrame(rows | {"target": ["sanctions"]})).loc[0, "sentence"]
    'SELF lift the CUE embargo .'
    """
    _check(gold)
    asked: dict[tuple[str, str], list[tuple[int, tuple[int, int, str], str]]] = {}
    for k, (text, date, mention, start, party, target) in enumerate(_fields(gold)):
        start = int(start)
        asked.setdefault((text, _iso(date)), []).append((k, (start, start + len(mention), party), target))
    written: dict[int, Views] = {}
    for (text, date), rows in asked.items():
        reading = reader.read(text, date, [actor for _, actor, _ in rows])
        write = seats(reader, reading)
        for k, actor, target in rows:
            own, place = write, _mention_at(reading, *actor)
            if place is None:  # another given actor overlaps it
                alone = reader.read(text, date, [actor])
                own, place = seats(reader, alone), _mention_at(alone, *actor)
            if place is None:
                raise InputError(f"instances: row {k}: no word is left of {text[slice(*actor[:2])]!r} to be an actor")
            written[k] = own(place, target)
    return columns([written[k] for k in range(len(gold))]).set_index(gold.index)


def _fields(gold: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    dates = gold["date"] if "date" in gold else [""] * len(gold)
    return zip(gold["text"], dates, gold["mention"], gold["start"], gold["party"], gold["target"], strict=True)


def _iso(date: Any) -> str:
    """Write a date as text, empty where there is none (None, NaN, NaT)."""
    return str(date)[:10] if pd.notna(date) else ""


def _check(gold: pd.DataFrame) -> None:
    missing = [c for c in ("text", "mention", "start", "party", "target") if c not in gold]
    if missing:
        raise InputError(f"instances: no column {', '.join(missing)}; give text, mention, start, party and target")
    raise_all("instances", [f"row {k}: {fault}" for k, row in enumerate(_fields(gold)) if (fault := _fault(*row))])


def _fault(text: Any, _date: Any, mention: Any, start: Any, party: Any, target: Any) -> str:
    """Tell what is wrong with a row, or nothing."""
    for name, value in (("text", text), ("mention", mention), ("party", party)):
        if not (isinstance(value, str) and value.strip()):
            return f"{name} {value!r} is no text"
    if not isinstance(start, int | float | np.integer) or start < 0 or start % 1:
        return f"start {start!r} is not a whole number from 0"
    if not text.startswith(mention, int(start)):
        return f"{mention!r} is not at character {int(start)} of its text; mend start"
    if target not in TARGETS:
        return f"target {target!r}; the targets are {' and '.join(TARGETS)}"
    return ""


def _mention_at(reading: Reading, start: int, end: int, party: str) -> int | None:
    """Give the place of a given actor among the mentions; none where another one stands in its place."""
    for k in reading.actors():
        mention = reading.mentions[k]
        if (mention.start, mention.end, mention.party) == (start, end, party):
            return k
    return None
