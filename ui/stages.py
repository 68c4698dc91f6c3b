"""The stages of the walk, in order: one page each. The menu, the overview and the links read this."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stage:
    """One page: its file, its name in the menu (no icon: fonts for them would need the web), what happens there."""

    page: str
    title: str
    summary: str


STAGES = (
    Stage("pages/overview.py", "Overview", "The whole way from picture to answer on one page."),
    Stage("pages/patches.py", "1. Patches", "The picture is cut into a grid of small squares."),
    Stage("pages/patch_embedding.py", "2. Patch embedding", "Every square becomes a vector: a token."),
    Stage("pages/position.py", "3. Position", "Each token is told where it came from."),
    Stage("pages/attention.py", "4. Attention", "Tokens look at each other, in every layer and head."),
    Stage("pages/output.py", "5. Output", "One vector for the whole picture comes out."),
)


def stage_of(page: str) -> Stage:
    """The stage whose file is called ``page`` (``"patches"``)."""
    return next(stage for stage in STAGES if stage.page == f"pages/{page}.py")


def after(stage: Stage) -> Stage | None:
    """The next stage of the walk, None at its end."""
    position = STAGES.index(stage) + 1
    return STAGES[position] if position < len(STAGES) else None
