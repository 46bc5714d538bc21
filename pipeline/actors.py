"""Who is named: mentions in a sentence, each resolved to the party it speaks for."""

import re
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from pipeline.lexicon import Alias, Lexicon
from pipeline.text import fold

_NATIONAL = frozenset({"state", "former state", "territory", "region"})
_LEAGUES = frozenset({"igo", "alliance"})
"""Kinds of parties: whose people may be a group of their own, and of which states are members."""


class Mention(NamedTuple):
    """An actor in a sentence.

    ``start`` and ``end`` select the name; ``left`` and ``right`` the unit that it heads, titles and nationality
    included ("[Russian Foreign Minister <Sergey Lavrov>]"). ``type`` is an alias' type (acronym for
    a name in capitals, body for a name with one behind it), or person, unknown or group where shape alone tells.
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


_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+|'(?!s\b)[^\W\d_]+)*|\d+|[^\w\s]")
_INSIDE = re.compile(r"\w $")
_LAST_NAME = re.compile(r"\b([A-ZÀ-ÖØ-Þ][\w'’-]+)\s(?:(?:de|la|del|al|el|bin|van|von)\s){0,2}$")
_FAR = 60
"""Characters in which the word before a name is looked for."""
_FIRST_NAME = re.compile(r"\s((?:[ae]l-)?[A-ZÀ-ÖØ-Þ][\w'’-]+)")
_TAIL = re.compile(r"[a-z]+")
_SIDES = ("pro-", "anti-", "non-")
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
            surface = "" if key in lexicon.short else fold(entries[0].surface).removeprefix("the ")
            for pattern in {key, surface or key, *_dotted(key)}:
                patterns.append(pattern)
                self._keys.append(key)
        self._automaton = AhoCorasick(patterns)
        titles = lexicon.titles
        self._office, self._former = titles["office"], titles["former"]
        self._private = titles["private"] | titles["outsider"]
        self._person_title = titles["office"] | titles["private"] | titles["former"]
        self._title = self._person_title | titles["modifier"] | titles["outsider"]
        self._heads = self._title | titles["group"] | titles["member"]
        self._body, self._group = titles["body"], titles["group"]
        self._group_modifier = titles["modifier-group"] | titles["people"]
        self._people, self._thing, self._backed = titles["people"], titles["thing"], titles["backed"]
        self._member = titles["group"] | titles["member"]
        self._of_region = self._member | titles["body"] | titles["force"]
        self._national, self._camp = titles["body"] | titles["national"], titles["camp"]
        self._outsider = self._private | titles["people"] | titles["group"] - self._national
        self._opening = lexicon.words.keys() | titles["determiner"]
        self._no_name = self._title | titles["body"] | titles["group"] | titles["calendar"]
        self._known_words = self._no_name | lexicon.words.keys() | lexicon.aliases.keys()
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
            if self._bounded(text, folded, start, end, key) and self._spelt(text[start:end], key, cased, folded, start):
                spans[start, end] = key
        found: list[tuple[int, int, Alias]] = []
        reach = 0
        for (start, end), key in sorted(spans.items(), key=lambda item: (item[0][0], -item[0][1])):
            alias = self._lexicon.at(key, date) if start >= reach else None
            if alias and not (key in self._lexicon.short and self._of_another(text, folded, start, end)):
                found.append((start, end, alias))
                reach = end
        return found

    def _bounded(self, text: str, folded: str, start: int, end: int, key: str) -> bool:
        """Tell whether a name stands as words of its own, or is only glued to a known word by a missing blank."""
        if start and text[start - 1].isalnum() and not (text[start - 1].islower() and text[start].isupper()):
            return False
        if text[start - 1 : start] == "-" and folded.endswith(_SIDES, 0, start):
            return False  # "anti-Syrian rebels" are no Syrians
        if end == len(text) or not text[end].isalnum():
            return True
        tail = _TAIL.match(folded, end)
        if not tail:
            return False
        if tail.group() == "s" and text[end - 1].isupper():
            return True
        if key in self._lexicon.short:
            return False  # "Cheaper" is no Mr Chea
        known = tail.group() in self._glue or (len(tail.group()) > 5 and tail.group().endswith(("ing", "ed")))
        return known and end - start > 3 and text[start].isupper()

    def _of_another(self, text: str, folded: str, start: int, end: int) -> bool:
        """Tell whether a surname belongs to another, longer name: "Nils Borg", "Borg-Olivier"."""
        before, after = _LAST_NAME.search(text, max(0, start - _FAR), start), _FIRST_NAME.match(text, end)
        if before and not _INSIDE.search(text, max(0, before.start() - 2), before.start()):
            # The sentence's first word has a capital in any case.
            before = before if folded[before.start(1) : before.end(1)] in self._lexicon.short else None
        if text[start - 1 : start] == "-" or text[end : end + 1] == "-":
            return True
        words = {folded[m.start(1) : m.end(1)] for m in (before, after) if m}
        return any(w in self._lexicon.short or w not in self._known_words for w in words)

    def _spelt(self, surface: str, key: str, cased: bool, folded: str, start: int) -> bool:
        """Tell whether a surface is spelt as the name is: "US" and not "us", "May" and not "may"."""
        if not cased:
            return key not in self._lexicon.words or folded.endswith("the ", 0, start)
        entry = self._lexicon.aliases[key][0].surface.removeprefix("the ")
        if entry[:1].islower():
            return True
        if len(key) <= 5 and entry.replace(".", "").replace(" ", "").isupper():
            plain = surface.replace(".", "").replace(" ", "")
            return plain.isupper() or (len(key) > 3 and plain.istitle() and key not in self._lexicon.words)
        return surface[:1].isupper()


class _Chunker:
    """Join nationality, title and name into units, and find persons and groups whom only their shape tells."""

    def __init__(self, finder: ActorFinder, text: str, tokens: list[_Token]) -> None:
        self._f, self._text, self._tokens = finder, text, tokens
        self._cased = not (text.islower() or text.isupper())
        self._free = 0
        """The first token that no mention has taken."""

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
            at = max(after, at + 1)
            if mention:
                found.append(mention)
                self._free = at
        return found

    def _unit(self, at: int) -> tuple[Mention | None, int]:
        token, f = self._tokens[at], self._f
        left = token.start
        if token.alias:
            if token.alias.type == "person":
                return self._holder(at, left, token.alias)
            return self._state(at, at, token.alias)
        if token.word in f._title:
            after = self._titles(at)
            person = self._person(at, after, left, None)
            if person:
                return person
            words = {t.word for t in self._tokens[at:after]}
            if words & f._former:
                behind = self._skip(after, "-")
                state = self._party(behind)
                if state:
                    return self._state(behind, at, state, former=True)
            behind = self._skip(after, "of", "the")
            state = self._party(behind)
            if after < behind and state and words & f._office:
                return self._state(behind, at, state)
        name = self._name(at)
        if token.word in f._member and name <= at + 1:
            return self._group(at)
        if name > at + 1 and self._tokens[name - 1].word not in f._thing:
            return self._stranger(at, name, left)
        return None, name

    def _skip(self, at: int, *words: str) -> int:
        while at < len(self._tokens) and self._tokens[at].word in words:
            at += 1
        return at

    def _party(self, at: int) -> Alias | None:
        """Give the party, and no person, that is named at a token."""
        alias = self._tokens[at].alias if at < len(self._tokens) else None
        return alias if alias and alias.type not in ("person", "place") else None

    def _mention(self, first: int, after: int, party: str, sort: str) -> Mention:
        start, end = self._tokens[first].start, self._tokens[after - 1].end
        return Mention(start, end, start, end, party, sort)

    def _words(self, first: int, after: int) -> Mention:
        """Give an unnamed group, which keeps its words: "Islamist rebels", "Cuban exiles"."""
        surface = self._text[self._tokens[first].start : self._tokens[after - 1].end]
        if not self._tokens[first].alias and self._tokens[first].word not in self._f._people:
            surface = surface.lower() if surface[1:].islower() else surface[0].lower() + surface[1:]
        return self._mention(first, after, " ".join(surface.split()), "group")

    def _group(self, at: int) -> tuple[Mention | None, int]:
        """Read an unnamed group, or the people of a party: "lawmakers in Tehran", "leaders of the M23"."""
        f, first = self._f, at
        while first > self._free and self._modifies(first - 1):
            first -= 1
        after = self._phrase(at, f._member)
        if self._tokens[after - 1].word in f._body and after < len(self._tokens):
            link = self._tokens[after].word
            behind = self._skip(after + 1, "the")
            state = self._party(behind) if link in ("of", "from", "in") else None
            if state:
                return self._state(behind, first, state)
        if after == first + 1 and self._tokens[at].word not in f._group:
            return None, after
        return self._words(first, after), after

    def _modifies(self, at: int) -> bool:
        word = self._tokens[at].word
        return word in self._f._group_modifier or "-" in word[1:]

    def _phrase(self, at: int, heads: frozenset[str]) -> int:
        """Give the end of a group's words: of "Kurdish rebel leaders said" where "said" stands."""
        end = at
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.word in heads and not token.alias:
                end = at + 1
            elif token.alias:
                if token.alias.type != "demonym":
                    break
            elif not self._modifies(at):
                break
            at += 1
        return end

    def _state(self, at: int, first: int, alias: Alias, former: bool = False) -> tuple[Mention, int]:
        """Read on behind a state's name: over its title and person, or the body that speaks for it."""
        f, token, left = self._f, self._tokens[at], self._tokens[first].start
        after = at + 1
        if alias.type == "place":  # "Idlib Governorate", "Basra International Airport"
            group = self._nationals(at, after, left, alias)
            if group:
                return group
            after = self._name(after)
            return Mention(token.start, token.end, left, self._tokens[after - 1].end, alias.party, "place"), after
        after = self._skip(self._skip(after, "'"), "s")
        titled = self._titles(after)
        words = {t.word for t in self._tokens[after:titled]}
        if words & f._former:  # "Niger's ousted president": both are named
            titled = after
        person = self._person(after, titled, left, alias, former)
        if person:
            return person
        group = self._nationals(at, after, left, alias)
        if group:
            return group
        if titled > after and self._tokens[titled - 1].word in f._office and (former or words & f._private):
            return self._words(first, titled), titled
        acronym = alias.type == "name" and self._text[token.start : token.end].isupper() and self._cased
        plain = Mention(token.start, token.end, left, token.end, alias.party, "acronym" if acronym else alias.type)
        # "Navy" and "parliament" are bodies, and modifiers of a title ("navy chief").
        head = titled - 1 if titled > after and self._tokens[titled - 1].word in f._body else titled
        if head < len(self._tokens) and self._tokens[head].word in f._body:
            return plain._replace(right=self._tokens[head].end, type="body"), head + 1
        if titled > after and words & f._office:
            return plain._replace(right=self._tokens[titled - 1].end), titled
        return plain, at + 1

    def _nationals(self, at: int, after: int, left: int, alias: Alias) -> tuple[Mention, int] | None:
        """Read a group that bears a party's name: "Cuban exiles" are not Cuba, "Taliban fighters" are the Taliban."""
        f, tokens, token = self._f, self._tokens, self._tokens[at]
        if after + 1 < len(tokens) and tokens[after].word == "-" and tokens[after + 1].word in f._backed:
            end = self._phrase(after + 2, f._of_region)
            return (self._words(at, end), end) if end > after + 2 else None
        region = alias.kind == "region" or (alias.type == "demonym" and alias.kind not in _NATIONAL | _LEAGUES)
        end = self._phrase(after, f._of_region if region else f._member)
        if end == after:
            joins = alias.type == "demonym" and after + 1 < len(tokens) and tokens[after].word in ("and", "or")
            if not joins or not tokens[after + 1].alias:
                return None
            end = self._phrase(after + 1, f._member)
            if end == after + 1:
                return None
        head, words = tokens[end - 1].word, {t.word for t in tokens[after:end]}
        partisan = alias.kind == "political party" and head in f._body
        if alias.kind not in _NATIONAL and not partisan and not (alias.kind in _LEAGUES and alias.type == "demonym"):
            return Mention(token.start, token.end, left, tokens[end - 1].end, alias.party, alias.type), end
        if region or head not in f._national or words & f._outsider:
            return self._words(at, end)._replace(left=left), end
        if alias.type == "place":
            return None
        return Mention(token.start, token.end, left, tokens[end - 1].end, alias.party, alias.type), end

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

    def _person(
        self, first: int, at: int, left: int, state: Alias | None, former: bool = False
    ) -> tuple[Mention, int] | None:
        """Give the person named behind titles, if any."""
        if at >= len(self._tokens) or at == first:
            return None
        f, token = self._f, self._tokens[at]
        words = {t.word for t in self._tokens[first:at]}
        former = former or bool(words & f._former)
        if token.alias:
            return self._holder(at, left, token.alias, former) if token.alias.type == "person" else None
        name = self._name(at)
        if name == at or not words & f._person_title:
            return None
        if state and words & f._office and not former and not words & f._private:
            return self._mention(at, name, state.party, "person")._replace(left=left), name
        mention, after = self._stranger(at, name, left)
        return mention._replace(type="person"), after

    def _holder(self, at: int, left: int, alias: Alias, former: bool = False) -> tuple[Mention, int]:
        """Read a known person, who speaks for themselves when out of office."""
        after = self._skip(self._skip(at + 1, "'"), "s")
        if after > at + 1 and after < len(self._tokens) and self._tokens[after].word in self._f._camp:
            return self._words(at, after + 1), after + 1
        party = alias.surface if former and alias.kind in _NATIONAL | _LEAGUES else alias.party
        return self._mention(at, at + 1, party, "person")._replace(left=left), at + 1

    def _stranger(self, first: int, after: int, left: int) -> tuple[Mention, int]:
        """Read an unlisted name; one whom an office behind it tells speaks for a state: "N. N., the Swiss minister"."""
        f, tokens = self._f, self._tokens
        own = self._mention(first, after, self._text[tokens[first].start : tokens[after - 1].end], "unknown")
        own = own._replace(left=left)
        if after >= len(tokens) or tokens[after].word != ",":
            return own, after
        at = self._skip(after + 1, "a", "an", "the")
        behind = office = self._titles(at)
        state = self._party(office)
        if state:  # "the former Swiss minister"
            behind = office + 1
            office = self._titles(self._skip(self._skip(behind, "'"), "s"))
        else:  # "foreign minister of Mali"
            behind = self._skip(office, "of", "the", "for")
            state = self._party(behind) if behind > office else None
            behind += 1
        words = {t.word for t in tokens[at:office]}
        if not state or not words & f._office:
            return own, after
        end = max(office, behind)
        own = own._replace(type="person", right=tokens[end - 1].end)
        return (own if words & (f._private | f._former) else own._replace(party=state.party)), end

    def _name(self, at: int) -> int:
        """Give the end of a run of capitalised unknown words."""
        if not self._cased:
            return at
        end = at
        while end < len(self._tokens):
            token = self._tokens[end]
            if token.alias or not token.word[0].isalpha():
                following = self._skip(self._skip(end, "'"), "s")  # "People's Party"
                if end > at and following == end + 2 and self._capital(following):
                    end = following
                    continue
                break
            if not self._text[token.start].isupper():
                if end == at or token.word not in _PARTICLES or not self._capital(end + 1):
                    break
            elif token.word in self._f._no_name or (end == at and token.word in self._f._opening):
                break
            end += 1
        return end

    def _capital(self, at: int) -> bool:
        return at < len(self._tokens) and self._text[self._tokens[at].start].isupper()


def _dotted(key: str) -> list[str]:
    """Give the spellings with dots of a short abbreviation: "us" is also "u.s.", "u.s" and "u. s."."""
    if len(key) > 4 or not key.isalpha():
        return []
    return [".".join(key) + ".", ".".join(key), ". ".join(key) + "."]
