import json
import re
from html.parser import HTMLParser

import pytest
from test_figures import EVALUATION
from test_networks import SYRIA
from test_summary import CRIMEA, predictions

from pipeline.errors import InputError
from pipeline.report import pictures, read, report

VOID = {"meta", "br", "img", "link"}
ATTACK = """<script>alert("1")</script>&'"""


class Page(HTMLParser):
    """What a page is made of: tags, ids, links, and the text in each kind of element."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.text, self.open = [], [], [], {}, []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [value for name, value in attrs.items() if name in ("href", "src", "xlink:href", "action")]
        assert not [name for name in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.text[tag] = self.text.get(tag, "") + data


def assert_self_contained(text):
    page = Page(text)
    assert "script" not in page.tags
    assert len(set(page.ids)) == len(page.ids)
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)
    return page


CRIMEA_REPORT, SYRIA_REPORT = report(CRIMEA, "Crimea & after"), report(SYRIA)


@pytest.mark.parametrize(
    "text", [CRIMEA_REPORT, SYRIA_REPORT, report(EVALUATION)], ids=["crimea", "syria", "evaluation"]
)
def test_a_page_stands_alone(text):
    assert_self_contained(text)


def test_a_page_is_the_same_each_time():
    assert report(SYRIA) == SYRIA_REPORT


def test_predictions_show_figures_shares_and_sentences():
    page = Page(CRIMEA_REPORT)
    assert page.text["h1"] == "Crimea & after"
    assert page.text["title"].startswith("Crimea & after")
    assert "67 % (21–94)" in page.text["table"]
    assert {"figure-stances", "figure-timeline"} <= set(page.ids)
    assert "European Union said so." in page.text["details"]
    assert "European Union" in page.text["mark"]
    assert "2 in favour, 1 against, 0 neutral" in page.text["summary"]


def test_only_what_can_be_shown_is_shown():
    undated = assert_self_contained(report(SYRIA.assign(date="")))
    assert {"figure-stances", "figure-network"} <= set(undated.ids)
    assert not {"figure-timeline", "when"} & set(undated.ids)
    assert "no timeline, for the texts have no dates" in undated.text["p"]
    assert "First" not in undated.text["table"]
    sided = Page(report(SYRIA[SYRIA["stance"] != "neutral"]))
    assert "Neutral" not in sided.text["table"]
    assert "without --all" in sided.text["p"]
    neutral = assert_self_contained(report(predictions(("", "Cyprus", "sanctions", "neutral"))))
    assert not {"sentences", "with", "when"} & set(neutral.ids)
    assert_self_contained(report(predictions()))


def test_many_sentences_are_shortened_and_counted():
    many = predictions(*(("2014", "NATO", "intervention", "support") for _ in range(30)))
    many["sentence"] = [f"NATO said so {n} times." for n in range(30)]
    many["probability"] = [0.5 + n / 100 for n in range(30)]
    page = Page(report(many))
    assert "Support (6 of 30)" in page.text["h4"]
    assert "NATO said so 29 times." in page.text["details"]
    assert "NATO said so 0 times." not in page.text["details"]


def test_nothing_in_the_data_becomes_markup():
    table = CRIMEA.assign(party=ATTACK, sentence=f"{ATTACK} said so.", mention=ATTACK, document=ATTACK)
    page = assert_self_contained(report(table, ATTACK))
    assert page.text["h1"] == ATTACK
    assert ATTACK in page.text["mark"]
    assert ATTACK in page.text["th"]

    error = {"sentence": f"So {ATTACK}", "mention": ATTACK, "party": ATTACK, "target": "sanctions", "gold": "support",
             "stance": "oppose", "probability": 0.6, "explanation": [[ATTACK, 1.5]]}  # fmt: skip
    evaluation = {**EVALUATION, "corpus": [ATTACK], "baselines": {ATTACK: {"macro_f1": 0.1}},
                  "ngrams": {"support": [[ATTACK, ATTACK, 2.0]]}, "errors": [error]}  # fmt: skip
    page = assert_self_contained(report(evaluation))
    assert ATTACK in page.text["mark"]
    assert page.text["code"].count(ATTACK) == 3


def test_an_evaluation_shows_scores_baselines_ngrams_and_errors():
    mali = {
        "sentence": "Then Mali waited.",
        "mention": "Mali",
        "party": "Mali",
        "target": "sanctions",
        "gold": "neutral",
    }
    chad = {"sentence": "Chad left.", "mention": "Chad", "party": "Chad", "target": "intervention", "gold": "oppose"}
    reasons = [["left", "wait", 0.4], ["path", "then", -0.2]]
    evaluation = {
        **EVALUATION,
        "ngrams": {"support": [["left", "ACTOR impose", 2.0], ["skeleton", "call-for", 1.0]], "oppose": []},
        "errors": [
            {**mali, "stance": "oppose", "probability": 0.61, "explanation": reasons},
            {**chad, "stance": "neutral"},
        ],
    }
    evaluation["classification"] = {
        **EVALUATION["classification"],
        "oppose": {"precision": 0.71, "recall": 0.72, "f1": 0.73},
    }
    text = report(evaluation)
    page = assert_self_contained(text)
    for said in ("0.71", "0.72", "0.73", "cue rule", "0.18–0.22", "0.55"):
        assert said in page.text["table"]
    assert "0.60–0.80" in page.text["dl"]
    assert "--share: 100%" in text
    assert "--share: 50%" in text
    assert page.text["mark"] == "MaliChad"
    assert "wait+0.40" in re.sub(r"\s", "", page.text["article"])
    assert "with probability 0.61" in page.text["article"]


def test_an_evaluation_may_leave_all_but_the_scores_out():
    least = {"classification": {"n": 5, "macro_f1": 0.5, "accuracy": 0.6}, "extraction": EVALUATION["extraction"]}
    page = assert_self_contained(report(least))
    assert set(page.ids) & {"confusion", "confidence", "ngrams", "errors"} == set()
    assert list(pictures(least)) == ["scores"]


def test_of_many_errors_the_surest_are_shown_and_folders_of_ones_own_are_not_told():
    error = {"sentence": "Mali waited.", "mention": "Mali", "party": "Mali", "target": "sanctions", "gold": "neutral",
             "stance": "oppose", "probability": 0.6}  # fmt: skip
    page = Page(report({**EVALUATION, "errors": [error] * 1234, "corpus": ["/home/me/mine", "data/news"]}))
    assert page.tags.count("article") == 60
    assert "The 60 surest of 1,234." in page.text["p"]
    assert "mine, data/news" in page.text["code"]
    assert "/home" not in page.text["body"]


def test_the_figures_of_a_report_can_be_had_alone():
    assert list(pictures(SYRIA)) == ["stances", "timeline", "network"]
    assert list(pictures(EVALUATION)) == ["scores", "confusion", "reliability", "coverage", "learning-curve"]


def test_sources_are_told_apart_by_their_suffix(tmp_path):
    (tmp_path / "scores.json").write_text(json.dumps(EVALUATION))
    CRIMEA.assign(end=5).to_csv(tmp_path / "stances.csv", index=False)
    assert read([tmp_path / "scores.json"]) == EVALUATION
    assert read([tmp_path / "stances.csv"])["party"].tolist() == CRIMEA["party"].tolist()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["none.json"], "none.json"),
        (["list.json"], "no classification and no extraction"),
        (["broken.json"], "broken.json"),
        (["list.json", "broken.json"], "one evaluation"),
    ],
)
def test_a_source_that_is_none_is_named(tmp_path, names, said):
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(InputError, match=said):
        read([tmp_path / name for name in names])
