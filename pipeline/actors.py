"""Who is named: mentions in a sentence, each resolved to the party it speaks for."""

import re
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from pipeline.lexicon import Alias, Lexicon
from pipeline.text import fold


class Mention(NamedTuple):
    """An actor in a sentence.

    ``start`` and ``end`` select the name; ``left`` and ``right`` the unit that it heads, titles and nationality
    included ("[Russian Foreign Minister <Sergey Lavrov>]"). ``type`` is an alias' type (acronym for
    a name in capitals), or person, unknown or group where shape alone tells.
    """

    start: int
    end: int
    left: int
    right: int
    party: str
    type: str


class _Token(NamedTuple):
    start: int
    end: int
    word: str
    alias: Alias | None


_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*|\d+|[^\w\s]")
_LAST_NAME = re.compile(r"(?<=\w )([A-ZÀ-ÖØ-Þ][\w'’-]+)\s$")
_FIRST_NAME = re.compile(r"\s([A-ZÀ-ÖØ-Þ][\w'’-]+)")
_TAIL = re.compile(r"[a-z]+")
_PARTICLES = frozenset(["al", "el", "bin", "ibn", "de", "da", "del", "der", "van", "von", "dos", "la", "le", "di"])


class ActorFinder:
    """Find the actors of a sentence.

    Known names come from the lexicon in one pass of an automaton; persons with a title or a nationality, and unnamed
    groups, by their shape.

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> finder = ActorFinder(load())
    >>> [(m.party, m.type) for m in finder.find("Russian Foreign Minister Sergey Lavrov met rebels from Mali.")]
    [('Russia', 'person'), ('rebels', 'group'), ('Mali', 'name')]
    >>> [(m.party, m.type) for m in finder.find("Swedish diplomat Nils Borg left.")]
    [('Sweden', 'person')]
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._keys: list[str] = []
        patterns: list[str] = []
        for key, entries in lexicon.aliases.items():
            for pattern in {key, fold(entries[0].surface).removeprefix("the "), *_dotted(key)}:
                patterns.append(pattern)
                self._keys.append(key)
        self._automaton = AhoCorasick(patterns)
        titles = lexicon.titles
        self._office, self._private = titles["office"], titles["private"]
        self._title = titles["office"] | titles["modifier"] | titles["private"]
        self._heads = self._title | titles["group"]
        self._body, self._group, self._group_modifier = titles["body"], titles["group"], titles["modifier-group"]
        self._aliases = lexicon.aliases.keys()
        self._no_name = self._title | titles["body"] | titles["group"] | titles["calendar"]
        self._glue = lexicon.words.keys() | titles["body"] | titles["group"]

    def find(self, text: str, date: str = "", folded: str | None = None) -> list[Mention]:
        """Give the mentions of a sentence in order, without overlaps.

        Parameters
        ----------
        text : str
            One sentence.
        date : str
            Its date (ISO) where known, by which holders of an office are resolved.
        folded : str, optional
            ``fold(text)`` where it is there already.
        """
        folded = fold(text) if folded is None else folded
        tokens: list[_Token] = []
        position = 0
        for start, end, alias in [*self._known(text, folded, date), (len(text), len(text), None)]:
            tokens += [_Token(*m.span(), m.group(), None) for m in _WORD.finditer(folded, position, start)]
            if alias:
                tokens.append(_Token(start, end, folded[start:end], alias))
            position = end
        return list(_Chunker(self, text, tokens).mentions()) if tokens else []

    def _known(self, text: str, folded: str, date: str) -> list[tuple[int, int, Alias]]:
        cased = not (text.islower() or text.isupper())
        spans: dict[tuple[int, int], str] = {}
        for number, start, end in self._automaton.find_matches_as_indexes(folded, overlapping=True):
            if start and text[start - 1].islower() and text[start].islower():
                continue  # the commonest case of a name that is not bounded
            key = self._keys[number]
            if self._bounded(text, folded, start, end) and self._spelt(text[start:end], key, cased, folded[:start]):
                spans[start, end] = key
        found: list[tuple[int, int, Alias]] = []
        reach = 0
        for (start, end), key in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
            alias = self._lexicon.at(key, date) if start >= reach else None
            if alias and not (key in self._lexicon.short and self._of_another(text, folded, start, end)):
                found.append((start, end, alias))
                reach = end
        return found

    def _bounded(self, text: str, folded: str, start: int, end: int) -> bool:
        """Tell whether a name stands as words of its own, or is only glued to a known word by a missing blank."""
        if start and text[start - 1].isalnum() and not (text[start - 1].islower() and text[start].isupper()):
            return False
        if end == len(text) or not text[end].isalnum():
            return True
        tail = _TAIL.match(folded, end)
        if not tail:
            return False
        if tail.group() == "s" and text[end - 1].isupper():
            return True
        known = tail.group() in self._glue or (len(tail.group()) > 5 and tail.group().endswith(("ing", "ed")))
        return known and end - start > 3 and text[start].isupper()

    def _of_another(self, text: str, folded: str, start: int, end: int) -> bool:
        """Tell whether a surname belongs to another, longer name: "Nils Borg", "Borg-Olivier"."""
        before, after = _LAST_NAME.search(text[:start]), _FIRST_NAME.match(text, end)
        if text[start - 1 : start] == "-" or text[end : end + 1] == "-":
            return True
        words = [folded[m.start(1) : m.end(1)] for m in (before, after) if m]
        return any(w not in self._no_name and w not in self._lexicon.words and w not in self._aliases for w in words)

    def _spelt(self, surface: str, key: str, cased: bool, before: str) -> bool:
        """Tell whether a surface is spelt as the name is: "US" and not "us", "May" and not "may"."""
        if not cased:
            return key not in self._lexicon.words or before.endswith("the ")
        entry = self._lexicon.aliases[key][0].surface.removeprefix("the ")
        if entry[:1].islower():
            return True
        if len(key) <= 5 and entry.replace(".", "").replace(" ", "").isupper():
            return surface.replace(".", "").replace(" ", "").isupper()
        return surface[:1].isupper()


class _Chunker:
    """Join nationality, title and name into units, and find persons and groups whom only their shape tells."""

    def __init__(self, finder: ActorFinder, text: str, tokens: list[_Token]) -> None:
        self._f, self._text, self._tokens = finder, text, tokens
        self._cased = not (text.islower() or text.isupper())

    def mentions(self) -> "list[Mention]":
        found: list[Mention] = []
        text, heads = self._text, self._f._heads
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            if not (token.alias or token.word in heads or (self._cased and text[token.start].isupper())):
                at += 1
                continue
            mention, after = self._unit(at)
            if mention:
                found.append(mention)
            at = max(after, at + 1)
        return found

    def _unit(self, at: int) -> tuple[Mention | None, int]:
        token = self._tokens[at]
        left = token.start
        if token.alias:
            if token.alias.type == "person":
                return Mention(token.start, token.end, left, token.end, token.alias.party, "person"), at + 1
            return self._state(at, left, token.alias)
        if token.word in self._f._title:
            after = self._titles(at)
            person = self._person(at, after, left, None)
            if person:
                return person
            behind = after
            while behind < len(self._tokens) and self._tokens[behind].word in ("of", "the"):
                behind += 1
            if behind > after and behind < len(self._tokens):
                alias = self._tokens[behind].alias
                if alias and alias.type != "person" and any(t.word in self._f._office for t in self._tokens[at:after]):
                    return self._state(behind, left, alias)
            if token.word not in self._f._group:
                return None, at + 1
        if token.word in self._f._group:
            first = at
            while first and self._tokens[first - 1].word in self._f._group_modifier:
                first -= 1
            start = self._tokens[first].start
            return Mention(start, token.end, start, token.end, self._text[start : token.end].lower(), "group"), at + 1
        name = self._name(at)
        if name > at + 1:
            end = self._tokens[name - 1].end
            return Mention(left, end, left, end, self._text[left:end], "unknown"), name
        return None, at + 1

    def _state(self, at: int, left: int, alias: Alias) -> tuple[Mention, int]:
        """Read on behind a state's name: over its title and person, or the body that speaks for it."""
        token = self._tokens[at]
        after = at + 1
        if alias.type == "place":  # "Idlib Governorate", "Basra International Airport"
            after = self._name(after)
            return Mention(token.start, token.end, left, self._tokens[after - 1].end, alias.party, "place"), after
        if after < len(self._tokens) and self._tokens[after].word == "'":
            after += 1
        if after < len(self._tokens) and self._tokens[after].word == "s":
            after += 1
        titled = self._titles(after)
        if titled < len(self._tokens):
            person = self._person(after, titled, left, alias)
            if person:
                return person
        acronym = alias.type == "name" and self._text[token.start : token.end].isupper() and self._cased
        plain = Mention(token.start, token.end, left, token.end, alias.party, "acronym" if acronym else alias.type)
        # "Navy" and "parliament" are bodies, and modifiers of a title ("navy chief").
        head = titled - 1 if titled > after and self._tokens[titled - 1].word in self._f._body else titled
        if head < len(self._tokens) and self._tokens[head].word in self._f._body:
            return plain._replace(right=self._tokens[head].end), head + 1
        if titled > after and any(t.word in self._f._office for t in self._tokens[after:titled]):
            return plain._replace(right=self._tokens[titled - 1].end), titled
        return plain, at + 1

    def _titles(self, at: int) -> int:
        while at < len(self._tokens) and not self._tokens[at].alias and self._tokens[at].word in self._f._title:
            at += 1
            if (
                at + 1 < len(self._tokens)
                and self._tokens[at].word in (".", "and", "-")
                and self._tokens[at + 1].word in self._f._title
            ):
                at += 1
        if (
            at < len(self._tokens)
            and self._tokens[at].word == "."
            and at
            and self._tokens[at - 1].word in self._f._title
        ):
            at += 1
        return at

    def _person(self, first: int, at: int, left: int, state: Alias | None) -> tuple[Mention, int] | None:
        """Give the person named behind titles, if any."""
        if at >= len(self._tokens) or (at == first and state is None):
            return None
        token = self._tokens[at]
        words = {t.word for t in self._tokens[first:at]}
        if token.alias:
            if token.alias.type != "person" or (at == first):
                return None
            return Mention(token.start, token.end, left, token.end, token.alias.party, "person"), at + 1
        name = self._name(at)
        if name == at or at == first:
            return None
        start, end = token.start, self._tokens[name - 1].end
        own = self._text[start:end]
        party = state.party if state and words & self._f._office and not words & self._f._private else own
        return Mention(start, end, left, end, party, "person"), name

    def _name(self, at: int) -> int:
        """Give the end of a run of capitalised unknown words."""
        if not self._cased:
            return at
        end = at
        while end < len(self._tokens):
            token = self._tokens[end]
            if token.alias or not token.word[0].isalpha():
                break
            if not self._text[token.start].isupper():
                following = self._tokens[end + 1] if end + 1 < len(self._tokens) else None
                joins = end > at and token.word in _PARTICLES and following and self._text[following.start].isupper()
                if not joins:
                    break
            elif token.word in self._f._no_name or (end == at and token.word in self._f._lexicon.words):
                break
            end += 1
        return end


def _dotted(key: str) -> list[str]:
    """Give the spellings with dots of a short abbreviation: "us" is also "u.s.", "u.s" and "u. s."."""
    if len(key) > 4 or not key.isalpha():
        return []
    return [".".join(key) + ".", ".".join(key), ". ".join(key) + "."]
