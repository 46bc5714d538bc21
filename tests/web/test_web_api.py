"""The API answers what `stance predict` answers, says why, and refuses with problem details."""

import json
import threading

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.web.analysis import Analyst
from pipeline.web.problems import Problem
from pipeline.web.settings import Limits

VETO = "Moscow vetoed the sanctions on Damascus that Paris had proposed."
WORDS = ["Moscow", "Paris", "vetoed", "sanctions", "troops", "will not send", ".", "\n", "é", "\0", "🎈", "to Mali"]


def rows(response):
    assert response.status_code == 200, response.text
    return response.json()["stances"]


def assert_problem(response, status):
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    return problem["detail"]


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("?all=true", {"everything": True}),
        ("?min_probability=0", {"min_probability": 0.0}),
        ("?min_probability=0.7", {"min_probability": 0.7}),
    ],
)
def test_one_text_gives_the_rows_of_predict(client, analyst, query, options):
    text = f"{VETO}\n\nNATO ruled out sending troops 🎈 to Syria, but Ankara sent tanks."
    expected = analyst.model.predict(text, document="a", date="2012-02-04", **options)
    assert len(expected) > 1
    found = rows(client.post(f"/v1/stances{query}", json={"text": text, "document": "a", "date": "2012-02-04"}))
    assert [{k: v for k, v in row.items() if k != "reasons"} for row in found] == expected.to_dict("records")


def test_several_texts_keep_their_ids_dates_and_order(client):
    body = [{"text": VETO, "document": "b", "date": "2012-02-04"}, {"text": VETO}, {"text": "Nothing."}, {"text": VETO}]
    found = rows(client.post("/v1/stances", json=body))
    assert list(dict.fromkeys((row["document"], row["date"]) for row in found)) == [
        ("b", "2012-02-04"),
        ("text-2", ""),
        ("text-4", ""),
    ]


def test_a_date_tells_who_held_an_office(client, lexicons):
    text = "Foreign Minister Davutoglu backed the sanctions."
    now, then = (rows(client.post("/v1/stances", json={"text": text, "date": d})) for d in ("2024-05-01", "2012-05-01"))
    assert [row["party"] for row in then] == ["Turkey"]
    assert [row["party"] for row in now] != ["Turkey"]


def test_reasons_are_those_of_explain(client, analyst):
    text = f"{VETO} Ankara will not send troops to Mali. Oslo joined the embargo."
    found = rows(client.post("/v1/stances?all=true&reasons=50", json={"text": text}))
    assert len({row["stance"] for row in found}) == 3
    for row in found:
        expected = analyst.model.explain({k: v for k, v in row.items() if k != "reasons"}).head(50)
        assert [reason["weight"] for reason in row["reasons"]] == pytest.approx(expected["weight"].tolist(), abs=1e-5)
        named = set(zip(expected["view"], expected["ngram"], strict=True))
        assert {(reason["view"], reason["ngram"]) for reason in row["reasons"][:20]} <= named


def test_fewer_reasons_are_the_strongest(client):
    three, ten = (rows(client.post(f"/v1/stances?reasons={n}", json={"text": VETO})) for n in (3, 10))
    assert [row["reasons"][:3] for row in ten] == [row["reasons"] for row in three]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "text"),
        ([], "body"),
        ({"text": 3}, "text"),
        ({"text": None}, "text"),
        ({"text": "x", "txt": "y"}, "txt"),
        ({"text": "x", "date": "18 March 2014"}, "date"),
        ({"text": "x", "date": "2014-02-31"}, "date"),
        ({"text": "x", "document": "x" * 201}, "document"),
        ([{"text": "x"}, {"text": {}}], "1.text"),
        ("x", "body"),
        ([{"text": "x"}] * 101, "body"),
        ({"text": "x" * 300_001}, "text"),
    ],
)
def test_a_field_at_fault_is_named(client, body, where):
    response = client.post("/v1/stances", json=body)
    assert where in assert_problem(response, 422)
    assert any(where in error["where"] for error in response.json()["errors"])


@pytest.mark.parametrize(
    "query",
    ["min_probability=2", "min_probability=nan", "min_probability=x", "reasons=-1", "reasons=51", "all=maybe"],
)
def test_a_wrong_option_is_named(client, query):
    assert query.partition("=")[0] in assert_problem(client.post(f"/v1/stances?{query}", json={"text": "x"}), 422)


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b'{"text": "\xff"}', 400),
        (b'{"text": "\\ud800"}', 422),
        (b"[" * 100_000, 400),
        (b'{"text": ' + b"9" * 5000 + b"}", 400),
        (b'{"text": NaN}', 422),
    ],
)
def test_what_is_no_json_is_refused(client, content, status):
    assert_problem(client.post("/v1/stances", content=content, headers={"content-type": "application/json"}), status)


def test_two_texts_of_one_id_are_refused(client):
    body = [{"text": "x", "document": "text-2"}, {"text": "y"}]
    assert "'text-2' stands twice" in assert_problem(client.post("/v1/stances", json=body), 409)


@pytest.mark.parametrize(("path", "method", "status"), [("/v2", "GET", 404), ("/v1/stances", "GET", 405)])
def test_other_addresses_and_methods_are_problems(client, path, method, status):
    assert_problem(client.request(method, path), status)


@pytest.mark.parametrize(
    ("limits", "body", "word"),
    [
        ({"characters": 50}, [{"text": "x" * 30}] * 2, "50 characters"),
        ({"strain": 1000}, {"text": "Moscow vetoed it. " + "Iran " * 10}, "longest has 49 characters"),
        ({"working": -1.0}, {"text": VETO}, "not done within"),
        ({"documents": 1}, [{"text": "x"}] * 2, "more than 1 texts"),
    ],
)
def test_more_than_a_request_may_ask_is_refused(make_client, limits, body, word):
    client = make_client(limits=Limits(**limits))
    assert word in assert_problem(client.post("/v1/stances", json=body), 413)


def test_a_crowd_is_turned_away(analyst):
    crowded = Analyst.__new__(Analyst)
    crowded.__dict__ = analyst.__dict__ | {"limits": Limits(waiting=1), "_turn": anyio.CapacityLimiter(1), "_taken": 0}
    done = threading.Event()
    statuses = []

    async def ask(work):
        try:
            statuses.append(await crowded.run(work))
        except Problem as problem:
            statuses.append(problem.status)
            done.set()

    async def crowd():
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(ask, lambda: done.wait(10))

    anyio.run(crowd)
    assert sorted(map(int, statuses)) == [1, 1, 429]


def test_the_model_tells_what_it_is(client, analyst):
    told = client.get("/v1/model").json()
    assert told["card"] == analyst.model.card
    assert told["limits"]["body"] == 2**20
    assert told["threshold"] == pytest.approx(analyst.model.classifier.threshold)


def test_a_sign_of_life(client):
    assert client.get("/healthz").json() == {"status": "ok"}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=10), max_size=30).map(" ".join))
def test_offsets_hold_in_any_text(client, text):
    if any(0xD800 <= ord(char) < 0xE000 for char in text):
        return
    for row in rows(client.post("/v1/stances?all=true&reasons=1", json={"text": text})):
        assert text[row["start"] : row["end"]] == row["mention"]


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["text", VETO]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "date", "document"]), inner),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(anything)
def test_no_body_is_a_fault_of_the_server(client, body):
    response = client.post("/v1/stances", content=json.dumps(body), headers={"content-type": "application/json"})
    assert response.status_code < 500
