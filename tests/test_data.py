"""The shipped data keeps the rules that its card states."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import unicodedata
from collections import Counter, defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from pipeline.corpus import STANCE_COLUMNS, Corpus, align, load
from pipeline.lexicon import STANCES, TARGETS
from pipeline.resources import DATA

ROOT = Path(__file__).resolve().parents[1]

COLUMNS = ["party", "kind", "alias", "type", "short", "since", "until"]
KINDS = [
    "state", "territory", "former state", "region", "igo", "alliance",
    "armed group", "movement", "political party", "ngo", "company", "person",
]  # fmt: skip
TYPES = ["name", "demonym", "capital", "seat", "body", "person"]

# Names that are words, too, and yet mean the party nearly always where news uses them.
WORDS_KEPT = {
    "west",
    "western",
    "labour",
    "senate",
    "pope",
    "contra",
    "contras",
    "mujahideen",
    "peshmerga",
    "treasury",
    "us",
    "bush",
}

UNITED_NATIONS = """
Afghanistan, Albania, Algeria, Andorra, Angola, Antigua and Barbuda, Argentina, Armenia, Australia, Austria, Azerbaijan,
Bahamas, Bahrain, Bangladesh, Barbados, Belarus, Belgium, Belize, Benin, Bhutan, Bolivia, Bosnia and Herzegovina,
Botswana, Brazil, Brunei, Bulgaria, Burkina Faso, Burundi, Cambodia, Cameroon, Canada, Cape Verde,
Central African Republic, Chad, Chile, China, Colombia, Comoros, Costa Rica, Croatia, Cuba, Cyprus, Czech Republic,
Democratic Republic of the Congo, Denmark, Djibouti, Dominica, Dominican Republic, East Timor, Ecuador, Egypt,
El Salvador, Equatorial Guinea, Eritrea, Estonia, Eswatini, Ethiopia, Fiji, Finland, France, Gabon, Gambia, Georgia,
Germany, Ghana, Greece, Grenada, Guatemala, Guinea, Guinea-Bissau, Guyana, Haiti, Honduras, Hungary, Iceland, India,
Indonesia, Iran, Iraq, Ireland, Israel, Italy, Ivory Coast, Jamaica, Japan, Jordan, Kazakhstan, Kenya, Kiribati, Kuwait,
Kyrgyzstan, Laos, Latvia, Lebanon, Lesotho, Liberia, Libya, Liechtenstein, Lithuania, Luxembourg, Madagascar, Malawi,
Malaysia, Maldives, Mali, Malta, Marshall Islands, Mauritania, Mauritius, Mexico, Micronesia, Moldova, Monaco, Mongolia,
Montenegro, Morocco, Mozambique, Myanmar, Namibia, Nauru, Nepal, Netherlands, New Zealand, Nicaragua, Niger, Nigeria,
North Korea, North Macedonia, Norway, Oman, Pakistan, Palau, Panama, Papua New Guinea, Paraguay, Peru, Philippines,
Poland, Portugal, Qatar, Republic of the Congo, Romania, Russia, Rwanda, Saint Kitts and Nevis, Saint Lucia,
Saint Vincent and the Grenadines, Samoa, San Marino, Sao Tome and Principe, Saudi Arabia, Senegal, Serbia, Seychelles,
Sierra Leone, Singapore, Slovakia, Slovenia, Solomon Islands, Somalia, South Africa, South Korea, South Sudan, Spain,
Sri Lanka, Sudan, Suriname, Sweden, Switzerland, Syria, Tajikistan, Tanzania, Thailand, Togo, Tonga,
Trinidad and Tobago, Tunisia, Turkey, Turkmenistan, Tuvalu, Uganda, Ukraine, United Arab Emirates, United Kingdom,
United States, Uruguay, Uzbekistan, Vanuatu, Venezuela, Vietnam, Yemen, Zambia, Zimbabwe
"""


def key(name: str) -> str:
    """The form in which two names are one: no case, accents, dots or leading "the"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.replace("’", "'")) if not unicodedata.combining(c))
    return plain.lower().replace(".", "").removeprefix("the ").strip()


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, strict=True))


@pytest.fixture(scope="module")
def actors() -> list[dict[str, str]]:
    return table("actors.csv")


@pytest.fixture(scope="module")
def news() -> Corpus:
    return load(DATA / "news")


# Who is who -------------------------------------------------------------------------------------------------------


