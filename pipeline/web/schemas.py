"""What the API takes and gives."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, WithJsonSchema

from pipeline.corpus import is_date
from pipeline.lexicon import STANCES, TARGETS
from pipeline.web.settings import Limits

_DEFAULT = Limits()


def _date(value: str) -> str:
    if not is_date(value):
        raise ValueError("write it as 2014-03-18, 2014-03 or 2014, or leave it out")
    return value


Date = Annotated[
    str,
    AfterValidator(_date),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"const": ""}], "examples": ["2014-03-18"]}),
]
Name = Annotated[str, Field(max_length=200)]
Target = Annotated[str, WithJsonSchema({"enum": list(TARGETS)})]
Stance = Annotated[str, WithJsonSchema({"enum": list(STANCES)})]


class Article(BaseModel):
    """A text to read."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(max_length=_DEFAULT.characters, description="Its words, in English.")]
    document: Annotated[Name, Field(description="Its id; without one it is text, or text-1 and so on.")] = ""
    date: Annotated[Date, Field(description="ISO date, by which holders of an office are told apart.")] = ""


def _how_many(body: Any) -> str:
    return "many" if isinstance(body, list) else "one"


Articles = Annotated[
    Annotated[Article, Tag("one")]
    | Annotated[list[Article], Tag("many"), Field(min_length=1, max_length=_DEFAULT.documents)],
    Discriminator(_how_many),
]


class ReasonOut(BaseModel):
    """An n-gram that decided."""

    view: str
    ngram: str
    weight: Annotated[float, Field(description="What it adds to the log-odds of the stance.")]


class StanceOut(BaseModel):
    """Who stands where: a row of ``stance predict``."""

    document: str
    date: str
    sentence_id: str
    sentence: str
    mention: str
    start: Annotated[int, Field(ge=0, description="Where the mention begins in the text, in characters.")]
    end: Annotated[int, Field(ge=0)]
    party: str
    target: Target
    stance: Stance
    probability: Annotated[float, Field(ge=0, le=1)]
    reasons: list[ReasonOut] | None = None


class StancesOut(BaseModel):
    """The stances found, in the order of the texts."""

    stances: list[StanceOut]


class ModelOut(BaseModel):
    """What the model was trained on and with."""

    version: str
    threshold: Annotated[float, Field(description="Probability from which a stance is reported.")]
    targets: list[str]
    stances: list[str]
    card: dict[str, Any]
    limits: Annotated[dict[str, float], Field(description="What one request may ask for at most.")]


class HealthOut(BaseModel):
    """A sign of life."""

    status: str


class ProblemOut(BaseModel):
    """Problem details, RFC 9457."""

    title: str
    status: int
    detail: str
    errors: Annotated[list[dict[str, str]], Field(description="Each fault: `where` and `what`.")] = []
