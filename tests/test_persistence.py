"""A saved model is the model; a file that is none is refused in one line, at little cost, and runs nothing."""

import errno
import json
import os
import pickle
import re
import struct
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import pytest
import skops.io
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from skops.io import dump

from pipeline import persistence
from pipeline.errors import InputError
from pipeline.instances import VIEWS
from pipeline.persistence import _checked_content, _restored, load, save
from pipeline.predict import Model
from pipeline.train import training_rows

TEXT = "Paris and Rome back the embargo on Mali. Moscow vetoed the sanctions. The US will not send troops to Iraq."


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / "small.skops"
    save(model.classifier, path)
    return path


def refused(path):
    """Give the reason for which a file is refused, having seen that it was refused soon."""
    begun = time.perf_counter()
    with pytest.raises(InputError) as fault:
        load(path)
    assert time.perf_counter() - begun < 10
    reason = str(fault.value)
    assert str(path) in reason
    assert "\n" not in reason
    return reason


def test_a_loaded_model_predicts_as_the_trained_one(model, saved, reader, unseen):
    rows = training_rows(reader, unseen)
    loaded = load(saved)
    for kept, was in zip(loaded.probabilities(rows), model.classifier.probabilities(rows), strict=True):
        assert np.array_equal(kept, was)
    assert loaded.threshold == model.classifier.threshold
    assert loaded.ngrams().equals(model.classifier.ngrams())
    assert model.card.items() <= loaded.card.items()
    for everything in (False, True):
        found = Model(loaded).predict(TEXT, everything=everything)
        assert found.equals(model.predict(TEXT, everything=everything))
        assert len(found)


def test_a_loaded_model_can_be_saved_again(saved, tmp_path):
    loaded = load(saved)
    save(loaded, tmp_path / "again.skops")
    again = load(tmp_path / "again.skops")
    assert Model(again).predict(TEXT).equals(Model(loaded).predict(TEXT))
    assert again.card == loaded.card


def test_saving_leaves_the_model_as_it_was(model, tmp_path):
    before = model.classifier.stance.coefficients.copy()
    save(model.classifier, tmp_path / "m.skops")
    assert model.classifier.stance.coefficients.dtype == before.dtype
    assert np.array_equal(model.classifier.stance.coefficients, before)


def test_a_save_that_fails_half_way_leaves_the_old_file_whole(model, saved, tmp_path, monkeypatch):
    write = ZipFile.writestr

    def half(archive, info, *rest):
        if archive.filename is not None and archive.namelist():
            raise OSError(errno.ENOSPC, "disk full")
        write(archive, info, *rest)

    path = tmp_path / "m.skops"
    path.write_bytes(saved.read_bytes())
    monkeypatch.setattr(ZipFile, "writestr", half)
    with pytest.raises(InputError, match="no space left"):
        save(model.classifier, path)
    assert path.read_bytes() == saved.read_bytes()
    assert [p.name for p in tmp_path.iterdir()] == ["m.skops"]


def test_the_same_model_gives_the_same_file(model, saved, small_corpora, tmp_path):
    script = f"import pipeline; from pipeline.persistence import save; save(pipeline.train({small_corpora}).classifier"
    script = script.replace("PosixPath", "__import__('pathlib').Path") + f", {str(tmp_path / 'again.skops')!r})"
    subprocess.run([sys.executable, "-c", script], check=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert (tmp_path / "again.skops").read_bytes() == saved.read_bytes()


def test_a_missing_file_is_told_with_the_way_to_train_one(tmp_path):
    assert "stance train" in refused(tmp_path / "none.skops")


def test_a_folder_is_no_model(tmp_path):
    refused(tmp_path)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"schema": 1}', b"PK\x03\x04", b"\x00" * 1000, "überall".encode("latin-1")]
)
def test_garbage_is_refused(tmp_path, content):
    path = tmp_path / "m.skops"
    path.write_bytes(content)
    assert "stance train" in refused(path)


class Intruder:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    path = tmp_path / "m.skops"
    path.write_bytes(pickle.dumps(Intruder(tmp_path / "ran")))
    refused(path)
    assert not (tmp_path / "ran").exists()


def test_a_pickle_within_an_archive_is_refused_and_not_run(tmp_path):
    path = tmp_path / "m.skops"
    with ZipFile(path, "w") as archive:
        archive.writestr("schema.json", pickle.dumps(Intruder(tmp_path / "ran")))
    refused(path)
    assert not (tmp_path / "ran").exists()


