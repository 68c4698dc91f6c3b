import streamlit as st

from ui import frame

scene = frame.open_page("patch_embedding", "Soon.")
st.image(scene.seen)
frame.next_stage("patch_embedding")
