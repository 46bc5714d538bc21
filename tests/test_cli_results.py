"""The commands that turn predictions into results, called as a user calls them."""

import json
import xml.etree.ElementTree as ElementTree

import networkx as nx
import pandas as pd
import pytest
from test_figures import EVALUATION
from test_networks import SYRIA

from pipeline import corpus


@pytest.fixture(autouse=True)
def predictions(tmp_path, monkeypatch):
    """Lay predictions into the folder that commands run in."""
    monkeypatch.setenv("COLUMNS", "80")
    SYRIA.assign(end=6).to_csv(tmp_path / "stances.csv", index=False)


def test_a_summary_fits_a_narrow_terminal_and_files_hold_it_all(run, tmp_path):
    status, out, err = run("summarize", "stances.csv")
    assert (status, err) == (0, "")
    assert "intervention │" in out
    assert "In favour (95 % CI)" in out
    assert max(map(len, out.splitlines())) <= 80
    assert "2013" not in out
    run("summarize", "stances.csv", "--output", "summary.csv")
    assert set(pd.read_csv(tmp_path / "summary.csv")["first"]) == {"2011-10-04", "2013-08-27"}


@pytest.mark.parametrize(
    "command",
    [("predict", "--text", "Moscow vetoed the sanctions."), ("summarize", "stances.csv"), ("network", "stances.csv")],
)
def test_a_dash_is_standard_output_and_no_file(run, tmp_path, command):
    status, out, _ = run(*command, "--output", "-")
    assert status == 0
    assert out == run(*command)[1] != ""
    assert [path.name for path in tmp_path.iterdir()] == ["stances.csv"]


def test_a_text_without_a_date_can_be_given_one(run, tmp_path):
    said = ("predict", "--text", "Jeremy Corbyn opposes the air strikes on Syria.", "--format", "csv")
    assert "Labour Party" in run(*said, "--date", "2016-01-01")[1]
    assert "Labour Party" not in run(*said, "--date", "2025-10-01")[1]
    status, _, err = run(*said, "--date", "1/10/2025")
    assert status == 2
    assert err == "stance: date '1/10/2025' is not ISO; write it as 2014-03-18, 2014-03 or 2014\n"
    (tmp_path / "news.csv").write_text("date,text\n2016-01-01,Oslo joined the embargo.\n,Rome left the embargo.\n")
    assert run("predict", "news.csv", "--date", "2020", "-o", "out.csv")[0] == 0
    assert pd.read_csv(tmp_path / "out.csv", dtype=str)["date"].tolist() == ["2016-01-01", "2020"]


def test_the_words_that_decided_are_told_where_asked_for(run, tmp_path):
    said = ("predict", "--text", "Turkey refused to join the embargo.", "--reasons")
    assert "because" in run(*said)[1]
    assert run(*said, "-o", "out.csv")[0] == 0
    assert pd.read_csv(tmp_path / "out.csv")["because"].str.startswith("refused +").all()


def test_a_network_is_written_as_the_name_says_or_not_at_all(run, tmp_path):
    assert run("network", "stances.csv", "--output", "net.graphml")[0] == 0
    status, _, err = run("network", "stances.csv", "--output", "net.json")
    assert (status, err) == (2, "stance: net.json: a network is GraphML or CSV; end its name in .graphml or .csv\n")
    assert not (tmp_path / "net.json").exists()


@pytest.mark.parametrize(
    "options", [("--corpus", "news", "--folds", 5), ("--model", "m.skops", "--curve"), ("--min-probability", 0.5)]
)
def test_an_evaluation_takes_no_option_that_it_would_not_use(run, options):
    status, _, err = run("evaluate", *options)
    assert status == 2
    assert "of the cross-validation" in err


@pytest.mark.parametrize(("name", "sign"), [("table.tex", r"\toprule"), ("table.md", "| --- |")])
def test_a_summary_is_written_as_the_name_says(run, tmp_path, name, sign):
    assert run("summarize", "stances.csv", "--output", name) == (0, "", "")
    assert sign in (tmp_path / name).read_text()


@pytest.mark.parametrize("command", ["summarize", "network", "export", "report"])
def test_every_command_chooses_among_statements_alike(run, tmp_path, command):
    output = {"summarize": "o.csv", "network": "o.csv", "export": "o.json", "report": "o.html"}[command]
    kind = ["--kind", "positions"] if command == "network" else []
    choice = ["--actors", "russia", "--target", "sanctions", "--until", "2012", "--min-statements", 2]
    status, _, _ = run(command, "stances.csv", *kind, *choice, "--min-probability", 0.1, "--output", output)
    assert status == 0
    text = (tmp_path / output).read_text()
    assert "Russia" in text
    assert "France" not in text
    assert "2013-08-27" not in text
    assert run(command, "stances.csv", "--actors", "Narnia")[0] == 2


