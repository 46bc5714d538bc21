"""Instances: one row per sentence, party and target, written as text views from that actor's seat."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from pipeline.errors import InputError, raise_all
from pipeline.lexicon import TARGETS, Lexicon
from pipeline.reading import Reader, Reading
from pipeline.roles import Role
from pipeline.skeleton import ARMING, CUX, ENDING, FORCING, IMPOSING, LEAVING, OTHER, SELF, TRADE, Skeleton
from pipeline.symbols import ACTOR, CUE, MARK, Symbol
from pipeline.targets import ENDED, RESUMED, Hit
from pipeline.text import fold

_STATES = frozenset({"state", "former state", "territory"})
_RETURN = {"sanctions": "again", "intervention": "leave"}  # sanctions return by being imposed, soldiers by leaving
_RESUMING = {
    RESUMED: {"sanctions": IMPOSING, "intervention": FORCING},
    ENDED: {"sanctions": ENDING, "intervention": LEAVING},
}
_INVERTED = frozenset({"should", "were", "had"})
_OPENING = frozenset({MARK, "conj", "but", "that"})


class Texts(NamedTuple):
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


VIEWS = Texts._fields
"""The text columns that the model reads."""


class Views(NamedTuple):
    """The views of one instance as spans of its tokens: what several views show is written once.

    ``spans`` holds where each of ``VIEWS`` starts and ends, one after the other.
    """

    tokens: list[str]
    spans: tuple[int, ...]

    def texts(self) -> Texts:
        """Give each view as a string."""
        return Texts(*(" ".join(self.tokens[a:b]) for a, b in zip(self.spans[::2], self.spans[1::2], strict=True)))


class _Draft(NamedTuple):
    """A sentence before it is seen from a seat: every actor is OTHER.

    ``starts`` tells at which of the tokens each word starts, for the word of a cue may be several tokens, and then
    their number. ``places`` holds the word, the step of the skeleton, the group and the party of each actor, ``cues``
    the word of each cue, ``kinds`` the facts of what kinds they are.
    """

    tokens: list[str]
    starts: Sequence[int]
    skeleton: Skeleton
    places: list[tuple[int, int, int, str]]
    cues: list[int]
    kinds: list[str]


class Seats:
    """The seats in one sentence, from which it is written; what is the same from several is written once.

    Parameters
    ----------
    reader : Reader
    reading : Reading
        The sentence, from ``reader``.
    """

    def __init__(self, reader: Reader, reading: Reading) -> None:
        self._reader, self._reading = reader, reading
        mentions, symbols = reading.mentions, reading.symbols
        self._group = {symbols[at].points_to: first for at, first in reading.group.items()}
        self._unnamed = {first for k, first in self._group.items() if mentions[k].type == "group"}
        self._parties = [mention.party for mention in mentions]
        kinds = reader.lexicon.kinds
        self._state = {m.party: kinds.get(m.party) in _STATES for m in mentions if m.type != "group"}
        self._drafts: dict[tuple[str, int], _Draft] = {}

    def views(self, mention: int, target: str) -> Views:
        """Write the sentence from the seat of an actor, by its position in the reading's mentions."""
        own = self._group[mention]
        key = target, own if own in self._unnamed else -1
        if key not in self._drafts:
            self._drafts[key] = _draft(self._reader, self._reading, *key)
        *_, party, sort = self._reading.mentions[mention]
        if sort == "name" and self._state[party]:
            sort = "country"  # "Mali sanctions" are aimed at it, "United Nations sanctions" come from it
        return _seen(self._drafts[key], target, own, party, sort, self._company(party))

    def _company(self, party: str) -> list[str]:
        """Tell who else is named: with no other state beside it, a state's force is probably at home."""
        state = self._state
        others, states = len(state) - (party in state), sum(state.values()) - state.get(party, False)
        kind = self._reader.lexicon.kinds.get(party, "unknown").replace(" ", "_")
        named = self._parties.count(party)
        return [f"others={min(others, 3)}", f"states={min(states, 2)}", f"kind={kind}", f"named={min(named, 2)}"]


def views(reader: Reader, reading: Reading, mention: int, target: str) -> Texts:
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
    return Seats(reader, reading).views(mention, target).texts()


