import streamlit as st

from ui import frame

scene = frame.open_page("overview", "Soon.")
st.image(scene.seen)
frame.next_stage("overview")