def test_actors_file_is_sorted_text_with_unix_line_ends() -> None:
    raw = (DATA / "actors.csv").read_bytes()
    assert raw.decode("utf-8").endswith("\n")
    assert b"\r" not in raw
    rows = table("actors.csv")
    assert list(rows[0]) == COLUMNS
    order = [(KINDS.index(r["kind"]), r["party"], TYPES.index(r["type"]), r["alias"], r["since"]) for r in rows]
    late = [f"{b[1]}: {b[3]}" for a, b in pairwise(order) if a >= b]
    assert not late, f"not in order of kind, party, type, alias and since: {late}"


def test_actors_have_valid_fields(actors: list[dict[str, str]]) -> None:
    wrong = [
        r
        for r in actors
        if not (r["party"] and r["alias"])
        or any(value != " ".join(value.split()) for value in r.values())
        or not re.fullmatch("|([12][0-9]{3})", r["since"])
        or not re.fullmatch("|([12][0-9]{3})", r["until"])
        or (r["since"] and r["until"] and r["since"] > r["until"])
        or (r["short"] and r["type"] != "person")
        or (r["short"] != "-" and "" in r["short"].split("|") and r["short"])
    ]
    assert not wrong


def test_a_party_has_one_kind_and_an_alias_one_row(actors: list[dict[str, str]]) -> None:
    kinds = {(r["party"], r["kind"]) for r in actors}
    assert len(kinds) == len({party for party, _ in kinds})
    spelt = defaultdict(set)
    for party, _ in kinds:
        spelt[key(party)].add(party)
    assert [names for names in spelt.values() if len(names) > 1] == []
    twice = [k for k, n in Counter((r["party"], key(r["alias"]), r["since"]) for r in actors).items() if n > 1]
    assert not twice


def test_an_alias_stands_for_one_party_at_a_time(actors: list[dict[str, str]]) -> None:
    holders = defaultdict(list)
    for r in actors:
        holders[key(r["alias"])].append((r["party"], r["since"] or "0000", r["until"] or "9999"))
    clashes = [
        (alias, one, other)
        for alias, spans in holders.items()
        for one, other in combinations(spans, 2)
        if one[1] <= other[2] and other[1] <= one[2]
    ]
    assert not clashes


def test_no_name_is_a_common_word(actors: list[dict[str, str]], news: Corpus) -> None:
    words: set[str] = set()
    for text in news.sentences["text"]:
        if text != text.lower():  # a feed in lower case writes names so, too
            words.update(re.findall(r"(?<![\w'’-])[a-z]+(?![\w-])", text))
    assert {"strike", "rice", "may", "said"} <= words
    words -= WORDS_KEPT
    common = []
    for r in actors:
        names = [r["alias"]]
        if r["type"] == "person" and r["short"] != "-":
            names += r["short"].split("|") if r["short"] else r["alias"].split()[-1:]
        # An abbreviation is told from a word by its capitals.
        common += [(r["party"], n) for n in names if key(n) in words and not n.replace(".", "").isupper()]
    assert not common


def test_first_names_do_not_stand_alone(actors: list[dict[str, str]]) -> None:
    first = Counter(r["alias"].split()[0] for r in actors if r["type"] == "person")
    common = {"Mohammed", "Mohamed", "Ahmed", "Ali", "John", "Robert", "David", "Michael", "Peter", "James"}
    assert common <= {name for name, _ in first.most_common(40)}
    short = {(r["short"] or r["alias"].split()[-1], r["alias"]) for r in actors if r["type"] == "person"}
    assert [alias for names, alias in short if common & set(names.split("|")) and " " in alias] == []


def test_members_of_the_united_nations_are_there(actors: list[dict[str, str]]) -> None:
    members = [name.strip() for name in UNITED_NATIONS.replace("\n", " ").split(",")]
    assert len(members) == 193
    types = defaultdict(set)
    for r in actors:
        if r["kind"] == "state":
            types[r["party"]].add(r["type"])
            if r["type"] == "name" and key(r["alias"]) == key(r["party"]):
                types[r["party"]].add("own name")
    lacking = [m for m in [*members, "Palestine", "Vatican", "Kosovo"] if "own name" not in types[m]]
    lacking += [m for m in members if not types[m] & {"demonym", "capital"}]
    assert not lacking


