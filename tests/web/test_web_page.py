"""The page without its script: paste or upload, read, filter, download; what comes from users stays text."""

import csv
import io
import json
import re
from html import unescape

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tables import render_table
from pipeline.web.settings import Limits
from pipeline.web.view import Filters

VETO = "Moscow vetoed the sanctions on Damascus that Paris had proposed."
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def buttons(page):
    """Give the stances that a page shows, each as its words."""
    found = re.findall(r'<button type="button" class="\w+".*?</button>', page, re.DOTALL)
    return [" ".join(unescape(re.sub("<[^>]+>", " ", button)).split()) for button in found]


def documents(page):
    return json.loads(unescape(re.search(r'name="documents" value="([^"]*)"', page)[1]))


@pytest.fixture(scope="module")
def in_veto(analyst):
    """Give the number of stances in that sentence."""
    return len(analyst.model.predict(VETO, everything=True))


def test_what_is_pasted_is_read(client, in_veto):
    page = client.post("/", data={"text": VETO, "date": "2012-02-04"}).text
    shown = buttons(page)
    assert len(shown) == in_veto > 1
    assert re.fullmatch("▼ Russia opposes sanctions \\d+ %", shown[0])
    assert '<mark class="sanctions">sanctions</mark>' in page
    assert re.search('<span class="actor" data-start="0">Moscow</span>', page)
    assert VETO in unescape(re.search("<textarea.*?</textarea>", page, re.DOTALL)[0])
    assert 'value="2012-02-04"' in page


def test_the_sentence_is_shown_as_it_was_written(client):
    text = "Words before.\n\nMoscow <b>vetoed</b>\nthe sanctions & left “Paris”.\n\nWords behind."
    page = client.post("/", data={"text": text.replace("\n", "\r\n")}).text
    sentence = re.search('<section class="sentence">\n<p>(.*?)</p>', page, re.DOTALL)[1]
    assert unescape(re.sub("<[^>]+>", "", sentence)) == "Moscow <b>vetoed</b>\nthe sanctions & left “Paris”."
    assert re.findall('<p class="between">(.*?)</p>', page) == ["Words before.", "Words behind."]


def test_the_words_that_decided_are_told_of_as_many_as_the_limit_says(client, make_client):
    def first_words(page):
        return [re.findall("<q>(.*?)</q>", why)[:1] for why in re.findall('<div class="why".*?</div>', page, re.DOTALL)]

    every = first_words(client.post("/", data={"text": VETO}).text)
    assert every[0] == ["vetoed"]
    with make_client(limits=Limits(explained=1)) as strict:
        assert first_words(strict.post("/", data={"text": VETO}).text) == [["vetoed"], *([] for _ in every[1:])]


def test_the_example_is_read(client):
    page = client.get("/example").text
    assert len(buttons(page)) > 10
    assert len(documents(page)) == 1


@pytest.mark.parametrize(
    ("name", "content", "ids"),
    [
        ("wire.txt", VETO.encode(), ["wire"]),
        ("wire.csv", f"id,text\na,{VETO}\nb,{VETO}\na,{VETO}\n".encode(), ["a", "b", "a (2)"]),
        ("wire.jsonl", (json.dumps({"text": VETO, "date": "2012"}) + "\n").encode() * 2, ["wire-1", "wire-2"]),
        ("WIRE.CSV", f"text\r\n{VETO}\r\n".encode("utf-16"), ["WIRE-1"]),
    ],
)
def test_files_are_read(client, in_veto, name, content, ids):
    page = client.post("/", data={"text": ""}, files={"file": (name, content)}).text
    assert [document for document, _, _ in documents(page)] == ids
    assert len(buttons(page)) == in_veto * len(ids)