def test_an_array_of_pickles_is_refused_and_not_run(saved, tmp_path):
    path = tmp_path / "m.skops"
    array = np.array([Intruder(tmp_path / "ran")], dtype=object)
    with (tmp_path / "a.npy").open("wb") as file:
        np.save(file, array, allow_pickle=True)
    first = next(name for name in ZipFile(saved).namelist() if name.endswith(".npy"))
    rewritten(saved, path, {first: (tmp_path / "a.npy").read_bytes()})
    refused(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(("thing", "name"), [(os.system, "system"), (eval, "eval"), (re.compile("a+"), "re")])
def test_foreign_types_are_named(tmp_path, thing, name):
    path = tmp_path / "m.skops"
    dump({"card": thing}, path)
    reason = refused(path)
    assert name in reason
    assert "source you trust" in reason


def test_a_foreign_module_is_not_even_imported(tmp_path, monkeypatch):
    (tmp_path / "stowaway.py").write_text(
        f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\nclass Stowaway:\n    pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import stowaway

    dump({"card": stowaway.Stowaway()}, tmp_path / "m.skops")
    (tmp_path / "ran").unlink()
    del sys.modules["stowaway"]
    assert "stowaway.Stowaway" in refused(tmp_path / "m.skops")
    assert "stowaway" not in sys.modules
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "content",
    [
        {"card": "{}"},
        {"card": "no JSON"},
        {"card": json.dumps({"schema": 1})},
        {"card": json.dumps({"schema": 1}), "views": {}, "stance": 1, "tie": 2, "threshold": 0.5},
        {"card": json.dumps([1])},
        [1, 2, 3],
        "stance",
        np.arange(3),
    ],
)
def test_skops_files_of_another_kind_are_refused(tmp_path, content):
    path = tmp_path / "m.skops"
    dump(content, path)
    assert "not a stance model" in refused(path)


@pytest.fixture
def forged(model, tmp_path, monkeypatch):
    """Give a function that saves the model with another estimator in the place of one of its regressions."""
    stock = persistence._stock

    def forge(part, change):
        own = getattr(model.classifier, part)
        monkeypatch.setattr(persistence, "_stock", lambda each: change(stock(each)) if each is own else stock(each))
        save(model.classifier, tmp_path / "m.skops")
        return tmp_path / "m.skops"

    return forge


@pytest.mark.parametrize("part", ["stance", "tie"])
def test_another_estimator_in_the_place_of_the_regression_is_refused(forged, part):
    from sklearn.naive_bayes import MultinomialNB

    odd = MultinomialNB().fit(np.eye(3), [0, 1, 2])
    odd.coef_ = np.eye(3)
    assert "not a stance model" in refused(forged(part, lambda _: odd))


def test_another_schema_is_told_with_its_number(model, tmp_path):
    path = tmp_path / "m.skops"
    save(replace(model.classifier, card={"schema": 99, "version": "9.9"}), path)
    reason = refused(path)
    assert "schema 99, made by stancewire 9.9" in reason
    assert "reads schema 1" in reason


def changed(regression, **changes):
    for name, value in changes.items():
        setattr(regression, name, value)
    return regression


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("stance", {"coef_": np.zeros((3, 4))}),
        ("stance", {"intercept_": np.zeros(2)}),
        ("stance", {"classes_": np.array(["for", "against", "neutral"])}),
        ("tie", {"classes_": np.array([0, 2])}),
        ("tie", {"intercept_": np.array([np.nan])}),
    ],
)
def test_numbers_that_do_not_fit_are_refused(forged, name, changes):
    assert "not a stance model" in refused(forged(name, partial(changed, **changes)))


@pytest.fixture
def rewrite(model, tmp_path, monkeypatch):
    """Give a function that saves the model with its content changed."""
    dumps = skops.io.dumps

    def write(change):
        def changed_dumps(content):
            change(content)
            return dumps(content)

        monkeypatch.setattr(skops.io, "dumps", changed_dumps)
        save(model.classifier, tmp_path / "m.skops")
        return tmp_path / "m.skops"

    return write


THIRTEEN = " ".join("abcdefghijklm")


@pytest.mark.parametrize(
    "ngram",
    [
        "",
        " ",
        " a",
        "a ",
        "a  b",
        "a\u00a0b",
        "a\tb",
        "a\rb",
        "a\r",
        "a\vb",
        "a\x1cb",
        "a\x85b",
        "a\u2028b",
        "a\u3000b",
        "a \u00a0 b",
        "\ud800",
        "a \udfff",
        THIRTEEN,
        "a " * 100_000 + "a",
    ],
    ids=lambda ngram: ascii(ngram[:30]),
)
@pytest.mark.parametrize("place", [0, 1, -1])
def test_ngrams_that_no_text_is_cut_into_are_refused(rewrite, ngram, place):
    def change(content):
        view = content["views"]["path"]
        ngrams = view["ngrams"].split("\n")
        ngrams[place] = ngram
        view["ngrams"] = "\n".join(ngrams)

    assert "not a stance model" in refused(rewrite(change))


