"""What a Vision Transformer is made of, as data: one frozen record, and a few named presets.

Differences between model families (ViT, DINOv2, SigLIP …) are values in this record, never an
``if name == …`` in the model. A field is here because a supported checkpoint or preset needs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from vit.model.limits import (
    LIMITS,
    MOST_PATCHES,
    MOST_PREFIX,
    Activation,
    Answer,
    Coordinates,
    LastNorm,
    Norm,
    Position,
    Resample,
)

POOLS = ("mean", "max", "mean&max", "map")  # what the patches can be pooled to; any token before them can be read too


@dataclass(frozen=True)
class ViTConfig:
    """The shape of one Vision Transformer (Dosovitskiy et al. 2020, arXiv 2010.11929).

    ``image_size`` is the (height, width) in pixels the position embedding was made for; any other multiple of
    ``patch_size`` can be run. ``prefix`` names the tokens that stand before the patches, in order; the first
    ``positioned_prefix`` of them have a position embedding of their own. ``pooling`` says what the head reads:
    ``"cls"``, ``"mean"`` (of the patches), ``"max"``, ``"mean&max"`` (half of each), ``"map"`` (attention pooling) or
    several side by side, as in ``"cls+mean"``. ``answer``: what its logits are, ``"one class"`` out of all,
    ``"each class"`` for itself, or plain ``"numbers"`` (a regression). ``dropout``: the share of what each branch of
    a block adds that is dropped in training; never when a trained model is looked at. ``patch_shift``: how many pixels
    above and left of the picture the first patch begins (ViTPose).

    ``norm``: LayerNorm, or RMSNorm, which neither centres nor shifts (Zhang & Sennrich 2019, arXiv 1910.07467).
    ``parallel``: a block's MLP reads what its attention reads, not what attention made of it (ViT-22B, arXiv
    2302.05442). ``norm_after_branch``: a block norms what attention and MLP add instead of what they read (Swin v2,
    arXiv 2111.09883). ``last_norm``: on all tokens before pooling, on what pooling made of them, or none.
    ``patch_norm``: on the patch embedding, before positions. ``qk_norm``: on each head's queries and keys (ViT-22B,
    arXiv 2302.05442). ``attention_norm`` and ``mlp_norm``: before the last matrix of attention and of the MLP
    (NormFormer, arXiv 2110.09456; BEiT-3, EVA-02). ``linear_bias``: whether the matrices after q, k and v have a bias.
    ``attention_width``: the dimensions of all heads together, where it is not ``width``.

    ``position`` can be two at once, ``"learned+rotary"``. ``"relative"``: each head adds a learned number to its scores
    for how far apart two patches are (BEiT, arXiv 2106.08254). Of a rotary model, ``rope_coordinates`` says how its
    patches are counted: ``"centred"`` from −1 to 1 (DINOv3), by ``"index"`` from ``rope_offset`` on, scaled to a grid
    of ``rope_reference`` patches where one is given (EVA-02), or by index with frequencies that each head learned
    (``"learned"``: RoPE-ViT, arXiv 2403.13298). ``rope_columns_first``: the first frequencies turn by the column.
    ``rope_neighbours``: dimensions 2j and 2j + 1 turn together, instead of j and j + k/2.

    ``pool_prefix``: whether ``"mean"``, ``"max"`` and ``"map"`` read the tokens before the patches too; None: a MAP
    head does, the others do not. ``map_heads`` and ``map_mlp_width``: a MAP head's, where they are not the blocks'.
    ``map_plain``: a MAP head is attention alone, its probe the query itself (AIMv2).
    """

    image_size: tuple[int, int] = (224, 224)
    patch_size: int = 16
    channels: int = 3
    width: int = 768
    depth: int = 12
    heads: int = 12
    mlp_width: int = 3072
    activation: Activation = "gelu"
    norm_eps: float = 1e-6
    layer_scale: float | None = None
    qkv_bias: bool = True
    patch_bias: bool = True
    patch_shift: int = 0
    norm_before_blocks: bool = False
    prefix: tuple[str, ...] = ("cls",)
    positioned_prefix: int = 1
    position: Position = "learned"
    position_resample: Resample = "bicubic"
    rope_theta: float = 100.0
    pooling: str = "cls"
    n_classes: int = 0
    head_bias: bool = True
    labels: tuple[str, ...] = ()
    answer: Answer = "one class"
    dropout: float = 0.0
    norm: Norm = "layer"
    parallel: bool = False
    norm_after_branch: bool = False
    last_norm: LastNorm = "tokens"
    patch_norm: bool = False
    qk_norm: bool = False
    attention_norm: bool = False
    mlp_norm: bool = False
    linear_bias: bool = True
    attention_width: int | None = None
    rope_coordinates: Coordinates = "centred"
    rope_offset: float = 0.0
    rope_reference: tuple[int, int] | None = None
    rope_columns_first: bool = False
    rope_neighbours: bool = False
    pool_prefix: bool | None = None
    map_heads: int | None = None
    map_mlp_width: int | None = None
    map_plain: bool = False

    def __post_init__(self) -> None:
        for name, limit in LIMITS.items():
            if not limit.fits(value := getattr(self, name)):
                raise ValueError(f"{name} is {value!r}{limit.refusal}")
        for width, heads in ((self.heads_width, self.heads), (self.width, self.map_heads or 1)):
            if width % heads:
                raise ValueError(f"width {width} does not divide into {heads} heads")
        for side in self.image_size:
            if side % self.patch_size:
                raise ValueError(f"image side {side} is not a multiple of patch size {self.patch_size}")
        if 2 * self.patch_shift >= self.patch_size:
            raise ValueError(f"patches of {self.patch_size} pixels, moved by {self.patch_shift}")
        if self.has("sincos2d", "rotary") and self.head_width_for_positions % 4:
            raise ValueError(f"{self.position} positions need a width divisible by 4")
        if self.position == "sincos1d" and self.width % 2:
            raise ValueError("sincos1d positions need an even width")
        for part in self.pooling.split("+"):
            if part not in (*POOLS, *self.prefix):
                raise ValueError(f"cannot pool {part!r}: there is no such token among {self.prefix}")
        if len(set(self.prefix)) < len(self.prefix) or not self.positioned_prefix <= len(self.prefix) <= MOST_PREFIX:
            raise ValueError(f"{len(self.prefix)} tokens before the patches, {self.positioned_prefix} with a position")
        if self.last_norm == "pooled" and ("+" in self.pooling or self.pooling == "map"):
            raise ValueError(f"one norm on what is pooled, which is {self.pooling}")
        if self.has("relative") and len(self.prefix) > 1:
            raise ValueError(f"relative positions with {len(self.prefix)} tokens before the patches")
        if self.labels and len(self.labels) != self.n_classes:
            raise ValueError(f"{len(self.labels)} labels for {self.n_classes} classes")
        if self.grid[0] * self.grid[1] > MOST_PATCHES:
            raise ValueError(f"{self.grid[0]}×{self.grid[1]} patches; up to {MOST_PATCHES:,} can be shown")

    def has(self, *positions: str) -> bool:
        """Whether tokens are told their places in one of these ways."""
        return not {*self.position.split("+")}.isdisjoint(positions)

    @property
    def own_grid_only(self) -> bool:
        """Whether it knows positions for the grid of ``image_size`` alone: relative ones stand in a table for it."""
        return self.has("relative")

    @property
    def heads_width(self) -> int:
        """h·k: the dimensions of all heads together."""
        return self.attention_width or self.width

    @property
    def head_width(self) -> int:
        """k: the number of dimensions one head works in."""
        return self.heads_width // self.heads

    @property
    def head_width_for_positions(self) -> int:
        """How many dimensions carry a position: a head's for rotary, all of them otherwise."""
        return self.head_width if self.has("rotary") else self.width

    @property
    def grid(self) -> tuple[int, int]:
        """Patches down and across at ``image_size``."""
        return self.image_size[0] // self.patch_size, self.image_size[1] // self.patch_size

    @property
    def patch_values(self) -> int:
        """How many numbers one patch has: P · P · C."""
        return self.patch_size**2 * self.channels

    @property
    def pooled_width(self) -> int:
        """How many numbers the head reads."""
        return self.width * len(self.pooling.split("+"))


PRESETS: dict[str, ViTConfig] = {
    # Table 1 of the ViT paper, and the smaller two of DeiT (Touvron et al. 2020, arXiv 2012.12877).
    "vit-ti16": ViTConfig(width=192, heads=3, mlp_width=768),
    "vit-s16": ViTConfig(width=384, heads=6, mlp_width=1536),
    "vit-b16": ViTConfig(),
    "vit-l16": ViTConfig(width=1024, depth=24, heads=16, mlp_width=4096),
    # Beyer et al. 2022, "Better plain ViT baselines for ImageNet-1k" (arXiv 2205.01580).
    "simple-vit-s16": ViTConfig(
        width=384, heads=6, mlp_width=1536, prefix=(), positioned_prefix=0, position="sincos2d", pooling="mean"
    ),
    # Oquab et al. 2023 (arXiv 2304.07193), trained at 518 pixels.
    "dinov2-s14": ViTConfig(image_size=(518, 518), patch_size=14, width=384, heads=6, mlp_width=1536, layer_scale=1.0),
}
