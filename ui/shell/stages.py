"""Every page of the app, one entry each; menu, numbers, Overview, links and tests read this and nothing else.

The order of the entries is the order of the menu, and of the links to the next page.
"""

from __future__ import annotations

from dataclasses import dataclass

# The groups of the menu, in the order in which the first stage of each stands below.
WALK, ASK, MAKE, CHECK = "The walk", "Ask", "Make", "Check"


@dataclass(frozen=True)
class Stage:
    """One page.

    ``name`` is that of its file in ``pages/``, ``label`` what it is called, ``summary`` one sentence about what happens
    there, ``group`` its group in the menu. ``place``: over which part of the Overview's picture of the whole model its
    title stands, ``picture``, ``tokens``, ``blocks`` or ``answer``; a stage of the walk without one is named below it.
    No icon: fonts for them would need the web.
    """

    name: str
    label: str
    summary: str
    group: str
    place: str | None = None

    @property
    def page(self) -> str:
        """Its file, below the project's folder."""
        return f"pages/{self.name}.py"

    @property
    def path(self) -> str:
        """Where it is below the app's own address: ``""`` for the first."""
        return "" if self is STAGES[0] else self.name

    @property
    def title(self) -> str:
        """What menu, page and links call it: a step of the walk by its number and label."""
        return f"{STEPS.index(self) + 1}. {self.label}" if self in STEPS else self.label


STAGES = (
    Stage("overview", "Overview", "The whole way from picture to answer on one page.", WALK),
    Stage("patches", "Patches", "The picture is cut into a grid of small squares.", WALK, "picture"),
    Stage("patch_embedding", "Patch embedding", "Every square becomes a vector: a token.", WALK, "tokens"),
    Stage("position", "Position", "Each token is told where it came from.", WALK, "tokens"),
    Stage("attention", "Attention", "Tokens look at each other, in every block and head.", WALK, "blocks"),
    Stage("block", "Block", "Norm, attention, norm, MLP: what one block adds to a token.", WALK, "blocks"),
    Stage("output", "Output", "One vector for the whole picture comes out.", WALK, "answer"),
    Stage("why", "Why", "What in the picture speaks for the answer, and whether that is true.", ASK),
    Stage("what_if", "What if", "Hide patches, switch heads off: does the answer stand?", ASK),
    Stage("teach", "Teach", "A few photographs of your own things, and the model tells them apart.", MAKE),
    Stage("train", "Train", "Watch a model learn, and draw digits for it.", MAKE),
    Stage("verify", "Verify", "Our numbers against transformers', block by block.", CHECK),
)
STEPS = tuple(stage for stage in STAGES[1:] if stage.group == WALK)  # what the Overview goes through, numbered from 1


def stage_of(name: str) -> Stage:
    """The stage whose file is called ``name`` (``"patches"``)."""
    return next(stage for stage in STAGES if stage.name == name)


def page_title(stage: Stage) -> str:
    """What the browser calls the page, in its tab and in a bookmark."""
    return f"{stage.title} · ViT Explainer"


def after(stage: Stage) -> Stage | None:
    """The page to go to next, None on the last."""
    following = STAGES.index(stage) + 1
    return STAGES[following] if following < len(STAGES) else None