@pytest.mark.parametrize("ngram", ["é 制裁 🕊", "a\u200bb", "a\x00b", THIRTEEN[2:]], ids=ascii)
def test_unusual_ngrams_are_read_as_they_were(rewrite, ngram):
    def change(content):
        content["views"]["path"]["ngrams"] = re.sub("^.*", ngram, content["views"]["path"]["ngrams"])

    assert load(rewrite(change)).tfidf.ngrams[VIEWS.index("path")][0] == ngram


def narrow(content, views, idf=()):
    """Leave some views without an n-gram."""
    width = [len(content["views"][view]["idf"]) for view in VIEWS]
    kept = np.repeat([view not in views for view in VIEWS], width)
    for view in views:
        content["views"][view] = {"ngrams": "", "idf": np.array(idf, dtype=np.float32)}
    for regression in (content["stance"], content["tie"]):
        regression.coef_ = regression.coef_[:, kept]


def test_a_view_may_be_without_ngrams(rewrite):
    loaded = load(rewrite(partial(narrow, views=["left"])))
    assert loaded.tfidf.ngrams[VIEWS.index("left")] == []
    assert Model(loaded).predict(TEXT)["probability"].between(0, 1).all()


@pytest.mark.parametrize(("views", "idf"), [(["left"], [1]), (VIEWS, [])])
def test_a_weight_without_an_ngram_and_a_model_of_no_ngrams_are_refused(rewrite, views, idf):
    assert "not a stance model" in refused(rewrite(partial(narrow, views=views, idf=idf)))


HUGE = 1e300
COMPLEX, DATES, TRUE = "complex64", "datetime64[s]", "bool"


@pytest.mark.filterwarnings("ignore")  # a cast that warns must not be what refuses them
@pytest.mark.parametrize(
    "spoilt",
    [
        *(lambda idf, v=value: np.append(idf[1:].astype(float), v) for value in (0, -1, 1e-30, np.nan, np.inf, HUGE)),
        *(lambda idf, t=dtype: idf.astype("int64").astype(t) for dtype in (COMPLEX, DATES, "timedelta64[s]", TRUE)),
        lambda idf: idf.astype(str),
        lambda idf: idf[1:],
        lambda idf: idf[:, None],
    ],
)
def test_weights_that_no_ngram_can_have_are_refused(rewrite, spoilt):
    def change(content):
        content["views"]["path"]["idf"] = spoilt(content["views"]["path"]["idf"])

    assert "not a stance model" in refused(rewrite(change))


@pytest.mark.parametrize("dtype", ["int64", "uint8", ">f8", "float16"])
def test_weights_may_be_of_any_real_type(rewrite, dtype):
    def change(content):
        content["views"]["path"]["idf"] = content["views"]["path"]["idf"].astype(dtype)

    assert Model(load(rewrite(change))).predict(TEXT)["probability"].between(0, 1).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["coef_", "intercept_"])
@pytest.mark.parametrize("part", ["stance", "tie"])
@pytest.mark.parametrize("spoilt", [HUGE, -HUGE, 3e38, np.nan, np.inf, COMPLEX, DATES, TRUE])
def test_regressions_whose_numbers_are_not_real_or_too_large_are_refused(rewrite, part, name, spoilt):
    def change(content):
        numbers = getattr(content[part], name).astype(float)
        if isinstance(spoilt, str):
            numbers = numbers.astype("int64").astype(spoilt)
        else:
            numbers[..., -1] = spoilt
        setattr(content[part], name, numbers)

    assert "not a stance model" in refused(rewrite(change))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "threshold",
    [np.nan, np.inf, -0.1, 1.1, True, False, "0.5", *map(np.array, ([0.5], 0.5j, True, np.datetime64(0, "s")))],
    ids=repr,
)
def test_a_threshold_that_is_no_probability_is_refused(rewrite, threshold):
    assert "not a stance model" in refused(rewrite(lambda content: content.update(threshold=threshold)))


@pytest.mark.parametrize("threshold", [0, 1, 0.1, np.float64(0.1)])
def test_any_probability_may_be_the_threshold(rewrite, threshold):
    read = load(rewrite(lambda content: content.update(threshold=threshold))).threshold
    assert type(read) is float
    assert read == threshold


