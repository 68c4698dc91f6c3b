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
# The link to the next page is a sentence: on a phone it takes two lines, not the end of one.
_LINK = '[data-testid="stPageLink-NavLink"]'
SELECTORS = (_MAIN, _CAPTION, MAIN_BUTTON, _WITH_TABLE, _LINK)

PAGE = f"""<style>
{_MAIN} {{ padding-top: 2.5rem; padding-bottom: 4rem; }}
{_MAIN} h1 {{ font-size: 2rem; padding: 0.5rem 0 0.25rem; }}
@media (max-width: 640px) {{ {_MAIN} {{ padding-top: 3.5rem; }} }}
{_CAPTION} {{ opacity: 0.85; }}
{_WITH_TABLE} {{ overflow-x: auto; }}
{_LINK} p {{ white-space: normal; overflow: visible; }}
{MAIN_BUTTON} {{ color: light-dark(#ffffff, #10171a); }}
</style>"""
