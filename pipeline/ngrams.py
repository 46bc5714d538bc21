"""N-grams of short texts in several views at once: learnt and weighed as scikit-learn's ``TfidfVectorizer`` does it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, count, repeat
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp

MANY = 500
"""Texts from which the tables that read them in bulk are made.

Once made they are never slower; fewer texts spare a program's first answers the making of them.
"""


class Tfidf:
    """The TF-IDF matrix of texts, their views side by side, without a Python step for each n-gram of many texts.

    It gives what a ``TfidfVectorizer`` for each view gives, with sublinear counts and rows of length 1, and spares a
    program that only reads the import of scikit-learn, which takes as long as all else before the first answer.

    Parameters
    ----------
    views : sequence of (ngrams, idf)
        The n-grams of each view, from one token on, with their weights, as :func:`vocabularies` learns them.

    Attributes
    ----------
    ngrams : list of list of str
        Those of each view; the columns of the matrix are theirs, one view after the other.
    idf : ndarray of float32
        The weight of each column.

    Raises
    ------
    ValueError
        If a view has an n-gram twice, or not a weight for each.

    Examples
    --------
    >>> view = ["SELF", "lift", "lift the"], np.ones(3)
    >>> whole_and_end = Tfidf([view, view]).transform(["SELF lift the CUE".split()], [(0, 4, 2, 4)])
    >>> whole_and_end.toarray().round(2).tolist()
    [[0.5799999833106995, 0.5799999833106995, 0.5799999833106995, 0.0, 0.0, 0.0]]
    """

    def __init__(self, views: Sequence[tuple[list[str], np.ndarray]]) -> None:
        self.ngrams = [ngrams for ngrams, _ in views]
        for ngrams, idf in views:
            if len(set(ngrams)) < len(ngrams) or idf.shape != (len(ngrams),):
                raise ValueError("an n-gram twice, or not a weight for each")
        self.idf = np.concatenate([idf.astype(np.float32) for _, idf in views])

    def __reduce__(self) -> tuple[Any, ...]:
        # What is made of the n-grams is larger than they are, and is not needed wherever they are sent to.
        return Tfidf, (self.views(),)

    def views(self) -> list[tuple[list[str], np.ndarray]]:
        """Give the n-grams of each view, with their weights."""
        ends = np.cumsum([*map(len, self.ngrams)])[:-1]
        return list(zip(self.ngrams, np.split(self.idf, ends), strict=True))

    def transform(self, tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]]) -> sp.csr_matrix:
        """Give the matrix of texts, a row for each.

        Parameters
        ----------
        tokens : sequence of sequence of str
            The tokens of each text.
        spans : sequence of sequence of int
            Where in its tokens each view of a text starts and ends, one after the other.
        """
        views = len(self.ngrams)
        bulk = len(tokens) >= MANY or "_tables" in vars(self)
        places = self._tables.find(tokens, spans) if bulk else self._few(tokens, spans)
        matrix = sp.csr_matrix(
            (np.ones(len(places[0]), dtype=np.float32), places), shape=(len(tokens) * views, len(self.idf))
        )
        np.log(matrix.data, out=matrix.data)
        matrix.data += 1
        matrix.data *= self.idf[matrix.indices]
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        matrix.data /= np.sqrt(np.bincount(row, matrix.data * matrix.data, minlength=1))[row]
        # A text's views stand behind each other already: without the ends of those within it they are one row.
        return sp.csr_matrix(
            (matrix.data, matrix.indices, matrix.indptr[::views].copy()), shape=(len(tokens), len(self.idf))
        )

    def _few(self, tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """Give row (the views of all texts, one text after the other) and column of each known n-gram."""
        rows: list[int] = []
        columns: list[int] = []
        for k, (text, ends) in enumerate(zip(tokens, spans, strict=True)):
            for view, (known, longest) in enumerate(self._vocabularies):
                start, end = ends[2 * view : 2 * view + 2]
                ngrams = (
                    " ".join(text[at : at + n])
                    for at in range(start, end)
                    for n in range(1, min(longest, end - at) + 1)
                )
                found = [known[ngram] for ngram in ngrams if ngram in known]
                columns += found
                rows += repeat(k * len(self.ngrams) + view, len(found))
        return np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64)

    @cached_property
    def _vocabularies(self) -> list[tuple[dict[str, int], int]]:
        """Each view's n-grams with their columns, and the tokens of its longest."""
        columns = count()
        return [
            (dict(zip(ngrams, columns, strict=False)), 1 + max((ngram.count(" ") for ngram in ngrams), default=0))
            for ngrams in self.ngrams
        ]

    @cached_property
    def _tables(self) -> "_Tables":
        return _Tables(self.ngrams)


