"""N-grams of many short texts at once: the matrix of ``TfidfVectorizer``s in a fraction of their time."""

from collections import defaultdict
from collections.abc import Sequence
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
        lengths = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))
        count = int(lengths.sum())
        numbers = np.zeros(count + self._longest, dtype=np.int64)
        numbers[:count] = np.fromiter(
            map(self._tokens.get, chain.from_iterable(tokens), repeat(0)), dtype=np.int64, count=count
        )
        flat = np.fromiter(chain.from_iterable(spans), dtype=np.int64, count=2 * self._views * len(tokens))
        begins = np.repeat(np.cumsum(lengths) - lengths, self._views)
        starts, ends = flat.reshape(-1, 2).T + begins
        sizes = ends - starts
        # Wherever an n-gram of a view may start: the place, the view of a text that it is in, and the room to its end.
        row = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        at = np.arange(len(row)) + np.repeat(starts - (np.cumsum(sizes) - sizes), sizes)
        room = np.repeat(ends, sizes) - at
        view = np.tile(np.arange(self._views), len(tokens))[row]
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
            (np.ones(len(where), dtype=self._idf.dtype), (where, which)), shape=(len(sizes), len(self._idf))
        )
        np.log(matrix.data, out=matrix.data)
        matrix.data += 1
        matrix.data *= self._idf[matrix.indices]
        matrix = normalize(matrix, copy=False)
        # A text's views stand behind each other already: without the ends of those within it they are one row.
        return sp.csr_matrix(
            (matrix.data, matrix.indices, matrix.indptr[:: self._views]), shape=(len(tokens), len(self._idf))
        )

    def _longer(self, node: np.ndarray, numbers: np.ndarray, n: int) -> np.ndarray:
        """Give the nodes of n tokens, by where they start, of those one token shorter."""
        longer = np.zeros_like(node)
        at = np.flatnonzero(node[: len(node) - n + 1])
        key = node[at] * self._width + numbers[at + n - 1]
        found = self._keys.get_indexer(key)
        longer[at] = np.where(found < 0, 0, found + self._width)
        return longer
