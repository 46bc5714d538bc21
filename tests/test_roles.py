"""What an actor does: roles tell who acts from who is acted on, and what becomes of the measure."""

import pytest

from pipeline.instances import views


@pytest.fixture(scope="module")
def roles(reader):
    def of(text, party, target="sanctions"):
        reading = reader.read(text)
        k = next(k for k, m in enumerate(reading.mentions) if m.party == party)
        return set(views(reader, reading, k, target).roles.split())

    return of


@pytest.mark.parametrize(
    ("text", "one", "other"),
    [
        ("Bern lifted the embargo on Mali.", "Switzerland", "Mali"),
        ("Bern urged Rome to lift the embargo.", "Switzerland", "Italy"),
        ("The embargo on Mali was lifted by Bern.", "Switzerland", "Mali"),
        ("Bern joined Rome's embargo.", "Switzerland", "Italy"),
        ("Bern, not Rome, imposed the embargo.", "Switzerland", "Italy"),
    ],
)
def test_who_acts_is_told_from_whom_it_falls_on(roles, text, one, other):
    assert roles(text, one) != roles(text, other)


@pytest.mark.parametrize(
    ("plain", "turned"),
    [
        ("Bern lifted the embargo.", "Bern imposed the embargo."),
        ("Bern lifted the embargo.", "Bern did not lift the embargo."),
        ("Bern will impose the embargo.", "Bern will never impose the embargo."),
        ("Bern called for the embargo.", "Bern called for an end to the embargo."),
        ("Bern refused the embargo.", "Bern refused to lift the embargo."),
        ("Bern imposed the embargo.", "Bern was urged to impose the embargo."),
        ("Bern's embargo was lifted.", "Bern's embargo was extended."),
    ],
)
def test_what_turns_the_stance_turns_the_role(roles, plain, turned):
    assert roles(plain, "Switzerland") != roles(turned, "Switzerland")