def test_parties_of_the_corpus_resolve(actors: list[dict[str, str]], news: Corpus) -> None:
    known = {key(r[column]) for r in actors for column in ("party", "alias")}
    unnamed = {"insurgents", "protesters", "rebels", "settlers"}
    often = news.stances["party"].value_counts()
    lost = {party for party, n in often.items() if n >= 5 and key(party) not in known}
    assert lost == unnamed
    assert news.stances["party"].map(key).isin(known).mean() > 0.96


# Corpora ----------------------------------------------------------------------------------------------------------


def markdown_table(heading: str) -> dict[str, list[str]]:
    """The cells of a table in the data card, by their row's first cell."""
    lines = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    body = lines[lines.index(heading) + 2 :]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in body[: body.index("")]]
    return {first: rest for first, *rest in cells}


def test_the_card_counts_what_is_there(news: Corpus) -> None:
    sentences = news.sentences.assign(source=news.sentences["sentence_id"].str.partition("-")[0])
    stances = news.stances.assign(source=news.stances["sentence_id"].str.partition("-")[0])
    on_topic = sentences["sentence_id"].isin(stances["sentence_id"])

    card = markdown_table("| source | sentences | off-topic | stances | whose facts | dates |")
    counted = {"all": [len(sentences), int((~on_topic).sum()), len(stances)]}
    for source, part in sentences.groupby("source"):
        stated = int((stances["source"] == source).sum())
        counted[str(source)] = [len(part), int((~on_topic[part.index]).sum()), stated]
    assert {source: [int(n) for n in cells[:3]] for source, cells in card.items()} == counted

    card = markdown_table("| target | support | oppose | neutral | all |")
    counted = {}
    for target in (*TARGETS, "all"):
        part = stances if target == "all" else stances[stances["target"] == target]
        counted[target] = [*(int((part["stance"] == s).sum()) for s in STANCES), len(part)]
    assert {target: [int(n) for n in cells] for target, cells in card.items()} == counted


def test_no_sentence_stands_twice(news: Corpus) -> None:
    assert not news.sentences["text"].duplicated().any()


def test_the_retelling_has_the_labels_of_the_article() -> None:
    original = [r for r in table("article/original.csv") if r["party"]]
    retold = load(DATA / "article")
    labels = [(int(r["sentence"]), r["party"], r["target"], r["stance"]) for r in original]
    assert labels == [
        (int(sid.removeprefix("article-")), party, target, stance)
        for sid, _, _, party, target, stance in retold.stances[list(STANCE_COLUMNS)].itertuples(index=False)
    ]
    assert len({r["sentence"] for r in table("article/original.csv")}) == len(retold.sentences)


@pytest.fixture(scope="module")
def article() -> str:
    folder = os.environ.get("STANCE_REAL_NEWS")
    if not folder:
        pytest.skip("STANCE_REAL_NEWS names no folder with article.txt, whose text is not ours to ship")
    with (Path(folder) / "article.txt").open(newline="", encoding="utf-8") as file:
        return file.read()


def test_the_article_aligns_whole(article: str) -> None:
    aligned = align(article, DATA / "article" / "original.csv")
    retold = load(DATA / "article")
    assert aligned.sentences["sentence_id"].tolist() == retold.sentences["sentence_id"].tolist()
    assert aligned.stances[["party", "target", "stance"]].equals(retold.stances[["party", "target", "stance"]])


def test_none_of_the_articles_prose_is_shipped(article: str) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall("[a-z0-9]+", text.lower())
        return {tuple(words[i : i + 10]) for i in range(len(words) - 9)}

    prose = runs(article)
    assert len(prose) > 300
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=False)
    names = tracked.stdout.split("\0")[:-1]  # none where this is no checkout
    files = {*DATA.rglob("*.csv"), *DATA.rglob("*.md"), *(ROOT / name for name in names)}
    shared = {p.name: prose & runs(p.read_text(encoding="utf-8", errors="replace")) for p in files if p.is_file()}
    assert not {name: both for name, both in shared.items() if both}


def test_places_belong_to_states_and_never_speak(reader):
    lexicon = reader.lexicon
    places = {a.surface: a.party for entries in lexicon.aliases.values() for a in entries if a.type == "place"}
    assert len(places) > 1000
    assert {lexicon.kinds[party] for party in places.values()} <= {"state", "territory"}
    reading = reader.read("Syria bombed Idlib Governorate, and Turkey sent troops to Raqqa.")
    assert [reading.mentions[k].party for k in reading.actors()] == ["Syria", "Turkey"]
    assert lexicon.party("Darfur") == "Darfur"
