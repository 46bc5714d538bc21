"""Sentences of an article, with offsets into the original text.

Every step keeps one character for one character, so that an offset found later holds in the text that was given.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase
from typing import NamedTuple

import sentencex


class Sentence(NamedTuple):
    """A sentence and where it starts in the document."""

    text: str
    start: int


_QUOTES = dict.fromkeys("‘’‚‛′`´", "'") | dict.fromkeys("“”„‟″«»", '"')
_SPACES = dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t", " ")


def _folded(char: str) -> str:
    base = unicodedata.normalize("NFD", char)[0].lower()
    return base if len(base) == 1 else char


_FOLD = str.maketrans(
    {
        chr(c): _folded(chr(c))
        for block in (range(0xC0, 0x250), range(0x370, 0x530), range(0x1E00, 0x1F00))
        for c in block
    }
    | _QUOTES
    | _SPACES
    | {"ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i", "İ": "i", "\n": " ", "\r": " "}
    | dict(zip(ascii_uppercase, ascii_lowercase, strict=True))
)
_ASCII = {code: to for code, to in _FOLD.items() if code < 128}


def fold(text: str) -> str:
    r"""Lower-case, strip accents, straighten quotes, blanks and what is left of markup, one character for one.

    Examples
    --------
    >>> fold("Erdoğan’s “no”")
    'erdogan\'s "no"'
    >>> fold("OPEC #39;s quot;no quot;")
    'opec    \'s     "no     "'
    """
    text = _unmarked(text)
    if text.isascii():
        return text.lower().translate(_ASCII)
    return mended(text).translate(_FOLD)


_RESIDUE = re.compile(
    r"&?(?:(?P<apostrophe>#(?:0?39|8216|8217|x27);|apos;|[lr]squo;)|(?P<quote>#(?:34|8220|8221);|quot;|[lr]dquo;)"
    r"|(?P<blank>#160;|nbsp;)|(?P<ampersand>amp;))|(?P<line>\\)(?=\w)"
)
_MEANT = {"apostrophe": "'", "quote": '"', "blank": " ", "ampersand": "&", "line": " "}


def _unmarked(text: str, filler: str = " ") -> str:
    r"""Put what is meant in the place of what archives leave of markup (" #39;s", "quot;", "on\Tuesday"), as long."""
    if ";" not in text and "\\" not in text:
        return text
    return _RESIDUE.sub(lambda match: _MEANT[match.lastgroup or ""].rjust(len(match.group()), filler), text)


def cased(text: str) -> bool:
    """Tell whether capitals tell anything in a text: not where all letters are small, or all are capitals.

    Examples
    --------
    >>> cased("Oslo left."), cased("OSLO LEFT."), cased("oslo left.")
    (True, False, False)
    """
    return not (text.islower() or text.isupper())


def mended(text: str) -> str:
    r"""Turn lone surrogates, which no file and no table can hold, into U+FFFD, one character for one.

    Examples
    --------
    >>> mended("Os\ud800lo")
    'Os�lo'
    """
    return _SURROGATE.sub("\ufffd", text)


_LINE_END = re.compile(r"\r\n?|\n")
# The look-behind keeps a long run of blanks from being tried from each of them.
_PARAGRAPH = re.compile(r"(?<![^\S\r\n])(?:[^\S\r\n]*(?:\r\n?|\n)){2,}[^\S\r\n]*|(?:\r\n?|\n)[^\S\r\n]*|$")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’)\]]*\s*$")
_DATELINE = re.compile(
    # A place in capitals has a word of four letters: "EU - Russia sanctions" begins with an actor.
    r"\s*(?:(?=[A-Z.'’/ -]{0,27}[A-Z]{4})[A-Z][A-Z.'’/ -]{2,30}(?:,\s[A-Z][\w. ]{1,20}){0,3}"
    r"|[A-Z][\w.'’ -]{2,30},\s[A-Z][a-z]{2,8}\.?\s\d{1,2})"
    r"\s*(?:\([\w .,/-]{2,30}\)\s*)?(?:—|–|--?)\s+(?=[^\sa-z])"
    r"|\s*(?:[A-Z][\w.'’ -]{2,30}\s)?"
    r"\((?:Reuters|AP|AFP|UPI|CNN|Xinhua|TASS|Bloomberg|dpa|IANS|ANI|PTI)\)\s*(?:—|–|--?)?\s*",
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\x00\n\r\ud800-\udfff]")
_INITIALS = re.compile(r"\b[A-Za-z]\.[A-Za-z]\.\s*\Z")
_NO_OPENING = re.compile(
    r"(?:Was|Were|Is|Are|Has|Had|Have|Would|Will|Could|Should|Must|Did|Does|Which|To|And|Or|ET|EST|EDT|GMT|UTC|BST|CET)\b"
)
_BROKEN_NUMBER = re.compile(r"\d\.\s\d")
_GLUED = re.compile(r"(?<=[a-z0-9]{4})[.!?][\"”’)]?(?=(?!Com\b)[A-Z][a-z]*\s)")
_HARD_WRAP = range(50, 101)
_LONGEST = 2_000
"""Characters that a sentence may have; what is longer is cut at a blank, for some steps take squares of its length."""


def occurrences(sentence: str, words: str) -> list[int]:
    """Give where words stand in a sentence: by themselves, or within other words where they never do.

    Examples
    --------
    >>> occurrences("The United States said it would.", "it")
    [23]
    """
    if not words:
        return []
    plain = re.escape(words)
    whole = [match.start() for match in re.finditer(rf"(?<!\w){plain}(?!\w)", sentence)]
    return whole or [match.start() for match in re.finditer(plain, sentence)]


def sentences(text: str) -> list[Sentence]:
    r"""Split a text into sentences; datelines and agency tags at the head of a paragraph are left out.

    A sentence that is broken across lines or a blank line stays one; a headline without a full stop is one of its own.
    The boundaries within a paragraph are sentencex's.

    Parameters
    ----------
    text : str
        Any text; NULs, lone surrogates and mixed line ends do no harm.

    Returns
    -------
    list of Sentence
        In order, without surrounding blanks; ``text[s.start : s.start + len(s.text)] == s.text`` for each.

    Examples
    --------
    >>> [s.text for s in sentences("PARIS (Reuters) - France will veto it. The U.S. agreed\n\nto wait.")]
    ['France will veto it.', 'The U.S. agreed\n\nto wait.']
    """
    found: list[Sentence] = []
    for start, end in _paragraphs(text):
        dateline = _DATELINE.match(text, start, end)
        if dateline:
            start = dateline.end()
        for left, right in _split(text[start:end]):
            piece = text[start + left : start + right]
            bare = piece.strip()
            if any(map(str.isalnum, bare)):
                found.append(Sentence(bare, start + left + piece.index(bare)))
    return found


def _paragraphs(text: str) -> list[tuple[int, int]]:
    """Give spans of paragraphs, joining those whose sentence goes on behind the break."""
    if not _LINE_END.search(text):
        return [(0, len(text))]
    spans: list[tuple[int, int]] = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        if _goes_on(text, start, gap):
            continue
        if gap.start() > start:
            spans.append((start, gap.start()))
        start = gap.end()
    return spans


def _goes_on(text: str, start: int, gap: re.Match[str]) -> bool:
    """Tell whether the sentence before a line break continues behind it."""
    if gap.end() >= len(text):
        return False
    before = text[max(start, gap.start() - 120) : gap.start()]
    if _TERMINAL.search(before):
        return False
    line = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    if text[gap.end()].islower():
        return not line.islower()
    return len(_LINE_END.findall(gap.group())) == 1 and len(line) in _HARD_WRAP


def _split(paragraph: str) -> list[tuple[int, int]]:
    """Give sentence spans within a paragraph."""
    flat = _UNSAFE.sub(" ", _unmarked(paragraph, filler='"'))  # blanks would be boundaries
    cased = not flat.islower()
    spans: list[tuple[int, int]] = []
    for left, right in _boundaries(flat):
        within = not flat[left - 1 : left].isspace() or _goes_past(flat, left)
        joins = spans and right - spans[-1][0] <= _LONGEST
        if joins and (within or (cased and flat[left : left + 1].islower())):
            spans[-1] = (spans[-1][0], right)
        else:
            spans.append((left, right))
    return [part for left, right in spans for part in pairwise([left, *_stops(flat, left, right), right])]


def _goes_past(flat: str, left: int) -> bool:
    """Tell whether an end that sentencex found is none: "the U.S. Was trying", "3 p.m. ET", "$12. 9 billion"."""
    if _INITIALS.search(flat, max(0, left - 8), left):
        return _NO_OPENING.match(flat, left) is not None
    return _BROKEN_NUMBER.fullmatch(flat, max(0, left - 3), left + 1) is not None


def _stops(flat: str, left: int, right: int) -> list[int]:
    """Give where a span is to be cut because only the blank behind a full stop is missing."""
    return [match.end() for match in _GLUED.finditer(flat, left, right)]


def _boundaries(flat: str) -> Iterator[tuple[int, int]]:
    """Give sentencex's spans, from windows of a long paragraph: on one with many quotes it takes quadratic time."""
    start = 0
    while start < len(flat):
        window = flat[start : start + _LONGEST]
        spans = [(b["start_index"], b["end_index"]) for b in sentencex.get_sentence_boundaries("en", window)]
        if start + len(window) < len(flat):
            # The last sentence may go on behind the window: it begins the next one, or is cut if it fills this one.
            spans = spans[:-1] or [(0, window.rfind(" ") + 1 or len(window))]
        for left, right in spans:
            yield start + left, start + right
        start += spans[-1][1] if spans else len(window)
