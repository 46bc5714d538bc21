"""Corrections become a corpus that is valid at every moment and that training takes."""

import json
import subprocess
import sys

import pytest
from filelock import FileLock
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline import corpus
from pipeline.errors import InputError
from pipeline.records import clean_text
from pipeline.train import training_rows
from pipeline.web.corrections import Correction, keep, prepare

VETO = "Moscow vetoed the sanctions\non Damascus that Paris had proposed."


def correction(sentence=VETO, **stances):
    rows = [
        {
            "mention": m,
            "start": sentence.index(m),
            "party": p,
            "target": "sanctions",
            "stance": stances.get(m, "neutral"),
        }
        for m, p in (("Moscow", "Russia"), ("Damascus", "Syria"), ("Paris", "France"))
    ]
    return {"document": "article-1", "date": "2012-02-04", "sentence": sentence, "stances": rows}


def post(client, known, stances=None):
    """Send a correction as the form of the page does."""
    stances = [row["stance"] for row in known["stances"]] if stances is None else stances
    return client.post("/corrections", data={"sentence": json.dumps(known), "stance": stances})


def test_a_correction_is_kept_as_a_corpus(make_client, tmp_path):
    client = make_client(corrections=tmp_path / "new" / "corrected")
    assert post(client, correction(), ["support", "neutral", "none"]).status_code == 201
    kept = corpus.load(tmp_path / "new" / "corrected")
    gold = corpus.rows(kept)
    assert gold[["text", "document_id", "date"]].drop_duplicates().values.tolist() == [
        [VETO, "article-1", "2012-02-04"]
    ]
    assert gold[["party", "stance"]].values.tolist() == [["Russia", "support"], ["Syria", "neutral"]]


def test_training_takes_it_and_learns_who_is_not_tied(tmp_path, reader):
    keep(tmp_path, Correction(**correction(Moscow="oppose", Paris="none")))
    rows = training_rows(reader, corpus.load([tmp_path]))
    assert sorted(rows["stance"]) == ["", "neutral", "oppose"]


def test_the_last_correction_of_a_sentence_stands(tmp_path):
    other = VETO.replace("vetoed", "backed")
    for known in (correction(Moscow="support"), correction(other, Moscow="oppose"), correction(Moscow="neutral")):
        keep(tmp_path, Correction(**known))
    gold = corpus.rows(corpus.load(tmp_path))
    assert gold.loc[gold["mention"] == "Moscow", ["text", "stance"]].values.tolist() == [
        [other, "oppose"],
        [VETO, "neutral"],
    ]


def test_a_sentence_without_ties_is_kept_as_off_topic(tmp_path):
    keep(tmp_path, Correction(**correction(Moscow="none", Damascus="none", Paris="none")))
    kept = corpus.load(tmp_path)
    assert (len(kept.sentences), len(kept.stances)) == (1, 0)
    keep(tmp_path, Correction(**correction()))
    assert len(corpus.load(tmp_path).stances) == 3


def test_a_prepared_folder_is_an_empty_corpus(tmp_path):
    prepare(tmp_path / "corrected")
    assert corpus.load(tmp_path / "corrected").sentences.empty
    keep(tmp_path / "corrected", Correction(**correction()))
    prepare(tmp_path / "corrected")
    assert len(corpus.load(tmp_path / "corrected").sentences) == 1


def test_a_folder_with_faults_is_refused_and_left_alone(tmp_path):
    prepare(tmp_path)
    (tmp_path / "sentences.csv").write_text("nonsense")
    with pytest.raises(InputError, match="fault"):
        prepare(tmp_path)
    assert (tmp_path / "sentences.csv").read_text() == "nonsense"


def test_what_cannot_be_kept_is_said(make_client, tmp_path, monkeypatch):
    client = make_client(corrections=tmp_path)
    monkeypatch.setattr("pipeline.web.corrections._PATIENCE", 0.05)
    with FileLock(tmp_path / ".lock"):
        response = post(client, correction())
    assert response.status_code == 507
    assert "another process holds it" in response.json()["detail"]
    (tmp_path / "stances.csv").write_text("nonsense")
    assert post(client, correction()).status_code == 507
    assert (tmp_path / "stances.csv").read_text() == "nonsense"


