from ui.session.scene import Scene
from ui.shell.lesson import Lesson
from ui.shell.page import show_page
from ui.shell.stages import STEPS
from ui.widgets.markdown import in_words

WORDS = (
    f"A **Vision Transformer** turns a picture into an answer in {in_words(len(STEPS))} steps. Below, *your* picture "
    "takes them: every thumbnail is computed from it by the model you can read in this project, nothing is drawn by "
    "hand. Choose a picture on the left, then open a step to see how it works."
)
LESSON = Lesson(
    goal="say in one breath how a picture becomes an answer",
    terms=("patch", "token", "block", "vector", "classifier"),
    question="Under the coloured pictures stands what the model would say if it stopped there. From which block on "
    "does it stay with its answer? Does another sample settle earlier?",
    answer="The last card says from which block on. Before that it often changes its mind several times: only "
    "what comes after the last block was trained to be read as an answer, so earlier names are a look "
    "over its shoulder, not a promise.",
)


def overview(scene: Scene) -> None:
    import streamlit as st

    from ui.parts.overview.answer import answer_by_level
    from ui.parts.overview.card_grid import card_grid
    from ui.parts.overview.cards import attending_token
    from ui.server import results
    from ui.shell.layer_slider import layer_slider
    from ui.shell.page_foot import shapes, source
    from ui.widgets.thumbnails import thumbnails
    from vit import ViT
    from vit.model.shapes import walk

    trace, layout, config = scene.trace, scene.layout, scene.model.config
    card_grid(scene)
    layer = layer_slider(scene)
    whose = layout.name(attending_token(scene))
    st.caption(f"The slider moves two of the cards: where {whose} looks, and to which patches the MLP adds most.")

    st.subheader("The tokens after every block", anchor=False)
    st.markdown(
        f"Attention and the small network behind it (the *MLP*) are repeated in **{trace.depth} blocks**. Each block "
        "adds something to every token's vector. Here every patch is coloured by the three main directions in which "
        "the vectors differ: patches of like colour have come to mean like things."
    )
    names = ["input", *(f"block {layer}" for layer in range(trace.depth))]
    if trace.logits is not None:
        st.markdown("Under each: what the model would say if it stopped there.")
        names = [f"{name}: {said}" for name, said in zip(names, answer_by_level(scene), strict=True)]
    pictures = results.level_pictures(scene.key, 116, trace)
    thumbnails([(png, name, f"Patch vectors, {name}") for png, name in zip(pictures, names, strict=True)], side=116)

    words = (
        f"**b** pictures at a time (here 1), **n** = {layout.n_tokens} tokens, **d** = {config.width} numbers "
        f"a token, **h** = {config.heads} heads of **k** = {config.head_width}. "
        "The names are those of the code: `trace.tokens`, `trace.blocks[0].pattern` …"
    )
    shapes(*((step.name, step.axes, step.shape) for step in walk(trace, layer)), words=words)
    source(ViT.trace)


def answer(scene: Scene) -> None:
    from ui.parts.overview.answer import answer_sentence

    answer_sentence(scene)


show_page("overview", WORDS, overview, lesson=LESSON, headline=answer)
