"""Two annotators of the same sentences: how far they agree, what they have to settle, and one corpus of both."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from pipeline.corpus import STANCE_COLUMNS, Corpus
from pipeline.errors import InputError, raise_all
from pipeline.lexicon import STANCES, TARGETS

NO_RECORD = "none"
"""What stands for a stance where an annotator made no record."""

_KEY = ["sentence_id", "party", "target"]


def agreement(first: Corpus, second: Corpus) -> pd.DataFrame:
    """Say how far two annotators agree on the sentences that both have read.

    Parameters
    ----------
    first, second : Corpus
        Sentences that both have are told by their ``sentence_id``.

    Returns
    -------
    DataFrame
        Three rows. ``relevance``: does the sentence speak of the target, each sentence and target a unit. ``stance``:
        the stance, where both recorded the same party and target. ``record``: the stance or none, wherever one of
        them made a record, so that a missed actor counts too. Columns ``question, units, agreement`` (share of units
        alike) and ``alpha``, Krippendorff's for nominal data (NaN without units).

    Raises
    ------
    InputError
        If they share no sentence, or a sentence has two texts.

    References
    ----------
    Krippendorff (2019), Content Analysis, 4th edition, chapter 12; computed by NLTK.

    Examples
    --------
    >>> from pipeline.annotation import from_table
    >>> table = pd.DataFrame({"text": "Moscow and Paris met.", "mention": ["Moscow", "Paris"],
    ...     "party": ["Russia", "France"], "target": "sanctions", "stance": ["oppose", "neutral"]})
    >>> one, other = from_table(table), from_table(table.assign(stance="oppose"))
    >>> agreement(one, other)[["question", "units", "agreement"]].values.tolist()
    [['relevance', 2, 1.0], ['stance', 2, 0.5], ['record', 2, 0.5]]
    """
    records, shared = _side_by_side(first, second)
    both = records[(records[["first", "second"]] != NO_RECORD).all(axis=1)]
    cells = pd.MultiIndex.from_product([shared, TARGETS], names=["sentence_id", "target"])
    found = [
        pd.Series(cells.isin(pd.MultiIndex.from_frame(records.loc[records[who] != NO_RECORD, cells.names])))
        for who in ("first", "second")
    ]
    questions = {
        "relevance": zip(*found, strict=True),
        "stance": zip(both["first"], both["second"], strict=True),
        "record": zip(records["first"], records["second"], strict=True),
    }
    return pd.DataFrame([{"question": question, **_alpha(list(pairs))} for question, pairs in questions.items()])


def _alpha(pairs: Sequence[tuple[Any, Any]]) -> dict[str, Any]:
    from nltk.metrics.agreement import AnnotationTask

    if not pairs:
        return {"units": 0, "agreement": float("nan"), "alpha": float("nan")}
    triples = [(who, unit, label) for unit, pair in enumerate(pairs) for who, label in enumerate(pair)]
    alike = sum(one == other for one, other in pairs) / len(pairs)
    return {"units": len(pairs), "agreement": alike, "alpha": float(AnnotationTask(triples).alpha())}


def disputes(first: Corpus, second: Corpus) -> pd.DataFrame:
    """List what two annotators have to settle: records that one has and the other lacks or gives another stance.

    Returns
    -------
    DataFrame
        ``sentence_id, text, mention, start, party, target, first, second`` ("none" for no record), and an empty
        column ``settled`` to fill with a stance or "none" and hand to :func:`merge`.

    Raises
    ------
    InputError
        If they share no sentence, or a sentence has two texts.

    Examples
    --------
    >>> from pipeline.annotation import from_table
    >>> table = pd.DataFrame({"text": ["Moscow met Paris."], "mention": ["Moscow"], "party": ["Russia"],
    ...     "target": ["sanctions"], "stance": ["oppose"]})
    >>> disputes(from_table(table), from_table(table.assign(stance="neutral")))[["party", "first", "second"]]
        party   first   second
    0  Russia  oppose  neutral
    """
    records, _ = _side_by_side(first, second)
    open_ = records[records["first"] != records["second"]]
    open_ = open_.merge(first.sentences[["sentence_id", "text"]], on="sentence_id").assign(settled="")
    return open_[["sentence_id", "text", "mention", "start", "party", "target", "first", "second", "settled"]]


def merge(first: Corpus, second: Corpus, settled: pd.DataFrame | None = None) -> Corpus:
    """Make one corpus of two annotators' work.

    What only one of them read is taken as it is; of what both read, the records they agree on and those settled. A
    sentence with a dispute still open is left out, for it would teach a model half a truth.

    Parameters
    ----------
    first, second : Corpus
        Where both agree, the first one's mention is kept.
    settled : DataFrame, optional
        The table of :func:`disputes` with its column ``settled`` filled; blank ones stay open.

    Raises
    ------
    InputError
        If they share no sentence, a sentence has two texts, or a row of ``settled`` is no dispute or no stance.

    Examples
    --------
    >>> from pipeline.annotation import from_table
    >>> table = pd.DataFrame({"text": ["Moscow met Paris."], "mention": ["Moscow"], "party": ["Russia"],
    ...     "target": ["sanctions"], "stance": ["oppose"]})
    >>> one, other = from_table(table), from_table(table.assign(stance="neutral"))
    >>> len(merge(one, other).sentences)
    0
    >>> merge(one, other, disputes(one, other).assign(settled="neutral")).stances["stance"].tolist()
    ['neutral']
    """
    records, shared = _side_by_side(first, second)
    records = records.assign(stance=records["first"].where(records["first"] == records["second"], ""))
    if settled is not None:
        records["stance"] = records["stance"].where(records["stance"] != "", _verdicts(records, settled))
    still_open = records.loc[records["stance"] == "", "sentence_id"]
    agreed = records[(records["stance"] != NO_RECORD) & ~records["sentence_id"].isin(still_open)]
    alone = [one.stances[~one.stances["sentence_id"].isin(shared)] for one in (first, second)]
    sentences = pd.concat([first.sentences, second.sentences]).drop_duplicates("sentence_id")
    stances = pd.concat([agreed, *alone])[list(STANCE_COLUMNS)]
    return Corpus(
        sentences[~sentences["sentence_id"].isin(still_open)].reset_index(drop=True), stances.reset_index(drop=True)
    )


def _verdicts(records: pd.DataFrame, settled: pd.DataFrame) -> pd.Series:
    missing = [column for column in (*_KEY, "settled") if column not in settled]
    if missing:
        raise InputError(f"settled list: no column {', '.join(map(repr, missing))}; fill the list of disputes")
    made = settled.assign(row=range(1, len(settled) + 1))[settled["settled"] != ""]
    known = pd.MultiIndex.from_frame(records.loc[records["stance"] == "", _KEY])
    keys = pd.MultiIndex.from_frame(made[_KEY])
    faults = []
    for row, verdict, key, twice in zip(made["row"], made["settled"], keys, keys.duplicated(), strict=True):
        if verdict not in (*STANCES, NO_RECORD):
            faults.append(f"row {row}: {verdict!r} is none of {', '.join(STANCES)}, none")
        if key not in known:
            faults.append(f"row {row}: there is no dispute over {', '.join(key)}")
        if twice:
            faults.append(f"row {row}: {', '.join(key)} is settled twice")
    raise_all("settled list", faults)
    verdicts = pd.Series(made["settled"].to_numpy(), index=keys).reindex(pd.MultiIndex.from_frame(records[_KEY]))
    return pd.Series(verdicts.fillna("").to_numpy(), index=records.index)


def _side_by_side(first: Corpus, second: Corpus) -> tuple[pd.DataFrame, Iterable[str]]:
    """Give every record of the shared sentences with both annotators' stances, and the ids of those sentences."""
    texts = first.sentences.merge(second.sentences, on="sentence_id", suffixes=("", "_second"))
    if texts.empty:
        raise InputError("the two folders share no sentence_id; annotate the same sentences to compare")
    differ = texts.loc[texts["text"] != texts["text_second"], "sentence_id"]
    raise_all("the two folders", [f"sentence {name!r} has two texts" for name in differ])
    one, other = (
        corpus.stances[corpus.stances["sentence_id"].isin(texts["sentence_id"])] for corpus in (first, second)
    )
    records = one.merge(other, on=_KEY, how="outer", suffixes=("", "_second"), sort=False)
    for column in ("mention", "start"):
        records[column] = records[column].fillna(records[f"{column}_second"])
    records = records.rename(columns={"stance": "first", "stance_second": "second"})
    records[["first", "second"]] = records[["first", "second"]].fillna(NO_RECORD)
    order = records["sentence_id"].map({name: place for place, name in enumerate(texts["sentence_id"])})
    records = records.assign(order=order, start=records["start"].astype(int)).sort_values(["order", "start", "target"])
    return records.drop(columns="order").reset_index(drop=True), texts["sentence_id"]
