from functools import partial

from ui.session.scene import Scene
from ui.shell.downloads import downloads
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.page_foot import shapes, source

WORDS = (
    "Attention treats its tokens as a heap, not as a row: with the patches in any other order, every one of them would "
    "get the very same answer. So each token must be told where in the picture it came from."
)
LESSON = Lesson(
    goal="say why a transformer must be told where a patch came from, and how it is told",
    terms=("token", "vector", "embedding", "cosine", "attention"),
    question="Shuffle the patches of a picture but let each keep its own position. Does the output change? And if "
    "all positions are taken away?",
    answer="With their own positions: not at all; attention does not care in which order tokens stand in the "
    "row. Without positions it cannot even know: any order gives the same output, and that output is "
    "another one than before. The section that takes positions away lets you see by how much.",
)


def position(scene: Scene) -> None:
    from ui.parts.position.alike_places import alike_places
    from ui.parts.position.kinds import kind_of, what_this_model_does
    from ui.parts.position.place_and_picture import place_and_picture
    from ui.parts.position.sincos import playground
    from ui.parts.position.without_positions import without_positions
    from ui.server import results
    from vit.figures.position import grid_of_grids
    from vit.model.vit import ViT

    trace, layout = scene.trace, scene.layout
    kind = kind_of(scene.model.config)
    arrays, pictures = {"position_embedding": trace.position_embedding.numpy()}, {}

    what_this_model_does(scene)
    if kind.measured:
        alike_places(scene, kind.measured)
        arrays["similarity"] = results.position_similarity(scene.model_name, layout, scene.model)
        pictures["grid-of-grids"] = partial(grid_of_grids, arrays["similarity"])
        without_positions(scene)
    if kind.added:
        place_and_picture(scene)
    playground(layout.grid)

    shapes(
        ("patch_embedding", "b (gh gw) d", tuple(trace.patch_embedding.shape)),
        ("position_embedding", "n d", tuple(trace.position_embedding.shape)),
        ("tokens", "b n d", tuple(trace.tokens.shape)),
    )
    downloads("position", arrays, pictures)
    source(ViT.position_embedding, *kind.code, ViT.embed)


show_page("position", WORDS, position, lesson=LESSON)
