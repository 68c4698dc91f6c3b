"""All that the app changes about Streamlit's own look.

``.st-key-…`` (the key of a container) is the only name Streamlit promises to keep. The others, in ``SELECTORS``, are
its own and may change with any version: ``tests/browser/test_style.py`` says which of them match nothing any more.
"""

from __future__ import annotations

# Streamlit leaves six empty rems above a title; a projector has none to give away.
_MAIN = ".stMainBlockContainer"
# Its captions and the dark theme's main buttons have too little contrast to be read from the last row (WCAG 2.2
# wants 4.5).
_CAPTION = '[data-testid="stCaptionContainer"]'
MAIN_BUTTON = '[data-testid="stBaseButton-primary"]'
# A table wider than a phone scrolls by itself, not with all of the page.
_WITH_TABLE = '[data-testid="stMarkdownContainer"]:has(> table)'
SELECTORS = (_MAIN, _CAPTION, MAIN_BUTTON, _WITH_TABLE)

# The Overview's cards, as a grid: two in a row on a phone, about four on a laptop, seven on a projector.
CARDS = "cards"  # the key of their container
_CARDS = f".st-key-{CARDS}"

PAGE = f"""<style>
{_MAIN} {{ padding-top: 3.5rem; padding-bottom: 4rem; }}
{_CAPTION} {{ opacity: 0.85; }}
{_WITH_TABLE} {{ overflow-x: auto; }}
{MAIN_BUTTON} {{ color: light-dark(#ffffff, #10171a); }}
{_CARDS} {{ display: grid; grid-template-columns: repeat(auto-fit, minmax(11.5rem, 1fr)); gap: 0.75rem;
  align-items: stretch; }}
{_CARDS} > * {{ width: auto; min-width: 0; display: grid; }}
{_CARDS} > * > * {{ height: auto; }}
{_CARDS} a {{ padding-inline: 0; }}
@media (max-width: 640px) {{ {_CARDS} {{ grid-template-columns: repeat(2, minmax(0, 1fr)); }} }}
</style>"""
