"""Every page of the app, one entry each; menu, numbers, Overview, links and tests read this and nothing else.

The order of the entries is the order of the menu, of the cards on the Overview, and of the links to the next page.
"""

from __future__ import annotations

from dataclasses import dataclass

# The groups of the menu, in the order in which the first stage of each stands below.
WALK, ASK, MAKE, CHECK = "The walk", "Ask", "Make", "Check"


@dataclass(frozen=True)
class Stage:
    """One page.

    ``name`` is that of its file in ``pages/``, ``label`` what it is called, ``summary`` one sentence about what happens
    there, ``group`` its group in the menu. ``card`` names the function of ``ui/parts/overview/cards.py`` that
    makes its cards on the Overview; a stage of the walk without one gets a plain card.
    No icon: fonts for them would need the web.
    """

    name: str
    label: str
    summary: str
    group: str
    card: str | None = None

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
    Stage("patches", "Patches", "The picture is cut into a grid of small squares.", WALK, "picture_and_patches"),
    Stage("patch_embedding", "Patch embedding", "Every square becomes a vector: a token.", WALK, "patch_embedding"),
    Stage("position", "Position", "Each token is told where it came from.", WALK, "position"),
    Stage("attention", "Attention", "Tokens look at each other, in every block and head.", WALK, "attention"),
    Stage("block", "Block", "Norm, attention, norm, MLP: what one block adds to a token.", WALK, "block"),
    Stage("output", "Output", "One vector for the whole picture comes out.", WALK, "output"),
    Stage("what_if", "What if", "Hide patches, switch heads off: does the answer stand?", ASK),
    Stage("train", "Train", "Watch a model learn, and draw digits for it.", MAKE),
    Stage("verify", "Verify", "Our numbers against transformers', block by block.", CHECK),
)
STEPS = tuple(stage for stage in STAGES[1:] if stage.group == WALK)  # what the Overview goes through, numbered from 1


def stage_of(name: str) -> Stage:
    """The stage whose file is called ``name`` (``"patches"``)."""
    return next(stage for stage in STAGES if stage.name == name)


def after(stage: Stage) -> Stage | None:
    """The page to go to next, None on the last."""
    following = STAGES.index(stage) + 1
    return STAGES[following] if following < len(STAGES) else None
