import json
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import corpus
from pipeline.annotation import (
    LABELLING,
    from_label_studio,
    from_table,
    mention_offsets,
    read,
    to_label_studio,
)
from pipeline.errors import InputError

TEXT = "Paris wants sanctions; this week Moscow vetoes sanctions and Moscow's ally Mali expects an invasion."
PREDICTIONS = pd.DataFrame(
    [
        ("Paris", 100, "France", "sanctions", "support", 0.9),
        ("Moscow", 133, "Russia", "sanctions", "oppose", 0.8),
        ("Mali", 175, "Mali", "intervention", "neutral", 0.6),
        ("Mali", 175, "Mali", "sanctions", "neutral", 0.7),
    ],
    columns=["mention", "start", "party", "target", "stance", "probability"],
).assign(document="a.txt", date="2014-03-18", sentence_id="a.txt#2", sentence=TEXT)


def submitted(tasks, annotator=1):
    """Make of pre-annotated tasks what Label Studio exports once an annotator has submitted them unchanged."""
    return [
        {
            "id": number,
            "data": task["data"],
            "predictions": task["predictions"],
            "annotations": [
                {"completed_by": annotator, "was_cancelled": False, "result": task["predictions"][0]["result"]}
            ],
        }
        for number, task in enumerate(json.loads(json.dumps(tasks)), 1)
    ]


# Where a mention stands ------------------------------------------------------------------------------------------


def test_offsets_into_the_document_become_offsets_into_the_sentence():
    assert mention_offsets(PREDICTIONS).tolist() == [0, 33, 75, 75]


def test_offsets_into_the_sentence_stay():
    table = PREDICTIONS.assign(start=[0, 61, 75, 75])
    assert mention_offsets(table).tolist() == [0, 61, 75, 75]
    assert mention_offsets(table.iloc[[1]]).tolist() == [61]


def test_a_mention_is_a_word_and_not_a_part_of_one_if_it_can():
    table = pd.DataFrame({"mention": ["Mali", "Oman"], "start": [0, 0], "sentence_id": ["a", "b"]})
    table["sentence"] = ["Somalia and Mali", "Romania"]
    assert mention_offsets(table).tolist() == [12, -1]
    assert mention_offsets(table.assign(sentence=["Somalia", "Oman"], mention=["mali", "Oman"])).tolist() == [2, 0]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(["Mali", "Oman", "and", "Chad"]), min_size=1, max_size=8), st.integers(0, 300), st.data()
)
def test_two_different_mentions_are_enough_to_place_a_sentence(words, before, data):
    sentence = " ".join([*words, "Cuba"])
    start = sentence.index("Cuba") + before
    picked = data.draw(st.integers(0, len(words) - 1))
    place = sum(len(word) + 1 for word in words[:picked])
    table = pd.DataFrame({"mention": ["Cuba", words[picked]], "start": [start, place + before]})
    table = table.assign(sentence=sentence, sentence_id="x")
    assert mention_offsets(table).tolist() == [sentence.index("Cuba"), place]


# Label Studio ----------------------------------------------------------------------------------------------------


def test_a_task_is_what_label_studio_documents():
    (task,) = to_label_studio(PREDICTIONS)
    assert task["data"] == {"text": TEXT, "sentence_id": "a.txt#2", "document_id": "a.txt", "date": "2014-03-18"}
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.6
    controls = {tag.get("name"): tag for tag in ElementTree.fromstring(LABELLING).iter() if tag.get("name")}
    stances = {tag.get("value") for tag in ElementTree.fromstring(LABELLING).iter("Relation")}
    labels = {tag.get("value") for tag in controls["label"]}
    regions = {}
    for result in prediction["result"]:
        if result["type"] == "relation":
            assert {result["from_id"], result["to_id"]} <= regions.keys()
            assert result["direction"] == "right"
            assert set(result["labels"]) <= stances
            continue
        assert controls[result["from_name"]].get("toName") == result["to_name"] == "text"
        value = result["value"]
        if result["type"] == "labels":
            assert TEXT[value["start"] : value["end"]] == value["text"]
            assert set(value["labels"]) <= labels
            regions[result["id"]] = value
        else:
            assert result["type"] == "textarea"
            assert regions[result["id"]].items() >= {"start": value["start"], "end": value["end"]}.items()


