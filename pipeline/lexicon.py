"""The lexicons of ``data/``: who is who, what is spoken of, and what is done about it.

Actors, cues and verb classes are data: a line in a CSV adds one, and no list of them stands in the code.
"""

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import InputError, raise_all
from pipeline.resources import DATA
from pipeline.text import fold

_COMMON = ("group", "member", "modifier-group")
"""Kinds of ``titles.csv`` whose words have a capital only where a sentence begins."""
TARGETS = ("sanctions", "intervention")
STANCES = ("support", "oppose", "neutral")
ALIAS_TYPES = ("name", "demonym", "capital", "seat", "body", "person")


class Alias(NamedTuple):
    """One name of a party: ``type`` is name, demonym, capital, seat, body, person, or place, which never speaks.

    Years 0 and 9999 leave ``since`` and ``until`` open.
    """

    party: str
    kind: str
    type: str
    since: int
    until: int
    surface: str


@dataclass(frozen=True)
class Cue:
    """One pattern that speaks of a target; ``kind`` is measure, act, trade, force, weak or off (another sense).

    Its ``words`` are as in ``targets.csv``, with one choice for the first of them.
    """

    target: str
    kind: str
    words: str

    @property
    def literal(self) -> str:
        """The characters that any match begins with."""
        return re.split(r"[*]| \.\.| [^ ]*/", self.words, maxsplit=1)[0]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What matches it, compiled when it is first needed: few of the cues are in a text.

        Words are bounded, so that a cue in a text without blanks is not read to its end from each of its beginnings.
        """
        parts = []
        for word in self.words.split():
            if word.startswith(".."):
                parts.append(rf"(?:[\w'’.-]{{1,40}} ){{0,{word[2:]}}}")
            else:
                choices = (re.escape(w.rstrip("*")) + r"[\w'’]{0,30}" * w.endswith("*") for w in word.split("/"))
                parts.append(f"(?:{'|'.join(choices)}) ")
        return re.compile("".join(parts).rstrip() + r"(?!\w)")


@dataclass(frozen=True)
class Lexicon:
    """What the shipped CSVs say, indexed for look-up.

    Attributes
    ----------
    aliases : dict of str to tuple of Alias
        Folded surface (lower case, no accents, no dots, no leading "the") to the parties that go by it.
    short : frozenset of str
        Folded surfaces that are only the short name of a person.
    kinds : dict of str to str
        Party to its kind (state, igo, armed group, ...).
    cues : tuple of Cue
    words : dict of str to str
        Inflected word form to stance class (``"vetoed"`` → ``"reject"``).
    polarity : dict of str to int
        Verb class to −1, 0 or 1; a class without verbs is not in it.
    adjectives : frozenset of str
        Those of a class that speaks against.
    prepositions : frozenset of str
    irregular : frozenset of str
        Past forms and participles that do not end in -ed.
    nouns : frozenset of str
        Those of a class that are no form of a verb too: "decision", but not "call".
    phrases : dict of str to tuple
        First word form to ``(rest, class)`` of phrasal verbs (``"called"`` → ``(("off",), "end")``).
    titles : dict of str to dict
        Kind to its words: office (held for a state), private and outsider (not for it), former, modifier (of a title);
        body (of a state); group (acts without a name), member (does so behind another word), national (a group that
        counts as its state), people and modifier-group (before a group), force, backed and camp (parts of its name);
        thing, calendar and determiner (in capitals, and no actor); no-group (two words of which the first is no group);
        seated (a body of the state whose capital it is in); later … (a party named before, by its kind); again … (a
        measure named before, see :mod:`pipeline.pointers`).
    """

    aliases: dict[str, tuple[Alias, ...]]
    short: frozenset[str]
    kinds: dict[str, str]
    cues: tuple[Cue, ...]
    words: dict[str, str]
    polarity: dict[str, int]
    adjectives: frozenset[str]
    prepositions: frozenset[str]
    irregular: frozenset[str]
    nouns: frozenset[str]
    phrases: dict[str, tuple[tuple[tuple[str, ...], str], ...]]
    titles: dict[str, frozenset[str]]

    def party(self, name: str, date: str = "") -> str:
        """Resolve a party's or an actor's name to the party it speaks for; an unknown name stays as it is.

        An unnamed group begins in lower case, as it would within a sentence.

        Examples
        --------
        >>> load().party("the Kremlin")
        'Russia'
        >>> load().party("Laurent Fabius", "2013-08-27")
        'France'
        >>> load().party("Western diplomats")
        'Western diplomats'
        >>> load().party("Analysts")
        'analysts'
        """
        found = self.at(surface_key(name), date)
        if found and found.type != "place":
            return found.party
        name = name.removeprefix("the ").removeprefix("The ")
        first = name.partition(" ")[0].lower()
        common = name[1:].islower() and any(first in self.titles[kind] for kind in _COMMON)
        return name[0].lower() + name[1:] if common else name

    def at(self, key: str, date: str = "") -> Alias | None:
        """Give the alias that a folded surface stands for at a date.

        Without a date the latest holder of an office is meant, in the office held longest; with one, whoever has left
        office stands for themselves.
        """
        candidates = self.aliases.get(key, ())
        if not candidates:
            return None
        if not date[:4].isdecimal():
            latest = max(candidates, key=lambda a: (a.type != "person", a.kind != "person", a.until, a.since))
            same = [a for a in candidates if (a.surface, a.type) == (latest.surface, latest.type)]
            return max(same, key=lambda a: (a.kind != "person", a.until - a.since, a.until))
        year = int(date[:4])
        for alias in candidates:
            if alias.since <= year <= alias.until:
                return alias
        nearest = min(candidates, key=lambda a: max(a.since - year, year - a.until))
        retired = nearest.type == "person" and nearest.until < year
        return nearest._replace(party=nearest.surface, kind="person") if retired else nearest


def surface_key(name: str) -> str:
    """Fold a name to its look-up key.

    Examples
    --------
    >>> surface_key("The U.S.")
    'us'
    """
    return fold(name).replace(".", "").replace("’", "'").removeprefix("the ").strip()


def load(actors: Path | str | None = None) -> Lexicon:
    """Read the shipped lexicons, with a user's own actors on top.

    Parameters
    ----------
    actors : Path or str, optional
        A CSV in the layout of ``data/actors.csv``. Its aliases replace shipped ones of the same surface.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column, and with all faulty lines at once.

    Examples
    --------
    >>> lexicon = load()
    >>> lexicon.words["vetoed"], lexicon.polarity["reject"]
    ('reject', -1)
    """
    shipped = _shipped()
    if actors is None:
        return shipped
    own, short = _actors(Path(actors))
    kinds = {entry.party: entry.kind for entries in own.values() for entry in entries}
    return replace(
        shipped,
        aliases=shipped.aliases | own,
        short=shipped.short - own.keys() | short,
        kinds=shipped.kinds | kinds,
    )


@lru_cache(maxsize=1)
def _shipped() -> Lexicon:
    aliases, short = _actors(DATA / "actors.csv")
    kinds = {entry.party: entry.kind for entries in aliases.values() for entry in entries}
    for state, place in _rows(DATA / "places.csv", ("state", "place")):
        aliases.setdefault(surface_key(place), (Alias(state, kinds[state], "place", 0, 9999, place),))
    return Lexicon(
        aliases=aliases,
        short=short,
        kinds=kinds,
        cues=_cues(DATA / "targets.csv"),
        titles=_titles(DATA / "titles.csv"),
        **_verbs(DATA / "verbs.csv"),
    )


def _rows(path: Path, columns: tuple[str, ...]) -> list[list[str]]:
    return [row for _, row in _numbered(path, columns)]


def _numbered(path: Path, columns: tuple[str, ...]) -> list[tuple[int, list[str]]]:
    """Read the columns of a CSV file; each row comes with the line that it begins on."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines, strict=True)
            head = next(reader, [])
            missing = [c for c in columns if c not in head]
            if missing:
                raise InputError(
                    f"{path}, line 1: no column {', '.join(missing)}; the columns are {', '.join(columns)}"
                )
            order = [head.index(c) for c in columns]
            rows = []
            line = reader.line_num + 1
            for row in reader:
                if row and len(row) != len(head):
                    raise InputError(
                        f"{path}, line {line}: {len(row)} fields, not {len(head)}; quote fields with commas"
                    )
                if row:
                    rows.append((line, [row[i] for i in order]))
                line = reader.line_num + 1
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise InputError(f"{path}: cannot be read ({fault}); give a CSV file in UTF-8") from fault


