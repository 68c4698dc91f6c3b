"""The page Teach without a browser: classes from pictures, the command line's numbers, private to a session."""

from __future__ import annotations

import gc
import json
import shutil
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from tests.support.sessions import alone, go, healthy, labels, opened, press
from tests.support.sessions import words as marked
from ui.parts.teach import example, head_file
from ui.parts.teach.answer import CAMERA
from ui.server import taught_heads
from vit import load_pretrained
from vit.analysis.patch_lens import patch_lens
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.taught_head import TaughtHead
from vit.paths import SAMPLE_IMAGES
from vit.teaching.examples import examples
from vit.teaching.teach import teach

MODEL = "mnist-vit"  # small, and pictures in grey are pictures too
EXAMPLE = "Show me with the sample pictures"


def taught() -> AppTest:
    """A session that has pressed the button for an example."""
    return press(opened("teach", model=MODEL), EXAMPLE)


def words(at: AppTest) -> str:
    """All words of the page, without what makes some of them bold."""
    return " ".join([marked(at), *(message.value for message in at.success)]).replace("*", "")


def type_class(at: AppTest, name: str) -> AppTest:
    return healthy(at.text_input(key="teach_new_class").set_value(name).run())


def bring(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """The session after these files were brought for the chosen class."""
    at.segmented_control(key="teach_source_menu").set_value("Upload").run()
    for name, data in files:
        uploader = next(one for one in at.file_uploader if one.key.startswith("teach_files"))
        healthy(uploader.upload(name, data).run())
    return at


def png(level: int) -> bytes:
    buffer = BytesIO()
    Image.linear_gradient("L").point(lambda value: (value + level) % 256).save(buffer, "PNG")
    return buffer.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def spoiled() -> bytes:
    """A zip with a file whose packed bytes have gone bad."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b"{}" * 1000)
    data = bytearray(buffer.getvalue())
    begin = 30 + len("config.json")  # a zip's head of a file, and its name
    data[begin : begin + 8] = b"\xff" * 8
    return bytes(data)


def counts(at: AppTest) -> dict[str, int]:
    return {one.name: len(one.examples) for one in at.session_state.picture_classes.classes}


@pytest.mark.parametrize("mirrored", [False, True])
def test_the_page_has_the_command_lines_numbers(tmp_path: Path, mirrored: bool) -> None:
    for name, samples in example.CLASSES.items():
        (tmp_path / name).mkdir()
        for sample in samples:
            shutil.copy(SAMPLE_IMAGES / f"{sample}.jpg", tmp_path / name)
    model = load_pretrained(MODEL)
    found = examples(model, tmp_path, mirrored).learned
    lesson = teach(found.vectors, found.classes)
    at = taught()
    if mirrored:
        at.session_state.teach_more = True
        healthy(at.run())
        healthy(at.toggle(key="teach_mirrored_menu").set_value(True).run())
    fitted = at.session_state.teach_fitted[1]
    assert (fitted.lesson.reading, fitted.lesson.blocks, fitted.lesson.kind) == (
        lesson.reading,
        lesson.blocks,
        lesson.kind,
    )
    own = {path.stem.replace("_", " "): row for path, row in zip(found.paths, lesson.left_out, strict=True)}
    order = [sorted(example.CLASSES).index(name) for name in example.CLASSES]  # folders come by the alphabet
    for one, row in zip(fitted.taught.examples, fitted.lesson.left_out, strict=True):
        torch.testing.assert_close(row, own[one.name][order], rtol=1e-4, atol=1e-4)
    right = lesson.right(found.classes)
    assert f"{right} of 12 pictures are named rightly" in words(at)
    assert "raccoon: " in words(at), "the picture that is asked about"


def test_classes_grow_from_files_and_what_cannot_be_read_is_said() -> None:
    at = type_class(type_class(opened("teach", model=MODEL), "light"), "dark")
    bring(at, ("a.png", png(0)), ("b.png", png(40)), ("broken.png", b"\x89PNG\r\n\x1a\nno"))
    assert counts(at) == {"light": 0, "dark": 2}
    assert "broken.png is not a PNG" in words(at)
    assert "light has no" in words(at)
    type_class(at, "Dark")
    assert "There is a class called Dark already" in words(at)
    archive = packed({
        "set/light/1.png": png(80), "set/light/2.png": png(120), "set/dark/again.png": png(0),
        "set/third/3.png": png(200), "set/notes.txt": b"none",
    })  # fmt: skip
    bring(at, ("set.zip", archive))
    assert counts(at) == {"light": 2, "dark": 2, "third": 1}
    shown = words(at)
    assert "again.png is in dark already" in shown
    assert "notes.txt is not a picture" in shown
    assert "of 4 pictures are named rightly" in shown
    assert "third (one)" in shown, "a class with one picture waits"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"no zip", "cannot be read as a zip or a tar"),
        (packed({"../../evil/1.png": png(0)}), "leads out of it"),
        (packed({"a/1.png": b"\0" * 4_000_000}), "No such thing"),
    ],
    ids=["no archive", "zip slip", "no picture"],
)
def test_a_bad_archive_gets_a_sentence_and_loses_nothing(data: bytes, says: str) -> None:
    at = type_class(opened("teach", model=MODEL), "light")
    bring(at, ("a.png", png(0)), ("bad.zip", data))
    assert counts(at)["light"] == 1
    assert says in words(at) or (says == "No such thing" and "1.png" in words(at))


def test_used_on_every_page_by_this_session_alone() -> None:
    at = press(taught(), "Use it on every page")
    name = at.session_state.model
    assert taught_heads.is_name(name)
    assert "All pages speak in your classes now" in words(at)
    go(at, "overview")
    said = words(at)
    assert "The model says: " in said
    assert any(label in said for label in example.CLASSES)
    go(at, "verify")
    press(at, "Compare now")
    assert any("taught here, so no other library has them" in status.label for status in at.status)
    other = alone("overview", model=name)
    assert other.session_state.model == "photos-10"
    assert "taught in a session of their own" in words(other)


def test_a_head_that_nobody_keeps_is_forgotten() -> None:
    name, kept = taught_heads.hold(head())
    again, same = taught_heads.hold(head())
    assert (again, same is kept) == (name, True), "one for all who have these numbers"
    assert taught_heads.known(name) is kept
    del kept, same
    gc.collect()
    assert taught_heads.known(name) is None


def test_another_model_is_said_and_nothing_is_lost() -> None:
    at = taught()
    at.session_state.model = "photos-10"
    healthy(at.run())
    assert "Your pictures were read by mnist-vit, and all below goes on with it." in words(at)
    assert r"Use mnist\-vit again" in labels(at)
    before = at.session_state.picture_classes
    press(at, r"Read them with photos\-10")
    assert counts(at) == dict.fromkeys(example.CLASSES, 4)
    assert at.session_state.picture_classes.backbone == "photos-10"
    assert "12 pictures are named rightly" in words(at)
    assert all(
        again.seen is one.seen
        for old, new in zip(before.classes, at.session_state.picture_classes.classes, strict=True)
        for one, again in zip(old.examples, new.examples, strict=True)
    ), "what the first model saw is kept, so that nothing is lost on the way back"


def test_shared_with_the_class_under_a_short_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(taught_heads, "FOLDER", tmp_path / "heads")
    at = press(taught(), "Share it with everybody on this server")
    name = at.session_state.teach_shared[0]
    assert f"It is called {name} here" in words(at)
    other = opened("teach", model=MODEL)
    healthy(other.text_input(key="teach_shared_name").set_value(f" {name.upper().replace('-', ' ')} ").run())
    press(other, "Open it")
    assert other.session_state.model == at.session_state.teach_shared[1]
    assert counts(other) == {}, "the head alone, no picture"
    healthy(other.text_input(key="teach_shared_name").set_value("dodo-000").run())
    press(other, "Open it")
    assert "Nothing called dodo-000 has been shared here" in words(other)
    monkeypatch.setattr(taught_heads, "SHARING", False)
    healthy(at.run())
    assert not any(label.startswith("Share it") for label in labels(at))


def head() -> TaughtHead:
    model = load_pretrained(MODEL)
    draw = torch.Generator().manual_seed(0)
    weight, bias = torch.randn(2, model.config.width, generator=draw), torch.randn(2, generator=draw)
    return TaughtHead(MODEL, 3, "mean", ("<b>mug</b>", "pen"), weight, bias)


def test_saved_and_brought_back_it_says_the_same_to_the_bit(tmp_path: Path) -> None:
    data = head_file.packed(head())
    assert len(data) < 200_000
    pixels = torch.randn(1, 1, 28, 28)
    back = head_file.unpacked(data, "head.zip").on(load_pretrained(MODEL)).trace(pixels).logits
    with zipfile.ZipFile(BytesIO(data)) as archive:
        archive.extractall(tmp_path)
    folder = load_pretrained(tmp_path / "head").trace(pixels).logits
    wanted = head().on(load_pretrained(MODEL)).trace(pixels).logits
    assert torch.equal(back, wanted)
    assert torch.equal(folder, wanted)
    at = opened("teach", model=MODEL)
    uploader = next(one for one in at.file_uploader if one.key == "teach_head_file")
    healthy(uploader.upload("head.zip", data).run())
    assert taught_heads.known(at.session_state.model).labels == ("<b>mug</b>", "pen")
    assert "<b>mug</b>, pen" in words(at)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no zip",
        packed({"head/config.json": b"{}"}),
        packed({"config.json": b"[" * 100_000, "model.safetensors": b""}),
        packed({"config.json": b'{"model_type": "vit"}', "model.safetensors": b""}),
        packed({"config.json": b"\xff", "model.safetensors": b"x" * 100}),
        spoiled(),
    ],
)  # fmt: skip
def test_what_is_no_head_is_refused(data: bytes) -> None:
    with pytest.raises(CheckpointError, match=r"bring the head\.zip"):
        head_file.unpacked(data, "head.zip")


def test_a_head_that_reads_what_its_backbone_does_not_have_is_refused() -> None:
    other = replace(head(), reading="map")
    with pytest.raises(ValueError, match=r"for which its backbone has no map_head"):
        other.on(load_pretrained(MODEL))
    at = opened("teach", model=MODEL)
    uploader = next(one for one in at.file_uploader if one.key == "teach_head_file")
    healthy(uploader.upload("head.zip", head_file.packed(other)).run())
    assert any("The model in use stays." in error.value for error in at.error)


def test_a_head_of_somebodys_own_folder_is_refused() -> None:
    other = head()
    with pytest.raises(CheckpointError, match="neither bundled nor a name on the Hub"):
        head_file.unpacked(head_file.packed(TaughtHead(".", *list(vars(other).values())[1:])), "head.zip")


def test_patches_average_to_the_answer() -> None:
    model = load_pretrained(MODEL)
    pixels = torch.randn(1, 1, 28, 28)
    on_top = head().on(model)
    lens = patch_lens(on_top, model.trace(pixels), head().blocks)
    logits = on_top.trace(pixels).logits
    assert logits is not None
    torch.testing.assert_close(torch.from_numpy(lens.alone.mean(0)), logits[0], rtol=0, atol=1e-4)


def test_another_head_by_choice() -> None:
    at = taught()
    at.session_state.teach_more = True
    at.run()
    for key in ("teach_reading", "teach_blocks", "teach_kind"):
        menu = at.selectbox(key=key)
        menu.set_value(menu.options[-1]).run()
    lesson = healthy(at).session_state.teach_fitted[1].lesson
    assert (lesson.reading, lesson.kind, lesson.blocks) == ("mean", "nearest class mean", 6)
    assert "nearest class mean on the mean of the patches after block 5" in words(at)


def test_what_the_camera_sees_lies_on_the_map_and_is_not_collected() -> None:
    at = taught()

    def drawn() -> int:
        """Pictures on the map, the first chart of the page."""
        return len(json.loads(at.get("plotly_chart")[0].proto.spec)["layout"]["images"])

    assert drawn() == 13, "twelve, and the picture in use"
    at.session_state.teach_ask = CAMERA
    healthy(at.run())
    assert drawn() == 12
    at.session_state.teach_live = SAMPLE_IMAGES.joinpath("panda.jpg").read_bytes()
    healthy(at.run())
    assert drawn() == 13
    assert "what the camera sees: " in words(at)
    assert sum(counts(at).values()) == 12
    at.session_state.teach_live = b"no picture"
    healthy(at.run())
    assert drawn() == 12
