"""The picture going through the model: what every page looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from ui.server import traces
from ui.server.shared import shared_result
from ui.session import choices
from ui.session.keys import chosen
from ui.session.picture import Picture

if TYPE_CHECKING:
    from vit import Trace, ViT
    from vit.model.layout import TokenLayout
    from vit.pictures.paper_digits import PaperDigit
    from vit.pictures.preprocess import Preprocessing, Side


@dataclass(frozen=True)
class Scene:
    """What a page is handed: the picture, the model it goes through, and which part of both the person looks at.

    A *scene*, because it is what is seen from one chosen place (layer, head, token); pages call it ``scene``.
    It holds no trace: what a page leaves behind in a session (its callbacks, its fragments) holds the scene,
    and a trace held there would take its 12 MB a session for as long as that is open.
    """

    picture: Picture
    model_name: str
    side: Side  # of what the model sees
    model: ViT
    layout: TokenLayout
    paper: PaperDigit | None = None  # the steps from a photographed digit to ``picture``

    @property
    def trace(self) -> Trace:
        """Everything that was recorded in the pass; asked for anew at every use, so keep it in a local variable."""
        return traces.get_trace(self.model_name, self.picture, self.side)

    @property
    def key(self) -> tuple[str, str, str]:
        """Names this trace in caches of what is derived from it."""
        return self.model_name, self.picture.key, str(self.side)

    @property
    def recipe(self) -> Preprocessing:
        """How the picture was brought to the size in use."""
        return self.model.preprocessing.for_side(self.side)

    @property
    def cropped(self) -> Image.Image:
        """The picture as the model sees it: resized and cropped."""
        return _cropped(self.key, self)

    @property
    def layer(self) -> int:
        """The chosen layer; three quarters of the way up where none (or none that exists) is chosen."""
        layer, depth = chosen.layer, self.model.config.depth
        return layer if layer is not None and layer < depth else depth * 3 // 4

    @property
    def level(self) -> int:
        """The chosen level of the residual stream: 0 before the first block, i + 1 after block i."""
        return 0 if chosen.before_blocks else self.layer + 1

    def set_level(self, level: int) -> None:
        """Choose a level (a callback). After a block it is that layer, for other pages too; before all it is not."""
        chosen.before_blocks = level == 0
        if level:
            chosen.layer = level - 1

    @property
    def head(self) -> int:
        """The chosen head; the first where none (or none that exists) is chosen."""
        return chosen.head if chosen.head is not None and chosen.head < self.model.config.heads else 0

    @property
    def token(self) -> int:
        """The chosen token: CLS, or the middle patch where the model has no such token."""
        token = choices.find_token(chosen.token, self.layout)
        return token if token is not None else (0 if self.layout.n_prefix else self.patch)

    @property
    def patch(self) -> int:
        """The token index of the chosen patch, the middle one where none is chosen."""
        token = choices.find_token(chosen.patch, self.layout)
        gh, gw = self.layout.grid
        if token is None or token < self.layout.n_prefix:
            return self.layout.patch_token(gh // 2, gw // 2)
        return token

    @property
    def place(self) -> tuple[int, int]:
        """The (row, column) of the chosen patch."""
        return divmod(self.patch - self.layout.n_prefix, self.layout.grid[1])

    @property
    def whose_attention(self) -> str:
        """Whose attention is shown where a page shows what the output takes from each patch; begins a sentence."""
        pooling = self.model.config.pooling.split("+")
        if "map" in pooling:
            return "Where the pooling head looks, mean over its heads"
        if pooling[0] in self.layout.prefix:
            name = self.layout.name(self.layout.prefix.index(pooling[0]))
            return f"Where {name} looks in the last block, mean over heads"
        return "Where all patches together look in the last block, mean over heads"

    def pick(self, token: int) -> None:
        """Make ``token`` the chosen one (a callback for the figures that can be clicked)."""
        choices.set_token(token, self.layout)

    def choose(self, token: int, layer: int | None, head: int | None) -> None:
        """Make a token the chosen one, and a layer and a head where they are given (a callback)."""
        self.pick(token)
        if layer is not None:
            chosen.layer = layer
        if head is not None:
            chosen.head = head


@shared_result(max_entries=64)
def _cropped(key: tuple[str, ...], _scene: Scene) -> Image.Image:
    """Made once, not at every rerun; shared, so nobody paints into it."""
    image = _scene.recipe.to_image(traces.get_pixels(_scene.model_name, _scene.picture, _scene.side))
    return image.convert("L") if _scene.recipe.channels == 1 else image
