from functools import partial

from ui.session.scene import Scene
from ui.shell.downloads import downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "A transformer reads a *row of vectors*, not a picture. So the picture is brought to a fixed size and cut into "
    "small squares of equal size, the **patches**. Each patch will become one vector: what a word is in a sentence, "
    "a patch is in a picture."
)
LESSON = Lesson(
    goal="say how many patches a picture has, and how many numbers are in one",
    terms=("patch", "token", "pattern"),
    question="A picture of 224 × 224 pixels is cut into patches of 16. How many patches are there, and how many "
    "numbers has each? And if the side of a patch is halved, how many times as many pairs of patches are "
    "there?",
    answer="224 / 16 = 14, so 14 · 14 = 196 patches; each has 16 · 16 pixels of 3 colours, 768 numbers. Half the "
    "side makes four times the patches and sixteen times the pairs. The last slider of the page counts it "
    "for you.",
)


def patches(scene: Scene) -> None:
    from ui.parts.patches.grid import grid
    from ui.parts.patches.model_input import model_input
    from ui.parts.patches.one_patch import one_patch
    from ui.parts.patches.paper_steps import paper_steps
    from ui.parts.patches.smaller_patches import smaller_patches
    from vit.figures.patches import patches_apart
    from vit.model.trace import cut_into_patches
    from vit.pictures.preprocess import Preprocessing

    trace, picture = scene.trace, scene.cropped
    if scene.paper:
        paper_steps(scene.paper)
    model_input(scene)
    grid(scene)
    shapes(
        ("pixels", "b c (gh p1) (gw p2)", tuple(trace.pixels.shape)),
        ("patches", "b (gh gw) (p1 p2 c)", tuple(trace.patches.shape)),
    )
    patch = one_patch(scene)
    smaller_patches(scene)

    downloads(
        "patches",
        {"pixels": trace.pixels[0].numpy(), "patches": trace.patches[0].numpy(), "chosen_patch": patch},
        {"crop": picture.copy, "grid": partial(patches_apart, picture, trace.patch_size)},
    )
    source(Preprocessing, cut_into_patches)


show_page("patches", WORDS, patches, lesson=LESSON)