def test_a_stance_points_at_the_nearest_cue_of_its_target():
    (task,) = to_label_studio(PREDICTIONS)
    result = task["predictions"][0]["result"]
    regions = {one["id"]: one["value"] for one in result if one["type"] == "labels"}
    arrows = [
        (regions[one["from_id"]]["text"], regions[one["to_id"]]["start"], one["labels"][0])
        for one in result
        if one["type"] == "relation"
    ]
    first, second, force = TEXT.index("sanctions"), TEXT.rindex("sanctions"), TEXT.index("invasion")
    assert arrows == [
        ("Paris", first, "support"),
        ("Moscow", second, "oppose"),
        ("Mali", force, "neutral"),
        ("Mali", second, "neutral"),
    ]
    assert len(regions) == 6


def test_without_a_cue_the_sentence_is_the_target():
    table = PREDICTIONS.head(1).assign(sentence="Paris agrees.")
    (task,) = to_label_studio(table)
    assert [
        one["value"]["text"]
        for one in task["predictions"][0]["result"]
        if one["type"] == "labels" and one["value"]["labels"] == ["sanctions"]
    ] == ["Paris agrees."]


def test_a_lost_mention_is_named():
    with pytest.raises(InputError, match="row 2: 'Minsk'"):
        to_label_studio(PREDICTIONS.assign(mention=["Paris", "Minsk", "Mali", "Mali"]))


def test_what_goes_out_unchanged_comes_back_as_a_corpus(tmp_path):
    corpus.save(from_label_studio(submitted(to_label_studio(PREDICTIONS))), tmp_path)
    back = corpus.load(tmp_path)
    assert back.sentences.values.tolist() == [["a.txt#2", "a.txt", "2014-03-18", TEXT]]
    columns = ["party", "target", "stance"]
    assert back.stances[columns].values.tolist() == PREDICTIONS[columns].values.tolist()
    assert back.stances["start"].tolist() == [0, 33, 75, 75]


def test_corrections_count_whichever_way_an_arrow_is_drawn():
    (task,) = submitted(to_label_studio(PREDICTIONS.head(2)))
    result = task["annotations"][0]["result"]
    relations = [one for one in result if one["type"] == "relation"]
    relations[0]["labels"] = ["neutral"]
    relations[1]["from_id"], relations[1]["to_id"] = relations[1]["to_id"], relations[1]["from_id"]
    parties = [one for one in result if one["type"] == "textarea"]
    parties[0]["value"]["text"] = "  Gaullists "
    result.remove(parties[1])
    made = from_label_studio([task]).stances
    assert made[["mention", "party", "stance"]].values.tolist() == [
        ["Paris", "Gaullists", "neutral"],
        ["Moscow", "Russia", "oppose"],
    ]


def test_a_submitted_task_without_relations_is_an_off_topic_sentence_and_an_open_one_is_none():
    tasks = submitted(
        to_label_studio(
            pd.concat([PREDICTIONS, PREDICTIONS.assign(sentence_id="b"), PREDICTIONS.assign(sentence_id="c")])
        )
    )
    tasks[0]["annotations"][0]["result"] = []
    tasks[1]["annotations"] = []
    tasks[2]["annotations"][0]["was_cancelled"] = True
    made = from_label_studio(tasks)
    assert made.sentences["sentence_id"].tolist() == ["a.txt#2"]
    assert made.stances.empty
    with pytest.raises(InputError, match="no submitted annotation"):
        from_label_studio(tasks[1:])


def test_one_of_several_annotators_is_chosen_by_number_or_address():
    (task,) = submitted(to_label_studio(PREDICTIONS))
    task["annotations"].append({"completed_by": {"id": 7, "email": "ann@example.org"}, "result": []})
    with pytest.raises(InputError, match=r"a\.txt#2: annotated 2 times \(by 1, ann@example\.org\).*--annotator"):
        from_label_studio([task])
    assert len(from_label_studio([task], "1").stances) == 4
    assert from_label_studio([task], "7").stances.empty
    assert from_label_studio([task], "ann@example.org").stances.empty


