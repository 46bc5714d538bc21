"""N-grams of many short texts at once: the matrix of ``TfidfVectorizer``s in a fraction of their time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, count, repeat

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import normalize


class BulkTfidf:
    r"""Give what vectorizers side by side give, one for each view, without a Python step for each n-gram.

    Tokens become numbers once, for all views. An n-gram is a node of a tree: the first tokens are the nodes below the
    root, and a node and one more token, made one number, are looked up among those of all longer n-grams. A view is a
    span of the tokens; the nodes that start within it and end in time are its n-grams.

    Parameters
    ----------
    vectorizers : sequence of TfidfVectorizer
        Fitted, on blank-separated tokens, with n-grams from one token on, sublinear counts and rows of length 1.

    Examples
    --------
    >>> tokens = "SELF lift the CUE".split()
    >>> stock = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\S+", lowercase=False, sublinear_tf=True)
    >>> stock = stock.fit(["SELF lift the CUE", "SELF impose the CUE"])
    >>> whole_and_end = BulkTfidf([stock, stock]).transform([tokens], [(0, 4, 2, 4)])
    >>> bool(np.allclose(whole_and_end.toarray(), stock.transform(["SELF lift the CUE", "the CUE"]).toarray().ravel()))
    True
    """

    def __init__(self, vectorizers: Sequence[TfidfVectorizer]) -> None:
        self._idf = np.concatenate([v.idf_.astype(v.dtype) for v in vectorizers])
        ngrams = "\n".join(ngram for v in vectorizers for ngram in v.get_feature_names_out())
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
        keys = []
        nodes = self._width
        for n in range(1, self._longest):
            longer = lengths > n
            key, which = np.unique(node[longer] * self._width + tokens[longer, n], return_inverse=True)
            node[longer] = nodes + which
            nodes += len(key)
            keys.append(key)
        self._keys = pd.Index(np.concatenate(keys))
        self._views = len(vectorizers)
        view = np.repeat(np.arange(self._views), [len(v.idf_) for v in vectorizers])
        self._columns = np.full(nodes * self._views, -1, dtype=np.int32)
        self._columns[node * self._views + view] = np.arange(len(lengths))

    def transform(self, tokens: Sequence[Sequence[str]], spans: Sequence[Sequence[int]]) -> sp.csr_matrix:
        """Give the matrix of texts, a row for each.

        Parameters
        ----------
        tokens : sequence of sequence of str
            The tokens of each text.
        spans : sequence of sequence of int
            Where in its tokens each view of a text starts and ends, one after the other.
        """
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
        where, which = np.concatenate(rows), np.concatenate(columns)
        matrix = sp.csr_matrix(
            (np.ones(len(where), dtype=self._idf.dtype), (where, which)),
            shape=(len(tokens) * self._views, len(self._idf)),
        )
        np.log(matrix.data, out=matrix.data)
        matrix.data += 1
        matrix.data *= self._idf[matrix.indices]
        matrix = normalize(matrix, copy=False)
        # A text's views stand behind each other already: without the ends of those within it they are one row.
        return sp.csr_matrix(
            (matrix.data, matrix.indices, matrix.indptr[:: self._views].copy()), shape=(len(tokens), len(self._idf))
        )

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
        As of :meth:`BulkTfidf.transform`.
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
    flat = np.fromiter(chain.from_iterable(spans), dtype=np.int64).reshape(len(tokens), -1, 2)
    starts, ends = (flat + (np.cumsum(lengths) - lengths)[:, None, None]).reshape(-1, 2).T
    sizes = ends - starts
    row = np.repeat(np.arange(len(sizes)), sizes)
    at = np.arange(len(row)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
    return at, np.repeat(ends, sizes) - at, row
