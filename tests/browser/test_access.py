"""Every page as people meet it, in light, dark and on a phone: no fault axe-core calls serious, a clean console.

The pictures of it all are left in ``test-output/pages`` to be looked at.
"""

from __future__ import annotations

import re
from io import BytesIO

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.support.browser import settled, window
from tests.support.places import ROOT
from tests.support.runs import RUN
from ui.shell.stages import STAGES

pytestmark = pytest.mark.slow
# Name → colours, and the widths of the window in turn.
LOOKS = {"light": ("light", (1280, 1920)), "dark": ("dark", (1280,)), "phone": ("light", (390,))}
# Every page as it opens, and what takes a step to see: a trained run, and a model of another kind.
VIEWS = [*(stage.path for stage in STAGES), f"train?run={RUN}", "?model=mnist-vit"]
WALK = {stage.path for stage in STAGES if stage.place}
PICTURES = ROOT / "test-output" / "pages"
# Streamlit's own, out of a page's reach: headings inside its menu's list; formulas that scroll on a phone
# (browsers let the keyboard scroll those).
NOT_OURS = {"list", "listitem", "scrollable-region-focusable"}
MARKS = ".js-plotly-plot .plot"  # a chart's bars and dots, thousands of them, without a word among them
# Opened by a deep link, Streamlit's page looks for its server below the page's own address first.
LOOKING = ("/_stcore/health", "/_stcore/host-config")


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_can_be_read_by_everybody(browser: Browser, address: str, view: str, look: str) -> None:
    scheme, widths = LOOKS[look]
    complaints: list[str] = []
    with window(browser, widths[0], 1080, color_scheme=scheme) as page:

        def heard(message: ConsoleMessage) -> None:
            if message.type == "error" and not message.location["url"].endswith(LOOKING):
                complaints.append(message.text)

        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}/{view}")
        page.wait_for_selector("h1")
        settled(page)
        name = re.sub("[^a-z0-9]+", "-", view).strip("-") or "overview"
        for width in widths:
            readable(page, width, f"{name}-{look}-{width}.png")
        if look == "phone" and view in WALK:  # read to its end: its tables have no room for what few need
            tables = "[...document.querySelectorAll('[data-testid=stMarkdownContainer]:has(> table)')]"
            cut = "t => t.checkVisibility() && t.scrollWidth > t.clientWidth"
            assert page.evaluate(f"{tables}.filter({cut}).length") == 0
    assert not complaints


def readable(page: Page, width: int, picture: str) -> None:
    """The whole of the page in a window of this width: no serious fault, nothing to scroll sideways for."""
    page.set_viewport_size({"width": width, "height": 1080})
    page.wait_for_timeout(1000)  # pictures and charts are drawn after the script has ended
    main = page.get_by_test_id("stMain")
    page.set_viewport_size({"width": width, "height": main.evaluate("main => main.scrollHeight")})
    page.wait_for_timeout(1000)
    PICTURES.mkdir(parents=True, exist_ok=True)
    shot = page.screenshot(path=PICTURES / picture)
    drawn = Image.open(BytesIO(shot)).convert("L").resize((50, 50))
    assert len(np.unique(np.asarray(drawn))) > 20, "something is drawn"
    violations = Axe().run(page, context={"exclude": [[MARKS]]}).response["violations"]
    serious = {
        f"{fault['id']}: {node['html'][:120]}"
        for fault in violations
        if fault["impact"] in ("serious", "critical") and fault["id"] not in NOT_OURS
        for node in fault["nodes"]
    }
    assert not serious
    # A table may be there a frame or two before the style that lets it scroll by itself.
    page.wait_for_function("m => m.scrollWidth <= m.clientWidth", arg=main.element_handle())