def test_a_file_in_another_encoding_is_read_with_a_note(client, in_veto):
    page = client.post("/", files={"file": ("a.txt", "Málaga. ".encode("cp1252") + VETO.encode())}).text
    assert "not all UTF-8" in page
    assert len(buttons(page)) == in_veto


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.pdf", b"x", "not a kind of file read here"),
        ("a.csv.gz", b"x", "not a kind of file read here"),
        ("a.txt", b" \n", "empty"),
        ("a.csv", b"title\nx\n", "no column 'text'"),
        ("a.csv", b'text\n"x\n', "malformed CSV"),
        ("a.jsonl", b"[1]\n", "no JSON object"),
        ("a.csv", b"text\n" + b"x\n" * 101, "more than 100 texts"),
        ("a.txt", b"x" * 300_001, "more than 300,000 characters"),
        ("a.txt", b"Iran and " * 20_000, "put full stops or line breaks"),
    ],
)
def test_a_bad_file_is_said_on_the_page_which_keeps_the_text(client, name, content, said):
    response = client.post("/", data={"text": "kept words"}, files={"file": (name, content)})
    assert response.status_code in (413, 422)
    alert = re.search('role="alert"[^>]*>(.*?)</p>', response.text)[1]
    assert said in unescape(alert)
    assert "kept words" in response.text


@pytest.mark.parametrize("data", [{}, {"text": " \n"}, {"text": VETO, "date": "soon"}, {"documents": "[3]"}])
def test_a_bad_form_is_said_on_the_page(client, data):
    response = client.post("/", data=data)
    assert response.status_code == 422
    assert re.search('role="alert"[^>]*>[^<]+</p>', response.text)


def test_a_text_without_stances_says_so(client):
    assert "No stance on sanctions or intervention was found" in client.post("/", data={"text": "Rain fell."}).text


@pytest.fixture(scope="module")
def found(analyst):
    return analyst.model.predict(f"{VETO} Ankara will not send troops to Mali.", document="a", everything=True)


FILTERS = [
    ({}, Filters()),
    ({"actor": "Russia"}, Filters(actor="Russia")),
    ({"target": "intervention"}, Filters(target="intervention")),
    ({"stance": ["oppose", "neutral"]}, Filters(stances=("oppose", "neutral"))),
    ({"probability": "90"}, Filters(probability=0.9)),
    ({"actor": "Nobody"}, Filters(actor="Nobody")),
    ({"actor": "Turkey", "target": "sanctions"}, Filters(actor="Turkey", target="sanctions")),
]


@pytest.mark.parametrize(("fields", "filters"), FILTERS)
def test_filters_hold_on_the_page_and_in_downloads(client, found, fields, filters):
    text = f"{VETO} Ankara will not send troops to Mali."
    form = {"documents": json.dumps([["a", "", text]]), **fields}
    expected = filters.narrow(found)
    shown = buttons(client.post("/", data=form).text)
    assert [words.split()[1] for words in shown] == [party.split()[0] for party in expected["party"]]
    for kind in ("csv", "jsonl"):
        response = client.post(f"/download/{kind}", data=form)
        assert response.content == render_table(expected, kind)
        assert f'filename="stances.{kind}"' in response.headers["content-disposition"]


def test_a_filtered_sentence_is_still_corrected_as_a_whole(client, analyst):
    every = analyst.model.predict(VETO, everything=True)["party"].tolist()
    page = client.post("/", data={"text": VETO, "actor": "Russia"}).text
    assert len(buttons(page)) == 1
    known = json.loads(unescape(re.search('name="sentence" value="([^"]*)"', page)[1]))
    assert [row["party"] for row in known["stances"]] == every
    assert page.count('<select name="stance">') == len(every) > 1


def test_filters_keep_what_passes_and_only_that(found):
    for _, filters in FILTERS:
        kept = filters.narrow(found)
        rest = found.merge(kept, how="left", indicator=True).query("_merge == 'left_only'")
        for table, passes in ((kept, True), (rest, False)):
            for row in table.to_dict("records"):
                assert passes == (
                    filters.actor in ("", row["party"])
                    and filters.target in ("", row["target"])
                    and (not filters.stances or row["stance"] in filters.stances)
                    and row["probability"] >= filters.probability
                )


@pytest.mark.parametrize("probability", ["x", "-5", "nan", "1e9"])
def test_a_probability_that_is_none_does_no_harm(client, probability):
    assert client.post("/", data={"text": VETO, "probability": probability}).status_code == 200