class _Tables:
    """A tree of n-grams, in which those of many texts are looked up together.

    Tokens become numbers once, for all views. An n-gram is a node of the tree: the first tokens are the nodes below the
    root, and a node and one more token, made one number, are looked up among those of all longer n-grams. A view is a
    span of a text's tokens, so what several views show is looked up once.
    """

    def __init__(self, views: Sequence[Sequence[str]]) -> None:
        ngrams = "\n".join(chain.from_iterable(views))
        # Number 0 stands for a token that no n-gram has, and for no n-gram.
        numbers: defaultdict[str, int] = defaultdict(count(1).__next__)
        split = np.fromiter(map(numbers.__getitem__, ngrams.split()), dtype=np.int64)
        self._tokens = dict(numbers)
        self._width = len(self._tokens) + 1
        characters = np.frombuffer(f"{ngrams}\n".encode(), dtype=np.uint8)
        gaps = characters[(characters == ord(" ")) | (characters == ord("\n"))]
        lengths = np.diff(np.flatnonzero(gaps == ord("\n")), prepend=-1)
        self._longest = int(lengths.max())
        tokens = np.zeros((len(lengths), self._longest), dtype=np.int64)
        tokens[np.arange(self._longest) < lengths[:, None]] = split
        node = tokens[:, 0]
        keys = [np.empty(0, dtype=np.int64)]
        nodes = self._width
        for n in range(1, self._longest):
            longer = lengths > n
            key, which = np.unique(node[longer] * self._width + tokens[longer, n], return_inverse=True)
            node[longer] = nodes + which
            nodes += len(key)
            keys.append(key)
        self._keys = pd.Index(np.concatenate(keys))
        self._views = len(views)
        view = np.repeat(np.arange(self._views), [*map(len, views)])
        self._columns = np.full(nodes * self._views, -1, dtype=np.int32)
        self._columns[node * self._views + view] = np.arange(len(lengths))

    def find(self, tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """Give row and column of each known n-gram, as :meth:`Tfidf._few` does."""
        numbers = _line(map(self._tokens.get, chain.from_iterable(tokens), repeat(0)), self._longest)
        at, room, row = _places(tokens, spans)
        view = row % self._views
        node = numbers
        rows, columns = [], []
        for n in range(1, self._longest + 1):
            if n > 1:
                node = self._longer(node, numbers, n)
            going = (node[at] > 0) & (room >= n)
            at, room, row, view = at[going], room[going], row[going], view[going]
            column = self._columns[node[at] * self._views + view]
            known = column >= 0
            rows.append(row[known])
            columns.append(column[known])
        return np.concatenate(rows), np.concatenate(columns)

    def _longer(self, node: np.ndarray, numbers: np.ndarray, n: int) -> np.ndarray:
        """Give the nodes of n tokens, by where they start, of those one token shorter."""
        longer = np.zeros_like(node)
        at = np.flatnonzero(node[: len(node) - n + 1])
        key = node[at] * self._width + numbers[at + n - 1]
        found = self._keys.get_indexer(key)
        longer[at] = np.where(found < 0, 0, found + self._width)
        return longer


def vocabularies(
    tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]], longest: Sequence[int], min_df: int
) -> list[tuple[list[str], np.ndarray]]:
    """Learn the n-grams of texts: what ``TfidfVectorizer``s learn from the same views.

    As no n-gram is in more texts than its beginning (Agrawal and Srikant 1994, "Fast Algorithms for Mining Association
    Rules"), those that are too rare are not made longer.

    Parameters
    ----------
    tokens, spans
        As of :meth:`Tfidf.transform`.
    longest : sequence of int
        Tokens that an n-gram has at most, for each view.
    min_df : int
        Texts in which an n-gram must be.

    Returns
    -------
    list of (ngrams, idf)
        For each view, in order of the n-grams.

    Examples
    --------
    >>> tokens = ["SELF lift the CUE".split(), "SELF impose the CUE".split()]
    >>> [(ngrams, idf)] = vocabularies(tokens, [(0, 4), (0, 4)], longest=[2], min_df=2)
    >>> ngrams, idf.tolist()
    (['CUE', 'SELF', 'the', 'the CUE'], [1.0, 1.0, 1.0, 1.0])
    """
    words: defaultdict[str, int] = defaultdict(count(1).__next__)
    numbers = _line(map(words.__getitem__, chain.from_iterable(tokens)), max(longest))
    spelt, width = ["", *words], len(words) + 1
    at, room, row = _places(tokens, spans)
    limit = np.asarray(longest)
    learnt: list[tuple[list[str], list[np.ndarray]]] = [([], [np.empty(0, dtype=np.int64)]) for _ in longest]
    node, nodes = numbers, width
    names = dict(enumerate(spelt))
    keys = np.empty(0, dtype=np.int64)
    for n in range(1, max(longest) + 1):
        going = (node[at] > 0) & (room >= n) & (limit[row % len(limit)] >= n)
        at, room, row = at[going], room[going], row[going]
        # Each n-gram of a row once; then in how many rows of each view it is.
        once = pd.unique(row * nodes + node[at])
        frequency = np.bincount(once // nodes % len(limit) * nodes + once % nodes, minlength=len(limit) * nodes)
        kept = [np.flatnonzero(part >= min_df) for part in frequency.reshape(-1, nodes)]
        common = np.zeros(nodes, dtype=bool)
        common[np.concatenate(kept)] = True
        if n > 1:
            number = np.flatnonzero(common)
            pairs = zip(number.tolist(), *(part.tolist() for part in np.divmod(keys[number - 1], width)), strict=True)
            names = {k: f"{names[before]} {spelt[last]}" for k, before, last in pairs}
        for (ngrams, frequencies), some, part in zip(learnt, kept, frequency.reshape(-1, nodes), strict=True):
            ngrams += map(names.__getitem__, some.tolist())
            frequencies.append(part[some])
        # The next n-grams: each common one, wherever it stands, with the token behind it.
        starts = np.flatnonzero(common[node[: len(node) - n]])
        codes, keys = pd.factorize(node[starts] * width + numbers[starts + n])
        node, nodes = np.zeros_like(node), len(keys) + 1
        node[starts] = codes + 1
    return [_weighed(ngrams, np.concatenate(found), len(tokens)) for ngrams, found in learnt]


def _weighed(ngrams: list[str], frequency: np.ndarray, texts: int) -> tuple[list[str], np.ndarray]:
    """Sort n-grams, and give the smooth inverse frequency of each, rounded where scikit-learn rounds it."""
    order = sorted(range(len(ngrams)), key=ngrams.__getitem__)
    idf = np.log((texts + 1) / (frequency[order].astype(np.float32) + np.float32(1))) + 1
    return [ngrams[k] for k in order], idf


def _line(numbers: Iterable[int], room: int) -> np.ndarray:
    """Give the numbers of all tokens in one line, with room behind them for the n-grams that begin at the end."""
    return np.concatenate([np.fromiter(numbers, dtype=np.int64), np.zeros(room, dtype=np.int64)])


def _places(
    tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give each place in the line of all tokens where an n-gram of a view may start.

    With it comes the room to the view's end, and the row: the views of all texts, one text after the other.
    """
    lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
    views = len(spans[0]) // 2 if spans else 0
    flat = np.fromiter(chain.from_iterable(spans), dtype=np.int64).reshape(len(tokens), views, 2)
    starts, ends = (flat + (np.cumsum(lengths) - lengths)[:, None, None]).reshape(-1, 2).T
    sizes = ends - starts
    row = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(row)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return at, np.repeat(ends, sizes) - at, row
