"""README's recipe for adding a stage, followed to the letter in a copy of the project."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.places import ROOT
from tests.support.words import as_read

# Opens the new page and the Overview in the copy, and says what is in the menu and on each.
LOOK = """
import json, sys
import streamlit as st
from streamlit.testing.v1 import AppTest

menus, navigation = [], st.navigation
st.navigation = lambda groups: menus.append(groups) or navigation(groups)
overview = AppTest.from_file("main.py", default_timeout=120).run()
links = [link.proto.label for link in overview.get("page_link")]
page = AppTest.from_file("main.py", default_timeout=120).run().switch_page(sys.argv[1]).run()
print(json.dumps({
    "errors": [error.value for at in (overview, page) for error in (*at.exception, *at.error)],
    "menu": [stage.title for stage in menus[-1]["The walk"]],
    "words": " ".join(words.value for words in overview.markdown),
    "steps": [label for label in links if label.endswith("→")],
    "captions": [caption.value for caption in overview.caption],
    "title": page.title[0].value,
    "page": [element.value for element in (*page.markdown, *page.caption)],
}))
"""


def test_a_stage_is_added_as_the_readme_says(tmp_path: Path) -> None:
    recipe = (
        (ROOT / "README.md").read_text().partition("**To add a stage**")[2].partition("**To add a model family**")[0]
    )
    page, entry = re.findall(r"```python\n(.*?)```", recipe, re.S)
    name = re.search(r"`(pages/\w+\.py)`", recipe)[1]
    assert page.count("\n") <= 40

    for part in ("app.py", "main.py", "pages", "ui", "vit"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        copy(ROOT / part, tmp_path / part)
    for part in ("weights", "configs", "data", "sample_images", "static", ".streamlit"):
        (tmp_path / part).symlink_to(ROOT / part)
    (tmp_path / name).write_text(page)
    stages = tmp_path / "ui" / "shell" / "stages.py"
    before, output, after = stages.read_text().partition('    Stage("output"')
    stages.write_text(before + entry + output + after)

    done = subprocess.run([sys.executable, "-c", LOOK, name], cwd=tmp_path, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["errors"] == []
    assert seen["menu"][-2:] == ["6. Lengths", "7. Output"], "numbers are places in the walk"
    assert "in seven steps" in seen["words"]
    assert seen["steps"] == ["**6. Lengths** →"], "a step without a place in the picture of the model stands below it"
    assert "Vectors grow from block to block." in map(as_read, seen["captions"])
    assert seen["title"] == "6. Lengths"
    assert any("the longest vector of a patch" in as_read(words) for words in seen["page"])
    assert any("1 × 257 × 384" in words for words in seen["page"])
