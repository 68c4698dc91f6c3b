"""All that the app changes about Streamlit's own look.

``.st-key-…`` (the key of a container) is the only name Streamlit promises to keep. The others, in ``SELECTORS``, are
its own and may change with any version: ``tests/browser/test_style.py`` says which of them match nothing any more.
"""

from __future__ import annotations

from ui.shell.glossary import ADDRESS

# Streamlit leaves six empty rems above a title; a projector has none to give away.
_MAIN = ".stMainBlockContainer"
# While the sidebar is folded away, a bar with its button lies over the top of the page.
_UNDER_BAR = f'.stApp:has([data-testid="stExpandSidebarButton"]) {_MAIN}'
# Its captions and the dark theme's main buttons have too little contrast to be read from the last row (WCAG 2.2
# wants 4.5).
_CAPTION = '[data-testid="stCaptionContainer"]'
MAIN_BUTTON = '[data-testid="stBaseButton-primary"]'
# A table wider than a phone scrolls by itself, not with all of the page.
_WITH_TABLE = '[data-testid="stMarkdownContainer"]:has(> table)'
# The link to the next page is a sentence: on a phone it takes two lines, not the end of one.
_LINK = '[data-testid="stPageLink-NavLink"]'
# A word of the glossary: its explanation, as wide as the text that it stands in, below it.
_TEXT = f':is([data-testid="stMarkdownContainer"], {_CAPTION})'
_TERM = f'{_TEXT} a[href^="{ADDRESS}"]'
SELECTORS = (_MAIN, _CAPTION, MAIN_BUTTON, _WITH_TABLE, _LINK)

PAGE = f"""<style>
{_MAIN} {{ padding-top: 2.5rem; padding-bottom: 4rem; }}
{_MAIN} h1 {{ font-size: 2rem; padding: 0.5rem 0 0.25rem; }}
{_UNDER_BAR} {{ padding-top: 4rem; }}
{_CAPTION} {{ opacity: 1; color: color-mix(in srgb, currentcolor 85%, transparent); }}
{_WITH_TABLE} {{ overflow-x: auto; }}
{_TEXT}:has({_TERM}) {{ position: relative; }}
{_TERM} {{ color: inherit; text-decoration: underline dotted color-mix(in srgb, currentcolor 55%, transparent) 1.5px;
  text-underline-offset: 0.2em; cursor: help; }}
{_TERM}:is(:hover, :focus) {{ text-decoration-color: currentcolor; }}
{_TERM}:is(:hover, :focus)::after {{ content: attr(title); position: absolute; left: 0; top: 100%; z-index: 1000;
  max-width: min(40rem, 100%); padding: 0.6rem 0.8rem; border-radius: 8px;
  font-size: 0.875rem; font-weight: 400; line-height: 1.4;
  color: light-dark(#10171a, #f2f6f7); background: light-dark(#ffffff, #24323a); border: 1px solid currentcolor; }}
@media (max-width: 640px) {{
  .katex-display > .katex {{ font-size: 1em; }}
  {_WITH_TABLE} :is(th, td) {{ padding: 0.5rem 0.45rem; }}
}}
{_LINK} p {{ white-space: normal; overflow: visible; }}
{MAIN_BUTTON} {{ color: light-dark(#ffffff, #10171a); }}
</style>"""
