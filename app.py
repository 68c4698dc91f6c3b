"""The router: page frame and menu. Each page is a file in ``pages/``; what it shows is in ``ui/stages.py``."""

import streamlit as st

from ui.stages import STAGES

st.set_page_config(page_title="ViT Explainer", layout="wide")
st.navigation(
    [st.Page(stage.page, title=stage.title, default=stage is STAGES[0]) for stage in STAGES]
).run()
