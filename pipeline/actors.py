"""Who is named: mentions in a sentence, each resolved to the party it speaks for."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pipeline.lexicon import Alias, Lexicon
from pipeline.names import NameFinder
from pipeline.text import cased, fold

_NATIONAL = frozenset({"state", "former state", "territory", "region"})
_NAMED = frozenset({"name", "demonym", "capital", "acronym", "body"})
_OF_OTHERS = frozenset({"must", "should", "ought", "needs", "and", ","})
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


_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+|'(?!s\b)[^\W\d_]+)*|\d+|[^\w\s]")
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
        self._names = NameFinder(lexicon)
        titles = lexicon.titles
        self._kinds = lexicon.kinds
        self._office, self._former = titles["office"], titles["former"]
        self._private = titles["private"] | titles["outsider"]
        self._no_office = self._private | self._former
        self._person_title = titles["office"] | titles["private"] | titles["former"]
        self._title = self._person_title | titles["modifier"] | titles["outsider"]
        self._seated = titles["seated"]
        self._heads = self._title | titles["group"] | titles["member"] | self._seated
        self._body, self._group = titles["body"], titles["group"]
        self._group_modifier = titles["modifier-group"] | titles["people"]
        self._no_group = titles["no-group"]
        self._people, self._thing, self._backed = titles["people"], titles["thing"], titles["backed"]
        self._member = titles["group"] | titles["member"]
        self._of_region = self._member | titles["body"] | titles["force"]
        self._national, self._camp = titles["body"] | titles["national"], titles["camp"]
        self._outsider = self._private | titles["people"] | titles["group"] - self._national
        self._opening = lexicon.words.keys() | titles["determiner"]
        self._no_name = self._names.common

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
        found = list(_Chunker(self, text, folded, self._names.find(text, folded, date)).mentions())
        return [self._of_subject(mention, found[0], text, folded) for mention in found]

    def _of_subject(self, mention: Mention, subject: Mention, text: str, folded: str) -> Mention:
        """Let a minister speak for the state that opens the sentence: "Spain will leave, Defence Minister N. said".

        Of another state a minister says what it must do.
        """
        if mention.type != "person" or mention.party != text[mention.start : mention.end]:
            return mention
        opens = subject.type in _NAMED and folded[: subject.left].strip('" ') in ("", "the")
        if not opens or self._kinds.get(subject.party) not in _NATIONAL:
            return mention
        titles = set(folded[mention.left : mention.start].split())
        verb = _WORD.search(folded, subject.right)
        tells = folded[: mention.left].endswith((", ", '" ')) and not folded.startswith((" of ", " from "), mention.end)
        if tells and titles & self._office and not titles & self._no_office and verb and verb[0] not in _OF_OTHERS:
            return mention._replace(party=subject.party)
        return mention


class _Chunker:
    """Join nationality, title and name into units, and find persons and groups whom only their shape tells."""

    def __init__(self, finder: ActorFinder, text: str, folded: str, names: Sequence[tuple[int, int, Alias]]) -> None:
        self._f, self._text = finder, text
        self._cased = cased(text)
        # A sentence's words side by side, a name being one: the alias it is, where it starts and ends.
        self._word: list[str] = []
        self._alias: list[Alias | None] = []
        self._start: list[int] = []
        self._end: list[int] = []
        position = 0
        for start, end, alias in names:
            self._read(folded, position, start)
            self._word.append(folded[start:end])
            self._alias.append(alias)
            self._start.append(start)
            self._end.append(end)
            position = end
        self._read(folded, position, len(text))
        self._size = len(self._word)
        self._free = 0
        """The first word that no mention has taken."""

    def _read(self, folded: str, start: int, end: int) -> None:
        matches = [*_WORD.finditer(folded, start, end)]
        self._word += [match[0] for match in matches]
        self._start += [match.start() for match in matches]
        self._end += [match.end() for match in matches]
        self._alias += [None] * len(matches)

    def mentions(self) -> Iterator[Mention]:
        """Give the mentions in order."""
        text, heads, capitals_tell = self._text, self._f._heads, self._cased
        after = 0
        for at, (word, alias, start) in enumerate(zip(self._word, self._alias, self._start, strict=True)):
            if at >= after and (alias or word in heads or (capitals_tell and text[start].isupper())):
                mention, after = self._unit(at)
                if mention:
                    self._free = max(after, at + 1)
                    yield mention

    def _unit(self, at: int) -> tuple[Mention | None, int]:
        f, word, alias, left = self._f, self._word[at], self._alias[at], self._start[at]
        if alias:
            if alias.type == "person":
                return self._holder(at, left, alias)
            return self._state(at, at, alias)
        after = self._titles(at)
        whose = self._seat(at, after)
        if whose:
            return whose
        if word in f._title:
            person = self._person(at, after, left, None)
            if person:
                return person
            words = {*self._word[at:after]}
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
        if word in f._member and name <= at + 1:
            return self._group(at)
        if name > at + 1 and self._word[name - 1] not in f._thing:
            return self._stranger(at, name, left)
        return None, name

    def _skip(self, at: int, *words: str) -> int:
        while at < self._size and self._word[at] in words:
            at += 1
        return at

    def _party(self, at: int) -> Alias | None:
        """Give the party, and no person, that is named at a word."""
        alias = self._alias[at] if at < self._size else None
        return alias if alias and alias.type not in ("person", "place") else None

    def _mention(self, first: int, after: int, party: str, sort: str) -> Mention:
        start, end = self._start[first], self._end[after - 1]
        return Mention(start, end, start, end, party, sort)

    def _seat(self, first: int, after: int) -> tuple[Mention, int] | None:
        """Read a body that speaks for the state of a capital: "the ministry in Minsk", "In Minsk, the ministry"."""
        after += self._word[after : after + 1] != [] and self._word[after] in self._f._seated
        if self._word[after - 1] not in self._f._seated or after == first:
            return None
        link = self._word[after] if after < self._size else ""
        state = self._party(after + 1) if link == "in" else None
        if state and state.type == "capital":
            return self._state(after + 1, first, state)
        state = self._party(1)
        opens = state is not None and self._word[0] == "in" and self._skip(2, ",", "the") == first
        if state and opens and state.type == "capital" and link not in ("of", "in", "from"):
            return self._mention(first, after, state.party, "body"), after
        return None

    def _words(self, first: int, after: int) -> Mention:
        """Give an unnamed group, which keeps its words: "Islamist rebels", "Cuban exiles"."""
        surface = self._text[self._start[first] : self._end[after - 1]]
        if not self._alias[first] and self._word[first] not in self._f._people:
            surface = surface.lower() if surface[1:].islower() else surface[0].lower() + surface[1:]
        return self._mention(first, after, " ".join(surface.split()), "group")

    def _group(self, at: int) -> tuple[Mention | None, int]:
        """Read an unnamed group, or the people of a party: "lawmakers in Tehran", "leaders of the M23"."""
        f, first = self._f, at
        while first > self._free and self._modifies(first - 1):
            first -= 1
        after = self._phrase(at, f._member)
        if after == at:
            return None, at + 1
        if self._word[after - 1] in f._body and after < self._size:
            link = self._word[after]
            behind = self._skip(after + 1, "the")
            state = self._party(behind) if link in ("of", "from", "in") else None
            if state:
                return self._state(behind, first, state)
        if after == first + 1 and self._word[at] not in f._group:
            return None, after
        return self._words(first, after), after

    def _modifies(self, at: int) -> bool:
        word = self._word[at]
        return word in self._f._group_modifier or "-" in word[1:]

    def _phrase(self, at: int, heads: frozenset[str]) -> int:
        """Give the end of a group's words: of "Kurdish rebel leaders said" where "said" stands."""
        start = end = at
        while at < self._size:
            alias = self._alias[at]
            if alias is None and self._word[at] in heads:
                end = at + 1
            elif alias:
                if alias.type != "demonym":
                    break
            elif not self._modifies(at):
                break
            at += 1
        # "Russia states that", "Mali's opposition to a ban"
        return start if " ".join(self._word[end - 1 : end + 1]) in self._f._no_group else end

    def _state(self, at: int, first: int, alias: Alias, former: bool = False) -> tuple[Mention, int]:
        """Read on behind a state's name: over its title and person, or the body that speaks for it."""
        f, start, end, left = self._f, self._start[at], self._end[at], self._start[first]
        after = at + 1
        if alias.type == "place":  # "Idlib Governorate", "Basra International Airport"
            group = self._nationals(at, after, left, alias)
            if group:
                return group
            after = self._name(after)
            return Mention(start, end, left, self._end[after - 1], alias.party, "place"), after
        after = self._skip(self._skip(after, "'"), "s")
        titled = self._titles(after)
        words = {*self._word[after:titled]}
        if words & f._former:  # "Niger's ousted president": both are named
            titled = after
        person = self._person(after, titled, left, alias, former)
        if person:
            return person
        group = self._nationals(at, after, left, alias)
        if group:
            return group
        if titled > after and self._word[titled - 1] in f._office and (former or words & f._private):
            return self._words(first, titled), titled
        acronym = alias.type == "name" and self._cased and self._text[start:end].isupper()
        plain = Mention(start, end, left, end, alias.party, "acronym" if acronym else alias.type)
        # "Navy" and "parliament" are bodies, and modifiers of a title ("navy chief").
        head = titled - 1 if titled > after and self._word[titled - 1] in f._body else titled
        if head < self._size and self._word[head] in f._body:
            return plain._replace(right=self._end[head], type="body"), head + 1
        if titled > after and words & f._office:
            titled = self._apposed(titled, alias.party)
            return plain._replace(right=self._end[titled - 1]), titled
        return plain, at + 1

    def _apposed(self, at: int, party: str) -> int:
        """Give the end of a name set beside a title: "Mali's ambassador, N. N., said"."""
        if at + 1 >= self._size or self._word[at] != ",":
            return at
        known = self._alias[at + 1]
        end = at + 2 if known and known.type == "person" and known.party == party else self._name(at + 1)
        named = end > at + 2 or known is not None
        return end if named and end > at + 1 and (end >= self._size or self._word[end] in (",", ".")) else at

    def _nationals(self, at: int, after: int, left: int, alias: Alias) -> tuple[Mention, int] | None:
        """Read a group that bears a party's name: "Cuban exiles" are not Cuba, "Taliban fighters" are the Taliban."""
        f, words = self._f, self._word
        if after + 1 < self._size and words[after] == "-" and words[after + 1] in f._backed:
            end = self._phrase(after + 2, f._of_region)
            return (self._words(at, end), end) if end > after + 2 else None
        region = alias.kind == "region" or (alias.type == "demonym" and alias.kind not in _NATIONAL | _LEAGUES)
        end = self._phrase(after, f._of_region if region else f._member)
        joins = end == after  # "French and Italian officials": the group is behind another nationality
        if joins:
            linked = alias.type == "demonym" and after + 1 < self._size and words[after] in ("and", "or")
            if not linked or not self._alias[after + 1]:
                return None
            end = self._phrase(after + 1, f._member)
            if end == after + 1:
                return None
        head = words[end - 1]
        national = head in f._national and f._outsider.isdisjoint(words[after:end])
        if joins and national:
            return None  # two parties, and no group of one
        whole = self._mention(at, at + 1, alias.party, alias.type)._replace(left=left, right=self._end[end - 1])
        partisan = alias.kind == "political party" and head in f._body
        if alias.kind not in _NATIONAL and not partisan and not (alias.kind in _LEAGUES and alias.type == "demonym"):
            return whole, end
        if region or not national:
            return self._words(at, end)._replace(left=left), end
        if alias.type == "place":
            return None
        return whole, end

    def _titles(self, at: int) -> int:
        while at < self._size and not self._alias[at] and self._word[at] in self._f._title:
            at += 1
            if at + 1 < self._size and self._word[at] in (".", "and", "-") and self._word[at + 1] in self._f._title:
                at += 1
        if at < self._size and self._word[at] == "." and at and self._word[at - 1] in self._f._title:
            at += 1
        return at

    def _person(
        self, first: int, at: int, left: int, state: Alias | None, former: bool = False
    ) -> tuple[Mention, int] | None:
        """Give the person named behind titles, if any."""
        if at >= self._size or at == first:
            return None
        f, alias = self._f, self._alias[at]
        words = {*self._word[first:at]}
        former = former or bool(words & f._former)
        if alias:
            return self._holder(at, left, alias, former) if alias.type == "person" else None
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
        if after > at + 1 and after < self._size and self._word[after] in self._f._camp:
            return self._words(at, after + 1), after + 1
        party = alias.surface if former and alias.kind in _NATIONAL | _LEAGUES else alias.party
        return self._mention(at, at + 1, party, "person")._replace(left=left), at + 1

    def _stranger(self, first: int, after: int, left: int) -> tuple[Mention, int]:
        """Read an unlisted name; one whom an office behind it tells speaks for a state: "N. N., the Swiss minister"."""
        f = self._f
        own = self._mention(first, after, self._text[self._start[first] : self._end[after - 1]], "unknown")
        own = own._replace(left=left)
        if after >= self._size or self._word[after] != ",":
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
        words = {*self._word[at:office]}
        if not state or not words & f._office:
            return own, after
        end = max(office, behind)
        own = own._replace(type="person", right=self._end[end - 1])
        return (own if words & (f._private | f._former) else own._replace(party=state.party)), end

    def _name(self, at: int) -> int:
        """Give the end of a run of capitalised unknown words."""
        if not self._cased:
            return at
        end = at
        while end < self._size:
            word = self._word[end]
            if self._alias[end] or not word[0].isalpha():
                following = self._skip(self._skip(end, "'"), "s")  # "People's Party"
                if end > at and following == end + 2 and self._capital(following):
                    end = following
                    continue
                break
            if not self._text[self._start[end]].isupper():
                if end == at or word not in _PARTICLES or not self._capital(end + 1):
                    break
            elif word in self._f._no_name or (end == at and word in self._f._opening):
                break
            end += 1
        return end

    def _capital(self, at: int) -> bool:
        return at < self._size and self._text[self._start[at]].isupper()