def _actors(path: Path) -> tuple[dict[str, tuple[Alias, ...]], frozenset[str]]:
    aliases: dict[str, list[Alias]] = defaultdict(list)
    full: set[str] = set()
    short: set[str] = set()
    columns = ("party", "kind", "alias", "type", "short", "since", "until")
    faults: list[str] = []
    for line, (party, kind, surface, sort, nick, since, until) in _numbered(path, columns):
        key = surface_key(surface)
        wrong = _faults(party, key, sort, since, until)
        faults += [f"line {line}: {reason}" for reason in wrong]
        if wrong:
            continue
        entry = Alias(party, kind, sort, int(since or 0), int(until or 9999), surface)
        aliases[key].append(entry)
        full.add(key)
        if sort == "person" and nick != "-":
            for name in nick.split("|") if nick else surface.split()[-1:]:
                nick_key = surface_key(name)
                if nick_key and nick_key != key:
                    aliases[nick_key].append(entry)
                    short.add(nick_key)
    raise_all(str(path), faults)
    return {key: _distinct(entries) for key, entries in aliases.items()}, frozenset(short - full)


def _faults(party: str, key: str, sort: str, since: str, until: str) -> list[str]:
    faults = []
    if not party or not key:
        faults.append("party and alias must not be empty")
    if sort not in ALIAS_TYPES:
        faults.append(f"type {sort!r} is unknown; use {', '.join(ALIAS_TYPES)}")
    if not re.fullmatch("([0-9]{4})?,([0-9]{4})?", f"{since},{until}"):
        faults.append("since and until are years (YYYY) or empty")
    elif since and until and since > until:
        faults.append(f"since {since} is after until {until}; swap them")
    return faults


