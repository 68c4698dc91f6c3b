"""One person at the app, without a browser: Streamlit's own messages over a real WebSocket.

A session does what Streamlit's page in the browser does: it fetches the XSRF cookie, opens the socket, asks
for runs of the script, remembers what it was sent (large messages then come as a hash only), sends the value
of every control it has moved, and follows the address the script writes. It draws nothing.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.typing import Origin, Subprotocol

from benchmarks import wire
from benchmarks.cookies import PATIENCE, Cookies, LostError
from tests.support.words import as_read

LARGEST = 256 * 2**20  # bytes of one message


class Session(Cookies):
    """A connection to the app at ``address``; ``elements`` is what the page shows after the last run."""

    def __init__(self, address: str, cookies: dict[str, str] | None = None) -> None:
        super().__init__(address, cookies)
        self.elements: dict[tuple[int, ...], wire.Element] = {}
        self.fragments: dict[tuple[int, ...], str] = {}  # the part of the page each element belongs to
        self.query = ""
        self.session_id = ""
        self.received = 0  # bytes over the socket
        self.addresses: dict[str, str] = {}  # page's place in the address → its hash, as the menu says
        self._page = ""
        self._widgets: dict[str, wire.WidgetState] = {}
        self._known: dict[str, wire.ForwardMsg] = {}
        self._answers: dict[str, list[wire.FileURLs]] = {}
        self._socket: ClientConnection | None = None

    async def __aenter__(self) -> Session:
        await self.fetch("/_stcore/health")  # sets the XSRF cookie
        await self.connect()
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._socket:
            await self._socket.close()

    async def connect(self) -> None:
        """Open the socket; after a break, ask for the same session again, as the browser does."""
        protocols = ["streamlit", self.cookies[wire.XSRF_COOKIE], *([self.session_id] if self.session_id else [])]
        try:
            self._socket = await connect(
                f"ws{self.address.removeprefix('http')}{wire.STREAM}",
                origin=Origin(self.address),
                subprotocols=[Subprotocol(protocol) for protocol in protocols],
                additional_headers={"Cookie": self.header()},
                compression=None,
                max_size=LARGEST,
                open_timeout=PATIENCE,
                proxy=None,
                ping_interval=None,  # the server pings; a client as busy as this one would only ping late
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise LostError(f"no connection: {error}") from error
        if self._socket.response:
            self.keep(self._socket.response.headers.get_all("Set-Cookie"))

    async def open(self, page: str = "", query: str = "") -> float:
        """The first run, of the page at ``page`` in the address (``"attention"``); seconds it took."""
        self.query = query
        return await self._run(page_name=page)

    async def go(self, page: str) -> float:
        """Change the page, as a click in the menu does; seconds until it stands."""
        self._page = self.addresses[page]
        self._widgets.clear()  # controls of the page that is left
        return await self._run()

    async def set(self, widget: str, **value: Any) -> float:
        """Move a control (``set(id, bool_value=True)``); seconds until what it runs stands again."""
        self._widgets[widget] = wire.WidgetState(id=widget, **value)
        return await self._run(fragment=self._fragment_of(widget))

    async def trigger(self, component: str, event: str, value: object) -> float:
        """What a component sends when something in it is picked; seconds until the page stands again."""
        state = wire.WidgetState(id=wire.EVENTS.format(component=component))
        state.json_trigger_value = json.dumps([{"event": event, "value": value}])
        return await self._run(fragment=self._fragment_of(component), once=state)

    async def upload(self, widget: str, name: str, data: bytes) -> float:
        """Give a file to a file uploader; seconds from choosing it to the page standing again."""
        began = time.perf_counter()
        request = wire.BackMsg()
        request.file_urls_request.request_id = str(uuid.uuid4())
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self.session_id
        await self._send(request)
        while request.file_urls_request.request_id not in self._answers:
            self._take(await self._receive())
        urls = self._answers.pop(request.file_urls_request.request_id)[0]
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        await self.fetch(
            urls.upload_url,
            method="PUT",
            body=head.encode() + data + f"\r\n--{boundary}--\r\n".encode(),
            headers={
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "X-Xsrftoken": self.cookies[wire.XSRF_COOKIE],
            },
        )
        state = wire.WidgetState(id=widget)
        state.file_uploader_state_value.uploaded_file_info.add(
            name=name, size=len(data), file_id=urls.file_id, file_urls=urls
        )
        self._widgets[widget] = state
        await self._run(fragment=self._fragment_of(widget))
        return time.perf_counter() - began

    def told(self, widget: str) -> wire.WidgetState:
        """What this session last said of a control."""
        return self._widgets[widget]

    def all(self, kind: str) -> Iterator[Any]:
        """Every element of one kind on the page, in order: ``slider``, ``bidi_component``, ``markdown`` …"""
        for _, element in sorted(self.elements.items()):
            if element.WhichOneof("type") == kind:
                yield getattr(element, kind)

    def component(self, name: str) -> wire.BidiComponent:
        """The page's first component of this name (``vit_patch_map``); StopIteration without one."""
        return next(found for found in self.all("bidi_component") if found.component_name == name)

    def _fragment_of(self, widget: str) -> str:
        """The part of the page that runs by itself, to which a control belongs; empty for the page."""
        kinds = ((path, getattr(e, str(e.WhichOneof("type")), None)) for path, e in self.elements.items())
        return next((self.fragments[path] for path, control in kinds if getattr(control, "id", "") == widget), "")

    def text(self) -> str:
        """All Markdown on the page, without the explanations that a word opens when it is pointed at."""
        return as_read("\n".join(markdown.body for markdown in self.all("markdown")))

    async def _run(self, page_name: str = "", fragment: str = "", once: wire.WidgetState | None = None) -> float:
        """Ask for a run and take in what it sends until it has finished; seconds from asking to the end.

        ``once``: the value of a control that springs back, sent with this run alone.
        """
        message = wire.BackMsg()
        state = message.rerun_script
        state.CopyFrom(wire.ClientState(query_string=self.query, page_script_hash=self._page, page_name=page_name))
        state.fragment_id = fragment
        state.widget_states.widgets.extend([*self._widgets.values(), *([once] if once else [])])
        state.cached_message_hashes.extend(self._known)
        state.context_info.url = self.address
        began = time.perf_counter()
        await self._send(message)
        if not fragment:
            self.elements = {}
        ended = None
        while ended is None or ended == wire.ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            ended = self._take(await self._receive(), whole=not fragment)
        if ended not in (wire.ForwardMsg.FINISHED_SUCCESSFULLY, wire.ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY):
            raise LostError(f"the script ended as {wire.ForwardMsg.ScriptFinishedStatus.Name(ended)}")
        for error in self.all("exception"):
            raise LostError(f"{error.type}: {error.message}")
        return time.perf_counter() - began

    def _take(self, message: wire.ForwardMsg, whole: bool = True) -> int | None:
        """Take in one message of a run of the whole page or of a part; how the script ended, if this says so."""
        kind, path = message.WhichOneof("type"), tuple(message.metadata.delta_path)
        if kind == "ref_hash":
            message, kind = self._known[message.ref_hash], "delta"
        elif message.metadata.cacheable:
            self._known[message.hash] = message
        if kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self.elements[path] = message.delta.new_element
            self.fragments[path] = message.delta.fragment_id
        elif kind == "new_session":
            self.session_id = message.new_session.initialize.session_id
            self._page = message.new_session.page_script_hash
            if whole:
                self.elements = {}
        elif kind == "navigation":
            self.addresses = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}
            self._page = message.navigation.page_script_hash
        elif kind == "page_info_changed":
            self.query = message.page_info_changed.query_string
        elif kind == "file_urls_response":
            self._answers[message.file_urls_response.response_id] = list(message.file_urls_response.file_urls)
        elif kind == "script_finished":
            return message.script_finished
        return None

    async def _send(self, message: wire.BackMsg) -> None:
        assert self._socket, "connect first"
        try:
            await self._socket.send(message.SerializeToString())
        except ConnectionClosed as error:
            raise LostError(f"the socket was dropped: {error}") from error

    async def _receive(self) -> wire.ForwardMsg:
        assert self._socket, "connect first"
        try:
            data = await asyncio.wait_for(self._socket.recv(decode=False), PATIENCE)
        except ConnectionClosed as error:
            raise LostError(f"the socket was dropped: {error}") from error
        except TimeoutError as error:
            raise LostError(f"no answer in {PATIENCE:.0f} s") from error
        self.received += len(data)
        message = wire.ForwardMsg()
        message.ParseFromString(data)
        return message
