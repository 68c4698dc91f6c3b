"""The server, for ``streamlit run app.py``. It begins its work before anybody comes; each visit runs ``main.py``."""

import streamlit as st
from starlette.middleware import Middleware

from ui.parts.overview.head_start import head_start
from ui.server.packed_scripts import PackedScripts
from ui.shell.first_words import FirstWords

app = st.App("main.py", lifespan=head_start, middleware=[Middleware(FirstWords), Middleware(PackedScripts)])
