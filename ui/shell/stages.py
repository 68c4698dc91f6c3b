"""The pages: first the stages of the walk, in order, then the tools. The menu, the overview and the links read this."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath


@dataclass(frozen=True)
class Stage:
    """One page: its file, its name in the menu (no icon: fonts for them would need the web), what happens there."""

    page: str
    title: str
    summary: str

    @property
    def name(self) -> str:
        """What its file is called (``"patches"``)."""
        return PurePath(self.page).stem

    @property
    def path(self) -> str:
        """Where it is below the app's own address: ``""`` for the first."""
        return "" if self is STAGES[0] else self.name


STAGES = (
    Stage("pages/overview.py", "Overview", "The whole way from picture to answer on one page."),
    Stage("pages/patches.py", "1. Patches", "The picture is cut into a grid of small squares."),
    Stage("pages/patch_embedding.py", "2. Patch embedding", "Every square becomes a vector: a token."),
    Stage("pages/position.py", "3. Position", "Each token is told where it came from."),
    Stage("pages/attention.py", "4. Attention", "Tokens look at each other, in every layer and head."),
    Stage("pages/output.py", "5. Output", "One vector for the whole picture comes out."),
)
TOOLS = (
    Stage("pages/what_if.py", "What if", "Hide patches, switch heads off: does the answer stand?"),
    Stage("pages/train.py", "Train", "Watch a model learn, and draw digits for it."),
    Stage("pages/verify.py", "Verify", "Our numbers against transformers', layer by layer."),
)
PAGES = STAGES + TOOLS


def stage_of(name: str) -> Stage:
    """The stage or tool whose file is called ``name`` (``"patches"``)."""
    return next(stage for stage in PAGES if stage.name == name)


def after(stage: Stage) -> Stage | None:
    """The page to go to next, None on the last."""
    position = PAGES.index(stage) + 1
    return PAGES[position] if position < len(PAGES) else None
