"""What a program says that Python runs from the beginning: nothing is imported before it, no bound of its own stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT


def said(code: str, *arguments: str | Path, **variables: str) -> str:
    """Run ``code`` in the project's folder with these ``arguments`` and environment ``variables``; what it printed.
    CalledProcessError if it ends in an error."""
    command, environment = [sys.executable, "-c", code, *map(str, arguments)], os.environ | variables
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return done.stdout.strip()
