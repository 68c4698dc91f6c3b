from ui.session.scene import Scene
from ui.shell.lesson import Lesson, explain
from ui.shell.page import show_page
from ui.shell.stages import STEPS
from ui.widgets.markdown import in_words

WORDS = (
    f"A **Vision Transformer** turns a picture into an answer in {in_words(len(STEPS))} steps: it is cut into "
    "**patches** (1); each becomes a **token**, a list of numbers (2), which is told its place (3); in every **block** "
    "tokens take from one another (4) and each is worked on (5); in the end the answer is read (6)."
)
LESSON = Lesson(
    goal="say in one breath how a picture becomes an answer",
    terms=("patch", "token", "CLS", "block", "vector", "attention", "MLP", "classifier"),
    question="Under each block stands what the model would say if it stopped there. From which block on does it stay "
    "with its answer? Does another sample settle earlier?",
    answer="Under the answer stands from which block on. Before that it often changes its mind several times: only "
    "what comes after the last block was trained to be read as an answer, so earlier names are a look "
    "over its shoulder, not a promise.",
    without_classes=(
        "Point at a patch of the thing in the picture and follow it from block to block. From where does it take in "
        "the first blocks, and from where in the last?",
        "Look where the blue ribbons begin. A token may take from any other, however far away: what makes patches near "
        "to each other here is not their place but what they have come to mean.",
    ),
)


def overview(scene: Scene) -> None:
    from ui.parts.overview.other_steps import other_steps
    from ui.parts.overview.whole_model import whole_model
    from ui.shell.page_foot import shapes, source
    from vit import ViT
    from vit.model.shapes import walk

    trace, layout, config = scene.trace, scene.layout, scene.model.config
    whole_model(scene)
    other_steps()
    explain(
        "**Point at a patch** and follow its token, the orange line. Tokens of like colour have come to mean like "
        "things. The blue ribbons come from the five tokens that it takes most from in each block (mean of the heads), "
        "as broad as their share; the bars say how much attention and MLP add to it, and how far its vector then "
        "points to the answer. **Click a block** to unfold it in its place, a title to open its page."
    )
    words = (
        f"**b** pictures at a time (here 1), **n** = {layout.n_tokens} tokens, **d** = {config.width} numbers "
        f"a token, **h** = {config.heads} heads of **k** = {config.head_width}. "
        "The names are those of the code: `trace.tokens`, `trace.blocks[0].pattern` …"
    )
    shapes(*((step.name, step.axes, step.shape) for step in walk(trace, config.head_width, scene.layer)), words=words)
    source(ViT.trace)


def answer(scene: Scene) -> None:
    from ui.parts.overview.answer import answer_sentence

    answer_sentence(scene)


show_page("overview", WORDS, overview, lesson=LESSON, headline=answer)
