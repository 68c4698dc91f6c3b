import streamlit as st

from ui import frame

scene = frame.open_page(
    "train",
    "Every model on these pages was once a heap of random numbers. Here you can watch one learn: it looks at a "
    "**batch** of pictures, compares its answers with the right ones, and every number in it moves a little to where "
    "the answers would have been better. That is one **step**; a few hundred make a model that reads digits.",
)

from ui.training import form, inside, jobs, live, table, tryout  # noqa: E402  (torch: after the first words)
from vit.training.engine import Trainer  # noqa: E402

job = jobs.find(st.session_state.run)
if st.session_state.run and job is None:
    st.warning("The run in this link does not exist (any more). Here is what you can do instead.")
    st.session_state.run = None
if job:
    live.watch(job.name)
    inside.inside(job)
    tryout.try_out(job)
with st.expander("Set up a run", expanded=job is None):
    form.set_up()
table.table()

st.latex(
    r"\text{loss} = -\frac{1}{B} \sum_{i=1}^{B} \log p_i(\text{right class}) \qquad "
    r"\mathbf{w} \leftarrow \mathbf{w} - \text{rate} \cdot \text{(direction in which the loss grows)}"
)
frame.source(Trainer._step)
frame.next_stage("train")
