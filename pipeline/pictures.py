"""What every figure here shares: colours, style, a text alternative, and the ways out to pages, notebooks and files.

Colours are Okabe and Ito's, told apart by the colour-blind too.
"""

import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, ParamSpec

import matplotlib as mpl
from matplotlib.figure import Figure

from pipeline.atomic import atomic_path
from pipeline.errors import InputError

P = ParamSpec("P")

SUPPORT, OPPOSE, NEUTRAL = "#0072B2", "#D55E00", "#999999"
INK, FAINT, PAPER = "#1b2530", "#8896a3", "#fffffe"
"""A web page puts its own colours in the place of ink and paper; paper is a hair off white, which stays white."""
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.0,
    "axes.titlesize": 11.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.facecolor": "none",
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.alpha": 0.3,
    "text.color": INK,
    "text.parse_math": False,  # a name may hold a dollar sign
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "stancewire",
}


@contextmanager
def _style() -> Iterator[None]:
    """Set matplotlib's settings; a name in a script that its font lacks is no reason to warn, browsers have others."""
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


class Picture(Figure):
    """A matplotlib figure with a text alternative, which notebooks show beside it; for figures of one's own too.

    Parameters
    ----------
    width, height : float
        In inches.
    label : str
        What is seen, in words.

    Examples
    --------
    >>> picture = Picture(4, 3, "One bar, as long as the other.")
    >>> _ = picture.subplots().barh(["one", "other"], [2, 2])
    >>> 'alt="One bar, as long as the other."' in picture._repr_html_()
    True
    """

    def __init__(self, width: float, height: float, label: str = "") -> None:
        super().__init__(figsize=(width, height), layout="constrained", facecolor="white")
        self.set_label(label)

    def _repr_html_(self) -> str:
        with _style(), BytesIO() as buffer:
            self.savefig(buffer, format="png", dpi=200)
            pixels = b64encode(buffer.getvalue()).decode()
        size = f'width="{100 * self.get_figwidth():.0f}"'
        return f'<img src="data:image/png;base64,{pixels}" alt="{escape(_label(self))}" {size}>'


def styled(draw: Callable[P, Picture]) -> Callable[P, Picture]:
    """Let a function draw in the style of all figures here, and lay its picture out for good."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Picture:
        with _style():
            figure = draw(*args, **kwargs)
            # Laid out once and for all: each further drawing would shift it by a hair, and no file be like the last.
            figure.draw_without_rendering()
            figure.set_layout_engine("none")
            return figure

    return drawn


def inline_svg(figure: Figure, name: str) -> str:
    """Give a figure as SVG to stand in a web page: accessible, on no background, with ink in the text's colour.

    The same figure gives the same text, byte for byte.

    Parameters
    ----------
    figure : Figure
    name : str
        Unlike that of any other figure on the page; starts the ids in the picture.

    Examples
    --------
    >>> inline_svg(Picture(4, 3, "Nothing yet."), "blank")[:40]
    '<svg role="img" aria-labelledby="blank-t'
    """
    buffer = StringIO()
    with _style():
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    picture = buffer.getvalue()
    picture = picture[picture.index("<svg") :]
    picture = re.sub(r"<metadata>.*?</metadata>", "", picture, flags=re.DOTALL)
    picture = re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", picture.replace("xlink:href", "href"))
    for drawn, shown in ((INK, "currentColor"), (PAPER, "var(--page, white)"), ("'DejaVu Sans'", "system-ui")):
        picture = picture.replace(drawn, shown)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    assert size
    head = (
        f'<svg role="img" aria-labelledby="{name}-title" viewBox="{size[0][9:-1]}" width="{float(size[1]) * 4 / 3:.0f}"'
    )
    body = picture[picture.index(">") + 1 :]
    return (
        f'{head} xmlns="http://www.w3.org/2000/svg">\n<title id="{name}-title">{escape(_label(figure))}</title>{body}'
    )


def save(figure: Figure, path: Path | str) -> None:
    """Write a figure as .png (200 dots an inch), .svg or .pdf, whole or not at all.

    Raises
    ------
    InputError
        If the suffix is another, or the place cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Picture(4, 3, "Nothing yet."), Path(folder, "blank.png"))
    ...     Path(folder, "blank.png").read_bytes()[1:4]
    b'PNG'
    """
    kind = Path(path).suffix.lower().removeprefix(".")
    undated: dict[str, dict[str, Any]] = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    if kind not in undated:
        raise InputError(f"{path}: not a kind of picture written here; end the name in .png, .svg or .pdf")
    with _style(), atomic_path(path) as temporary:
        figure.savefig(temporary, format=kind, dpi=200, metadata={**undated[kind], "Title": _label(figure)})


def _label(figure: Figure) -> str:
    return str(figure.get_label())
