"""Whom "he", "it", "the ministry" or a bare surname means: the party that the document introduced before.

The method is agreement, recency and subjecthood, without weights. As in the naive search of Hobbs (1978), "Resolving
pronoun references", Lingua 44, sentences are searched from the nearest one back, and a candidate has to agree in kind;
as in Lappin and Leass (1994), "An algorithm for pronominal anaphora resolution", Computational Linguistics 20(4),
subjects come first, an "it" that refers to nothing is set aside, and nobody is meant who is named in the same sentence.
Unlike theirs it takes nobody where two compete: a wrong party costs more than a missing one.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from pipeline.actors import Mention
from pipeline.reading import Reader, Reading
from pipeline.skeleton import AUXILIARY
from pipeline.symbols import ACTOR, MARK, WORD, Symbol
from pipeline.text import Sentence, fold

REACH = 3
"""Sentences back in which an antecedent is looked for that goes by another name."""

FAR = 200
"""Sentences back in which one is looked for that goes by the same noun or surname: a bound on long documents."""

Known = tuple[int, int, str]
"""A mention as :meth:`pipeline.reading.Reader.read` takes it: start, end and party."""

_LATER = "later "  # kinds in titles.csv: "later person,he", "later igo,bloc" stand for one who was introduced
_PERSON, _GROUP = "person", "group"
_DEEDS = frozenset(
    {"accuse", "call", "consider", "criticise", "deny", "join", "refuse", "reject", "respond", "say", "support"}
    | {"threaten", "warn"}
)
"""Classes of what only somebody does: who condemns is a party, what imposes may be a resolution."""
_AUXILIARY = AUXILIARY | {"not"}
_BETWEEN = _AUXILIARY - {"be"} | {"again"}
_OPENERS = frozenset({"conj", "but"})
_BARE = frozenset({"demonym", "acronym"})
_LEAD = 60  # characters that an adverbial before a subject may have: "At a meeting in Geneva on Friday, it ..."
_LETTERS = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_FORENAME = re.compile(r"(?<![\w'’-])([^\W\d_a-z][\w'’-]*)\s\Z")
_SURNAME = re.compile(r"(?<![\w.'’-])[^\W\d_a-z][\w-]*[^\W\d_A-Z](?![\w-])")


class Antecedents:
    """What may point back in a document, by the words of a lexicon.

    Parameters
    ----------
    reader : Reader

    Examples
    --------
    >>> from pipeline.lexicon import load
    >>> from pipeline.text import sentences
    >>> reader = Reader(load())
    >>> story = sentences("Norway met the rebels. It rejected the embargo on Mali.")
    >>> Antecedents(reader).within(story).known(1, reader.read(story[1].text))
    [(0, 2, 'Norway')]
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        titles = reader.lexicon.titles
        self.kinds: dict[str, set[str]] = {}
        for title, words in titles.items():
            for word in words if title.startswith(_LATER) else ():
                self.kinds.setdefault(word, set()).add(title.removeprefix(_LATER))
        self.pronouns = {word for word in self.kinds if reader.lexicon.words.get(word) == "pron"}
        self.nouns = titles["office"] | titles["body"] | self.kinds.keys() - self.pronouns
        kinds = ("office", "modifier", "private", "calendar", "adverb")
        self.no_forename = reader.lexicon.words.keys() | set().union(*(titles[kind] for kind in kinds))
        pronouns = "|".join(map(re.escape, sorted(self.pronouns)))
        self.pointing = re.compile(rf"\b(?:({pronouns})|the ([a-z-]+))(?= )")

    def within(self, sentences: Sequence[Sentence], date: str = "") -> "Story":
        """Give a document to look in: its sentences, a headline too, and its ISO date where known."""
        return Story(self, sentences, date)


def _sole(parties: Collection[str]) -> str:
    return next(iter(parties)) if len(parties) == 1 else ""