def test_a_negated_lifting_and_an_imposing_have_the_same_sign(roles):
    def signs(text):
        return {token for token in roles(text, "Switzerland") if token.startswith("SG=")}

    assert signs("Bern did not lift the embargo.") == signs("Bern imposed the embargo.")
    assert signs("Bern did not impose the embargo.") == signs("Bern lifted the embargo.")


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("Bern vetoed the embargo.", "Oslo vetoed the embargo."),
        ("Bern vetoed the embargo.", "Bern vetoed the sanctions."),
        ("Bern lifted the embargo.", "Bern has lifted the embargo."),
    ],
)
def test_the_role_does_not_hang_on_names_or_tense(roles, text, again):
    party = "Norway" if again.startswith("Oslo") else "Switzerland"
    signs = [
        {token for token in found if token.startswith(("SG=", "role="))}
        for found in (roles(text, "Switzerland"), roles(again, party))
    ]
    assert signs[0] == signs[1]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Bern wanted the embargo lifted.", "-"),
        ("Bern demanded that the embargo on Mali be eased.", "-"),
        ("Bern said that the sanctions, now ten years old, would end.", "-"),
        ("Bern spoke against sanctions.", "-"),
        ("Bern warned against the sanctions.", "-"),
        ("Bern did not vote against the sanctions.", "+"),
        ("Bern wanted no sanctions.", "-"),
        ("Bern agreed not to impose sanctions.", "-"),
        ("Bern vowed not to lift the embargo.", "+"),
        ("Bern has yet to lift the embargo.", "+"),
        ("Neither Bern nor Oslo imposed the embargo.", "-"),
        ("Bern said that the embargo was unjust.", "-"),
        ("Bern said that the embargo was no mistake.", "+"),
        ("Bern argued that the embargo is necessary.", "+"),
        ("Bern argued that the embargo is not necessary.", "-"),
        ("Bern stopped trade with Mali.", "+"),
        ("Bern rejected the waiver.", "+"),
        ("Bern condemned the coup and imposed sanctions.", "+"),
        ("Bern imposed sanctions to end the war.", "+"),
        ("Bern said that the embargo had failed.", "-"),
        ("Bern said that the embargo on Mali backfired.", "-"),
        ("Bern said that the embargo was an act of war.", "-"),
        ("Bern said that lifting the embargo would be irresponsible.", "+"),
        ("Bern said it was too early to lift the embargo.", "+"),
        ("Bern was wrong to lift the embargo.", "-"),
        ("Bern voted against lifting the embargo.", "+"),
        ("Bern is against lifting the embargo.", "+"),
        ("Bern has no plans to end the trade embargo.", "+"),
        ("Bern saw no need for an embargo.", "-"),
        ("Bern dropped its objections to the embargo.", "+"),
        ("Bern lifted its veto on the embargo.", "+"),
        ("Bern failed to impose the embargo.", "-"),
        ("Bern vetoed a Rome-drafted resolution tightening the embargo.", "-"),
        ("Bern said the illegal embargo must go.", "-"),
        ("Bern criticised the illegal embargo.", "-"),
        ("Bern said the embargo is illegal.", "-"),
        ("Bern said the embargo was “excessive”.", "-"),
        ("Bern called the new embargo on Mali a “grave mistake”.", "-"),
        ("Bern calls the blockade of Mali inhumane.", "-"),
        ("Bern said that it is “firmly against” an embargo.", "-"),
        ("Bern described the embargo on Mali as unjust.", "-"),
        ("Bern rejected the embargo on Mali as unjust.", "-"),
        ("Bern regards the embargo as a “mistake”.", "-"),
        ("Bern considers the embargo illegal.", "-"),
        ("Bern extended the travel bans on rebels freed last year.", "+"),
        ("Bern reimposed the sanctions lifted last year.", "+"),
        ("Bern let the embargo be lifted.", "-"),
        ("Bern considers the embargo on Mali necessary.", "+"),
        ("Bern threatens an embargo and a suspension of aid.", "+"),
        ("Bern wants Mali to stop the tests or face sanctions.", "+"),
        ("Bern rejects the United States' calls to lift the embargo.", "+"),
        ("Bern passed a resolution condemning Mali and tightening the embargo.", "+"),
        ("Bern agreed to shrink its army and to join the embargo.", "+"),
        ("Bern urged a truce and the imposition of sanctions.", "+"),
        ("Bern wants no more sanctions.", "-"),
        ("Bern will approve no new arms sales.", "+"),
        ("Bern barred arms sales to Mali.", "+"),
        ("Bern lifted the bar on arms sales to Mali.", "-"),
        ("Bern left the sanctions in place.", "+"),
        ("Bern decided to keep in force the sanctions on Mali.", "+"),
        ("Bern froze its assets after the junta put off elections.", "+"),
        ("Bern wants sanctions to be lifted.", "-"),
        ("Bern gave no sign of lifting the embargo.", "+"),
        ("Bern brought back the embargo.", "+"),
        ("Bern is not in favour of lifting the embargo.", "+"),
        ("Bern's call for sanctions was rejected by Rome.", "+"),
        ("Bern was accused by Rome of lifting the embargo.", "-"),
        ("Bern allowed the sanctions on Mali to expire.", "-"),
        ("Bern approved sanctions to end the war.", "+"),
        ("Bern offered Mali sanctions relief.", "-"),
        ("Bern rejected a sanctions waiver for Mali.", "+"),
        ("Bern released Mali's frozen assets.", "-"),
        ("Bern refused to free the frozen assets.", "+"),
        ("Bern condemned the coup, and imposed sanctions.", "+"),
        ("Bern opposed the coup but backed sanctions.", "+"),
        ("Bern opposed the coup, but backed sanctions.", "+"),
        ("Bern criticised the junta and said it might face sanctions.", "+"),
        ("Bern voted 23-21 to lift the embargo.", "-"),
    ],
)
def test_the_sign_reads_all_that_is_said_of_the_measure(roles, text, sign):
    assert [token[-1] for token in roles(text, "Switzerland") if token.startswith("SG=cue")] == [sign]


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("Bern wants the troops out.", "-"),
        ("Bern insists that the soldiers leave Mali.", "-"),
        ("Bern opposed the withdrawal of troops.", "+"),
        ("Bern sent weapons to the rebels in Mali.", "+"),
        ("Bern refused to send weapons to the rebels in Mali.", "-"),
        ("Bern prohibits sending weapons to the rebels in Mali.", "-"),
        ("Bern announced a partial withdrawal of its troops.", "-"),
        ("Bern's troops have begun to leave Mali.", "-"),
        ("Bern said that its troops would go to Mali.", "+"),
        ("Bern called for all foreign troops to leave.", "-"),
        ("Bern sent troops to end the fighting.", "+"),
        ("Bern rejects the use of force to remove the junta.", "-"),
        ("Bern brought back its troops.", "-"),
        ("Bern announced that its combat forces would leave Mali.", "-"),
        ("Bern will arm rebel forces in Mali.", "+"),
        ("Bern and Oslo agree on cutting their budgets and join the air strikes.", "+"),
    ],
)
def test_leaving_is_the_end_of_an_intervention(roles, text, sign):
    assert f"SG=cue{sign}" in roles(text, "Switzerland", "intervention")


@pytest.mark.parametrize(
    "text", ["Unlike Bern, Rome lifted it: the embargo.", "Rome, unlike Bern, lifted the embargo."]
)
def test_what_one_does_unlike_another_the_other_does_not(roles, text):
    assert any(token.startswith("SG=") and token[-1] == "+" for token in roles(text, "Switzerland"))
    assert any(token.startswith("SG=") and token[-1] == "-" for token in roles(text, "Italy"))


def test_an_exception_does_the_contrary(roles):
    assert "SG=cue-" in roles("All states except Bern backed the embargo.", "Switzerland")


