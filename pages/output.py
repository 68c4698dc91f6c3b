import streamlit as st

from ui import frame

scene = frame.open_page("output", "Soon.")
st.image(scene.seen)
frame.next_stage("output")