class Story:
    """A document's sentences; an earlier one is read only when a later one points back to it."""

    def __init__(self, words: Antecedents, sentences: Sequence[Sentence], date: str) -> None:
        self._words, self._sentences, self._date = words, sentences, date
        self._lexicon = words.reader.lexicon
        self._readings: dict[int, Reading] = {}
        self._folds: dict[int, str] = {}

    def _reading(self, k: int) -> Reading:
        if k not in self._readings:
            self._readings[k] = self._words.reader.read(self._sentences[k].text, self._date)
        return self._readings[k]

    def _folded(self, k: int) -> str:
        if k not in self._folds:
            self._folds[k] = fold(self._sentences[k].text)
        return self._folds[k]

    def known(self, number: int, reading: Reading) -> list[Known]:
        """Give the mentions of a sentence that only the sentences before it tell.

        Parameters
        ----------
        number : int
            The sentence's place in the document.
        reading : Reading
            The sentence, read alone; it is kept for those that come later.

        Returns
        -------
        list of (start, end, party)
            In order, for :meth:`pipeline.reading.Reader.read`; none has the party of another.
        """
        self._readings[number] = reading
        if not number:
            return []
        found: dict[str, Known] = {}
        for known in (*self._surnames(number, reading), *self._pointers(number, reading)):
            found.setdefault(known[2], known)
        return sorted(found.values())

    def _surnames(self, number: int, reading: Reading) -> Iterator[Known]:
        """Find bare surnames of persons whom earlier sentences name in full."""
        lead = range(max(0, number - FAR), number)
        told = "\n".join(self._sentences[k].text for k in lead)
        for match in _SURNAME.finditer(reading.text):
            start, end = match.span()
            tail = " " + match.group()
            if tail not in told or self._forename(reading.text[max(0, start - _LEAD) : start]):
                continue
            units = [m for m in reading.mentions if m.left < end and start < m.right]
            if any((m.start, m.end, m.type) != (start, end, _PERSON) for m in units):
                continue
            people = [
                m
                for k in lead
                if tail in self._sentences[k].text
                for m in self._reading(k).mentions
                if m.type == _PERSON and self._sentences[k].text[m.start : m.end].endswith(tail)
            ]
            party = _sole({m.party for m in people})
            if party and all(m.party != party for m in units):
                yield start, end, party

    def _forename(self, before: str) -> bool:
        """Tell whether a forename stands before a surname, and makes it another person's: no title, no "But"."""
        word = _FORENAME.search(before)
        return word is not None and fold(word.group(1)) not in self._words.no_forename

    def _pointers(self, number: int, reading: Reading) -> Iterator[Known]:
        """Find pronouns and definite nouns that are subjects, and whose antecedent is beyond doubt."""
        folded = self._folded(number)
        if folded.count('"') % 2:  # a speech that goes on: whose words these are is not told here
            return
        for match in self._words.pointing.finditer(folded):
            start, end = match.span()
            pronoun, noun = match.groups()
            if not pronoun and noun not in self._words.nouns:
                continue
            if any(m.left < end and start <= m.right + len(", ") for m in reading.mentions):
                continue  # it is part of a name, or stands in apposition to one
            before, after = folded[:start].rstrip(), _LETTERS.findall(folded, end, end + _LEAD)
            if not (self._opens(before) and self._acts(after, pronoun)) and not self._speaks(before, after):
                continue
            if pronoun:
                own = [m for m in reading.mentions if self._fits(number, m, pronoun)]
                party = "" if any(m.right <= start for m in own) else self._subject_before(number, pronoun)
            else:
                own = [m for m in reading.mentions if noun not in self._lexicon.titles["office"] or m.type == _PERSON]
                party = self._namesake(number, noun) or self._only_one(number, noun)
            if party and all(m.party != party for m in own):
                yield start, end, party

    def _opens(self, before: str) -> bool:
        """Tell whether what stands before a word leaves it its clause's first: nothing, an adverbial, a "but"."""
        if len(before) > _LEAD or '"' in before:
            return False
        return before.endswith(",") or _OPENERS.issuperset(map(self._lexicon.words.get, _LETTERS.findall(before)))

    def _speaks(self, before: str, after: Sequence[str]) -> bool:
        """Tell whether a word says what stands before it: "..., the ministry said"."""
        return before.endswith((",", '"')) and self._lexicon.words.get(next(iter(after), "")) == "say"

    def _acts(self, after: Sequence[str], pronoun: str | None) -> bool:
        """Tell whether the verb behind a word suits it: behind "it" only a deed, for "it is clear" is nobody."""
        if pronoun and {_PERSON, _GROUP} & self._words.kinds[pronoun]:
            return True
        verbs = [(form, self._lexicon.words.get(form, WORD)) for form in after if not self._adverb(form)]
        if pronoun:
            return next((kind for _, kind in verbs if kind not in _BETWEEN), "") in _DEEDS
        return any(self._finite(form, kind) for form, kind in verbs[:1])

    def _adverb(self, word: str) -> bool:
        return word.endswith("ly") or word in self._lexicon.titles["adverb"]

    def _finite(self, form: str, kind: str) -> bool:
        """Tell whether a word is probably a verb as it stands behind a subject."""
        if kind in _AUXILIARY or form in self._lexicon.irregular or form.endswith("ed"):
            return True
        return kind in self._lexicon.polarity and form.endswith("s")

    def _namesake(self, number: int, noun: str) -> str:
        """Find the party whose unit was the last one with the same noun: "the Russian defence ministry"."""
        whole = re.compile(rf"\b{re.escape(noun)}\b")
        for k in reversed(range(max(0, number - FAR), number)):
            folded = self._folded(k)
            if whole.search(folded):
                units = [
                    m for m in self._reading(k).mentions if m.type != _GROUP and whole.search(folded[m.left : m.right])
                ]
                if units:
                    return _sole({m.party for m in units})
        return ""

    def _only_one(self, number: int, noun: str) -> str:
        """Find the only party of a fitting kind in the nearest sentence that has any: "the bloc"."""
        for k in reversed(range(max(0, number - REACH), number)):
            named = {m.party for m in self._reading(k).mentions}
            parties = {party for party in named if self._lexicon.kinds.get(party) in self._words.kinds.get(noun, ())}
            if parties:
                return _sole(parties)
        return ""

    def _subject_before(self, number: int, pronoun: str) -> str:
        """Find the subject of the sentence before, or of one before that goes on with the same pronoun."""
        person = _PERSON in self._words.kinds[pronoun]
        for k in reversed(range(max(0, number - REACH), number)):
            reading = self._reading(k)
            if any(self._fits(k, m, pronoun) for m in reading.mentions):
                if not person and any(s.form in self._lexicon.titles["document"] for s in reading.symbols):
                    return ""  # "Oslo vetoed the draft. It calls for an embargo."
                return _sole({m.party for m in self._subjects(reading) if self._fits(k, m, pronoun)})
            if not re.match(rf"{pronoun}\b", self._folded(k)):
                break
        return ""

    def _fits(self, number: int, mention: Mention, word: str) -> bool:
        """Tell whether a mention agrees with a word: it is a person, several people, or a party of a fitting kind."""
        titles, unit = self._lexicon.titles, _LETTERS.findall(self._folded(number), mention.left, mention.right)
        if mention.type in (_PERSON, "unknown") or not titles["office"].isdisjoint(unit):
            sort = _PERSON
        elif mention.type == _GROUP or any(w.endswith("s") and w in titles["body"] for w in unit[-1:]):
            sort = _GROUP
        else:
            sort = self._lexicon.kinds.get(mention.party, "")
        return mention.type != "place" and sort in self._words.kinds.get(word, ())

    def _subjects(self, reading: Reading) -> Iterator[Mention]:
        """Give the mentions that a pronoun may mean: subjects of the first clause, of a speech, and of what it says."""
        symbols = [*reading.symbols, Symbol(MARK, "", -1), Symbol(MARK, "", -1)]
        first = -1  # the first clause's subject, by the number of its group
        verb = False
        for k, symbol in enumerate(symbols):
            if symbol.kind != ACTOR:
                verb = verb or self._finite(symbol.form, symbol.kind) or self._inflected(symbol)
                continue
            mention, group, after = reading.mentions[symbol.points_to], reading.group[k], symbols[k + 1]
            if self._governed(symbols, group) or after.form == "'s":
                continue
            finite = self._finite(after.form, after.kind) or self._adverb(after.form)
            said = symbols[k - 1].kind == "say"
            if said and after.kind == MARK and symbols[k - 2].kind == MARK:
                yield mention  # "...", said Lavrov.
            elif finite and (verb or after.kind == "say"):
                yield mention
            elif not verb and first in (-1, group) and self._heads(mention, after, finite):
                first = group
                yield mention

    def _governed(self, symbols: Sequence[Symbol], k: int) -> bool:
        """Tell whether a preposition stands before an actor, with at most an article and an adjective between."""
        j = k - 1
        while j >= max(0, k - 2) and symbols[j].kind == WORD:
            j -= 1
        return j >= 0 and symbols[j].kind == "prep"

    def _heads(self, mention: Mention, after: Symbol, finite: bool) -> bool:
        """Tell whether an actor is a noun of its own, and no adjective of the next word."""
        if finite or after.kind in (MARK, "conj", "who"):
            return True
        bare = mention.type in _BARE and mention.right == mention.end
        return not bare and self._inflected(after)

    def _inflected(self, symbol: Symbol) -> bool:
        """Tell whether a word of no class may be a verb in the present tense."""
        return symbol.kind == WORD and symbol.form.endswith("s") and len(symbol.form) > 3
