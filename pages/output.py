from functools import partial

from ui.session.scene import Scene
from ui.shell.downloads import csv, downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "Many vectors went through the blocks; one comes out for the whole picture. It is what the model has to say: a "
    "classifier reads its classes from it, a search engine compares it with those of other pictures."
)
LESSON = Lesson(
    goal="say how many vectors become one, and how a classifier makes names of it",
    terms=("CLS", "vector", "classifier", "logit", "softmax", "temperature", "cosine"),
    question="Set the temperature to 10. Does another class win? And what would change if 5 were added to every logit?",
    answer="No class overtakes another, whatever T: the order of the logits stays, only the distances shrink. "
    "Adding 5 to all changes nothing: each *e* to the power of a logit, and so their sum, becomes e⁵ times as large, "
    "and the shares stay. Only differences count.",
    without_classes=(
        "This model names nothing. What can its one vector still be good for? Look which samples come out nearest.",
        "Vectors can be compared: pictures that the model takes for alike have a cosine near 1. And names can be "
        "learned on top, from a few pictures of each: the page *Teach* does.",
    ),
)


def output(scene: Scene) -> None:
    from ui.parts.output import zero_shot
    from ui.parts.output.classes import classes, no_classes
    from ui.parts.output.forming import forming
    from ui.parts.output.neighbours import neighbours
    from ui.parts.output.patch_lens import patches_by_class
    from ui.parts.output.pooling import many_become_one, patch_values, per_patch
    from ui.server.results import logit_lens
    from ui.server.text_halves import reads_text
    from vit.model.pooling import MAPHead
    from vit.model.vit import ViT

    trace, model = scene.trace, scene.model
    many_become_one(scene)
    per_patch(scene)
    formed = forming(scene)
    if model.head is not None:
        classes(scene)
        patches_by_class(scene)
    elif reads_text(scene.model_name):
        zero_shot.fits(scene)
    else:
        no_classes(scene)
    neighbours(scene)

    pooled = trace.pooled[0].numpy()
    steps = [("final", "b n d", tuple(trace.final.shape)), ("pooled", "b d", tuple(trace.pooled.shape))]
    arrays = {"pooled": pooled, "final": trace.final[0].numpy(), "per_patch": patch_values(scene)}
    arrays |= {f"forming_{name}": array for name, array in vars(formed).items()}
    if trace.logits is not None:
        steps.append(("logits", "b classes", tuple(trace.logits.shape)))
        arrays["logits_by_level"] = logit_lens(scene.key, model, trace)
    shapes(*steps)
    downloads("output", arrays, table=partial(csv, {"dimension": range(len(pooled)), "value": pooled}))
    source(ViT.pool_and_classify, *([MAPHead] if trace.pool_pattern is not None else []))


show_page("output", WORDS, output, lesson=LESSON)
