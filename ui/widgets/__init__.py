"""Streamlit pieces that know no page and no model."""
