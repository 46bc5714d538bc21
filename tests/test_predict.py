"""From text to stances: the table keeps its contract whatever the text, the batch and the case."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

import pipeline
from pipeline import corpus
from pipeline.errors import InputError
from pipeline.files import Document
from pipeline.lexicon import STANCES, TARGETS
from pipeline.predict import COLUMNS, Model, empty_table

STORY = (
    "BERN (Reuters) - Bern and Rome back the embargo on Mali, “and so does Paris,” an envoy said.\r\n\r\n"
    "Moscow vetoed the sanctions. The US will not send troops to Iraq, Hillary Clinton said.\n"
    "Oslo lifted its sanctions on Chad. Prices rose in Tokyo. 🙂 NATO sent troops to Kosovo."
)
PIECES = [
    "Moscow vetoed the sanctions. ", "“Paris backs theU.N. embargo,” said Rome. ", "the us sent troops to iraq. ",
    "NATO WILL NOT SEND TROOPS. ", "BERN (Reuters) - ", "Oslo will\n\nlift the embargo on Mali. ", "Prices rose. ",
    "\n", "\r\n\r\n", "\r", "\x00", "🙂", "أوسلو", "\u202e", "\xa0", "Türkiye bombed Mali",
]  # fmt: skip


@pytest.fixture(scope="module")
def documents(unseen):
    return [
        Document(sentence_id, date, text)
        for sentence_id, _, date, text in unseen.sentences.head(40).itertuples(index=False)
    ]


def check(table, text):
    assert tuple(table.columns) == COLUMNS
    assert list(table.index) == list(range(len(table)))
    for row in table.itertuples():
        assert text[row.start : row.end] == row.mention
        assert row.mention in row.sentence
        assert row.sentence in text
        assert row.party
        assert row.target in TARGETS
        assert row.stance in STANCES
        assert 0 <= row.probability <= 1
    assert not table.duplicated(["sentence_id", "party", "target"]).any()


class Answers:
    """A classifier whose answers are given: of each mention in turn, the stances and the tie."""

    threshold = 0.5

    def __init__(self, *answers):
        self.stances = np.array([stances for stances, _ in answers])
        self.tie = np.array([tie for _, tie in answers])

    def probabilities(self, rows):
        assert len(rows) == len(self.tie)
        return self.stances, self.tie


def test_a_party_named_twice_is_one_opinion_by_how_tied_each_mention_is():
    text = "Moscow backed the embargo, though Russia had earlier opposed it."
    one = Model(Answers(([0.8, 0.1, 0.1], 0.9), ([0.2, 0.7, 0.1], 0.3))).predict(text, min_probability=0.5)
    assert one[["mention", "stance"]].values.tolist() == [["Moscow", "support"]]
    assert one["probability"].item() == pytest.approx((0.8 * 0.9 + 0.2 * 0.3) / 1.2 * 0.9)
    other = Model(Answers(([0.8, 0.1, 0.1], 0.1), ([0.1, 0.8, 0.1], 0.9))).predict(text, min_probability=0.5)
    assert other[["mention", "stance"]].values.tolist() == [["Russia", "oppose"]]
    torn = Model(Answers(([0.9, 0.1, 0.0], 0.9), ([0.1, 0.9, 0.0], 0.9))).predict(text, min_probability=0.5)
    assert torn.empty


@settings(deadline=None)
@given(text=st.lists(st.sampled_from(PIECES), max_size=12).map("".join), everything=st.booleans())
def test_the_table_keeps_its_contract(model, text, everything):
    table = model.predict(text, everything=everything)
    check(table, text)
    if not everything:
        assert not table["stance"].eq("neutral").any()
        assert (table["probability"] >= model.classifier.threshold - 1e-4).all()


@settings(deadline=None, max_examples=30)
@given(
    drawn=st.lists(
        st.tuples(
            st.sampled_from([STORY, STORY[6:], "Colin Powell backed the invasion of Iraq. He called it right.", "Hi."]),
            st.sampled_from(["", "2003-02-05", "2003-03-20", "2024-11-01"]),
        ),
        max_size=8,
    )
)
def test_a_text_that_is_there_again_is_answered_each_time(model, drawn):
    documents = [Document(f"d{k}", date, text) for k, (text, date) in enumerate(drawn)]
    apart = [model.predict_batch([document], everything=True) for document in documents]
    together = model.predict_batch(iter(documents), everything=True)
    pd.testing.assert_frame_equal(together, pd.concat([empty_table(), *apart], ignore_index=True))


def test_a_text_that_is_there_again_is_read_by_what_its_document_is_about(model):
    vague = "Oslo pulled out."
    about = {"told": frozenset({"intervention"})}
    table = model.predict_batch(
        [Document(name, "", vague) for name in ("a", "told", "b")], min_probability=0.0, about=about
    )
    assert set(table["document"]) == {"told"}


def test_a_story(model):
    table = model.predict(STORY, document="story", date="2012-06-01", everything=True)
    check(table, STORY)
    assert {"Switzerland", "Italy", "France", "Russia", "United States", "Norway", "NATO"} <= set(table["party"])
    assert "Japan" not in set(table["party"])
    assert set(table["document"]) == {"story"}
    assert set(table["date"]) == {"2012-06-01"}
    assert table["start"].tolist() == sorted(table["start"])
    assert table["sentence_id"].str.fullmatch(r"story#\d+").all()
    assert table.groupby("sentence_id")["sentence"].nunique().eq(1).all()


def test_coordinated_actors_share_a_stance(model):
    table = model.predict("Bern, Rome and Oslo back the embargo on Mali.", min_probability=0.0).set_index("party")
    trio = table.loc[["Switzerland", "Italy", "Norway"]]
    assert trio["stance"].nunique() == 1
    assert trio["probability"].nunique() == 1


@pytest.mark.parametrize("text", ["", " \n", "Prices rose in Bern.", "Sanctions were lifted."])
def test_nothing_to_tell_gives_an_empty_table(model, text):
    table = model.predict(text, everything=True)
    assert tuple(table.columns) == COLUMNS
    assert table.empty
    assert table["start"].dtype == table["end"].dtype == np.int64
    assert table["probability"].dtype.kind == "f"
    assert not any(pd.api.types.is_numeric_dtype(table[c]) for c in COLUMNS if c not in ("start", "end", "probability"))


def test_a_weak_cue_is_read_only_in_a_document_on_its_topic(model):
    aside, topic = "France withdrew from Mali.", "Paris sent troops to Mali in 2013."
    alone = model.predict(aside, everything=True)
    assert alone.empty
    for text in (f"{topic} {aside}", f"{aside}\n\n{topic}"):
        table = model.predict(text, everything=True)
        assert aside in set(table["sentence"])
    told = model.predict_batch([Document("a", "", aside)], everything=True, about={"a": frozenset({"intervention"})})
    assert set(told["target"]) == {"intervention"}


def test_everything_adds_rows_and_changes_none(model, documents):
    plain, everything = (model.predict_batch(documents, everything=flag) for flag in (False, True))
    named = model.predict_batch(documents, min_probability=0.0)
    assert len(plain) < len(everything) < len(named)
    assert len(plain.merge(everything, on=list(COLUMNS))) == len(plain)
    assert set(everything["stance"]) == set(STANCES)


def test_a_neutral_actor_has_the_probability_that_it_takes_no_side(model, documents):
    rows = model.predict_batch(documents, everything=True)
    neutral = rows[rows["stance"] == "neutral"]
    assert len(neutral)
    assert (neutral["probability"] > 1 - 2 * model.classifier.threshold).all()


def test_a_bar_makes_nobody_neutral_and_holds_for_those_who_are(model, documents):
    rows, sure = (model.predict_batch(documents, everything=True, min_probability=p) for p in (None, 0.8))
    pd.testing.assert_frame_equal(sure, rows[rows["probability"] >= 0.8].reset_index(drop=True))


def test_a_higher_bar_leaves_fewer_stances(model, documents):
    tables = [model.predict_batch(documents, min_probability=bar) for bar in (0.0, 0.3, 0.6, 0.9, 1.1)]
    sizes = [len(table) for table in tables]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[2] > sizes[4] == 0
    assert (tables[2]["probability"] >= 0.6 - 1e-4).all()


def test_answers_do_not_hang_on_how_many_views_are_scored_at_once(model, documents, monkeypatch):
    whole = model.predict_batch(documents, everything=True)
    monkeypatch.setattr("pipeline.predict.TOKENS", 300)
    pd.testing.assert_frame_equal(model.predict_batch(documents, everything=True), whole)


@pytest.fixture(scope="module")
def one_by_one(model, documents):
    tables = [model.predict(d.text, document=d.document, date=d.date, everything=True) for d in documents]
    return pd.concat([table for table in tables if len(table)], ignore_index=True)


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_stream_is_its_documents_one_by_one(model, documents, one_by_one, size):
    stream = pd.concat(model.predict_stream(iter(documents), size=size, everything=True), ignore_index=True)
    pd.testing.assert_frame_equal(stream, one_by_one, check_dtype=False, atol=1e-4)


def test_a_stream_is_read_as_it_is_asked_for(model, documents):
    taken = []

    def source():
        for document in documents:
            taken.append(document)
            yield document

    stream = model.predict_stream(source(), size=5)
    assert taken == []
    next(stream)
    assert len(taken) == 5


def test_no_documents_no_tables(model):
    assert list(model.predict_stream([])) == []


def test_the_date_decides_for_whom_a_minister_speaks(model):
    text = "Hillary Clinton backs the embargo on Mali."
    parties = [
        model.predict(text, date=date, min_probability=0.0)["party"].iloc[0] for date in ("2012-01-01", "2022-01-01")
    ]
    assert parties == ["United States", "Hillary Clinton"]


def test_own_actors_extend_the_shipped_ones(model, tmp_path):
    own = tmp_path / "own.csv"
    own.write_text("party,kind,alias,type,short,since,until\nQorgland,state,Bern,capital,,,\nZorg,ngo,Zorg,name,,,\n")
    table = Model(model.classifier, own).predict("Bern and Zorg back Rome's embargo on Mali.", min_probability=0.0)
    assert set(table["party"]) == {"Qorgland", "Zorg", "Italy", "Mali"}


@pytest.fixture(scope="module")
def gold(unseen):
    return corpus.rows(unseen)


def test_classify_adds_a_stance_and_its_probabilities(model, gold):
    gold = gold.head(50).drop(columns="stance")
    before = gold.copy()
    told = model.classify(gold)
    assert gold.equals(before)
    assert told[list(gold.columns)].equals(gold)
    assert np.allclose(told[list(STANCES)].sum(axis=1), 1, atol=1e-5)
    assert (told["stance"] == told[list(STANCES)].idxmax(axis=1)).all()


def test_classify_does_not_peek_at_the_gold_stance(model, gold):
    gold = gold.head(50)
    assert model.classify(gold)["stance"].equals(model.classify(gold.assign(stance="oppose"))["stance"])


def test_classify_does_not_hang_on_the_order_of_sentences(model, gold):
    gold = gold.head(80)
    shuffled = gold.iloc[::-1]
    told = model.classify(shuffled).loc[gold.index]
    assert np.allclose(told[list(STANCES)], model.classify(gold)[list(STANCES)], atol=1e-6)


def test_the_small_model_beats_the_commonest_stance_on_unseen_sentences(model, gold):
    right = model.classify(gold)["stance"].eq(gold["stance"])
    assert right.mean() > gold["stance"].value_counts(normalize=True).max() + 0.1


def test_classify_refuses_a_mention_that_is_elsewhere(model):
    row = {"text": "Bern lifted the embargo.", "mention": "Bern", "start": 5, "party": "Switzerland"}
    with pytest.raises(InputError, match="not at character 5"):
        model.classify(pd.DataFrame([row | {"target": "sanctions"}]))


def test_explain_tells_rows_of_predict_and_of_classify(model):
    text = "Prices rose. Bern lifted the embargo on Mali."
    row = model.predict(text, min_probability=0.0).iloc[0]
    gold = {"text": row["sentence"], "mention": "Bern", "start": 0, "party": "Switzerland", "target": "sanctions"}
    from_predict, from_gold = model.explain(row), model.explain(gold | {"stance": row["stance"]})
    assert len(from_predict) > 10
    pd.testing.assert_frame_equal(from_predict, from_gold)
    assert from_predict["weight"].abs().is_monotonic_decreasing


def test_explain_takes_the_likeliest_stance_where_none_is_given(model):
    gold = {"text": "Bern lifted the embargo.", "mention": "Bern", "start": 0, "party": "Switzerland"}
    gold |= {"target": "sanctions"}
    stance = model.classify(pd.DataFrame([gold]))["stance"].iloc[0]
    pd.testing.assert_frame_equal(model.explain(gold), model.explain(gold | {"stance": stance}))


def test_explain_refuses_a_row_whose_mention_is_not_in_its_sentence(model):
    row = model.predict("Bern lifted the embargo on Mali.", min_probability=0.0).iloc[0]
    with pytest.raises(InputError, match="not in its sentence"):
        model.explain(dict(row) | {"mention": "Oslo"})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"stance": "for"}, "stance 'for' is unknown; use support, oppose, neutral"),
        ({"sentence": None}, "'Bern' is not in its sentence"),
        ({"mention": ""}, "'' is not in its sentence"),
        ({"target": "war"}, "target 'war'"),
        ({"text": "Oslo left."}, "'Bern' is not at character 0"),
    ],
)
def test_explain_tells_what_is_wrong_with_a_row(model, change, told):
    row = model.predict("Bern lifted the embargo on Mali.", min_probability=0.0).iloc[0]
    with pytest.raises(InputError, match=told):
        model.explain(dict(row) | change)


@pytest.mark.parametrize("stance", [None, "", float("nan")])
def test_explain_takes_an_empty_stance_for_none(model, stance):
    row = dict(model.predict("Bern lifted the embargo on Mali.", min_probability=0.0).iloc[0])
    known = row.pop("stance")
    explained = model.explain(row | {"stance": stance})
    assert known == "neutral" or explained.equals(model.explain(row | {"stance": known}))


def test_the_shipped_model_reads_real_news_better_than_a_plain_sentence_model(real_news):
    gold = corpus.rows(corpus.load(real_news))
    told = pipeline.load().classify(gold)["stance"]
    assert f1_score(gold["stance"], told, average="macro") > 0.6


TALE = "Norway held a summit in Bern. On Monday, it criticised the United Nations for its new sanctions on Mali."


def test_a_pronoun_is_an_actor_where_the_document_tells_whose(model):
    table = model.predict(TALE, min_probability=0.0)
    check(table, TALE)
    row = table[table["party"] == "Norway"].iloc[0]
    assert (row["mention"], row["start"], row["sentence_id"]) == ("it", TALE.index(" it ") + 1, "text#1")
    alone = model.predict(row["sentence"], min_probability=0.0)
    assert "Norway" not in set(alone["party"])
    assert len(alone) == len(table) - 1


def test_a_pronoun_is_no_second_row_for_its_party(model):
    text = "Norwegian minister Ola Berg spoke. He said Norway would lift the embargo on Mali."
    table = model.predict(text, min_probability=0.0)
    check(table, text)
    assert table["party"].tolist().count("Norway") == 1


def test_a_pronoun_needs_its_own_document(model):
    first, second = TALE.split(". ", 1)
    apart = model.predict_batch([Document("a", "", first), Document("b", "", second)], min_probability=0.0)
    assert "Norway" not in set(apart["party"])


def test_a_pronouns_reasons_are_read_at_the_pronoun_and_not_inside_a_word(model):
    row = model.predict(TALE, min_probability=0.0).query("party == 'Norway'").iloc[0]
    gold = {"text": row["sentence"], "mention": "it", "start": row["sentence"].index(" it ") + 1, "party": "Norway"}
    gold |= {"target": row["target"], "stance": row["stance"]}
    pd.testing.assert_frame_equal(model.explain(row), model.explain(gold))
