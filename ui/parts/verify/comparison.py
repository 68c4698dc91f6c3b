"""Both implementations on the picture in use. The other library takes seconds to import: only here, on request."""

from __future__ import annotations

import shlex

import streamlit as st

from ui.server import taught_heads
from ui.server.model_thread import MORE_PASSES
from ui.server.shared import model_result, shared_result
from ui.server.unpacking import UNPACKING
from ui.server.waiting import ServerBusyError
from ui.session.keys import chosen
from ui.session.samples import read_again
from ui.session.scene import Scene
from ui.shell.lesson import explain, note
from ui.widgets.markdown import escape
from ui.widgets.table import table
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.said import plain
from vit.pictures.decoded import PictureError
from vit.reference.compare import SHOWN_CLASSES, TOLERANCE, Report, compare
from vit.reference.file_pixels import FilePixels, read_file
from vit.reference.libraries import library_of, load_reference
from vit.reference.output import AnyTwin
from vit.serving.device_blocks import TOLERANCE as BETWEEN_DEVICES
from vit.serving.device_blocks import runs_on


@shared_result(max_entries=2)  # in the session's thread: the import takes seconds, in which models can run
def _reference(model_name: str) -> AnyTwin:
    if taught_heads.is_name(model_name):
        raise CheckpointError(
            "These classes were taught here, so no other library has them. What they stand on can be compared: choose "
            f"{taught_heads.backbone_of(model_name)} in the menu of models."
        )
    return load_reference(model_name)


@model_result(max_entries=256, patience=MORE_PASSES)
def _report(key: tuple[str, ...], _scene: Scene, _twin: AnyTwin, _file: FilePixels | None) -> Report:
    tolerance = TOLERANCE if runs_on(_scene.model).type == "cpu" else BETWEEN_DEVICES
    return compare(_scene.model, _twin, _scene.trace.pixels, tolerance, _file)


@shared_result(max_entries=16)  # in the session's thread: a large picture takes its processor a second
def _file_pixels(key: tuple[str, ...], _scene: Scene) -> FilePixels | None:
    picture = _scene.picture
    if picture.file is None:
        return None
    with UNPACKING.room(picture.size[0] * picture.size[1]):
        return read_file(_scene.model_name, picture.file, _scene.recipe, picture.notes)


def proof(scene: Scene) -> Report | None:
    """The comparison for this picture and model, run once; says what it is doing while it does it.

    None, and a sentence, where the library it came from has no such model.
    """
    with st.status("Importing the library the model came from, and loading it there …") as status:
        try:
            twin = _reference(scene.model_name)
            library = library_of(scene.model_name)
        except CheckpointError as error:
            status.update(label=escape(str(error)), state="complete")
            return None
        status.update(label=f"Reading the picture's file as {library or 'the library'} reads it …")
        file = _file_pixels(scene.key, scene)
        status.update(label=f"Running {twin.name} and our model on your picture …")
        try:
            report = _report(scene.key, scene, twin, file)
        except CheckpointError as error:
            status.update(label=escape(str(error)), state="complete")
            return None
        status.update(label=f"Compared with {twin.name}.", state="complete")
    return report


def same_pixels(scene: Scene, report: Report) -> None:
    """How the picture's file was read by both; where colours are treated otherwise, the choice to treat them alike."""
    if report.pixels is not None:
        st.markdown(f"**The pixels.** {escape(str(report.pixels))}")
    picture = chosen.picture
    if picture.file is None or not (picture.notes or picture.plain):
        return
    st.session_state.plain_menu = picture.plain

    def read() -> None:
        try:
            chosen.picture = read_again(picture, st.session_state.plain_menu)
        except (PictureError, ServerBusyError) as error:
            chosen.input_error = str(error)

    st.toggle(
        "Read the file's colours as the other library does",
        key="plain_menu",
        on_change=read,
        help="Colour profiles and transparency are then left aside, and deep pictures come out nearly white or black.",
    )


def on_the_command_line(scene: Scene) -> None:
    """How to do the same there, with a model that lies where a command finds it."""
    name = scene.model_name
    if not taught_heads.is_name(name) and plain(name) not in chosen.brought:
        st.markdown("The same from the command line, for any checkpoint and picture:")
        st.code(f"python -m vit.verify {shlex.quote(name)} --image FILE", language=None)


def where_it_ran(scene: Scene) -> None:
    """That ours ran on another device than the library's, where it did, and what that does to the numbers."""
    device = runs_on(scene.model)
    if device.type != "cpu":
        note(
            f"Here our blocks ran on the graphics card ({device.type}), the library on the processor (CPU). A graphics "
            f"card adds the same numbers in another order, so a difference of up to {BETWEEN_DEVICES:g} passes instead "
            f"of {TOLERANCE:g}."
        )


def same_names(report: Report) -> None:
    """What a classifier answers in both: the likeliest classes, their names and logits side by side."""
    if not report.classes:
        return
    explain("**The answer, read in both.** A *logit* is the number that the head gives a class.")
    table(
        [
            {
                "class": row.name,
                f"name in {report.reference}": row.reference_name,
                "our logit": f"{row.logit:.6f}",
                "its logit": f"{row.reference_logit:.6f}",
            }
            for row in report.classes[:SHOWN_CLASSES]
        ]
    )
    note(
        f"All {len(report.classes):,} names are the same; the largest difference of a logit is {report.logits:.2e}."
        if not report.misnamed
        else f"{len(report.misnamed):,} of {len(report.classes):,} names differ."
    )
