"""Scripts and styles on their way to a browser, packed with gzip: once for all who come.

Streamlit sends its own as they are, 2.3 MB for the first page, because packing them for every visitor would cost the
server more than it saves. Over a wireless network that a class shares they are what a first page waits for.
"""

from __future__ import annotations

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.server.changed_answers import changed

TYPES = ("text/javascript", "application/javascript", "text/css")


class PackedScripts:
    """Packs a file that can never change under its name (``immutable``: its name holds a hash of it), and keeps it.

    What is kept is bounded by the files that there are: Streamlit's own, 7 MB if every one of them is asked for.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._packed: dict[str, Response] = {}  # by path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_packed(scope):
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path in self._packed:
            await self._packed[path](scope, receive, send)
            return

        def pack(body: bytes, headers: MutableHeaders) -> bytes:
            packed = gzip.compress(body, 6)  # 40 ms for all that a first page needs
            headers.update({"content-encoding": "gzip", "vary": "Accept-Encoding"})
            del headers["etag"]  # names the file as it was
            self._packed[path] = Response(packed, headers=dict(headers) | {"content-length": str(len(packed))})
            return packed

        await changed(self._app, scope, receive, send, _is_packable, pack)


def _may_be_packed(scope: Scope) -> bool:
    """Whether whoever asks wants a whole file and can unpack it."""
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    asked = Headers(scope=scope)
    return "gzip" in asked.get("accept-encoding", "") and "range" not in asked


def _is_packable(status: int, sent: Headers) -> bool:
    return (
        status == 200
        and sent.get("content-type", "").startswith(TYPES)
        and "immutable" in sent.get("cache-control", "")
        and "content-encoding" not in sent
    )