def test_networks_are_graphml_or_edges_by_name(run, tmp_path):
    run("network", "stances.csv", "--kind", "conflict", "--output", "net.graphml")
    assert nx.read_graphml(tmp_path / "net.graphml").edges["Russia", "France"]["weight"] == 2
    run("network", "stances.csv", "--kind", "conflict", "--output", "net.csv")
    assert pd.read_csv(tmp_path / "net.csv")["weight"].tolist() == [2, 1]


def test_corrections_make_the_round_trip_and_two_annotators_merge(run, tmp_path):
    status, _, err = run("export", "stances.csv", "--output", "tasks.json")
    assert status == 0
    ElementTree.fromstring(err[err.index("<View>") :])
    tasks = json.loads((tmp_path / "tasks.json").read_text())
    for who, stance in (("ann", "oppose"), ("ben", "neutral")):
        for task in tasks:
            task["annotations"] = [{"completed_by": 1, "result": task["predictions"][0]["result"]}]
        arrows = [one for one in tasks[0]["annotations"][0]["result"] if one["type"] == "relation"]
        arrows[0]["labels"] = [stance]
        (tmp_path / f"{who}.json").write_text(json.dumps(tasks))
        assert run("import", f"{who}.json", "--output", who)[0] == 0
    assert len(corpus.load(tmp_path / "ann").stances) == len(SYRIA)

    status, out, err = run("merge", "ann", "ben", "--output", "agreed", "--disputes", "open.csv")
    assert status == 0
    assert "alpha" in out
    assert "1 with an open dispute left out" in err
    disputes = pd.read_csv(tmp_path / "open.csv")
    disputes.assign(settled="oppose").to_csv(tmp_path / "open.csv", index=False)
    assert "open dispute" not in run("merge", "ann", "ben", "--output", "agreed", "--settled", "open.csv")[2]
    assert corpus.load(tmp_path / "agreed").stances["stance"].tolist().count("oppose") == 4


def test_statements_for_the_discourse_network_analyzer(run, tmp_path):
    run("export", "stances.csv", "--to", "dna", "--output", "dna.csv")
    table = pd.read_csv(tmp_path / "dna.csv")
    assert table["organization"].tolist().count("Russia") == 3
    assert run("import", "dna.csv", "--output", "back")[0] == 2


def test_a_report_comes_with_its_figures_and_tells_errors_in_a_line(run, tmp_path):
    assert run("report", "stances.csv", "--by", "year", "--figures", "figures/new")[0] == 0
    assert "timeline by year" in (tmp_path / "report.html").read_text().lower()
    names = {path.name for path in (tmp_path / "figures/new").iterdir()}
    assert names == {f"{name}.{kind}" for name in ("stances", "timeline", "network") for kind in ("png", "svg")}
    (tmp_path / "scores.json").write_text(json.dumps(EVALUATION))
    assert run("report", "scores.json", "--output", "scores.html")[0] == 0
    for wrong in (
        ["report", "none.csv"],
        ["report", "stances.csv", "--output", "none/report.html"],
        ["report", "stances.csv", "--figures", "stances.csv"],
        ["summarize", "stances.csv", "--since", "spring"],
        ["export", "scores.json"],
    ):
        status, _, err = run(*wrong)
        assert status == 2
        assert err.startswith("stance: ")
        assert err.count("\n") == 1


@pytest.mark.parametrize("option", ["--target=nonsense", "--since=whenever", "--min-probability=0.5", "--by=year"])
def test_options_that_choose_among_statements_are_refused_for_an_evaluation(run, tmp_path, option):
    (tmp_path / "scores.json").write_text(json.dumps(EVALUATION))
    status, _, err = run("report", "scores.json", option)
    said = f"scores.json: an evaluation has no statements to choose among; leave out {option.partition('=')[0]}"
    assert (status, err) == (2, f"stance: {said}\n")
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize(
    "command",
    [("summarize",), ("network",), ("export",), ("report",), ("import", "--output", "mine")],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize(
    ("column", "value"), [("start", "99999999999999999999"), ("probability", "-5"), ("date", "-2012-01-01")]
)
def test_values_that_cannot_be_are_refused_with_file_and_row(run, command, column, value):
    table = SYRIA.assign(end=6).astype(str)
    table.loc[5, column] = value
    table.to_csv("wrong.csv", index=False)
    status, _, err = run(command[0], "wrong.csv", *command[1:])
    assert status == 2
    assert err.startswith(f"stance: wrong.csv, line 7: {column} {value!r} is no ")
    assert err.count("\n") == 1


def test_the_package_has_the_summary_as_a_function():
    import pipeline

    assert pipeline.summarize(SYRIA)["party"].tolist()[0] == "Russia"


def test_where_nobody_takes_a_side_this_is_said(run):
    status, out, told = run("predict", "--text", "The sun is shining.")
    assert (status, "stance" in out, "nobody" in told) == (0, True, True)
    assert "nobody" not in run("predict", "--text", "Oslo joined the sanctions.")[2]
