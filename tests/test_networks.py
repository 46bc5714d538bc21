import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_summary import predictions

from pipeline.errors import InputError
from pipeline.networks import actor_network, dna_statements, edge_list, graphml, network, position_network

SYRIA = predictions(
    ("2011-10-04", "Russia", "sanctions", "oppose"),
    ("2011-10-04", "Russia", "sanctions", "oppose"),
    ("2011-10-04", "China", "sanctions", "oppose"),
    ("2011-10-04", "France", "sanctions", "support"),
    ("2013-08-27", "France", "intervention", "support"),
    ("2013-08-27", "Russia", "intervention", "oppose"),
    ("2013-08-27", "Syria", "intervention", "neutral"),
).assign(document=["oct"] * 4 + ["aug"] * 3)


def edges(graph, *names):
    return {frozenset(pair): tuple(data[name] for name in names) for *pair, data in graph.edges(data=True)}


def test_positions_join_actors_to_targets_with_their_agreement():
    graph = position_network(SYRIA)
    assert nx.is_bipartite(graph)
    assert graph["Russia"]["target: sanctions"]["agreement"] == -1
    assert graph["Russia"]["target: sanctions"]["weight"] == 2
    assert graph["France"]["target: intervention"]["agreement"] == 1
    assert graph["France"]["target: intervention"]["first"] == "2013-08-27"
    assert "Syria" not in graph
    assert {data["kind"] for _, data in graph.nodes(data=True)} == {"actor", "target"}


def test_congruence_and_conflict_count_the_statements_both_made():
    assert edges(actor_network(SYRIA), "weight", "conflict") == {frozenset({"China", "Russia"}): (1, 0)}
    assert edges(actor_network(SYRIA, "conflict"), "weight", "agreement") == {
        frozenset({"China", "France"}): (1, -1),
        frozenset({"France", "Russia"}): (2, -1),
    }
    russia = actor_network(SYRIA).nodes["Russia"]
    assert (russia["statements"], russia["leaning"]) == (3, -1)


def test_weights_are_normalized_by_mean_activity():
    assert actor_network(SYRIA)["China"]["Russia"]["normalized"] == pytest.approx(1 / ((1 + 3) / 2))


def test_only_statements_of_the_same_scope_are_compared():
    later = SYRIA.assign(document=[str(number) for number in range(len(SYRIA))])
    assert actor_network(later).number_of_edges() == 0
    assert edges(actor_network(later, within="year"), "weight") == edges(actor_network(SYRIA), "weight")
    split = SYRIA.assign(document=list("ababaab"))
    assert edges(actor_network(split, "conflict", "all"), "weight")[frozenset({"France", "Russia"})] == (2,)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["support", "oppose"]), st.sampled_from("xy"))))
def test_ties_are_the_smaller_counts_whatever_the_statements(rows):
    table = predictions(*(("", party, "sanctions", stance) for party, stance, _ in rows))
    table["document"] = [document for *_, document in rows]

    def count(party, stance, document):
        return rows.count((party, stance, document))

    for kind, other_side in (("congruence", {"support": "support", "oppose": "oppose"}),
                             ("conflict", {"support": "oppose", "oppose": "support"})):  # fmt: skip
        expected = {}
        for one in "ABCD":
            for other in "BCD"["ABC".find(one) if one != "D" else 3 :]:
                weight = sum(
                    min(count(one, side, d), count(other, against, d))
                    for side, against in other_side.items()
                    for d in "xy"
                )
                if weight:
                    expected[frozenset({one, other})] = (weight,)
        assert edges(actor_network(table, kind), "weight") == expected


@pytest.mark.parametrize("kind", ["positions", "congruence", "conflict"])
def test_graphml_reads_back_as_it_was(kind):
    graph = network(SYRIA, kind)
    back = nx.parse_graphml(graphml(graph))
    assert dict(back.nodes(data=True)) == dict(graph.nodes(data=True))
    assert {frozenset(pair): data for *pair, data in back.edges(data=True)} == {
        frozenset(pair): data for *pair, data in graph.edges(data=True)
    }


def test_graphml_survives_names_that_xml_would_not():
    text = graphml(actor_network(SYRIA.replace({"Russia": "A & B <\x0b>", "China": "中国"})))
    assert set(nx.parse_graphml(text).nodes) == {"A & B <>", "中国", "France"}


def test_edge_list_is_heaviest_first_and_named_for_gephi():
    table = edge_list(actor_network(SYRIA, "conflict"))
    assert table.columns[:3].tolist() == ["source", "target", "weight"]
    assert table["weight"].tolist() == [2, 1]
    assert edge_list(actor_network(predictions())).columns.tolist() == ["source", "target", "weight"]


def test_an_unknown_network_is_named():
    with pytest.raises(InputError, match="friendship"):
        network(SYRIA, "friendship")


def test_too_many_pairs_are_refused():
    crowd = predictions(*(("", f"actor {n}", "sanctions", "support") for n in range(4500)))
    with pytest.raises(InputError, match="--min-statements"):
        actor_network(crowd, within="all")
    assert actor_network(crowd).number_of_edges() == 0


def test_dna_statements_point_at_their_sentence():
    table = SYRIA.assign(
        sentence_id=["oct#1", "oct#2", "oct#2", "oct#2", "aug#1", "aug#3", "aug#4"],
        sentence=["One.", "Two or more.", "Two or more.", "Two or more.", "Alpha.", "Beta, é.", "Gamma."],
    )
    statements = dna_statements(table)
    assert len(statements) == 6
    cut = [text[i:j] for text, i, j in statements[["text", "startCaret", "endCaret"]].itertuples(index=False)]
    assert cut == table[table["stance"] != "neutral"]["sentence"].tolist()
    assert statements["organization"].tolist() == ["Russia", "Russia", "China", "France", "France", "Russia"]
    assert statements["agreement"].tolist() == [0, 0, 0, 1, 1, 0]
    assert statements["concept"].tolist() == ["sanctions"] * 4 + ["intervention"] * 2
    assert statements["documentID"].tolist() == [1, 1, 1, 1, 2, 2]
    assert statements["text"][0] == "One.\nTwo or more."


def test_dna_dates_are_days():
    table = predictions(("2014-03", "Russia", "sanctions", "oppose"), ("", "Russia", "sanctions", "oppose"))
    assert dna_statements(table)["date_time"].tolist() == ["2014-03-01", ""]
