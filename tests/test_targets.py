"""Cues are found where they are spoken of, and not in their other senses."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.targets import CueFinder, Hit, _longest, spoken_of, topics
from pipeline.text import fold


@pytest.fixture(scope="module")
def finder(lexicons):
    return CueFinder(lexicons)


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("Bern eased its sanctions on Mali.", ["sanctions"]),
        ("Bern SANCTIONED two banks.", ["sanctions"]),
        ("An arms embargo holds.", ["sanctions"]),
        ("Bern froze the ministers' foreign assets.", ["sanctions"]),
        ("A travel ban on ten officials", ["sanctions"]),
        ("Bern sent troops to Mali.", ["intervention"]),
        ("A no-fly zone over Mali", ["intervention"]),
        ("The peacekeepers will stay.", ["intervention"]),
        ("Air strikes hit a depot.", ["intervention"]),
        ("Bern sent Mali a dozen tanks.", ["intervention"]),
        ("Bern pulled its last soldiers out of Mali.", ["intervention"]),
        ("Bern supplies Mali with artillery.", ["intervention"]),
        ("Bern had armed Malian rebels.", ["intervention"]),
        ("Bern will not ban imports or back a ban on Malian diamonds.", ["sanctions"]),
        ("Sanctions followed the invasion.", ["sanctions", "intervention"]),
        ("A council resolution sanctioning military action", ["intervention"]),
        ("Bern sanctions military leaders.", ["sanctions"]),
        ("They want anyU.N. sanctions gone.", ["sanctions"]),
        ("Bern liftedsanctions on Mali.", ["sanctions"]),
        ("Bern ordered anembargo on Mali.", ["sanctions"]),
        ("It led to theinvasion of Mali.", ["intervention"]),
        ("Prices rose in Bern.", []),
        ("", []),
    ],
)
def test_targets_of_a_sentence(finder, text, targets):
    assert spoken_of(finder.find(fold(text))) == targets


@pytest.mark.parametrize(
    "text",
    [
        "Prisoners began a hunger strike.",
        "Teachers went on strike.",
        "A general strike shut the port.",
        "The central bank's currency intervention failed.",
        "The clinic urges early intervention.",
        "The doping ban ends his season.",
        "The civil war ended.",
        "A cyber attack shut the port.",
        "The court upheld his death penalty.",
        "He saved a penalty kick.",
        "She won a FIFA-sanctioned race.",
        "The investment bank hired him.",
        "Mali's envoy vowed swift action.",
        "Mali bars visitors by a travel ban on tourists.",
        "Bern will intervene in the court case.",
        "Bern condemned the use of force against its own protesters.",
        "The permission came into force.",
        "Firefighters left the camp.",
    ],
)
def test_other_senses_are_no_cues(finder, text):
    assert spoken_of(finder.find(fold(text))) == []


def test_another_sense_does_not_hide_a_cue_beside_it(finder):
    assert spoken_of(finder.find("after the hunger strike, bern lifted the embargo")) == ["sanctions"]


@pytest.mark.parametrize(
    "text", ["presanctionist talk", "xembargo", "ninetroops", "unsanctioned", "isanctions", "alarms", "inforce"]
)
def test_a_cue_is_not_part_of_another_word(finder, text):
    assert finder.find(text) == []


def test_a_weak_cue_counts_only_alone():
    weak, strong = Hit(0, 4, "intervention", "weak"), Hit(9, 17, "sanctions", "measure")
    assert spoken_of([weak]) == ["intervention"]
    assert spoken_of([weak, strong]) == ["sanctions"]
    assert spoken_of([]) == []


def test_a_weak_cue_speaks_only_of_what_its_document_is_about():
    weak, strong = Hit(0, 4, "intervention", "weak"), Hit(9, 17, "sanctions", "measure")
    assert topics([weak, strong]) == {"sanctions"}
    assert spoken_of([weak], about={"intervention"}) == ["intervention"]
    assert spoken_of([weak], about={"sanctions"}) == []
    assert spoken_of([weak, strong], about={"sanctions"}) == ["sanctions"]


CUES = ["sanctions", "arms embargo", "air strikes", "troops", "hunger strike", "freeze the bank's assets", "war crime"]
FILLERS = ["Bern", "lifted", "the", "🙂", "“", "\x00", ",", "أوسلو", "of"]


@given(pieces=st.lists(st.sampled_from(CUES + FILLERS), max_size=12))
def test_hits_stand_in_order_apart_and_on_whole_words(finder, pieces):
    folded = fold(" ".join(pieces))
    end = 0
    for hit in finder.find(folded):
        assert end <= hit.start < hit.end <= len(folded)
        assert folded[hit.start : hit.end].strip() == folded[hit.start : hit.end]
        assert not folded[hit.end : hit.end + 1].isalnum()
        end = hit.end


spans = st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from(["measure", "weak"]))


@given(st.lists(spans, max_size=30))
def test_of_overlapping_cues_the_longest_stand(drawn):
    hits = [Hit(start, start + length, "sanctions", kind) for start, length, kind in drawn]
    chosen = _longest(hits)
    assert chosen == sorted(chosen)
    assert all(a.end <= b.start for a, b in pairwise(chosen))
    for hit in hits:
        overlapping = [c for c in chosen if c.start < hit.end and hit.start < c.end]
        assert overlapping
        assert max(c.end - c.start for c in overlapping) >= hit.end - hit.start
