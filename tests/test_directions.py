"""The direction cases keep the rules that make a failure one of direction."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

from pipeline.lexicon import STANCES, TARGETS
from pipeline.targets import spoken_of
from pipeline.text import fold

CAPABILITIES = {
    "negation", "passive", "measure verbs", "swapped roles", "irrelevant clauses", "co-ordination", "reported speech",
    "hypotheticals", "presuppositions", "own government", "fighting the force", "temporal", "two sides",
}  # fmt: skip


@pytest.fixture(scope="module")
def cases():
    with Path(__file__).with_name("directions.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


def test_every_capability_has_cases_and_every_stance_its_share(cases):
    assert list(cases[0]) == ["capability", "text", "mention", "party", "target", "stance"]
    per_capability = Counter(case["capability"] for case in cases)
    assert set(per_capability) == CAPABILITIES
    assert min(per_capability.values()) >= 30
    stances = Counter(case["stance"] for case in cases)
    assert set(stances) == set(STANCES)
    # Always answering the same must fail most of the cases.
    assert max(stances.values()) < 0.4 * len(cases)
    assert {case["target"] for case in cases} == set(TARGETS)


def test_every_mention_stands_in_its_text_as_a_name(cases):
    for case in cases:
        mention = re.escape(case["mention"])
        assert re.search(rf"(?<!\w){mention}(?!\w)", case["text"]).start() == case["text"].index(case["mention"]), case


def test_a_party_has_one_stance_on_a_target_in_a_sentence(cases):
    rows = Counter((case["text"], case["party"], case["target"]) for case in cases)
    assert max(rows.values()) == 1
    # A text belongs to one capability.
    assert len({(case["text"], case["capability"]) for case in cases}) == len({case["text"] for case in cases})


def test_every_case_speaks_of_its_target_by_a_cue(cases, reader):
    silent = {c["text"] for c in cases if c["target"] not in spoken_of(reader.cues(fold(c["text"])))}
    assert not silent


def test_parties_go_by_the_name_that_the_lexicon_gives_them(cases, lexicons):
    assert [c["party"] for c in cases if lexicons.party(c["party"]) != c["party"]] == []


def test_no_case_is_a_training_sentence(cases, news):
    assert not {case["text"] for case in cases} & set(news.sentences["text"])
