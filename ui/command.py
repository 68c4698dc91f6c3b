"""``vit-explainer``: start the app from an installed package. Arguments go to ``streamlit run``."""

from __future__ import annotations

import os
import sys

from vit.paths import ROOT, RUNS


def main() -> None:
    """Become Streamlit's process, in the folder where its settings lie; runs stay where the command was given."""
    os.environ.setdefault("VIT_EXPLAINER_RUNS_FOLDER", str(RUNS))
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), *sys.argv[1:]])
