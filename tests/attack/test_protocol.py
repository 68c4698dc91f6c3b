"""Messages that no browser would send, over a real socket: values out of range, of the wrong kind, plain noise.

Values of the right kind that no control could have are put right or passed over, and no page fails. Whoever sends
what is no value at all may break their own page; the server, and everybody else's page, go on.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from math import isfinite

import pytest
from websockets.exceptions import ConnectionClosed

from benchmarks.served import Served, served
from benchmarks.session import LostError, Session
from benchmarks.wire import BackMsg
from ui.shell.stages import STAGES, Stage

pytestmark = pytest.mark.slow
WORDS = ["", "\0", "../../etc/passwd", "<img src=x onerror=alert(1)>", "é👩‍🚀\u202e", "9" * 5000]
NUMBERS = [-1.0, 0.5, 1e9, -1e308, float("inf"), float("nan")]
ODD = [
    *(None, True, -1, 10**30, 0.5, float("nan"), "\0", "x" * 5000, [], [[]], {}, {"token": "1"}, {"token": 10**20}),
    [-1, 10**20, True, "0", None, 3, 3],
    *({"token": -1, "layer": 99, "head": 1e9}, {"token": None, "layer": [], "head": {}}),
]
EVENTS = ("pinned", "picked", "painted", "level", "step", "drawn", "chosen", "removed", "frame")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served({"VIT_EXPLAINER_RUNS_FOLDER": str(tmp_path_factory.mktemp("runs"))}) as server:
        yield server


@asynccontextmanager
async def bystander(server: Served) -> AsyncIterator[None]:
    """Somebody else, whose page must be the same afterwards as it was before, and still answer."""
    async with Session(server.address) as other:
        await other.open("output", "image=coffee&layer=3")
        before = other.text()
        assert "After block 11" in before
        yield
        await other.go("patches")
        await other.go("output")
        assert other.text() == before


def controls(session: Session) -> Iterator[tuple[str, str]]:
    """Every control on the page but plain buttons: (kind, id)."""
    for _, element in sorted(session.elements.items()):
        kind = element.WhichOneof("type")
        control = getattr(element, kind)
        if getattr(control, "id", "") and kind not in ("button", "download_button"):
            of_words = kind == "slider" and len(control.options) > 0
            yield "select_slider" if of_words else kind, control.id


def unlikely(kind: str) -> list[dict[str, object]]:
    """Values of the kind such a control sends."""
    texts = [{"string_value": word} for word in WORDS]
    lists = [{"string_array_value": {"data": data}} for data in ([], [WORDS[2]], WORDS, ["0"] * 1000)]
    numbers = [{"double_array_value": {"data": [number]}} for number in NUMBERS]
    return {
        "slider": numbers,
        "select_slider": lists,
        "selectbox": texts,
        "text_input": texts,
        "text_area": texts,
        "number_input": [{"double_value": number} for number in NUMBERS if isfinite(number)],  # Streamlit's own fault
        "multiselect": lists,
        "button_group": lists,
        "radio": texts,
        "checkbox": [{"bool_value": True}, {"bool_value": False}],
    }.get(kind, [])


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.name)
def test_no_page_fails_on_a_value_no_control_could_have(server: Served, stage: Stage) -> None:
    found = asyncio.run(_unlikely(server, stage.path))
    assert found == []
    assert "Traceback" not in server.complaint()


async def _unlikely(server: Served, page: str) -> list[str]:
    failed = []

    def note(what: str, value: object, error: LostError) -> None:
        failed.append(f"{what[-60:]} = {str(value)[:80]}: {str(error)[:300]}")

    async with bystander(server):
        async with Session(server.address) as session:
            await session.open(page)
            names = {name: kind for kind, name in controls(session)}
            components = {found.id for found in session.all("bidi_component")}
            for component, event, value in itertools.product(sorted(components), EVENTS, ODD):
                try:
                    await session.trigger(component, event, value)
                except LostError as error:
                    note(f"{component}.{event}", value, error)
        for name, kind in names.items():
            async with Session(server.address) as session:  # every control on a page as it was
                await session.open(page)
                for value in unlikely(kind):
                    if name not in {known for _, known in controls(session)}:  # the last value has changed the page
                        break
                    try:
                        await session.set(name, **value)
                    except LostError as error:
                        note(name, value, error)
    return failed


class Noisy(Session):
    """Sends whatever it is given."""

    async def say(self, data: bytes) -> None:
        """Send, and take in what comes back within a moment."""
        try:
            await self._socket.send(data)
            async with asyncio.timeout(0.5):
                while True:
                    await self._socket.recv()
        except (TimeoutError, ConnectionClosed):
            pass


def noise(chance: random.Random, names: list[str]) -> bytes:
    """One message: a run with values of kinds the control does not have, a request for what is not, or plain bytes."""
    message = BackMsg()
    kind = chance.randrange(6)
    if kind == 0:
        return chance.randbytes(chance.randrange(1, 3000))
    if kind == 1:
        message.clear_cache = True  # for everybody
    elif kind == 2:
        message.file_urls_request.request_id = "x"
        message.file_urls_request.file_names.extend(WORDS)
        message.file_urls_request.session_id = chance.choice(WORDS)
    else:
        run = message.rerun_script
        run.query_string, run.page_name = (chance.choice(WORDS) for _ in range(2))
        if kind == 3:
            run.page_script_hash, run.fragment_id = (chance.choice(WORDS) for _ in range(2))
        for name in chance.sample(names, min(3, len(names))):
            state = run.widget_states.widgets.add(id=name)
            how = chance.randrange(6)
            if how == 0:
                state.bytes_value = chance.randbytes(50)
            elif how == 1:
                state.string_value = chance.choice(WORDS)
            elif how == 2:
                state.double_array_value.data.extend(NUMBERS)
            elif how == 3:
                state.json_value = chance.choice(("{", "[1,", "NaN", '{"a": 1}'))
            elif how == 4:
                files = state.file_uploader_state_value.uploaded_file_info
                file = files.add(name=WORDS[2], size=2**40, file_id=WORDS[3])
                file.file_urls.upload_url = "http://192.0.2.1/x"
            else:
                state.trigger_value = True
    return message.SerializeToString()


def test_noise_breaks_nobody_elses_page(server: Served) -> None:
    asyncio.run(_noise(server))
    assert server.process.poll() is None


async def _noise(server: Served) -> None:
    chance = random.Random(0)
    async with bystander(server):
        for page in [stage.path for stage in STAGES]:
            async with Session(server.address) as session:
                await session.open(page)
                names = [name for kind, name in controls(session)]
            for _ in range(5):
                async with Noisy(server.address) as noisy:
                    await noisy.open(page)
                    for _ in range(6):
                        await noisy.say(noise(chance, names))
