"""Discourse networks: who stands with whom, for visone, Gephi, R and Discourse Network Analyzer."""

import re
from typing import Any, Literal

import networkx as nx
import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.summary import check, days, periods, summarize

Kind = Literal["positions", "congruence", "conflict"]
Within = Literal["document", "month", "quarter", "year", "all"]

_MOST_PAIRS = 20_000_000
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def network(predictions: pd.DataFrame, kind: Kind, within: Within = "document") -> "nx.Graph[str]":
    """Give one of the three networks by its name: see :func:`position_network` and :func:`actor_network`.

    Raises
    ------
    InputError
        If ``kind`` is none of positions, congruence and conflict, or the table is no table of predictions.
    """
    if kind == "positions":
        return position_network(predictions)
    return actor_network(predictions, kind, within)


def position_network(predictions: pd.DataFrame) -> "nx.Graph[str]":
    """Join actors to the measures on which they take a side: the two-mode network.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``; :func:`pipeline.summary.select` narrows them down first.

    Returns
    -------
    Graph
        Nodes: actors (``kind`` actor, ``bipartite`` 0) and targets (``kind`` target, ``bipartite`` 1) with ``label``
        and ``statements``. Edges: ``weight``, the number of statements with a side, the counts ``support, oppose,
        neutral``, ``agreement`` from −1 (all against) to 1 (all in favour), ``first`` and ``last`` date.

    Examples
    --------
    >>> predictions = pd.DataFrame({"party": ["Russia", "France"], "stance": ["oppose", "support"]}).assign(
    ...     document="a", sentence_id="a#1", sentence="…", mention="…", start=0, target="sanctions", probability=0.9)
    >>> graph = position_network(predictions)
    >>> graph["Russia"]["target: sanctions"]["agreement"]
    -1.0
    """
    graph: nx.Graph[str] = nx.Graph(name="actors and positions")
    rows = summarize(predictions)
    rows = rows[rows["support"] + rows["oppose"] > 0]
    for kind, column, prefix in (("actor", "party", ""), ("target", "target", "target: ")):
        for name, statements in rows.groupby(column)["statements"].sum().items():
            node = {"label": str(name), "kind": kind, "bipartite": int(kind == "target"), "statements": int(statements)}
            graph.add_node(f"{prefix}{name}", **node)
    for row in rows.to_dict("records"):
        weight = row["support"] + row["oppose"]
        graph.add_edge(
            row["party"],
            f"target: {row['target']}",
            weight=weight,
            **{key: row[key] for key in ("support", "oppose", "neutral")},
            agreement=(row["support"] - row["oppose"]) / weight,
            first=row["first"],
            last=row["last"],
        )
    return graph


