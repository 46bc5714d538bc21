import pandas as pd
import pytest
from test_annotation import PREDICTIONS, TEXT

from pipeline import corpus
from pipeline.agreement import agreement, disputes, merge
from pipeline.annotation import from_table
from pipeline.errors import InputError

ONE = from_table(PREDICTIONS)
OTHER = from_table(PREDICTIONS.iloc[:3].assign(stance=["support", "neutral", "neutral"]))


def test_disputes_are_what_differs_with_both_views():
    table = disputes(ONE, OTHER)
    assert table[["party", "target", "first", "second", "settled"]].values.tolist() == [
        ["Russia", "sanctions", "oppose", "neutral", ""],
        ["Mali", "sanctions", "neutral", "none", ""],
    ]
    assert disputes(OTHER, ONE)["second"].tolist() == ["oppose", "neutral"]
    assert disputes(ONE, ONE).empty


def test_agreement_counts_each_question_by_itself():
    table = agreement(ONE, OTHER).set_index("question")
    assert table["units"].to_dict() == {"relevance": 2, "stance": 3, "record": 4}
    assert table["agreement"].tolist() == pytest.approx([1, 2 / 3, 1 / 2])
    assert agreement(ONE, ONE)["alpha"].tolist() == [1, 1, 1]


def test_alpha_agrees_with_a_published_example():
    # Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", section A
    meg, owen = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    texts = pd.DataFrame({"text": [f"Paris spoke {n} times." for n in range(10)]})
    table = texts.assign(mention="Paris", party="France", target="sanctions")
    one, other = (from_table(table.assign(stance=[["oppose", "support"][v] for v in who])) for who in (meg, owen))
    stance = agreement(one, other).set_index("question").loc["stance"]
    assert stance["alpha"] == pytest.approx(0.095, abs=0.0005)
    assert stance["agreement"] == 0.6


def test_merging_leaves_open_sentences_out_until_they_are_settled(tmp_path):
    alone = from_table(PREDICTIONS.assign(sentence_id="only-second"))
    both = corpus.Corpus(pd.concat([OTHER.sentences, alone.sentences]), pd.concat([OTHER.stances, alone.stances]))
    made = merge(ONE, both)
    assert made.sentences["sentence_id"].tolist() == ["only-second"]
    assert len(made.stances) == 4

    settled = disputes(ONE, both)
    assert merge(ONE, both, settled.assign(settled=["oppose", ""])).sentences["sentence_id"].tolist() == ["only-second"]
    made = merge(ONE, both, settled.assign(settled=["oppose", "none"]))
    corpus.save(made, tmp_path)
    back = corpus.load(tmp_path)
    assert back.sentences["sentence_id"].tolist() == ["a.txt#2", "only-second"]
    settled_rows = back.stances[back.stances["sentence_id"] == "a.txt#2"]
    assert settled_rows[["party", "target", "stance"]].values.tolist() == [
        ["France", "sanctions", "support"],
        ["Russia", "sanctions", "oppose"],
        ["Mali", "intervention", "neutral"],
    ]


def test_faults_in_a_settled_list_are_named_at_once():
    settled = disputes(ONE, OTHER).assign(settled=["yes", "none"], party=["Russia", "Malta"])
    with pytest.raises(InputError, match=r"row 1: 'yes' is none of.*row 2: there is no dispute over .*Malta"):
        merge(ONE, OTHER, settled)
    with pytest.raises(InputError, match="no column 'settled'"):
        merge(ONE, OTHER, settled.drop(columns="settled"))


def test_strangers_cannot_be_compared():
    stranger = from_table(PREDICTIONS.assign(sentence_id="b"))
    with pytest.raises(InputError, match="share no sentence_id"):
        agreement(ONE, stranger)
    changed = from_table(PREDICTIONS.assign(sentence=TEXT + "!"))
    with pytest.raises(InputError, match=r"'a\.txt#2' has two texts"):
        disputes(ONE, changed)
