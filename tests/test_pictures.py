import xml.etree.ElementTree as ElementTree

import pytest
from test_figures import DRAW, FIGURES
from test_summary import predictions

from pipeline import figures, pictures
from pipeline.errors import InputError
from pipeline.summary import summarize


def test_a_notebook_shows_the_text_alternative():
    table = predictions(("2014", 'The "A" & <b>', "sanctions", "support"))
    shown = figures.stance_bars(summarize(table))._repr_html_()
    assert 'alt="Bars of statements' in shown
    assert "&quot;A&quot; &amp; &lt;b&gt;" in shown
    assert 'src="data:image/png;base64,' in shown


@pytest.mark.parametrize("name", FIGURES)
def test_inline_svg_is_well_formed_accessible_and_the_same_each_time(name):
    text = pictures.inline_svg(FIGURES[name], name)
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    title = root.find("{http://www.w3.org/2000/svg}title")
    assert (title.get("id"), title.text) == (root.get("aria-labelledby"), FIGURES[name].get_label())
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(f"{name}-") for one in ids)
    assert "currentColor" in text
    assert "<image" not in text
    assert "dc:date" not in text
    assert pictures.inline_svg(DRAW[name](), name) == text


def test_names_are_data_and_not_markup():
    table = predictions(
        ("2014", "<b>A & $x_1$</b>", "sanctions", "support"), ("2014", "国" * 40, "sanctions", "oppose")
    )
    text = pictures.inline_svg(figures.stance_bars(summarize(table)), "odd")
    assert "<b>" not in text
    assert "$x_1$" in "".join(ElementTree.fromstring(text).itertext())


@pytest.mark.parametrize(("suffix", "start"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_pictures_are_saved_the_same_each_time(tmp_path, suffix, start):
    for name in ("one", "two"):
        pictures.save(FIGURES["learning"], tmp_path / f"{name}{suffix}")
    one, two = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("one", "two"))
    assert one.startswith(start)
    assert one == two


def test_another_kind_of_picture_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.bmp.*\.png, \.svg or \.pdf"):
        pictures.save(FIGURES["learning"], tmp_path / "curve.bmp")
    assert not list(tmp_path.iterdir())