def actor_network(
    predictions: pd.DataFrame, kind: Literal["congruence", "conflict"] = "congruence", within: Within = "document"
) -> "nx.Graph[str]":
    """Join actors who take the same side (congruence) or opposite sides (conflict): the one-mode networks.

    Of two actors on one target, as many statements agree as both made on the same side, and as many conflict as one
    made for it and the other against it: the smaller of the two counts, summed over sides and targets. So an actor
    who speaks a hundred times is not tied a hundred times to one who spoke once.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``; :func:`pipeline.summary.select` narrows them down first.
    kind : {"congruence", "conflict"}
        Which of the two makes an edge and its ``weight``.
    within : {"document", "month", "quarter", "year", "all"}
        Compare only statements of the same document or period (undated ones count as one period). The targets are
        broad, and two who want sanctions may want different ones: the same document speaks of one dispute.

    Returns
    -------
    Graph
        Nodes: actors with ``label``, ``statements`` with a side, and ``leaning`` from −1 (always against) to 1. Edges:
        ``weight``; ``normalized``, the weight over the mean number of statements of the two; ``congruence`` and
        ``conflict``; and ``agreement``, their difference over their sum.

    Raises
    ------
    InputError
        If the table is no table of predictions, or there are so many actors that no tool would draw their network.

    References
    ----------
    Leifeld (2017), "Discourse Network Analysis: Policy Debates as Dynamic Networks", in The Oxford Handbook of
    Political Networks: congruence and conflict networks and their normalization by average activity.

    Examples
    --------
    >>> predictions = pd.DataFrame({
    ...     "party": ["Russia", "China", "France"], "stance": ["oppose", "oppose", "support"]}).assign(
    ...     document="a", sentence_id="a#1", sentence="…", mention="…", start=0, target="sanctions", probability=0.9)
    >>> sorted(actor_network(predictions).edges)
    [('China', 'Russia')]
    >>> sorted(actor_network(predictions, "conflict").edges)
    [('China', 'France'), ('France', 'Russia')]
    """
    if kind not in ("congruence", "conflict"):
        raise InputError(f"network {kind!r} is none of positions, congruence, conflict")
    table = check(predictions)
    table = table[table["stance"] != "neutral"]
    if within == "all":
        scope = pd.Series("", index=table.index)
    else:
        scope = table["document"] if within == "document" else periods(table["date"], within)
    table = table.assign(scope=scope, support=table["stance"].eq("support"), oppose=table["stance"].eq("oppose"))
    counts = table.groupby(["target", "scope", "party"])[["support", "oppose"]].sum()
    pairs = _pairs(counts.reset_index())
    pairs = pairs[pairs[kind] > 0]

    graph: nx.Graph[str] = nx.Graph(name=f"actor {kind}")
    activity: dict[str, int] = {}
    for name, support, oppose in counts.groupby("party").sum().itertuples():
        activity[name] = int(support + oppose)
        leaning = float(support - oppose) / activity[name]
        graph.add_node(name, label=name, kind="actor", statements=activity[name], leaning=leaning)
    for (one, other), row in zip(pairs.index.tolist(), pairs.to_dict("records"), strict=True):
        graph.add_edge(
            one,
            other,
            weight=row[kind],
            normalized=2 * row[kind] / (activity[one] + activity[other]),
            congruence=row["congruence"],
            conflict=row["conflict"],
            agreement=(row["congruence"] - row["conflict"]) / (row["congruence"] + row["conflict"]),
        )
    return graph


def _pairs(counts: pd.DataFrame) -> pd.DataFrame:
    """Sum congruence and conflict of each pair of actors, indexed by their names, over the targets and scopes."""
    cell = ["target", "scope"]
    if (counts.groupby(cell).size() ** 2).sum() > _MOST_PAIRS:
        raise InputError(
            f"{counts['party'].nunique():,} actors make too many pairs; leave rare ones out with --min-statements, "
            "or compare within the same document"
        )
    pairs = counts.merge(counts, on=cell, suffixes=("", "_other"))
    pairs = pairs[pairs["party"] < pairs["party_other"]]

    def shared(side: str, other: str) -> pd.Series:
        return pairs[side].where(pairs[side] < pairs[f"{other}_other"], pairs[f"{other}_other"])

    return (
        pairs.assign(
            congruence=shared("support", "support") + shared("oppose", "oppose"),
            conflict=shared("support", "oppose") + shared("oppose", "support"),
        )
        .groupby(["party", "party_other"])[["congruence", "conflict"]]
        .sum()
    )


def graphml(graph: "nx.Graph[str]") -> str:
    """Write a network as GraphML for visone, Gephi, R's igraph or networkx.

    Labels and weights carry the names that these tools look for; attributes are text, whole or decimal numbers. R's
    igraph shows names after ``V(g)$name <- V(g)$label``.

    Examples
    --------
    >>> graph = nx.Graph()
    >>> graph.add_edge("Russia", "China", weight=2)
    >>> 'attr.name="weight" attr.type="long"' in graphml(graph)
    True
    """
    clean = nx.relabel_nodes(graph, {name: _xml(name) for name in graph})
    for attributes in (*(data for _, data in clean.nodes(data=True)), *(data for *_, data in clean.edges(data=True))):
        attributes.update({key: _xml(value) for key, value in attributes.items()})
    lines = nx.generate_graphml(clean, named_key_ids=True)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "\n".join(lines) + "\n"


