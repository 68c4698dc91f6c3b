"""A taught head as one small file, and back: a zip of the folder that ``load_pretrained`` opens."""

from __future__ import annotations

import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import is_shareable
from vit.checkpoints.taught_head import TaughtHead, open_taught_head
from vit.data.members import UNREADABLE

FILES = ("config.json", "model.safetensors")
LARGEST = 4 * 2**20  # bytes of one of them: 20 classes of a large model have a sixth


def packed(head: TaughtHead) -> bytes:
    """The head as a zip."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in head.files().items():
            archive.writestr(f"head/{name}", data)
    return buffer.getvalue()


def unpacked(data: bytes, name: str) -> TaughtHead:
    """The head in a zip. CheckpointError for a zip that holds none, or one of a model that not everybody has."""
    found: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for entry in archive.infolist():
                file = Path(entry.filename).name
                if file in FILES and entry.file_size <= LARGEST:
                    with archive.open(entry) as packed_file:
                        found[file] = packed_file.read(LARGEST)
    except UNREADABLE:
        raise CheckpointError(f"{name} is no zip that can be read: bring the head.zip that was saved here.") from None
    try:
        with tempfile.TemporaryDirectory() as folder:
            for file, content in found.items():
                (Path(folder) / file).write_bytes(content)
            head = open_taught_head(Path(folder))
    except OSError as error:
        raise CheckpointError(f"{name} cannot be unpacked on this server: {error.strerror}.") from None
    except CheckpointError:  # it would speak of a folder that nobody knows
        raise CheckpointError(f"{name} holds no head: bring the head.zip that was saved here.") from None
    if not is_shareable(head.backbone):
        raise CheckpointError(
            f"The head in {name} belongs to a model called {head.backbone!r}, which is neither bundled nor a name on "
            "the Hub."
        )
    return head
