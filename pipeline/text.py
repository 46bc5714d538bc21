"""Sentences of an article, with offsets into the original text.

Every step keeps one character for one character, so that an offset found later holds in the text that was given.
"""

import re
import unicodedata
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
)
_LOWER = str.maketrans({chr(c): chr(c + 32) for c in range(ord("A"), ord("Z") + 1)})


def fold(text: str) -> str:
    r"""Lower-case, strip accents and straighten quotes and blanks, one character for one.

    Examples
    --------
    >>> fold("Erdoğan’s “no”")
    'erdogan\'s "no"'
    """
    if text.isascii():
        return text.lower().replace("\n", " ").replace("\r", " ").replace("\t", " ")
    return _SURROGATE.sub("\ufffd", text).translate(_FOLD).translate(_LOWER)


_PARAGRAPH = re.compile(r"(?:[^\S\n]*\r?\n){2,}[^\S\n]*|\r?\n[^\S\n]*|$")
_TERMINAL = re.compile(r"[.!?…:;][\"'”’)\]]*\s*$")
_DATELINE = re.compile(
    r"\s*(?:[A-Z][A-Z.'’/ -]{2,30}(?:,\s[A-Z][\w. ]{1,20}){0,3}|[A-Z][\w.'’ -]{2,30},\s[A-Z][a-z]{2,8}\.?\s\d{1,2})"
    r"\s*(?:\([\w .,/-]{2,30}\)\s*)?(?:—|–|--?)\s+(?=\S)"
    r"|\s*(?:[A-Z][\w.'’ -]{2,30}\s)?"
    r"\((?:Reuters|AP|AFP|UPI|CNN|Xinhua|TASS|Bloomberg|dpa|IANS|ANI|PTI)\)\s*(?:—|–|--?)?\s*",
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\x00\n\r\ud800-\udfff]")
_HARD_WRAP = range(50, 101)


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
    spans: list[tuple[int, int]] = []
    start = 0
    for gap in _PARAGRAPH.finditer(text):
        if gap.start() < start:
            continue
        if _goes_on(text, start, gap):
            continue
        if gap.start() > start:
            spans.append((start, gap.start()))
        start = gap.end()
        if gap.end() == len(text):
            break
    return spans


def _goes_on(text: str, start: int, gap: re.Match[str]) -> bool:
    """Tell whether the sentence before a line break continues behind it."""
    if gap.end() >= len(text):
        return False
    before = text[max(start, gap.start() - 120) : gap.start()]
    if _TERMINAL.search(before):
        return False
    line = before.rpartition("\n")[2]
    if text[gap.end()].islower():
        return not line.islower()
    return gap.group().count("\n") == 1 and len(line) in _HARD_WRAP


def _split(paragraph: str) -> list[tuple[int, int]]:
    """Give sentence spans within a paragraph."""
    flat = _UNSAFE.sub(" ", paragraph)
    cased = not flat.islower()
    spans: list[tuple[int, int]] = []
    for boundary in sentencex.get_sentence_boundaries("en", flat):
        left, right = boundary["start_index"], boundary["end_index"]
        glued = not flat[left - 1 : left].isspace()
        if spans and (glued or (cased and flat[left : left + 1].islower())):
            spans[-1] = (spans[-1][0], right)
        else:
            spans.append((left, right))
    return spans