def _xml(value: Any) -> Any:
    """Drop the characters that XML has no place for."""
    return _NOT_XML.sub("", value) if isinstance(value, str) else value


def edge_list(graph: "nx.Graph[str]") -> pd.DataFrame:
    """Give a network as a table: columns ``source, target``, then the edges' attributes, heaviest first.

    Examples
    --------
    >>> graph = nx.Graph()
    >>> graph.add_edge("Russia", "China", weight=2)
    >>> edge_list(graph)
       source target  weight
    0  Russia  China       2
    """
    rows = [{"source": one, "target": other, **data} for one, other, data in graph.edges(data=True)]
    edges = pd.DataFrame(rows, columns=None if rows else ["source", "target", "weight"])
    return edges.sort_values("weight", ascending=False, kind="stable", ignore_index=True)


def dna_statements(predictions: pd.DataFrame) -> pd.DataFrame:
    """Lay statements out as Discourse Network Analyzer stores them, to import them with its R package.

    DNA 3 takes coded statements through rDNA's ``dna_addDocuments`` and ``dna_addStatement``, whose argument names the
    columns bear. A document's text is made of its sentences in the table, one a line.

    Parameters
    ----------
    predictions : DataFrame
        The columns of ``stance predict``. Neutral statements are left out: DNA's agreement is yes or no.

    Returns
    -------
    DataFrame
        ``documentID`` (from 1), ``title`` (the document's name), ``date_time`` (a day, or "" where unknown), ``text``
        (of the document), ``startCaret, endCaret`` (of the sentence in the text, characters from 0), ``person`` (the
        mention), ``organization`` (the party), ``concept`` (the target), ``agreement`` (1 support, 0 oppose).

    Examples
    --------
    Afterwards, in R, into an opened DNA database (which wants a date for every document)::

        d <- read.csv("statements.csv")
        documents <- d[!duplicated(d$documentID), ]
        none <- rep("", nrow(documents))
        ids <- dna_addDocuments(title = documents$title, text = documents$text, author = none, source = none,
                                section = none, type = none, notes = none,
                                date_time = as.POSIXct(documents$date_time, tz = "UTC"))
        for (i in seq_len(nrow(d))) {
          s <- d[i, ]
          dna_addStatement(ids[s$documentID], s$startCaret, s$endCaret, person = s$person,
                           organization = s$organization, concept = s$concept, agreement = s$agreement)
        }

    >>> predictions = pd.DataFrame({"mention": ["Moscow", "Paris"], "party": ["Russia", "France"],
    ...     "stance": ["oppose", "support"]}).assign(document="a.txt", sentence_id="a.txt#1", start=0,
    ...     sentence="Moscow deplored the sanctions that Paris wants.", target="sanctions", probability=0.9)
    >>> dna_statements(predictions)[["title", "endCaret", "person", "concept", "agreement"]].values.tolist()
    [['a.txt', 47, 'Moscow', 'sanctions', 0], ['a.txt', 47, 'Paris', 'sanctions', 1]]
    """
    table = check(predictions)
    table = table[table["stance"] != "neutral"]
    sentences = table.drop_duplicates("sentence_id")[["document", "sentence_id", "sentence"]]
    lengths = sentences["sentence"].str.len()
    ends = (lengths + 1).groupby(sentences["document"]).cumsum() - 1
    places = pd.DataFrame({"sentence_id": sentences["sentence_id"], "startCaret": ends - lengths, "endCaret": ends})
    texts = sentences.groupby("document", sort=False)["sentence"].agg("\n".join).rename("text").reset_index()
    texts["documentID"] = np.arange(1, len(texts) + 1)
    table = table.merge(places, on="sentence_id").merge(texts, on="document")
    return pd.DataFrame(
        {
            "documentID": table["documentID"],
            "title": table["document"],
            "date_time": days(table["date"]).dt.strftime("%Y-%m-%d").fillna(""),
            "text": table["text"],
            "startCaret": table["startCaret"],
            "endCaret": table["endCaret"],
            "person": table["mention"],
            "organization": table["party"],
            "concept": table["target"],
            "agreement": (table["stance"] == "support").astype(int),
        }
    )