def test_several_processes_keep_every_correction(tmp_path):
    code = (
        "import sys; from pathlib import Path; from pipeline.web.corrections import Correction, keep\n"
        "row = {'mention': 'NATO', 'start': 0, 'party': 'NATO', 'target': 'intervention', 'stance': 'oppose'}\n"
        "folder, name = sys.argv[1:]\n"
        "for k in range(15):\n"
        "    keep(Path(folder), Correction(document=name, sentence=f'NATO left {name} {k}.', stances=[row]))\n"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in ("a", "b")]
    try:
        while any(process.poll() is None for process in processes):
            if (tmp_path / "stances.csv").exists():
                corpus.load(tmp_path)  # sound, whoever is writing
    finally:
        statuses = [process.wait() for process in processes]
    assert statuses == [0, 0]
    kept = corpus.load(tmp_path)
    assert (len(kept.sentences), len(kept.stances)) == (30, 30)


@pytest.mark.parametrize(
    "change",
    [
        {"sentence": "Something else."},
        {"sentence": ""},
        {"document": " "},
        {"date": "yesterday"},
        {"stances": []},
        {"stances": [correction()["stances"][0]] * 2},
        {"stances": [correction()["stances"][0] | {"start": 1}]},
        {"stances": [correction()["stances"][0] | {"start": -1}]},
        {"stances": [correction()["stances"][0] | {"party": " "}]},
        {"stances": [correction()["stances"][0] | {"target": "tariffs"}]},
        {"sentence": "Moscow\0 vetoed it.", "stances": [correction()["stances"][0]]},
    ],
)
def test_what_is_unsound_is_refused(make_client, tmp_path, change):
    client = make_client(corrections=tmp_path)
    response = post(client, correction() | change)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert corpus.load(tmp_path).sentences.empty


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"sentence": "{"},
        {"sentence": "[]"},
        {"sentence": "3", "stance": "support"},
        {"sentence": '{"stances": 3}', "stance": "support"},
        {"sentence": '{"stances": [3]}', "stance": "support"},
        {"sentence": json.dumps(correction()), "stance": ["support"]},
        {"sentence": json.dumps(correction()), "stance": ["support"] * 4},
        {"sentence": json.dumps(correction()), "stance": ["support", "oppose", "perhaps"]},
        {"sentence": "[" * 50_000},
    ],
)
def test_another_form_is_refused(make_client, tmp_path, data):
    assert make_client(corrections=tmp_path).post("/corrections", data=data).status_code == 422


def test_nothing_is_kept_unless_asked_for(make_client, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    client = make_client()
    assert "Correct</summary>" not in client.get("/example").text
    assert "--corrections" in post(client, correction()).json()["detail"]
    assert list(tmp_path.iterdir()) == []


written = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
row = st.fixed_dictionaries(
    {
        "party": written,
        "target": st.sampled_from(["sanctions", "intervention"]),
        "stance": st.sampled_from(["support", "oppose", "neutral", "none"]),
    }
)


@settings(max_examples=25, deadline=None)
@given(written, written, written, st.lists(row, min_size=1, max_size=3))
def test_whatever_is_accepted_is_a_sound_corpus_with_those_words(tmp_path_factory, before, mention, after, rows):
    sentence = before + mention + after
    stances = [row | {"mention": mention, "start": len(before)} for row in rows]
    try:
        accepted = Correction(document="a", sentence=sentence, stances=stances)
    except ValidationError:
        names = [sentence, *(row["party"] for row in rows)]
        repeated = len({(row["party"], row["target"]) for row in rows}) < len(rows)
        assert repeated or any(clean_text(name) != name or not name.strip() for name in names)
        return
    folder = tmp_path_factory.mktemp("corrected")
    keep(folder, accepted)
    gold = corpus.rows(corpus.load(folder))
    assert corpus.load(folder).sentences["text"].tolist() == [sentence]
    assert gold["party"].tolist() == [row["party"] for row in rows if row["stance"] != "none"]