def test_the_report_is_a_page_of_its_own(client):
    response = client.post("/download/html", data={"text": VETO})
    assert response.headers["content-disposition"].startswith("attachment")
    assert "<mark>Moscow</mark> vetoed" in response.text


def test_an_empty_result_downloads_as_a_table_with_its_head(client, found):
    rows = list(csv.reader(io.StringIO(client.post("/download/csv", data={"text": "Rain fell."}).text)))
    assert rows == [list(found.columns)]
    assert client.post("/download/html", data={"text": "Rain fell."}).status_code == 200


def test_another_kind_of_download_is_refused(client):
    assert client.post("/download/exe", data={"text": VETO}).status_code == 422


def test_errors_are_pages_for_browsers(client):
    response = client.get("/nothing", headers={"accept": "text/html,*/*"})
    assert response.status_code == 404
    assert 'role="alert"' in response.text


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"text": f"Moscow {HOSTILE} vetoed the sanctions {HOSTILE} on Damascus. {HOSTILE}"}},
        {"files": {"file": (f"{HOSTILE}.txt", VETO)}},
        {"files": {"file": (HOSTILE, VETO)}},
        {"files": {"file": ("a.csv", pd.DataFrame({"text": [VETO] * 2, "id": [HOSTILE] * 2}).to_csv())}},
        {"files": {"file": ("a.csv", pd.DataFrame({"text": [VETO], "date": [HOSTILE]}).to_csv())}},
        {"files": {"file": ("a.csv", f"{HOSTILE.replace(chr(34), '')}\nx\n")}},
        {"data": {"text": VETO, "actor": HOSTILE, "target": HOSTILE, "stance": HOSTILE, "probability": HOSTILE}},
        {"data": {"text": VETO, "date": HOSTILE}},
        {"data": {"documents": HOSTILE}},
        {"data": {"text": "Foreign Minister Bobby <script>alert(1)</script> Tables backed the sanctions on Mali."}},
        {"data": {"text": "General Onmouseover='alert(1)' Smith backed the sanctions on Mali."}},
    ],
)
@pytest.mark.parametrize("path", ["/", "/corrections"])
def test_markup_from_users_stays_text(client, tags_of, path, fields):
    response = client.post(path, headers={"accept": "text/html"}, **fields)
    assert response.status_code < 500
    for tag, attributes in tags_of(response.text):
        assert tag not in ("img", "iframe", "object")
        assert tag != "script" or attributes == {"src": "/static/page.js", "defer": None}
        assert not [name for name in attributes if name.startswith("on")]


def test_markup_from_users_stays_text_in_the_report(client, tags_of):
    table = pd.DataFrame({"text": [f"{HOSTILE} Moscow {HOSTILE} vetoed the sanctions."] * 2, "id": [HOSTILE] * 2})
    response = client.post("/download/html", files={"file": ("a.csv", table.to_csv())})
    assert response.status_code == 200
    tags = tags_of(response.text)
    assert not {"script", "img"} & {tag for tag, _ in tags}
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]


pieces = st.lists(st.sampled_from(["text", "id", ",", '"', "\n", "{", "}", ":", "Oslo joined the embargo."]))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["a.txt", "a.csv", "a.jsonl", "a.csv.gz", ".csv", "csv", "a\n.txt"]),
    st.binary(max_size=60) | pieces.map(lambda drawn: "".join(drawn).encode()),
)
def test_no_file_is_a_fault_of_the_server(client, name, content):
    for path in ("/", "/download/csv"):
        assert client.post(path, files={"file": (name, content)}).status_code in (200, 400, 422)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.sampled_from(["Moscow", "vetoed", "the sanctions", "<", "&", "\r", "\n", ".", "'"]) | st.text(max_size=5)
    )
)
def test_no_text_is_a_fault_of_the_server(client, words):
    text = " ".join(words).encode("utf-8", "replace").decode()
    expected = 200 if text.replace("\0", "").strip() else 422
    assert client.post("/", data={"text": text}).status_code == expected
