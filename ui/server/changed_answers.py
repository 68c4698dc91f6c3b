"""Answers of the server that are changed on their way to a browser: what both kinds of them have in common (ASGI)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Wanted = Callable[[int, Headers], bool]  # by status and headers
Change = Callable[[bytes, MutableHeaders], bytes]


async def changed(app: ASGIApp, scope: Scope, receive: Receive, send: Send, wanted: Wanted, change: Change) -> None:
    """Answer as ``app`` does, but with ``change(body, headers)`` for a body if its answer is ``wanted``.

    ``change`` may alter the headers in place; the length is seen to. Other answers pass as they come, piece by piece.
    """
    start: Message | None = None
    pieces: list[bytes] = []

    async def pass_on(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and wanted(message["status"], Headers(raw=message["headers"])):
            start = message
            return
        if start is not None and message["type"] == "http.response.body":
            pieces.append(message.get("body", b""))
            if message.get("more_body", False):
                return
            headers = MutableHeaders(raw=list(start["headers"]))
            body = change(b"".join(pieces), headers)
            headers["content-length"] = str(len(body))
            await send({**start, "headers": headers.raw})
            message = {"type": "http.response.body", "body": body}
        await send(message)

    await app(scope, receive, pass_on)
