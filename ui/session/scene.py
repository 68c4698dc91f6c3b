"""The picture going through the model: what every page looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st
from PIL import Image

from ui.server import traces
from ui.session import choices

if TYPE_CHECKING:
    from vit import Trace, ViT
    from vit.model.layout import TokenLayout
    from vit.pictures.preprocess import Preprocessing


@dataclass(frozen=True)
class Scene:
    """The picture going through the model, and what the person is looking at.

    It holds no trace: what a page leaves behind in a session (its callbacks, its fragments) holds the scene,
    and a trace held there would take its 12 MB a session for as long as that is open.
    """

    picture: choices.Picture
    model_name: str
    side: int | None
    model: ViT
    layout: TokenLayout

    @property
    def trace(self) -> Trace:
        return traces.get_trace(self.model_name, self.picture, self.side)

    @property
    def key(self) -> tuple[str, str, str]:
        """Names this trace in caches of what is derived from it."""
        return self.model_name, self.picture.key, str(self.side)

    @property
    def recipe(self) -> Preprocessing:
        """How the picture was brought to the size in use."""
        return self.model.preprocessing.at(*(n * self.model.config.patch_size for n in self.layout.grid))

    @property
    def seen(self) -> Image.Image:
        """The picture as the model sees it: resized and cropped."""
        return _cropped(self.key, self.recipe, self.picture.image)

    @property
    def layer(self) -> int:
        """The chosen layer; three quarters of the way up where none (or none that exists) is chosen."""
        layer = st.session_state.layer
        return layer if layer is not None and layer < self.model.config.depth else self.model.config.depth * 3 // 4

    @property
    def level(self) -> int:
        """The chosen level of the residual stream: 0 before the first block, i + 1 after block i."""
        return 0 if st.session_state.get("before_blocks") else self.layer + 1

    def set_level(self, level: int) -> None:
        """Choose a level (a callback). After a block it is that layer, for other pages too; before all it is not."""
        st.session_state.before_blocks = level == 0
        if level:
            st.session_state.layer = level - 1

    @property
    def head(self) -> int:
        head = st.session_state.head
        return head if head is not None and head < self.model.config.heads else 0

    @property
    def token(self) -> int:
        """The chosen token: CLS, or the middle patch where the model has no such token."""
        token = choices.find_token(st.session_state.token, self.layout)
        return token if token is not None else (0 if self.layout.n_prefix else self.patch)

    @property
    def patch(self) -> int:
        """The token index of the chosen patch, the middle one where none is chosen."""
        token = choices.find_token(st.session_state.patch, self.layout)
        gh, gw = self.layout.grid
        if token is None or token < self.layout.n_prefix:
            return self.layout.patch_token(gh // 2, gw // 2)
        return token

    def pick(self, token: int) -> None:
        """Make ``token`` the chosen one (a callback for the figures that can be clicked)."""
        choices.set_token(token, self.layout)

    def choose(self, token: int, layer: int | None, head: int | None) -> None:
        """Make a token the chosen one, and a layer and a head where they are given (a callback)."""
        self.pick(token)
        if layer is not None:
            st.session_state.layer = layer
        if head is not None:
            st.session_state.head = head


@st.cache_resource(max_entries=64, show_spinner=False)
def _cropped(key: tuple[str, ...], _recipe: Preprocessing, _image: Image.Image) -> Image.Image:
    """Resized and cropped once, not at every rerun; shared, so nobody paints into it."""
    return _recipe.crop(_image)


def current_scene() -> Scene:
    """Trace the chosen picture; a model that cannot be had is replaced by the bundled one, with a sentence."""
    from ui.shell import model_menu
    from vit.checkpoints.files import CheckpointError

    chosen = st.session_state
    if chosen.model not in model_menu.offered():
        chosen.model = choices.DEFAULT_MODEL
    try:
        model = traces.get_model(chosen.model)
    except CheckpointError as error:
        st.warning(f"{choices.escape(str(error))} The bundled model is used instead.")
        chosen.model = choices.DEFAULT_MODEL
        model = traces.get_model(chosen.model)
    if chosen.side not in model_menu.resolutions(model):
        chosen.side = None
    trace = traces.get_trace(chosen.model, chosen.picture, chosen.side)
    return Scene(chosen.picture, chosen.model, chosen.side, model, trace.layout)
