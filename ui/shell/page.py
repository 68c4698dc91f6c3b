"""One page, from its title to the link to the next: ``show_page`` is all that a file in ``pages/`` calls."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.server import model_thread
from ui.server.waiting import told_while_waiting
from ui.session import choices
from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell import page_foot, picture_menu
from ui.shell.lesson import Lesson, closing, explain, opening
from ui.shell.refusals import refusals_said
from ui.shell.router import ensure_menu
from ui.shell.stages import page_title, stage_of
from ui.widgets.markdown import escape


def show_page(
    name: str,
    words: str,
    content: Callable[[Scene], None],
    lesson: Lesson | None = None,
    headline: Callable[[Scene], None] | None = None,
) -> None:
    """Show the page whose file is called ``name``: its head, ``content`` of the scene, and the link to the next page.

    Importing torch takes seconds, and a page is to be readable at once. So title and ``words`` are drawn before
    anything imports it: nothing that a page's file, or this one, imports at its top may import torch, and ``content``
    has its imports inside. Its local variables, traces among them, die with the run.

    ``lesson``: what the page teaches, said at its top and asked at its foot. ``headline`` is drawn between title and
    words, once the model has answered.

    The menu is announced here too: a page that is a server's first request runs without ``main.py``.
    """
    ensure_menu()
    stage = stage_of(name)
    st.set_page_config(page_title=page_title(stage), layout="wide")
    choices.start()
    st.title(stage.title, anchor=False)
    place_of_headline = st.container()
    explain(words)
    if lesson:
        opening(lesson)
    if chosen.input_error:
        st.error(f"{escape(chosen.input_error)} The picture in use stays.")
    line_in_use = st.empty()
    with st.sidebar:
        picture_menu.choose_picture(name)
    what = name, chosen.model, chosen.picture.key, chosen.side, chosen.whole
    scene: Scene | None = None  # as long as the model refuses
    control = chosen.shown == what  # the page stands, and something on it was touched
    with refusals_said(), model_thread.one_run(0.0 if control else model_thread.WHOLE_PAGE):
        scene = _traced()
        from ui.shell import model_in_use  # imports torch: see above

        with st.sidebar:
            model_in_use.menus(scene)
        if headline:
            with place_of_headline, refusals_said():
                headline(scene)
        with line_in_use:
            model_in_use.line(scene)
        choices.write_link()
        content(scene)
        chosen.shown = what
    if lesson:
        closing(lesson, nameless=scene is not None and not scene.model.config.n_classes)
    page_foot.next_stage(stage)


def _traced() -> Scene:
    """The picture as the model in use sees it; the first time on this server, torch is imported for it."""
    place_of_queue = st.empty()
    with st.spinner("The model reads the picture …"), told_while_waiting(_who_waits(place_of_queue)):
        model_thread.start()
        from ui.shell import model_in_use

        scene = model_in_use.traced()
    place_of_queue.empty()
    return scene


def _who_waits(place: DeltaGenerator) -> Callable[[], None]:
    """Says in ``place``, whenever it is called and their number has changed, how many others want the model too."""
    said = 0

    def say() -> None:
        nonlocal said
        others = model_thread.others_waiting()
        if others and others != said:
            words = f"{others} others wait" if others > 1 else "one other waits"
            place.caption(f"Many want the model at this moment: {words} with you.")
            said = others

    return say