def test_all_faults_of_an_export_are_named_at_once():
    (task,) = submitted(to_label_studio(PREDICTIONS))
    result = task["annotations"][0]["result"]
    relations = [one for one in result if one["type"] == "relation"]
    relations[0]["labels"] = []
    relations[1]["to_id"] = relations[1]["from_id"]
    result.remove(relations[2])
    result.remove(relations[3])
    with pytest.raises(InputError) as caught:
        from_label_studio([task])
    for fault in ("'Paris' has no single stance", "at 'Moscow' does not join", "actor 'Mali' has no stance"):
        assert fault in str(caught.value)


def test_an_export_without_relations_is_refused():
    with pytest.raises(InputError, match="as JSON"):
        from_label_studio([{"id": 1, "text": "Paris agrees.", "label": []}])


def test_an_export_is_read_from_its_file(tmp_path):
    path = tmp_path / "project.json"
    path.write_text(json.dumps(submitted(to_label_studio(PREDICTIONS))))
    assert len(read(path).stances) == 4
    for text in ("{", "[]", "7", '{"data": {}}'):
        path.write_text(text)
        with pytest.raises(InputError):
            read(path)
    with pytest.raises(InputError, match=r"none\.json"):
        read(tmp_path / "none.json")


# Tables ----------------------------------------------------------------------------------------------------------


def test_corrected_predictions_become_a_corpus(tmp_path):
    off_topic = {"sentence": "It rained.", "sentence_id": "a.txt#3", "document": "a.txt"}
    columns = ["document", "sentence_id", "sentence", "mention", "start", "party", "target", "stance"]
    rows = pd.concat([PREDICTIONS[columns].astype(str), pd.DataFrame([off_topic])])
    table = rows.astype(object).where(rows.notna(), "")
    corpus.save(from_table(table), tmp_path)
    back = corpus.load(tmp_path)
    assert back.sentences["sentence_id"].tolist() == ["a.txt#2", "a.txt#3"]
    assert back.stances["start"].tolist() == [0, 33, 75, 75]


def test_a_table_is_read_from_its_file_as_spreadsheets_write_it(tmp_path):
    path = tmp_path / "mine.csv"
    PREDICTIONS.to_csv(path, index=False, sep=";", encoding="utf-8-sig")
    assert read(path).stances["start"].tolist() == [0, 33, 75, 75]


def test_a_bare_table_gets_ids_for_its_sentences():
    table = pd.DataFrame(
        {"text": ["Paris agrees.", "Rome waits.", "Paris agrees."], "mention": ["Paris", "Rome", "Paris"]}
    )
    table = table.assign(party="X", target=["sanctions", "sanctions", "intervention"], stance="support")
    made = from_table(table)
    assert made.sentences["sentence_id"].tolist() == ["sentence-1", "sentence-2"]
    assert made.stances["sentence_id"].tolist() == ["sentence-1", "sentence-2", "sentence-1"]


def test_all_faults_of_a_table_are_named_at_once():
    table = PREDICTIONS.assign(mention=["Paris", "Minsk", "Mali", "Riga"], sentence=[TEXT, TEXT, TEXT, TEXT + "!"])
    with pytest.raises(InputError, match=r"row 2: 'Minsk'.*row 4: 'Riga'.*'a\.txt#2' has 2 texts"):
        from_table(table)
    with pytest.raises(InputError, match="'party'"):
        from_table(PREDICTIONS.drop(columns="party"))


def places(value, path=()):
    """Give the way to each value within a JSON document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    yield path
    for key, one in inner:
        yield from places(one, (*path, key))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_an_export_that_was_tampered_with_is_read_or_told(data):
    tasks = submitted(to_label_studio(PREDICTIONS))
    *way, last = data.draw(st.sampled_from([path for path in places(tasks) if len(path) > 1]))
    at = tasks
    for key in way:
        at = at[key]
    at[last] = data.draw(st.sampled_from([None, 0, -1.5, "", "nonsense", [], [None], {}, {"id": []}, True]))
    try:
        from_label_studio(tasks)
    except InputError as fault:
        assert "\n" not in str(fault)


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a": NaN', "\ufeff", "[[1]]", '"tasks"', "1" * 5_000])
def test_what_is_no_export_is_told(tmp_path, text):
    path = tmp_path / "export.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as fault:
        read(path)
    assert "\n" not in str(fault.value)
