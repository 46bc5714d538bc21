"""What the tests of the server share: the shipped model at work, and a client of an application."""

from html.parser import HTMLParser

import pytest
from starlette.testclient import TestClient

import pipeline
from pipeline.web.analysis import Analyst
from pipeline.web.app import create
from pipeline.web.settings import Limits, Settings


class _Parser(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="session")
def analyst():
    return Analyst(pipeline.load(), Limits())


@pytest.fixture
def make_client(analyst):
    """Give a function that makes a client of an application with settings of its own."""
    clients = []

    def make(**settings):
        own = Settings(**settings)
        limited = Analyst.__new__(Analyst)
        limited.__dict__ = analyst.__dict__ | {"limits": own.limits}
        client = TestClient(create(own, limited), base_url="http://localhost", raise_server_exceptions=False)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def app(analyst, tmp_path_factory):
    """Give an application that keeps corrections, for tests that do not look at them."""
    return create(Settings(corrections=tmp_path_factory.mktemp("corrections")), analyst)


@pytest.fixture(scope="session")
def client(app):
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def tags_of():
    """Give a function that reads the tags of a page, each with its attributes."""

    def tags(page):
        parser = _Parser()
        parser.feed(page)
        return parser.tags

    return tags
