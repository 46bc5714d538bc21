"""The quality benchmark, on small samples and without the transformers."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from benchmarks import encoders, quality
from pipeline import corpus
from pipeline.corpus import Corpus
from pipeline.errors import InputError
from pipeline.lexicon import STANCES

SAMPLE = 120
stances = st.sampled_from(STANCES)


@pytest.fixture(scope="module")
def few(news):
    """Give some retold sentences, which have dates, and some rewired ones, which have none."""
    names = news.sentences["sentence_id"]
    some = pd.concat([news.sentences[names.str.startswith(f"{kind}-")][:SAMPLE] for kind in ("retold", "rewire")])
    return Corpus(some, news.stances[news.stances["sentence_id"].isin(some["sentence_id"])])


@pytest.fixture(scope="module")
def real(few):
    """Give news that the sentences of `few` retell: here, their very words under the ids of the originals."""
    sets = {}
    for source, original in quality.RETELLS.items():
        inside, tied = (t[t["sentence_id"].str.startswith(f"{source}-")] for t in (few.sentences, few.stances))
        sets[original] = Corpus(
            *(t.assign(sentence_id=t["sentence_id"].str.replace(source, original)) for t in (inside, tied))
        )
    return sets


@pytest.fixture(scope="module")
def folds(few, real):
    return quality.make_folds(few, real)


@given(st.lists(st.tuples(stances, stances, st.integers(0, 5)), min_size=1, max_size=40))
def test_scores_are_those_of_scikit_learn(rows):
    table = pd.DataFrame(rows, columns=["gold", "answer", "sentence_id"]).astype({"sentence_id": str})
    scores = quality.metrics(quality.confusion(table, "answer").sum(axis=0))
    by_stance = f1_score(table["gold"], table["answer"], labels=list(STANCES), average=None, zero_division=0.0)
    assert scores["accuracy"] == pytest.approx(accuracy_score(table["gold"], table["answer"]))
    assert scores["macro_f1"] == pytest.approx(by_stance.mean())
    assert [scores[f"{stance}_f1"] for stance in STANCES] == pytest.approx(by_stance.tolist())


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_a_difference_is_paired_and_shrinks_to_nothing_for_equals(seed):
    random = np.random.default_rng(seed)
    gold = random.choice(STANCES, 300)
    table = pd.DataFrame({"sentence_id": random.integers(0, 150, 300).astype(str), "gold": gold})
    table["good"] = np.where(random.random(300) < 0.9, gold, "neutral")
    table["same"] = table["good"]
    table["poor"] = random.choice(STANCES, 300)
    scores = quality.compare(table, ["good", "same", "poor"], "good")
    assert scores["same"]["difference"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert scores["poor"]["difference"]["high"] < 0
    for measure in scores["good"].values():
        assert measure["low"] <= measure["value"] <= measure["high"]


def test_no_fold_learns_what_retells_its_news(few, real, folds):
    tested = {name: [] for name in real}
    for fold in folds:
        learnt = set(fold.learnt.sentences["sentence_id"])
        for name, test in fold.tests.items():
            tested[name] += test.sentences["sentence_id"].tolist()
            source = next(s for s, original in quality.RETELLS.items() if original == name)
            assert not learnt & {i.replace(name, source) for i in test.sentences["sentence_id"]}
        assert len(learnt) == len(few.sentences) - sum(len(t.sentences) for t in fold.tests.values())
        assert set(fold.learnt.stances["sentence_id"]) <= learnt
    for name, news in real.items():
        assert sorted(tested[name]) == sorted(news.sentences["sentence_id"])


def test_a_month_of_news_is_in_one_fold(folds):
    places = [{date[:7] for date in fold.tests["wcep"].sentences["date"]} for fold in folds]
    assert all(places)
    assert sum(map(len, places)) == len(set.union(*places))


def test_the_shipped_corpus_is_split_by_document(few):
    folds = quality.make_folds(few, {})
    names = [set(fold.tests["shipped corpus"].sentences["document_id"]) for fold in folds]
    assert sum(map(len, names)) == few.sentences["document_id"].nunique()
    for fold, held_out in zip(folds, names, strict=True):
        assert not held_out & set(fold.learnt.sentences["document_id"])


@pytest.mark.parametrize("inside", [".", "wcep", "news/wcep"])
def test_real_news_is_found_where_it_lies(real, tmp_path, inside):
    folder = tmp_path / "wcep" / inside
    folder.mkdir(parents=True, exist_ok=True)
    corpus.save(real["wcep"], folder)
    found = quality.real_news(tmp_path / "wcep")
    assert list(found) == ["wcep"]
    assert len(found["wcep"].sentences) == len(real["wcep"].sentences)


def test_a_folder_without_news_is_named(tmp_path):
    with pytest.raises(InputError, match=r"STANCE_REAL_NEWS=.*no sentences.csv"):
        quality.real_news(tmp_path)


def test_the_recipe_beats_the_majority_and_answers_every_row(folds):
    named = quality.models(with_torch=False, epochs=1)
    runs = {name: [quality.run(learn, folds[0])] for name, learn in named.items()}
    report = quality.figures(runs)
    for scores in report["sets"].values():
        assert list(scores) == list(named)
        assert scores["majority class"]["difference"]["value"] < 0
    asked = sum(len(test.stances) for test in folds[0].tests.values())
    assert all(len(done[0].answers) == asked for done in runs.values())
    assert report["costs"][quality.SHIPPED]["rows_per_second"] > 0


def test_tuples_found_in_the_text_alone_are_scored_as_stance_evaluate_scores_them(real, folds, tmp_path):
    model = quality.shipped(folds[0].learnt)
    for name, test in folds[0].tests.items():
        corpus.save(test, tmp_path / name)
        counts = model.tuples(test)
        expected = quality.evaluate.evaluate(model.model, [tmp_path / name])["extraction"]
        assert counts["sentence_id"].tolist() == test.sentences["sentence_id"].tolist()
        assert counts["found"].sum() == expected["n_predicted"] > 0
        assert counts["gold"].sum() == expected["n_gold"] > 0
        scores = quality.overlap(counts[["hits", "found", "gold"]].to_numpy(dtype=float))
        for measure, score in scores.items():
            assert score["value"] == pytest.approx(expected[measure], abs=1e-4)
            assert score["low"] <= score["value"] <= score["high"]


def test_a_model_that_has_not_run_everywhere_is_compared_on_its_folds(folds):
    def done(fold, stance):
        rows = pd.concat([corpus.rows(test).assign(set=name) for name, test in fold.tests.items()])
        answers = rows[["set", "sentence_id"]].assign(gold=rows["stance"], answer=stance or rows["stance"])
        tuples = answers[["set", "sentence_id"]].assign(hits=1, found=2, gold=1)
        return quality.Run(answers, 1.0, 1.0, 1.0, tuples)

    runs = {quality.SHIPPED: [done(fold, None) for fold in folds], "half": [done(folds[0], None)]}
    report = quality.figures(runs)
    assert report["tuples"]["wcep"]["precision"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    scores = report["sets"]["wcep"]
    assert scores["half"]["folds"] == 1
    assert scores["half"]["rows"] == len(folds[0].tests["wcep"].stances)
    assert scores["half"]["difference"]["value"] == 0


def test_ablation_leaves_out_each_view_and_source(few, folds, monkeypatch):
    monkeypatch.setattr(quality, "SHARES", (50,))
    fitted = []
    report = quality.ablate([folds[0]], fitted.append)
    names = {quality.SHIPPED, "50 % of the documents"}
    names |= {f"without view {view}" for view in quality.VIEWS}
    names |= {f"without source {source}" for source in quality.RETELLS}
    assert len(fitted) == len(names)
    for scores in report["sets"].values():
        assert set(scores) == names
        assert scores[quality.SHIPPED]["difference"]["value"] == 0
        assert any(s["difference"]["value"] != 0 for s in scores.values())


def test_a_source_is_left_out_whole_however_its_parts_are_numbered():
    ids = ["written-1-001", "written-2-001", "pattern-001-01", "pattern-002-01", "retold-1"]
    rows = pd.DataFrame({"sentence_id": ids, "group": ids, **dict.fromkeys(quality.VIEWS, "")})
    left = {name: len(some) for name, some, _ in quality._variants(rows) if name.startswith("without source")}
    assert left == {"without source written": 3, "without source pattern": 3, "without source retold": 4}


def test_the_command_writes_figures_and_no_sentence(few, real, tmp_path, monkeypatch, capsys):
    for name, news in real.items():
        folder = tmp_path / "news" / name
        folder.mkdir(parents=True)
        corpus.save(news, folder)
    monkeypatch.setenv(quality.REAL_NEWS, str(tmp_path))
    monkeypatch.setattr(
        quality, "models", lambda with_torch, epochs: {quality.SHIPPED: quality.shipped, "cue rule": quality.cue_rule}
    )
    assert quality.main(["--without-torch", "--sample", "80", "--output", str(tmp_path / "out")]) == 0
    written = (tmp_path / "out" / "quality-real-without-torch-sample80.md").read_text()
    assert written in capsys.readouterr().out
    assert "80 sentences of wcep and 80 sentences of wire" in written
    report = json.loads((tmp_path / "out" / "quality-real-without-torch-sample80.json").read_text())
    assert all(scores["folds"] == quality.FOLDS for kind in report["sets"].values() for scores in kind.values())
    assert [report["tuples"][name]["sentences"] for name in real] == [80, 80]
    assert written.count("tuples of sentence, party, target and stance") == len(real)
    text = json.dumps(report) + written
    assert not any(sentence in text for sentence in few.sentences["text"])


def test_what_is_missing_for_the_transformers_is_said(monkeypatch, capsys):
    monkeypatch.setattr(encoders, "PACKAGES", ("no_such_package",))
    assert quality.main(["--sample", "20"]) == 2
    assert "--without-torch" in capsys.readouterr().err


@given(st.text(max_size=20), st.text(min_size=1, max_size=10), st.text(max_size=20))
def test_the_actor_is_marked_in_place(left, mention, right):
    text = encoders.marked(left + mention + right, mention, len(left))
    assert text.startswith(f"{left}{encoders.OPENING} {mention} ")
    assert text.replace(f"{encoders.OPENING} ", "", 1).replace(f" {encoders.CLOSING}", "", 1) == left + mention + right
