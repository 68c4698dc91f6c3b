"""How a checkpoint calls its blocks: one record for each scheme of names, and our parameters by it.

transformers keeps two: what stands in the files of the Hub, and what it calls the same layers in memory since its
version 5, which ``torch.save(model.state_dict())`` and ``save_pretrained(save_original_format=False)`` write.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from vit.families.keys import Keys, either, layer, stacked


@dataclass(frozen=True)
class Names:
    """The name of a block, with ``{i}`` for its number, and those of its layers behind it.

    ``qkv``: three layers, or one that holds all three; ``up``: one layer, or a gate and what it lets through.
    ``scales``: the two vectors of LayerScale, where there are some.
    """

    block: str
    norms: tuple[str, str]
    qkv: tuple[str, ...]
    out: str
    up: tuple[str, ...]
    down: str
    scales: tuple[str, str] | None = None

    def rows(self) -> Keys:
        """Our parameters of a block → the checkpoint's."""

        def theirs(name: str) -> str:
            return f"{self.block}.{name}"

        found = {
            **layer("blocks.{i}.norm1", theirs(self.norms[0])),
            **stacked("blocks.{i}.attention.qkv", *map(theirs, self.qkv)),
            **layer("blocks.{i}.attention.out", theirs(self.out)),
            **layer("blocks.{i}.norm2", theirs(self.norms[1])),
            **stacked("blocks.{i}.mlp.up", *map(theirs, self.up)),
            **layer("blocks.{i}.mlp.down", theirs(self.down)),
        }
        if self.scales is not None:
            found |= {f"blocks.{{i}}.scale{n}.gamma": theirs(name) for n, name in enumerate(self.scales, start=1)}
        return found


def block_keys(*schemes: Names) -> Keys:
    """Our parameters of a block → the checkpoint's, by whichever of these schemes it follows."""
    return either(*(names.rows() for names in schemes))


def renaming(names: Names, others: Names) -> dict[str, str]:
    """What stands in the first scheme → what the same is called in the second, where they differ and one layer stands
    for one."""
    found = {names.block: others.block, names.out: others.out, names.down: others.down}
    for one, other in ((names.norms, others.norms), (names.qkv, others.qkv), (names.up, others.up)):
        if len(one) == len(other):
            found |= dict(zip(one, other, strict=True))
    return {name.removesuffix(".{i}"): other.removesuffix(".{i}") for name, other in found.items() if name != other}


VIT = Names(
    block="encoder.layer.{i}",
    norms=("layernorm_before", "layernorm_after"),
    qkv=("attention.attention.query", "attention.attention.key", "attention.attention.value"),
    out="attention.output.dense",
    up=("intermediate.dense",),
    down="output.dense",
)
VIT_IN_MEMORY = replace(
    VIT,
    block="layers.{i}",
    qkv=("attention.q_proj", "attention.k_proj", "attention.v_proj"),
    out="attention.o_proj",
    up=("mlp.fc1",),
    down="mlp.fc2",
)
CLIP = Names(
    block="encoder.layers.{i}",
    norms=("layer_norm1", "layer_norm2"),
    qkv=("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    out="self_attn.out_proj",
    up=("mlp.fc1",),
    down="mlp.fc2",
)
