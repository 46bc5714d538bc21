"""What a server is started with, and how much it takes on for one request."""

from dataclasses import dataclass, field
from pathlib import Path

LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Limits:
    """Bounds of one request, and of the queue.

    Attributes
    ----------
    body : int
        Bytes of its body. Form parsing keeps files up to 1 MiB in memory: with more, they would go to the disk.
    documents : int
        Texts in it.
    characters : int
        Characters of its texts together.
    strain : int
        Sum of the squares of its sentences' lengths, to which the work of a sentence full of actors is in proportion.
    explained : int
        Stances whose deciding words the page tells, which takes ten times as long as to find them.
    receiving : float
        Seconds in which its body must have come.
    working : float
        Seconds of work, after which no further text of it is begun.
    waiting : int
        Requests that wait for their turn; more are turned away.
    """

    body: int = 2**20
    documents: int = 100
    characters: int = 300_000
    strain: int = 100_000_000
    explained: int = 200
    receiving: float = 15.0
    working: float = 20.0
    waiting: int = 32


@dataclass(frozen=True)
class Settings:
    """What a server is started with.

    Attributes
    ----------
    model, actors : Path, optional
        As for :func:`pipeline.load`.
    corrections : Path, optional
        Corpus folder that corrections go to; without it none are taken.
    hosts : tuple of str
        Names by which the server may be addressed.
    limits : Limits
    """

    model: Path | None = None
    actors: Path | None = None
    corrections: Path | None = None
    hosts: tuple[str, ...] = LOOPBACK
    limits: Limits = field(default_factory=Limits)