def test_what_a_file_adds_to_an_estimator_is_not_taken_over(forged, model):
    loaded = load(forged("stance", partial(changed, predict_proba=np.add, stowaway="!")))
    assert not hasattr(loaded.stance, "stowaway")
    assert Model(loaded).predict(TEXT).equals(model.predict(TEXT))


def test_a_file_by_another_scikit_learn_is_read_without_a_word(saved, model, tmp_path):
    path = tmp_path / "m.skops"
    with ZipFile(saved) as archive:
        schema = archive.read("schema.json").decode()
    rewritten(saved, path, {"schema.json": re.sub(r"1\.\d+\.\d+(?!\.?\d)", "0.99.0", schema).encode()})
    assert "0.99.0" in ZipFile(path).read("schema.json").decode()
    assert Model(load(path)).predict(TEXT).equals(model.predict(TEXT))


def test_a_large_file_and_a_pipe_are_refused_unread(tmp_path):
    with (tmp_path / "large.skops").open("wb") as file:
        file.truncate(10_000_000_000)
    assert "has 10,000,000,000 bytes" in refused(tmp_path / "large.skops")
    os.mkfifo(tmp_path / "pipe.skops")
    assert "not a file" in refused(tmp_path / "pipe.skops")


def test_names_in_a_file_do_not_steer_the_terminal(tmp_path):
    node = {"__class__": "a\x1b[2J\n" * 500, "__module__": "b", "__loader__": "TypeNode", "__id__": 0}
    schema = {"__class__": "dict", "__module__": "builtins", "__loader__": "DictNode", "content": {"card": node}}
    schema |= {"key_types": {"__class__": "list", "__module__": "builtins", "__loader__": "ListNode", "content": []}}
    path = tmp_path / "m.skops"
    with ZipFile(path, "w") as archive:
        archive.writestr("schema.json", json.dumps(schema | {"protocol": 2, "_skops_version": "0.16.0", "__id__": 1}))
    reason = refused(path)
    assert "\x1b" not in reason
    assert len(reason) < 500 + len(str(path))


@pytest.mark.parametrize("schema", ["{no JSON", "[" * 200_000, "null", "[]", "{}", '{"__loader__": "TypeNode"}'])
def test_archives_with_another_schema_file_are_refused(tmp_path, schema):
    path = tmp_path / "m.skops"
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", schema)
    refused(path)


def test_a_foreign_archive_is_refused(tmp_path):
    path = tmp_path / "m.skops"
    with ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Dear reader")
    refused(path)


def test_an_archive_that_unpacks_to_too_much_is_refused_unread(saved, tmp_path):
    path = tmp_path / "m.skops"
    content = bytearray(saved.read_bytes())
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 3_000_000_000)
    path.write_bytes(content)
    assert re.search(r"unpacks to 3,\d{3},\d{3},\d{3} bytes", refused(path))


def rewritten(source, path, members):
    with ZipFile(source) as old, ZipFile(path, "w", ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, members.get(name) or old.read(name))


@pytest.mark.parametrize("rows", [10**7, 10_000_000_000 // 8, 10**12, 10**18])
def test_an_array_that_claims_to_be_huge_is_refused(saved, tmp_path, rows):
    resource = pytest.importorskip("resource")
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows},), }}".encode().ljust(117) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + b"\x00" * 64
    path = tmp_path / "m.skops"
    rewritten(saved, path, dict.fromkeys((n for n in ZipFile(saved).namelist() if n.endswith(".npy")), array))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before * 2


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_refused_or_read_but_never_a_crash(saved, tmp_path, data):
    content = bytearray(saved.read_bytes())
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    else:
        for _ in range(data.draw(st.integers(1, 3))):
            # The directory at the end is small and tells the most.
            at = data.draw(
                st.one_of(st.integers(0, len(content) - 1), st.integers(len(content) - 1500, len(content) - 1))
            )
            content[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "damaged.skops"
    path.write_bytes(content)
    try:
        loaded = load(path)
    except InputError as fault:
        assert "\n" not in str(fault)
    else:
        assert Model(loaded).predict(TEXT)["probability"].between(0, 1).all()


def test_what_save_wrote_is_read_without_skops_and_to_the_same_numbers(saved, monkeypatch, reader, unseen):
    rows = training_rows(reader, unseen).head(100)
    with_skops = _restored(_checked_content(saved), load(saved).card)
    monkeypatch.setitem(sys.modules, "skops.io", None)
    without = load(saved)
    for ours, theirs in zip(without.probabilities(rows), with_skops.probabilities(rows), strict=True):
        assert np.array_equal(ours, theirs)
    assert vars(without.stance).keys() == vars(with_skops.stance).keys()