def skeleton(reader: Reader, reading: Reading, target: str) -> Skeleton:
    """Write the skeleton of a sentence, as it is from nobody's seat."""
    return _draft(reader, reading, target, -1).skeleton


def _draft(reader: Reader, reading: Reading, target: str, own: int) -> _Draft:
    """Write what several seats share.

    Co-ordinated actors are one: what is said of "France, Italy and Spain" is said of each. An unnamed group is an actor
    to itself only (the group ``own``), and words to all others.
    """
    group, mentions = reading.group, reading.mentions
    last = {first: at for at, first in group.items()}
    words: list[str] = []
    steps: list[str] = []
    forms: list[str] = []
    places: list[tuple[int, int, int, str]] = []
    cues: list[int] = []
    skip, blank = 0, False
    for at, (kind, form, points_to, word, step) in enumerate(reading.symbols):
        if at < skip:
            continue
        if kind == ACTOR:
            first, mention = group[at], mentions[points_to]
            if mention.type == "group" and first != own:
                words += map(reader.stem, form.split())
                continue
            places.append((len(words), len(steps), first, mention.party))
            words.append(OTHER)
            steps.append(OTHER)
            forms.append(form)
            if first == at:
                skip = last[first] + 1
        elif kind == CUE:
            cue = reading.cues[points_to]
            name = CUE if cue.target == target else CUX
            if name == CUE:
                cues.append(len(words))
            words += [name, reader.stem(form)]
            blank = blank or form.split() != [form]
            steps += [name, _act(reader.lexicon, cue, form)]
            forms += [form, form]
        else:
            words.append(word)
            if form in _INVERTED and _inverted(reading.symbols, at):
                step = "if"
            elif kind == "return":
                step = _RETURN[target]
            if step:
                steps.append(step)
                forms.append(form)
    starts: Sequence[int] = range(len(words) + 1)
    if blank:
        split = [word.split() for word in words]
        starts = list(accumulate(map(len, split), initial=0))
        words = list(chain.from_iterable(split))
    kinds = {"act" if cue.kind in _RESUMING else cue.kind for cue in reading.cues if cue.target == target}
    return _Draft(
        words, starts, Skeleton(steps, forms, reader.lexicon), places, cues, [f"cue={k}" for k in sorted(kinds)]
    )


def _inverted(symbols: Sequence[Symbol], k: int) -> bool:
    """Tell whether an auxiliary opens a clause before its subject: "Should Rome send troops", "were Rome to send"."""
    opens = not k or symbols[k - 1].kind in _OPENING
    return opens and any(symbol.kind == ACTOR for symbol in symbols[k + 1 : k + 3])


def _act(lexicon: Lexicon, cue: Hit, form: str) -> str:
    """Name what a cue does, or which goods and flows that sanctions stop it speaks of."""
    if cue.kind in _RESUMING:
        return _RESUMING[cue.kind][cue.target]
    first, *rest = form.split() or [""]
    act = lexicon.words.get(first, "")
    if cue.target == "intervention":
        if act == "trade":
            return ARMING  # "weapons": no trade that sanctions would stop
        return LEAVING if act in ("leave", "return") or "out" in rest else f"={act}" if act else FORCING
    if cue.kind == "trade":
        return TRADE
    last = lexicon.words.get(rest[-1], "") if rest else ""
    ends = act in ("end", "exempt", "give") or last in ("end", "exempt") or first.startswith("exempt")
    return ENDING if ends else IMPOSING


