"""All that knows Streamlit and is not a page."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # where app.py, pages/, sample_images/ and static/ lie