def test_a_deed_that_is_a_noun_belongs_to_who_is_named_before_it(roles):
    text = "Rome condemned the Swiss decision to lift the embargo."
    assert "role=OBJECT+OWNER" in roles(text, "Switzerland")
    assert "SG=cue+" in roles(text, "Italy")


def test_who_is_awaited_to_lift_a_measure_has_not_lifted_it(roles):
    assert "SG=cue+" in roles("Rome will not sign unless Bern lifts the embargo.", "Switzerland")
    assert "SG=cue+" in roles("Rome will not sign until Bern lifts the embargo.", "Switzerland")


def test_what_parts_a_verb_from_the_measure_is_told(roles):
    def parted(text):
        return {token for token in roles(text, "Switzerland") if ":K" in token}

    threat = parted("Bern will retaliate if Rome imposes sanctions.")
    assert threat == parted("Bern will retaliate if Oslo imposes an embargo.")
    assert threat != parted("Bern retaliated after Rome had imposed sanctions.")
    assert threat != parted("Bern will retaliate if sanctions are imposed.")
    assert not parted("Bern imposed sanctions.")


@pytest.mark.parametrize(
    "text",
    [
        "The embargo must end, Bern said.",
        "The embargo must end, said Bern.",
        "The ban ends, Bern's envoy said.",
        "Rome must lift the embargo, Bern urged.",
    ],
)
def test_who_speaks_behind_the_words_is_a_speaker(roles, text):
    assert any(token.startswith("role=SPEAKER") for token in roles(text, "Switzerland"))


@pytest.mark.parametrize(
    "text", ["As Bern called for sanctions, Rome left.", "After Bern had imposed sanctions, Rome left."]
)
def test_a_clause_behind_a_preposition_has_a_subject(roles, text):
    assert "role=SUBJECT" in roles(text, "Switzerland")
    assert "role=P_after" in roles("After Bern, Rome left the embargo.", "Switzerland")


def test_a_measure_behind_after_is_not_what_the_verb_before_it_is_about(roles):
    assert not any("SG=cue" in token for token in roles("Bern expelled two envoys after sanctions.", "Switzerland"))


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("The embargo was vetoed by Bern.", "-"),
        ("A proposal to lift the embargo was vetoed by Bern.", "+"),
    ],
)
def test_who_acts_in_the_passive_decides_the_fate(roles, text, sign):
    assert [token[-1] for token in roles(text, "Switzerland") if token.startswith("SG=end")] == [sign]


def test_what_another_says_that_one_must_do_is_a_demand(roles):
    def told(text):
        return {token for token in roles(text, "Switzerland") if ":A=" in token or ":AS=" in token}

    assert told("Bern must lift the embargo, Rome urged.") != told("Bern lifted the embargo, Rome said.")
    assert told("Bern lifted the embargo, said Rome.") == told("Bern lifted the embargo, Rome said.")
    assert not told("Bern must lift the embargo.")


def test_an_inverted_clause_is_a_condition(reader):
    def path(text):
        return views(reader, reader.read(text), 0, "intervention").onward.split()

    assert "if" in path("Should Bern send troops, Rome will protest.")
    assert "if" in path("Were Bern to send troops, Rome would protest.")
    assert "if" not in path("Bern should send troops.")


def test_a_verb_counts_for_its_target(roles):
    text = "Bern left the coalition that sent troops and imposed sanctions."
    names = [{t for t in roles(text, "Switzerland", target) if ":S1=" in t} for target in ("sanctions", "intervention")]
    assert names[0] and names[1] and names[0].isdisjoint(names[1])


def test_what_is_done_about_the_other_measure_tells_too(roles):
    def signs(text):
        return {token for token in roles(text, "Switzerland", "intervention") if ":BSO=" in token}

    imposed = signs("Bern imposed sanctions on Rome for the invasion.")
    assert imposed
    assert imposed == signs("Bern did not lift the sanctions on Rome for the invasion.")
    assert imposed != signs("Bern lifted the sanctions on Rome after the invasion.")
    assert imposed != signs("Bern lifted the sanctions on Rome for the invasion.")
    assert not signs("Bern condemned the invasion.")


def test_coordinated_actors_play_one_role(roles):
    text = "Bern, Rome and Oslo vetoed the embargo on Mali."
    assert roles(text, "Switzerland") == roles(text, "Italy") == roles(text, "Norway") != roles(text, "Mali")


def test_a_sentence_without_the_targets_cue_has_roles_too(roles):
    assert roles("Bern vetoed it.", "Switzerland")


def test_a_participle_behind_a_comma_is_not_said_of_the_measure(roles):
    for text in ("Bern lifted the embargo, ending a quarrel.", "Bern lifted the embargo, Rome said, ending a quarrel."):
        assert "SG=cue-" in roles(text, "Switzerland")


def test_what_an_actor_did_stands_between_commas_too(roles):
    assert "SG=cue-" in roles("Bern, which lifted the embargo on Mali, left.", "Switzerland")
    assert "SG=cue-" in roles("Bern, which Rome had warned, lifted the embargo.", "Switzerland")
