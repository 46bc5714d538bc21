"""Build a corpus with people: predictions out to Label Studio, corrections back in."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.corpus import SENTENCE_COLUMNS, STANCE_COLUMNS, Corpus
from pipeline.errors import InputError, raise_all
from pipeline.lexicon import STANCES, TARGETS, Lexicon, load
from pipeline.summary import check
from pipeline.tables import read_table
from pipeline.targets import CueFinder
from pipeline.text import fold, occurrences

LABELLING = """\
<View>
  <Style>.htx-text { white-space: pre-wrap; }</Style>
  <Relations>
    <Relation value="support" background="#0072B2"/>
    <Relation value="oppose" background="#D55E00"/>
    <Relation value="neutral" background="#777777"/>
  </Relations>
  <Labels name="label" toName="text">
    <Label value="actor" background="#E69F00"/>
    <Label value="sanctions" background="#009E73"/>
    <Label value="intervention" background="#CC79A7"/>
  </Labels>
  <Text name="text" value="$text"/>
  <TextArea name="party" toName="text" perRegion="true" maxSubmissions="1" editable="true"
            whenTagName="label" whenLabelValue="actor" placeholder="Party that the actor speaks for"/>
</View>
"""
"""Label Studio's labelling configuration for :func:`to_label_studio`: paste it as the project's labelling interface."""


# Where a mention stands ------------------------------------------------------------------------------------------


def mention_offsets(table: pd.DataFrame) -> pd.Series:
    """Find where each mention starts in its sentence.

    Predictions give offsets into the document, a corpus into the sentence; rows of one sentence are laid over it as
    fits most of its mentions.

    Parameters
    ----------
    table : DataFrame
        Columns ``sentence_id, sentence, mention`` and, where known, ``start`` in the document or in the sentence.

    Returns
    -------
    Series of int
        By the table's index; −1 where the mention is not in the sentence.

    Examples
    --------
    >>> table = pd.DataFrame({"mention": ["Mali", "Paris", "Mali"], "start": [917, 900, 931]})
    >>> mention_offsets(table.assign(sentence_id="a#7", sentence="Paris asked that Mali help Mali.")).tolist()
    [17, 0, 27]
    """
    starts = table["start"] if "start" in table else pd.Series(0, index=table.index)
    rows = pd.DataFrame({"sentence": table["sentence"], "mention": table["mention"], "start": starts})
    found = pd.Series(-1, index=table.index)
    for _, group in rows.groupby(table["sentence_id"], sort=False):
        places = [occurrences(*pair) for pair in zip(group["sentence"], group["mention"], strict=True)]
        # Each occurrence says where the sentence would start; a table may give offsets into the sentence itself (0).
        votes = Counter(start - place for start, row in zip(group["start"], places, strict=True) for place in row)
        offset = max(votes, key=lambda base: (votes[base], base == 0, base), default=0)
        for index, start, row in zip(group.index, group["start"], places, strict=True):
            if row:
                found[index] = min(row, key=lambda place: abs(place - (start - offset)))
    return found


# What people corrected -------------------------------------------------------------------------------------------


def read(path: Path | str, annotator: str | None = None) -> Corpus:
    r"""Read a corpus out of a Label Studio export (.json) or a table of stances (.csv, .jsonl, .parquet).

    :func:`pipeline.corpus.save` writes it as a folder, and :func:`pipeline.corpus.load` checks that against all rules.

    Raises
    ------
    InputError
        If the file cannot be read; see also :func:`from_label_studio` and :func:`from_table`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "mine.csv")
    ...     _ = path.write_text("text,mention,party,target,stance\nNATO left.,NATO,NATO,intervention,oppose\n")
    ...     len(read(path).stances)
    1
    """
    path = Path(path)
    if path.suffix.lower() != ".json":
        return from_table(read_table(path))
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: no JSON to read ({error}); export the project from Label Studio as JSON") from error
    return from_label_studio(tasks if isinstance(tasks, list) else [tasks], annotator)


# Label Studio ----------------------------------------------------------------------------------------------------


def to_label_studio(predictions: pd.DataFrame) -> list[dict[str, Any]]:
    """Give predictions as Label Studio tasks with pre-annotations, one task a sentence, to write as one JSON array.

    Actors and cues are regions; an actor's party is its text field; a stance is a relation from the actor to the cue
    of its target that stands nearest (to the whole sentence where the lexicon knows no cue in it). The task's score is
    its least certain stance, so that Label Studio can put doubtful sentences first.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``, run with ``--all``: annotators should see neutral actors too.

    Returns
    -------
    list of dict
        Tasks for a project with the labelling configuration :data:`LABELLING`.

    Raises
    ------
    InputError
        If the table is no table of predictions, or a mention does not stand in its sentence.

    Examples
    --------
    >>> predictions = pd.DataFrame({"document": ["a"], "sentence_id": ["a#1"], "mention": ["Moscow"], "start": [0],
    ...     "party": ["Russia"], "target": ["sanctions"], "stance": ["oppose"], "probability": [0.93],
    ...     "sentence": ["Moscow vetoed the sanctions."]})
    >>> task, = to_label_studio(predictions)
    >>> [result.get("labels", result.get("value")) for result in task["predictions"][0]["result"]][0]
    {'start': 0, 'end': 6, 'text': 'Moscow', 'labels': ['actor']}
    """
    table = check(predictions)
    table = table.assign(place=mention_offsets(table))
    lost = table[table["place"] < 0]
    if len(lost):
        row = lost.iloc[0]
        raise InputError(f"predictions, row {lost.index[0] + 1}: {row['mention']!r} is not in the sentence; correct it")
    cues = CueFinder(load())
    return [_task(rows, cues) for _, rows in table.groupby("sentence_id", sort=False)]


def _task(rows: pd.DataFrame, cues: CueFinder) -> dict[str, Any]:
    head = rows.iloc[0]
    sentence: str = head["sentence"]
    name = str(head["sentence_id"])
    result: list[dict[str, Any]] = []
    regions: dict[tuple[str, int, int, str], str] = {}

    def region(label: str, start: int, end: int, party: str = "") -> str:
        key = (label, start, end, party)
        if key not in regions:
            regions[key] = f"{name}-{len(regions) + 1}"
            place = {"start": start, "end": end}
            common = {"id": regions[key], "to_name": "text"}
            value = {**place, "text": sentence[start:end], "labels": [label]}
            result.append({**common, "from_name": "label", "type": "labels", "value": value})
            if party:
                result.append({**common, "from_name": "party", "type": "textarea", "value": {**place, "text": [party]}})
        return regions[key]

    spans = [(hit.start, hit.end, hit.target) for hit in cues.find(fold(sentence))]
    for row in rows.to_dict("records"):
        start, target = int(row["place"]), row["target"]
        end = start + len(row["mention"])
        of_target = [(left, right) for left, right, cue in spans if cue == target] or [(0, len(sentence))]
        nearest = min(of_target, key=lambda span: max(span[0] - end, start - span[1]))
        result.append(
            {
                "type": "relation",
                "from_id": region("actor", start, end, row["party"]),
                "to_id": region(target, *nearest),
                "direction": "right",
                "labels": [row["stance"]],
            }
        )
    return {
        "data": {"text": sentence, "sentence_id": name, "document_id": str(head["document"]), "date": head["date"]},
        "predictions": [{"model_version": "stancewire", "score": float(rows["probability"].min()), "result": result}],
    }


def from_label_studio(tasks: Sequence[dict[str, Any]], annotator: str | None = None) -> Corpus:
    """Give the corpus that annotators made of exported tasks.

    Tasks that nobody submitted are left out; a submitted one without relations is an off-topic sentence. An actor
    whose party was left blank gets the party that the lexicon knows for its words.

    Parameters
    ----------
    tasks : sequence of dict
        What Label Studio exports as "JSON" (JSON-MIN and CSV lack the relations).
    annotator : str, optional
        E-mail or number of the annotator whose work to take; needed where a task has more than one annotation.

    Raises
    ------
    InputError
        All faults at once, each with its task: a relation without a stance, an actor without one, a region that is
        not in the text, several annotators to choose from.

    Examples
    --------
    >>> predictions = pd.DataFrame({"document": ["a"], "sentence_id": ["a#1"], "mention": ["Moscow"], "start": [0],
    ...     "party": ["Russia"], "target": ["sanctions"], "stance": ["oppose"], "probability": [0.93],
    ...     "sentence": ["Moscow vetoed the sanctions."]})
    >>> task, = to_label_studio(predictions)
    >>> submitted = {"data": task["data"], "annotations": [{"completed_by": 1, **task["predictions"][0]}]}
    >>> from_label_studio([submitted]).stances.values.tolist()
    [['a#1', 'Moscow', 0, 'Russia', 'sanctions', 'oppose']]
    """
    faults: list[str] = []
    sentences: list[dict[str, str]] = []
    stances: list[dict[str, Any]] = []
    lexicon = load()
    for number, task in enumerate(tasks, 1):
        data = task.get("data") if isinstance(task, dict) else None
        if not isinstance(data, dict) or "text" not in data or "annotations" not in task:
            raise InputError(f"task {number}: no text or no annotations; export the project from Label Studio as JSON")
        name = str(data.get("sentence_id") or f"task-{task.get('id', number)}")
        try:
            submitted = [one for one in task["annotations"] if not one.get("was_cancelled")]
            if annotator is not None:
                submitted = [one for one in submitted if annotator in _names(one)]
            if len(submitted) > 1:
                who = ", ".join(sorted(_names(one)[-1] for one in submitted))
                faults.append(f"{name}: annotated {len(submitted)} times (by {who}); choose one with --annotator")
            elif submitted:
                date = str(data.get("date") or "")
                document = str(data.get("document_id") or name)
                sentences.append({"sentence_id": name, "document_id": document, "date": date, "text": data["text"]})
                stances.extend(_records(name, data["text"], date, submitted[0]["result"], lexicon, faults))
        except (KeyError, TypeError, AttributeError, ValueError, IndexError) as error:
            faults.append(f"{name}: not as Label Studio writes it ({error!r:.80}); export it anew")
    raise_all("Label Studio export", faults)
    if not sentences:
        raise InputError("Label Studio export: no submitted annotation; submit some, or name another --annotator")
    return _corpus(sentences, stances)


def _names(annotation: dict[str, Any]) -> list[str]:
    """Give the names an annotator goes by: number and, where exported, e-mail."""
    who = annotation.get("completed_by", "")
    return [str(who[key]) for key in ("id", "email") if key in who] if isinstance(who, dict) else [str(who)]


def _records(
    name: str, text: str, date: str, result: list[dict[str, Any]], lexicon: Lexicon, faults: list[str]
) -> Iterator[dict[str, Any]]:
    """Read the stances of one annotation; what is wrong with it goes to `faults`."""
    regions = {one["id"]: one["value"] for one in result if one.get("type") == "labels"}
    parties = {one["id"]: _text(one["value"]) for one in result if one.get("from_name") == "party"}
    labels = {key: (value.get("labels") or [""])[0] for key, value in regions.items()}
    linked = set()
    for relation in (one for one in result if one.get("type") == "relation"):
        # An annotator may draw the arrow either way round.
        ends = sorted((relation["from_id"], relation["to_id"]), key=lambda key: labels.get(key) != "actor")
        actor, target = ends
        linked.add(actor)
        words = _text(regions.get(actor, {}))
        if labels.get(actor) != "actor" or labels.get(target) not in TARGETS:
            faults.append(f"{name}: a relation at {words!r} does not join an actor to a target; draw it anew")
            continue
        stance = relation.get("labels") or []
        if len(stance) != 1 or stance[0] not in STANCES:
            faults.append(f"{name}: the relation of {words!r} has no single stance; label it {', '.join(STANCES)}")
            continue
        places = occurrences(text, words)
        if not places:
            faults.append(f"{name}: {words!r} is not in the text; mark it anew")
            continue
        yield {
            "sentence_id": name,
            "mention": words,
            "start": min(places, key=lambda place: abs(place - int(regions[actor]["start"]))),
            "party": parties.get(actor) or lexicon.party(words, date),
            "target": labels[target],
            "stance": stance[0],
        }
    for key, label in labels.items():
        if label == "actor" and key not in linked:
            faults.append(f"{name}: the actor {_text(regions[key])!r} has no stance; draw a relation to a target")


def _text(value: dict[str, Any]) -> str:
    """Read a region's or a text field's text, which Label Studio gives as text or as a list of lines."""
    text = value.get("text", "")
    return " ".join(text if isinstance(text, list) else [str(text)]).strip()


# Tables ----------------------------------------------------------------------------------------------------------


def from_table(table: pd.DataFrame) -> Corpus:
    """Give the corpus that a plain table holds: one row per stance, such as corrected predictions.

    Parameters
    ----------
    table : DataFrame
        Columns ``sentence`` (or ``text``), ``mention, party, target, stance``; ``sentence_id``, ``document`` (or
        ``document_id``), ``date`` and ``start`` where there are any. A row with a sentence and nothing else adds an
        off-topic sentence.

    Raises
    ------
    InputError
        If a column is missing, and with all rows at once whose mention is not in the sentence or whose sentence has
        another text elsewhere.

    Examples
    --------
    >>> corpus = from_table(pd.DataFrame({"text": ["Moscow vetoed the sanctions."], "mention": ["Moscow"],
    ...     "party": ["Russia"], "target": ["sanctions"], "stance": ["oppose"]}))
    >>> corpus.sentences["sentence_id"].tolist(), corpus.stances["start"].tolist()
    (['sentence-1'], [0])
    """
    rows = table.rename(columns={"text": "sentence", "document_id": "document"}).reset_index(drop=True)
    needed = ["sentence", "mention", "party", "target", "stance"]
    missing = [column for column in needed if column not in rows]
    if missing:
        raise InputError(f"table: no column {', '.join(map(repr, missing))}; it needs {', '.join(needed)}")
    if "sentence_id" not in rows:
        rows["sentence_id"] = "sentence-" + (pd.factorize(rows["sentence"])[0] + 1).astype(str)
    if "document" not in rows:
        rows["document"] = rows["sentence_id"]
    if "date" not in rows:
        rows["date"] = ""
    if "start" in rows:
        rows["start"] = pd.to_numeric(rows["start"], errors="coerce").fillna(0).astype(int)
    stances = rows.assign(row=range(1, len(rows) + 1))
    stances = stances[(stances[["mention", "party", "target", "stance"]] != "").any(axis=1)]
    stances = stances.assign(start=mention_offsets(stances))
    lost = stances[stances["start"] < 0]
    texts = rows.groupby("sentence_id", sort=False)["sentence"].nunique()
    faults = [
        f"row {row}: {mention!r} is not in the sentence"
        for row, mention in zip(lost["row"], lost["mention"], strict=True)
    ]
    faults += [f"sentence {name!r} has {count} texts" for name, count in texts[texts > 1].items()]
    raise_all("table", faults)
    sentences = rows.drop_duplicates("sentence_id").rename(columns={"sentence": "text", "document": "document_id"})
    return _corpus(sentences, stances)


def _corpus(sentences: Any, stances: Any) -> Corpus:
    texts = pd.DataFrame(sentences, columns=list(SENTENCE_COLUMNS)).reset_index(drop=True)
    texts["date"] = texts["date"].str[:10]  # a corpus dates by the day
    return Corpus(texts, pd.DataFrame(stances, columns=list(STANCE_COLUMNS)).reset_index(drop=True))