def _distinct(entries: list[Alias]) -> tuple[Alias, ...]:
    """Keep one entry per party and span; a name that is not a person's goes first."""
    unique = {(e.party, e.since, e.until): e for e in reversed(entries)}
    return tuple(sorted(unique.values(), key=lambda e: (e.type == "person", -e.until, -e.since, e.party)))


def _cues(path: Path) -> tuple[Cue, ...]:
    cues = []
    for target, kind, words in _rows(path, ("target", "kind", "cue")):
        first, *rest = words.split()
        target = "" if target == "off" else target
        cues += [Cue(target, kind, " ".join([choice, *rest])) for choice in first.split("/")]
    return tuple(cues)


def _verbs(path: Path) -> dict[str, Any]:
    """Read the fields of a lexicon that ``verbs.csv`` fills."""
    words: dict[str, str] = {}
    polarity: dict[str, int] = {}
    adjectives: set[str] = set()
    verb_forms: set[str] = set()
    noun_forms: set[str] = set()
    irregular_forms: set[str] = set()
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = defaultdict(list)
    for name, sign, part, word, irregular in _rows(path, ("class", "polarity", "pos", "word", "forms")):
        if part == "verb":
            polarity[name] = int(sign)
        first, *rest = word.split()
        irregular_forms.update(irregular.split())
        for form in _inflections(first, part) | set(irregular.split()):
            if rest:
                phrases[form].append((tuple(rest), name))
            else:
                words.setdefault(form, name)
                if part == "verb":
                    verb_forms.add(form)
                elif part == "noun":
                    noun_forms.add(form)
                elif part == "adjective" and int(sign) < 0:
                    adjectives.add(form)
    return {
        "words": words,
        "polarity": polarity,
        "adjectives": frozenset(adjectives - verb_forms),
        "prepositions": frozenset(word for word, name in words.items() if name == "prep"),
        "irregular": frozenset(irregular_forms),
        "nouns": frozenset(noun_forms - verb_forms),
        "phrases": {form: tuple(options) for form, options in phrases.items()},
    }


def _inflections(word: str, part: str) -> set[str]:
    if part == "noun":
        return {word, word + "s", re.sub("y$", "ies", word)}
    if part != "verb":
        return {word}
    if word.endswith("e"):
        return {word, word + "s", word + "d", word[:-1] + "ing"}
    if re.search("[^aeiou]y$", word):
        return {word, word[:-1] + "ies", word[:-1] + "ied", word + "ing"}
    if re.search("(s|x|z|ch|sh|o)$", word):
        return {word, word + "es", word + "ed", word + "ing"}
    doubled = word + word[-1]
    return {word, word + "s", word + "ed", word + "ing", doubled + "ed", doubled + "ing"}


def _titles(path: Path) -> dict[str, frozenset[str]]:
    titles: dict[str, set[str]] = defaultdict(set)
    for kind, word in _rows(path, ("kind", "word")):
        titles[kind].add(word)
    return {kind: frozenset(words) for kind, words in titles.items()}
