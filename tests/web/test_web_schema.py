"""The API does what its OpenAPI description says, for requests made from it."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection

OPERATIONS = [("POST", "/v1/stances"), ("GET", "/v1/model"), ("GET", "/healthz")]
HOST = {"host": "localhost"}


@pytest.fixture(scope="module")
def description(app):
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers=HOST)


def test_the_description_names_every_operation(description):
    described = [(operation.ok().method.upper(), operation.ok().path) for operation in description.get_all_operations()]
    assert sorted(described) == sorted(OPERATIONS)


def check(cases, keeps):
    often = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    often(given(cases)(keeps))()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_operation_answers_as_described(description, method, path):
    def keeps(case):
        case.call_and_validate(headers=HOST)

    check(description[path][method].as_strategy(), keeps)


def test_requests_against_the_description_are_answered_as_described(description):
    def keeps(case):
        # The check left out knows no 413, and takes an unknown query parameter, which does no harm, for a fault.
        case.call_and_validate(headers=HOST, excluded_checks=[negative_data_rejection])

    check(description["/v1/stances"]["POST"].as_strategy(generation_mode=GenerationMode.NEGATIVE), keeps)
