"""The first thing a browser gets, Streamlit's HTML document, with the title of the page in it and one sentence.

Streamlit's own is empty until its scripts have arrived and run: a second on a fast machine, several over a network
that a class shares. The words stand where the page will put its title, and go when the page's own title is there.
The app's look (``style.PAGE``) comes with it, so that nothing is drawn in another first; so does what fetches the code
that later pages need.
"""

from __future__ import annotations

import gzip
from html import escape

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server.changed_answers import changed
from ui.shell import style
from ui.shell.code_ahead import fetched_ahead
from ui.shell.stages import STAGES, Stage, page_title

# What is looked for in Streamlit's document; one that is no longer there is passed over, and the page comes as it did.
TITLE, END = "<title>Streamlit</title>", "</body>"
# These would say that a copy of Streamlit's document is still good, whatever has become of our words.
OF_THE_FILE = ("etag", "last-modified")


class FirstWords:
    """Puts them into every HTML document that the server hands out (ASGI middleware)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return

        def put_in(sent: bytes, headers: MutableHeaders) -> bytes:
            for name in OF_THE_FILE:
                del headers[name]
            packed = headers.get("content-encoding") == "gzip"
            document = (gzip.decompress(sent) if packed else sent).decode()
            told = with_words(document, _asked_for(scope["path"])).encode()
            return gzip.compress(told) if packed else told

        await changed(self._app, scope, receive, send, _is_document, put_in)


def _is_document(_status: int, sent: Headers) -> bool:
    return sent.get("content-type", "").startswith("text/html")


def _asked_for(path: str) -> Stage:
    """The page at this address; the first, which Streamlit shows as well, if there is none."""
    return next((stage for stage in STAGES if stage.path == path.rpartition("/")[2]), STAGES[0])


def with_words(document: str, stage: Stage) -> str:
    """Streamlit's ``document`` with the title and words of ``stage`` in it."""
    title, summary = escape(page_title(stage)), escape(stage.summary)
    head = f'<title>{title}</title>\n    <meta name="description" content="{summary}" />'
    words = f'<div id="first-words"><h1>{escape(stage.title)}</h1><p>{summary}</p></div>'
    body = f"{style.PAGE}{_look()}{words}{_GONE}{fetched_ahead()}"
    return document.replace(TITLE, head, 1).replace(END, f"{body}{END}", 1)


def _look() -> str:
    """The place and look of the words, those of a title and a text of Streamlit's."""
    colours = {
        name: f"light-dark({st.get_option(f'theme.light.{name}')}, {st.get_option(f'theme.dark.{name}')})"
        for name in ("textColor", "backgroundColor", "secondaryBackgroundColor")
    }
    return f"""<style>
#first-words {{ position: fixed; inset: 0; z-index: 1; pointer-events: none; color-scheme: light dark;
  padding: 4rem 1rem; font: 1rem/1.6 "Source Sans", sans-serif;
  color: {colours["textColor"]}; background: {colours["backgroundColor"]}; }}
#first-words h1 {{ margin: 0; padding: 0.5rem 0 0.25rem; font-size: 2rem; font-weight: 700; line-height: 1.2; }}
#first-words p {{ margin: 0; }}
@media (min-width: 768px) {{
  #first-words {{ padding: 2.5rem 1rem 4rem calc(300px + 1rem); background: linear-gradient(to right,
    {colours["secondaryBackgroundColor"]} 300px, {colours["backgroundColor"]} 300px); }}
}}
@media (min-width: 864px) {{ #first-words {{ padding-left: calc(300px + 5rem); }} }}
</style>"""


# Whatever Streamlit shows instead of a page (no connection, say) is seen as well.
_GONE = """<script>
new MutationObserver((_, watch) => {
  if (!document.querySelector("#root h1, [role=dialog]")) return;
  document.getElementById("first-words").remove();
  watch.disconnect();
}).observe(document.body, { subtree: true, childList: true });
</script>"""
