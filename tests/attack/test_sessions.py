"""One person's picture and another person, who knows everything about it but its pixels."""

from __future__ import annotations

import asyncio
import json
import urllib.error

import pytest

from benchmarks.person import choose_upload, own_picture
from benchmarks.served import Served, ask, served
from benchmarks.session import Session
from benchmarks.wire import WidgetState

pytestmark = pytest.mark.slow


async def bring(session: Session, number: int) -> WidgetState:
    """Upload a picture; what the browser said to the server about it."""
    name, data, _ = own_picture(number)
    uploader = await choose_upload(session)
    await session.upload(uploader, name, data)
    assert f"**{name}** ·" in session.text().replace("\\", "")
    return session.told(uploader)


def seen(session: Session) -> str:
    """The picture on the page about patches, as it is sent to the browser."""
    return json.loads(session.component("vit_patch_map").json)[0]["image"]


def test_a_picture_is_its_owner_s_alone() -> None:
    with served() as server:
        asyncio.run(_two_people(server))


async def _two_people(server: Served) -> None:
    async with Session(server.address) as owner, Session(server.address) as other:
        await owner.open("patches")
        told = await bring(owner, 7)
        mine = seen(owner)
        await other.open("patches", "image=own7.png")
        assert seen(other) != mine
        # The other claims the very file, by its number and its address, as one's own upload.
        uploader = await choose_upload(other)
        await other.set(uploader, file_uploader_state_value=told.file_uploader_state_value)
        assert "own7" not in other.text()  # nor does the page name it
        assert seen(other) != mine
        # The address to which it was uploaded hands nothing out.
        (file,) = told.file_uploader_state_value.uploaded_file_info
        assert fetched(server, file.file_urls.upload_url.removeprefix("/")) is None
        # Its owner still has it.
        await owner.go("patches")
        assert seen(owner) == mine


def test_no_folder_of_the_server_can_be_listed_or_left() -> None:
    """The files for browsers lie under keyed names: no list of them, no way up from them."""
    with served() as server:
        for path in ("app/static/", "app/static/cache/", "app/static/cache", "media/", "_stcore/upload_file/"):
            assert fetched(server, path) is None, path
        for path in ("app/static/../app.py", "app/static/%2e%2e/app.py", "app/static/cache/..%2f..%2fREADME.md"):
            assert fetched(server, path) is None, path


def fetched(server: Served, path: str) -> bytes | None:
    """What lies at the path; None where that is nothing, or only the app's own empty page, in place of a 404."""
    try:
        with ask(f"{server.address}/{path}", timeout=10) as answer:
            data = answer.read()
    except urllib.error.HTTPError:
        return None
    return None if b'<div id="root"></div>' in data else data
