"""The code of sliders, charts and formulas, which Streamlit fetches and runs when the first of them is drawn: 5 MB.

A browser does both as soon as the first page stands, or whoever goes on to *Patches* would wait for it: two seconds on
a slow laptop, five over a wireless network that a class shares.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import streamlit

# As Streamlit's build names them, the small ones first; one that is no longer there comes when it is needed.
NAMES = ("Slider", "ImageList", "Metric", "DownloadButton", "rehype-katex", "PlotlyChart")
FOLDER = Path(streamlit.__file__).parent / "static" / "static" / "js"


@cache  # the folder has hundreds of files, and every visit gets a document
def fetched_ahead() -> str:
    """A script for Streamlit's document: it imports them, one after the other, when everything else is drawn."""
    files = [f"./static/js/{file.name}" for name in NAMES for file in sorted(FOLDER.glob(f"{name}.*.js"))]
    return f"""<script>
{{
  const stands = () => document.querySelector('[data-test-script-state="notRunning"]')
    && !document.querySelector('[data-testid="stSkeleton"], [aria-busy="true"]')
    && [...document.images].every((image) => image.complete);
  const asking = setInterval(async () => {{
    if (!stands()) return;
    clearInterval(asking);
    try {{
      for (const file of {json.dumps(files)}) await import(new URL(file, document.baseURI));
    }} catch {{ /* no network now: Streamlit fetches them when they are needed */ }}
  }}, 1000);
}}
</script>"""