def _seen(draft: _Draft, target: str, own: int, party: str, sort: str, company: list[str]) -> Views:
    """Write a sentence from the seat of a party in the group ``own``, named in a certain sort of way."""
    starts, skeleton = draft.starts, draft.skeleton
    words, steps = draft.tokens.copy(), skeleton.symbols.copy()
    place = step = 0
    for word, other_step, first, other in draft.places:
        if first == own:
            place, step = word, other_step
        elif other != party:
            continue
        words[starts[word]] = SELF
        steps[other_step] = SELF
    end = len(starts) - 1
    if draft.cues:
        near = min(draft.cues, key=lambda k: abs(k - place))
        step_near = skeleton.nearest_cue(step)
        around = starts[max(0, near - 6)], starts[min(near + 6, end)]
        low, high = starts[min(place, near)], starts[min(max(place, near) + 2, end)]
        between = [">" if near > place else "<", *words[low:high]]
        path = [">" if step_near > step else "<", *steps[min(step, step_near) : max(step, step_near) + 2]]
    else:
        around = 0, 0
        between = ["nocue", *words[starts[place] : starts[min(place + 14, end)]]]
        path = ["nocue", *steps[step : step + 8]]
    roles = Role(skeleton, steps, step).features(target)
    facts = [target, f"type={sort}", *draft.kinds, *company]
    a, b, c, d, e, f = accumulate(map(len, (words, between, steps, path, roles, facts)))
    return Views(
        [*words, *between, *steps, *path, *roles, *facts],
        (
            *(0, a),
            *(starts[max(0, place - 6)], starts[place + 1]),
            *(starts[place], starts[min(place + 9, end)]),
            *(a, b),
            *around,
            *(b + max(0, step - 4), min(b + step + 9, c)),
            *(c, d),
            *(d, e),
            *(e, f),
        ),
    )


def columns(rows: Sequence[Views]) -> pd.DataFrame:
    """Turn views into a table, a text column each."""
    return pd.DataFrame([row.texts() for row in rows], columns=list(VIEWS), dtype=object)


def rows_of(table: pd.DataFrame) -> list[Views]:
    """Turn a table of views back into instances.

    Examples
    --------
    >>> views = Views(["SELF", "lift", "CUE"], (0, 3, 0, 1, 0, 3, 0, 3, 1, 3, 0, 2, 0, 3, 0, 0, 0, 0))
    >>> rows_of(columns([views]))[0].texts() == views.texts()
    True
    """
    rows = []
    for texts in table[list(VIEWS)].itertuples(index=False):
        views = [text.split() for text in texts]
        ends = accumulate(map(len, views), initial=0)
        rows.append(Views(list(chain.from_iterable(views)), tuple(chain.from_iterable(pairwise(ends)))))
    return rows


def tokens_and_spans(
    instances: pd.DataFrame | Sequence[Views],
) -> tuple[list[list[str]], list[tuple[int, ...]]]:
    """Give the tokens of each instance, and where in them each view starts and ends: what n-grams are read from."""
    rows = rows_of(instances) if isinstance(instances, pd.DataFrame) else instances
    return [row.tokens for row in rows], [row.spans for row in rows]


def given(reader: Reader, gold: pd.DataFrame, again: Sequence[str] = ()) -> pd.DataFrame:
    """Write the views of given actors and targets; each sentence is read once.

    Parameters
    ----------
    reader : Reader
    gold : DataFrame
        ``text, mention, start, party, target``, and ``date`` where known: ISO text, a year, a date or a timestamp;
        other columns do no harm.
    again : sequence of str, optional
        For each row, where its text points back to a measure of its document, the kind of cue that this is (see
        :mod:`pipeline.targets`); empty elsewhere.

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
    asked: dict[tuple[str, str, str, str], list[tuple[int, tuple[int, int, str], str]]] = {}
    kinds = again or [""] * len(gold)
    for k, ((text, date, mention, start, party, target), kind) in enumerate(zip(_fields(gold), kinds, strict=True)):
        start = int(start)
        key = text, _iso(date), kind, target if kind else ""
        asked.setdefault(key, []).append((k, (start, start + len(mention), party), target))
    written: dict[int, Views] = {}
    for (text, date, kind, meant), rows in asked.items():
        cues = [Hit(*pointer[:2], meant, kind) for pointer in reader.pointers(fold(text))] if kind else None
        reading = reader.read(text, date, [actor for _, actor, _ in rows], cues)
        seats = Seats(reader, reading)
        for k, actor, target in rows:
            own, place = seats, _mention_at(reading, *actor)
            if place is None:  # another given actor overlaps it
                alone = reader.read(text, date, [actor], cues)
                own, place = Seats(reader, alone), _mention_at(alone, *actor)
            if place is None:
                raise InputError(f"instances: row {k}: no word is left of {text[slice(*actor[:2])]!r} to be an actor")
            written[k] = own.views(place, target)
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
