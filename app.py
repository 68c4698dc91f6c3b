"""The server, for ``streamlit run app.py``. It begins its work before anybody comes; each visit runs ``main.py``."""

import streamlit as st

from ui.parts.overview.head_start import head_start

app = st.App("main.py", lifespan=head_start)
