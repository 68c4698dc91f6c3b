import streamlit as st

from ui.session.keys import chosen
from ui.session.scene import Scene
from ui.shell.lesson import Lesson, explain, note
from ui.shell.page import show_page
from ui.shell.page_foot import source
from ui.widgets.formulas import formulas

WORDS = (
    "Every model on these pages was once a heap of random numbers. Here you can watch one learn: it looks at a "
    "**batch** of pictures, compares its answers with the right ones, and every number in it moves a little to where "
    "the answers would have been better. That is one **step**; a few hundred make a model that reads digits."
)
LESSON = Lesson(
    goal="tell a model that learns from one that only learns by heart",
    terms=("batch", "epoch", "loss", "weights", "checkpoint"),
    question="The loss on the pictures it learns from falls and falls, but fewer and fewer held-out pictures are "
    "named rightly. What has happened, and what helps?",
    answer="It learns its pictures by heart (*overfitting*). More pictures help, or changed ones (shifted, "
    "turned), a smaller model, dropout, or to stop earlier; the film of checkpoints shows when it was "
    "best.",
)


def train(scene: Scene) -> None:
    from ui.parts.train import checkpoint_film, evaluation, form, run_table, tryout, watch
    from ui.session import run_list
    from vit.training.learn.engine import Trainer

    job = run_list.find(chosen.run)
    if chosen.run and job is None:
        st.warning("The run in this link does not exist (any more). Here is what you can do instead.")
        chosen.run = None
    if job is None:
        watch.others()
    with st.expander("Set up another run" if job else "Set up a run", expanded=job is None):
        form.set_up()
    if job:
        watch.watch(job.name)
        checkpoint_film.inside(job)
        evaluation.judged(job)
        tryout.try_out(job)
    run_table.run_table()

    st.subheader("What one step does", anchor=False)
    explain(
        "The *loss* of a batch of *B* pictures is the mean of −log of the probability that the model gave to the right "
        "class: 0 if it was sure of it, large if it was sure of another. Then every weight **w** takes a small step "
        "against the *gradient*, the direction in which the loss grows fastest; the *learning rate* η says how small."
    )
    formulas(
        r"\text{loss} = -\frac{1}{B} \sum_{i=1}^{B} \log p_i(\text{right class})",
        r"\mathbf{w} \;\leftarrow\; \mathbf{w} - \eta\, \frac{\partial\, \text{loss}}{\partial \mathbf{w}}",
    )
    note("The optimisers here, Adam and AdamW, also remember earlier gradients and scale each weight's step by them.")
    source(Trainer._step)


show_page("train", WORDS, train, lesson=LESSON)
