"""Speech: who says something is put before it, as in reported speech, and "we" is whoever says so."""

from collections import Counter
from collections.abc import Container, Sequence

from pipeline.skeleton import AUXILIARY
from pipeline.symbols import ACTOR, CUE, MARK, WORD, Symbol

_FIRST = frozenset({"we", "i"})
_CLOSING = frozenset({",", '"'})
_OPENING = frozenset({",", '"', ":"})
_TELLING = frozenset({"say", "warn", "threaten", "accuse", "criticise", "call", "respond"})
_KEPT = frozenset({"say", "warn"})  # "insisted" would speak for what is insisted on
_BETWEEN = frozenset({WORD, "have", "'s"})  # "the minister had said"
_BESIDE = _BETWEEN | {"prep"}  # "Lavrov on Monday said"
_SAID = Symbol("say", "said", -1, "say", "say")
_THAT = Symbol("that", "that", -1, "that", "that")


def speaker_first(symbols: list[Symbol], verbs: Container[str]) -> list[Symbol]:
    """Put the speaker of a quotation before it.

    Of '"The embargo must end," said Lavrov in Geneva' it makes "Lavrov said in Geneva that the embargo must end". Where
    no cue stands before a speaker, nothing changes.

    Parameters
    ----------
    symbols : list of Symbol
    verbs : container of str
        The kinds of symbols that are verbs.
    """
    quotes = [at for at, symbol in enumerate(symbols) if symbol.form == '"']
    cues = [at for at, symbol in enumerate(symbols) if symbol.kind == CUE] if quotes else []
    edges = [-1, *quotes] if len(quotes) % 2 else quotes  # an odd one ends what began in a sentence before
    for opening, closing in zip(edges[::2], edges[1::2], strict=True):
        # 'Citing sanctions on "rogue states," Moscow refused' quotes no cue.
        spoken = any(opening < cue < closing for cue in cues)
        start = closing + 1 + [symbol.form for symbol in symbols[closing + 1 : closing + 2]].count(",")
        if spoken and 1 < start < len(symbols) and _closes(symbols[start - 2 : start]):
            told = _told(symbols, start, verbs)
            if told:
                speaker, end = told
                return [*speaker, _THAT, *_joined(symbols[: start - 2], symbols[end:], verbs)]
    return symbols


def _closes(marks: Sequence[Symbol]) -> bool:
    """Tell whether two symbols close a quotation: a comma, say, and a quotation mark, in either order."""
    return all(mark.kind == MARK for mark in marks) and any(mark.form == '"' for mark in marks)


def _told(symbols: list[Symbol], start: int, verbs: Container[str]) -> tuple[list[Symbol], int] | None:
    """Give who tells, with the verb and what goes on behind it, if that is what starts here; and where it ends."""
    verb = symbols[start] if symbols[start].kind in verbs else None
    actor = start + (verb is not None)
    actor += [symbol.kind for symbol in symbols[actor : actor + 1]] == [WORD]  # "said the ..."
    at = _actors_end(symbols, actor)
    speaker = symbols[actor:at]
    if not speaker:
        return None
    if not verb:
        while at < len(symbols) and symbols[at].kind in _BETWEEN:
            at += 1
        verb = symbols[at] if at < len(symbols) and symbols[at].kind in verbs else None
        at += 1
    end = _told_end(symbols, at)
    if not verb or end < 0:
        return None
    behind = symbols[at:end]
    while behind and behind[-1].kind == MARK:
        behind.pop()
    return [*speaker, verb if verb.kind in _KEPT else _SAID, *behind], end


def _actors_end(symbols: Sequence[Symbol], start: int) -> int:
    """Give where co-ordinated actors end."""
    end = start
    while symbols[end : end + 1] and symbols[end].kind == ACTOR:
        end += 1
        if [symbol.kind for symbol in symbols[end : end + 2]] == ["conj", ACTOR]:
            end += 1
    return end


def _told_end(symbols: Sequence[Symbol], start: int) -> int:
    """Give where the clause of a speaker ends, before a mark or with the sentence, or -1 if it holds a cue."""
    for end in range(start, len(symbols)):
        if symbols[end].form in _CLOSING:
            return end
        if symbols[end].kind == CUE:
            return -1
    return len(symbols)


def _joined(before: list[Symbol], behind: list[Symbol], verbs: Container[str]) -> list[Symbol]:
    """Join what is quoted before a speaker and behind, without the marks that part them."""
    comma = [symbol for symbol in behind[:2] if symbol.form == ","][:1]
    if before and before[0].form == '"':
        before = before[1:]
    while behind and behind[0].form in _CLOSING:
        behind = behind[1:]
    if behind and behind[-1].form == '"':
        behind = behind[:-1]
    if len(behind) < 2 or behind[0].kind in AUXILIARY or (behind[0].kind in verbs and behind[0].form[-3:] != "ing"):
        comma = []  # the clause goes on: '"The embargo," he said, "must end"'
    return [*before, *comma, *behind]


def first_person(symbols: list[Symbol], group: dict[int, int], verbs: Container[str]) -> None:
    """Let "we" and "I" be actors that point to who says so.

    Parameters
    ----------
    symbols : list of Symbol
        Changed in place.
    group : dict
        The co-ordinated actors by position, changed in place. The last "we" before the last cue comes last in it, and
        is the seat: "Lavrov said that SELF would veto it".
    verbs : container of str
        The kinds of symbols that are verbs.
    """
    own = [at for at, symbol in enumerate(symbols) if symbol.form in _FIRST and symbol.kind == "pron"]
    sizes = Counter(group.values())  # who says "we" with others is read with them
    speakers = [at for at in group if sizes[group[at]] == 1 and _speaks(symbols, at, verbs)] if own else []
    if speakers:
        cue = max((at for at, symbol in enumerate(symbols) if symbol.kind == CUE), default=-1)
        for at in sorted(own, key=lambda at: (at < cue, at)):
            speaker = min(speakers, key=lambda place: abs(place - at))
            symbols[at] = Symbol(ACTOR, symbols[at].form, symbols[speaker].points_to)
            group[at] = at


def _speaks(symbols: Sequence[Symbol], at: int, verbs: Container[str]) -> bool:
    """Tell whether an actor says something: "Lavrov said", "Lavrov on Monday said", 'Lavrov added: "'."""
    if symbols[at].kind != ACTOR or (at and symbols[at - 1].kind == "prep"):
        return False  # "an official in Beijing said"
    beside = symbols[at + 1 : at + 3]
    if len(beside) == 2 and beside[0].kind in verbs and beside[1].form in _OPENING:
        return True
    behind = next((s.kind for s in symbols[at + 1 : at + 8] if s.kind not in _BESIDE or s.form == "to"), "")
    return behind in _TELLING
