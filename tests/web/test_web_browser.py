"""The page in a real browser: paste, read, filter, explain, correct, download, by mouse and by keyboard."""

import shutil
import threading
import time

import pytest
import uvicorn

from pipeline import corpus
from pipeline.tables import render_table
from pipeline.web.app import create
from pipeline.web.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="install Debian's chromium to test the page in a browser")

VETO = "Moscow vetoed the sanctions on Damascus that Paris had proposed."
MALI = "Ankara will not send troops to Mali."
TEXT = f"{VETO}\n\nA paragraph on something else.\n\n{MALI}"


class Server(uvicorn.Server):
    """A server in a thread of the tests."""

    def address(self):
        return f"http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}"


@pytest.fixture(scope="module")
def corrections(tmp_path_factory):
    return tmp_path_factory.mktemp("corrections")


@pytest.fixture(scope="module")
def address(analyst, corrections):
    app = create(Settings(corrections=corrections), analyst)
    server = Server(uvicorn.Config(app, port=0, log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield server.address()
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser, address):
    """Give the page; whatever the browser complains about, or any script that should not run, fails the test."""
    page = browser.new_page(base_url=address, viewport={"width": 1100, "height": 900})
    complaints = []
    refused = "the server responded with a status of 422"
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" and refused not in m.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: request.url.startswith((address, "blob:")) or complaints.append(request.url))
    page.goto("/")
    yield page
    page.close()
    assert complaints == []


def read(page, text=TEXT):
    page.get_by_label("Article").fill(text)
    page.get_by_role("button", name="Read").click()
    page.locator("#read").wait_for()


def visible(page):
    return page.locator(".stance > button:visible").all_inner_texts()


def test_paste_and_read(page):
    read(page)
    assert len(visible(page)) >= 4
    assert page.get_by_role("button", name="Russia opposes sanctions").count() == 1
    assert page.locator("mark.sanctions").first.inner_text() == "sanctions"
    assert page.locator(".sentence > p").all_inner_texts() == [VETO, MALI]
    assert page.get_by_role("table").get_by_role("rowheader", name="Russia").count() == 1


def test_the_example_is_one_click_away(page):
    page.get_by_role("link", name="example").click()
    page.locator("#read").wait_for()
    assert len(visible(page)) > 10


def test_hovering_and_tabbing_explain(page):
    read(page)
    why = page.locator(".why")
    assert not why.first.is_visible()
    page.get_by_role("button", name="Russia opposes sanctions").hover()
    assert why.first.is_visible()
    assert "probability 0." in why.first.inner_text()
    assert why.first.locator("li").first.inner_text().startswith("vetoed")
    assert page.locator(".actor.pointed").all_inner_texts() == ["Moscow"]
    page.get_by_role("button", name="Turkey opposes intervention").hover()
    assert page.locator(".actor.pointed").all_inner_texts() == ["Ankara"]
    page.mouse.move(0, 0)
    assert not why.first.is_visible()
    page.locator("[formaction$=html]").focus()
    page.keyboard.press("Tab")
    assert why.first.is_visible()
    page.keyboard.press("Escape")
    assert not why.first.is_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert why.first.is_visible()
    described = page.locator(":focus").get_attribute("aria-describedby")
    assert page.locator(f"#{described}").get_attribute("role") == "tooltip"


def test_filters_act_at_once_and_hold_for_downloads(page, analyst):
    read(page)
    every = len(visible(page))
    assert not page.get_by_role("button", name="Apply").is_visible()
    page.get_by_label("Target").select_option("intervention")
    assert page.locator(".sentence:visible > p").all_inner_texts() == [MALI]
    assert page.locator("#count").inner_text().endswith(f"of {every}")
    page.get_by_label("Target").select_option("both")
    page.get_by_label("Actor").select_option("Russia")
    assert len(visible(page)) == 1
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    table = analyst.model.predict(TEXT, everything=True)
    document = page.locator("#filters [name=documents]").input_value().split('"')[1]
    table["document"] = document
    table["sentence_id"] = document + table["sentence_id"].str.removeprefix("text")
    assert download.value.path().read_bytes() == render_table(table[table["party"] == "Russia"], "csv")
    page.get_by_label("Actor").select_option("all")
    page.get_by_role("checkbox", name="support").uncheck()
    assert not any("supports" in text for text in visible(page))
    page.get_by_label("Probability").fill("100")
    assert visible(page) == []
    page.get_by_label("Probability").fill("0")
    page.get_by_role("checkbox", name="support").check()
    assert len(visible(page)) == every
    assert page.locator("#count").inner_text() == f"{every} stances"


@pytest.mark.parametrize(("button", "suffix"), [("JSON Lines", "jsonl"), ("Report", "html")])
def test_downloads(page, button, suffix):
    read(page)
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == f"stances.{suffix}"
    assert VETO.split()[0] in download.value.path().read_text()


def test_a_correction_is_kept_without_leaving_the_page(page, corrections):
    read(page, f"{TEXT} Berlin did.")
    sentence = page.locator(".sentence").first
    sentence.get_by_text("Correct", exact=True).click()
    sentence.get_by_label("Russia on sanctions").select_option("support")
    sentence.get_by_label("Syria on sanctions").select_option("none")
    sentence.get_by_role("button", name="Save").click()
    sentence.get_by_text("Kept").wait_for()
    gold = corpus.rows(corpus.load(corrections))
    kept = dict(gold.loc[gold["text"] == VETO, ["party", "stance"]].values)
    assert kept["Russia"] == "support"
    assert "Syria" not in kept


def drop(page, name, content):
    data = page.evaluate_handle(
        """([name, content]) => {
            const data = new DataTransfer();
            data.items.add(new File([content], name));
            return data;
        }""",
        [name, content],
    )
    page.dispatch_event("#text", "dragover", {"dataTransfer": data})
    page.dispatch_event("#text", "drop", {"dataTransfer": data})


def test_a_dropped_file_is_read(page):
    drop(page, "wire.jsonl", f'{{"text": "{VETO}"}}\n{{"text": "{MALI}"}}\n')
    page.locator("#read").wait_for()
    assert page.locator("article h3").all_inner_texts() == ["wire-1", "wire-2"]
    assert page.locator(".sentence > p").all_inner_texts() == [VETO, MALI]


def test_a_large_file_is_refused_before_it_is_sent(page):
    drop(page, "wire.txt", "x" * 1_000_000)
    assert "wire.txt is too large" in page.get_by_role("alert").inner_text()


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.mark.parametrize(
    "text",
    [
        f"Moscow {HOSTILE} vetoed the sanctions {HOSTILE}.",
        "Foreign Minister Bobby <script>alert(1)</script> backed the sanctions.",
        'President "onmouseover="alert(1) Smith" backed the sanctions. Javascript:alert(1) backed the sanctions.',
        "</textarea><script>alert(1)</script> Moscow vetoed the sanctions.",
        "{{ 7 * 7 }} {% raw %} Moscow vetoed the sanctions.",
    ],
)
def test_scripts_in_an_article_do_not_run(page, text):
    read(page, text)
    for stance in page.locator(".stance > button").all():
        stance.hover()
    assert page.locator("main img").count() == 0
    assert page.get_by_label("Article").input_value() == text


def test_scripts_in_the_names_of_files_and_documents_do_not_run(page):
    drop(page, f"{HOSTILE}.csv", f'id,text\n"{HOSTILE}",{VETO}\nb,{MALI}\n')
    page.locator("#read").wait_for()
    assert page.locator("article h3").first.inner_text() == HOSTILE
    page.goto("/")
    drop(page, f"{HOSTILE}.pdf", "x")
    page.get_by_text("not a kind of file read here").wait_for()
    assert HOSTILE in page.get_by_role("alert").inner_text()


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (360, "dark"), (1100, "light")])
def test_it_fits_every_width(page, width, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    read(page, f"{TEXT} {'Very' * 60} long words did not leave the sanctions alone, Moscow said.")
    for stance in page.locator(".stance > button").all():
        stance.focus()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def contrast(page, selector):
    """Give the contrast of a text with the background that it stands on, as WCAG 2 defines it."""
    return page.locator(selector).first.evaluate(
        """element => {
            const parts = text => text.match(/[0-9.]+/g).map(Number);
            const lightness = ([r, g, b]) => [r, g, b]
                .map(c => c / 255)
                .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
                .reduce((sum, c, k) => sum + c * [0.2126, 0.7152, 0.0722][k], 0);
            let ground = element;
            while (ground && parts(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
            const both = [getComputedStyle(element).color, getComputedStyle(ground).backgroundColor];
            const [low, high] = both.map(parts).map(lightness).sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
        }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.get_by_role("link", name="example").click()
    page.locator("#read").wait_for()
    for selector in (
        ".stance .support, .stance button.support",
        ".stance button.oppose",
        ".stance button.neutral",
        ".sure",
        ".muted",
        "mark.sanctions",
        "mark.intervention",
        "fieldset .oppose",
        "button.main",
        "footer p",
    ):
        assert contrast(page, selector) >= 4.5, selector


def test_without_script_it_works_all_the_same(browser, address):
    page = browser.new_page(base_url=address, java_script_enabled=False)
    page.goto("/")
    read(page)
    assert len(visible(page)) >= 4
    page.get_by_label("Target").select_option("intervention")
    page.get_by_role("button", name="Apply").click()
    page.locator("#read").wait_for()
    assert page.locator(".sentence > p").all_inner_texts() == [MALI]
    page.locator(".stance > button").first.focus()
    assert page.locator(".why").first.is_visible()
    page.get_by_text("Correct", exact=True).first.click()
    page.get_by_role("button", name="Save").first.click()
    page.get_by_role("heading", name="Correction kept").wait_for()
    page.close()
