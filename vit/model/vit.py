"""The Vision Transformer: embed → blocks → norm → pool → head, and its trace."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack

import torch
from einops import repeat
from PIL import Image
from torch import Tensor, nn

from vit.model.block_list import Blocks
from vit.model.config import ViTConfig
from vit.model.edits import NO_EDITS, Edits, check_points, edited, edits_of_block
from vit.model.layers import Block, make_norm
from vit.model.layout import TokenLayout
from vit.model.patch_embedding import PatchEmbedding
from vit.model.pooling import MAPHead, pool
from vit.model.positions import places, resample, sincos_1d, sincos_2d
from vit.model.question import Question
from vit.model.trace import Attended, BlockTrace, MLPSteps, Trace
from vit.pictures.preprocess import Preprocessing


class ViT(nn.Module):
    """A Vision Transformer (Dosovitskiy et al. 2020, arXiv 2010.11929), as ``config`` describes it.

    ``preprocess`` turns a picture into the pixels (b, c, height, width) this model wants. The ways to run it:

    ========================================  =====================================================================
    ``trace(pixels)``                         recorded: everything that happened, as a :class:`Trace`
    ``model(pixels)``                         answer only: the logits, or the pooled output without a head
    ``trace(pixels, keep_graph=True)``        differentiable: gradients reach pixels, tokens and every pattern
    ``trace(pixels, edits)``                  edited: named tensors replaced on the way (``vit/model/edits.py``)
    ``run_blocks(resid, places, first=3)``    from a block on: the records of that block and all after it
    ``run_blocks_unrecorded(resid, places)``  the residual stream after all blocks, or after ``first`` … ``last`` − 1
    ``attention_of(layer, resid, layout)``    one block's attention again, from the residual stream before it
    ``mlp_of(layer, record)``                 one block's MLP step by step, from the record of the block
    ``pool_and_classify(resid)``              final norm, pooling and head, on the stream at any depth
    ========================================  =====================================================================
    """

    def __init__(self, config: ViTConfig, preprocessing: Preprocessing | None = None) -> None:
        super().__init__()
        self.config = config
        self.preprocessing = preprocessing or Preprocessing(size=config.image_size, channels=config.channels)
        self.notes: tuple[str, ...] = ()  # what was chosen and guessed where a file did not say all, a sentence each
        self.questions: Mapping[str, Question] = {}  # what no file told, by the name by which it can be said
        self.patch_embedding = PatchEmbedding(config)
        self.prefix = nn.Parameter(torch.zeros(len(config.prefix), config.width))
        if config.has("learned"):
            rows = config.positioned_prefix + config.grid[0] * config.grid[1]
            self.position = nn.Parameter(torch.zeros(rows, config.width))
        self.norm_before = self._norm(config.norm_before_blocks)
        self.blocks = Blocks(Block(config) for _ in range(config.depth))
        self.norm = self._norm(config.last_norm == "tokens")
        self.pooled_norm = self._norm(config.last_norm == "pooled")
        self.map_head = MAPHead(config) if "map" in config.pooling.split("+") else None
        self.head = None
        if config.n_classes:
            self.head = nn.Linear(config.pooled_width, config.n_classes, bias=config.head_bias)
        if not self.patch_embedding.projection.weight.is_meta:
            self.initialise()

    def _norm(self, here: bool) -> nn.Module:
        return make_norm(self.config, self.config.width) if here else nn.Identity()

    def initialise(self) -> None:
        """Fresh weights: truncated normal, standard deviation 0.02, biases zero (as DeiT)."""
        for module in self.modules():
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for name, parameter in self.named_parameters():
            if name in ("prefix", "position", "map_head.probe"):
                nn.init.trunc_normal_(parameter, std=0.02)

    def preprocess(self, image: Image.Image, *, whole: bool = False) -> Tensor:
        """A picture → the pixels this model sees: (1, c, height, width), normalised; ``whole``: nothing cut away."""
        side = self.preprocessing.whole_side(image.size, self.config.patch_size) if whole else None
        return self.preprocessing.for_side(side)(image)

    def layout(self, pixels: Tensor) -> TokenLayout:
        """Which tokens this picture becomes. ValueError if its sides are not multiples of the patch."""
        channels, *size = pixels.shape[-3:]
        if channels != self.config.channels:
            raise ValueError(f"the model wants {self.config.channels} colour channels, the picture has {channels}")
        if size[0] % self.config.patch_size or size[1] % self.config.patch_size:
            raise ValueError(f"{size[0]}×{size[1]} pixels do not divide into patches of {self.config.patch_size}")
        grid = size[0] // self.config.patch_size, size[1] // self.config.patch_size
        if self.config.own_grid_only and grid != self.config.grid:
            raise ValueError(f"relative positions were learnt for {self.config.grid} patches, not for {grid}")
        return TokenLayout(self.config.prefix, grid)

    def position_embedding(self, layout: TokenLayout) -> Tensor:
        """What is added to the tokens for their position: (n, d); zero rows where nothing is added."""
        config, zeros = self.config, self.prefix.new_zeros
        if config.position == "sincos1d":
            return sincos_1d(layout.n_tokens, config.width).to(self.prefix)
        if config.has("learned"):
            prefix, patches = self.position.tensor_split([config.positioned_prefix])
            patches = resample(patches, config.grid, layout.grid, config.position_resample)
        elif config.position == "sincos2d":
            prefix, patches = zeros(0, config.width), sincos_2d(layout.grid, config.width).to(self.prefix)
        else:
            return zeros(layout.n_tokens, config.width)
        unplaced = zeros(layout.n_prefix - len(prefix), config.width)
        return torch.cat([prefix, unplaced, patches])  # (n, d)

    def pool_and_classify(
        self, resid: Tensor, edits: Edits = NO_EDITS
    ) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
        """Final norm, pooling and head on a residual stream (b, n, d): final, pooled, pool_pattern, logits.

        On the last block's output this is the model's answer; on an earlier one it is the logit lens.
        """
        final = edited(edits, "final", self.norm(resid))  # (b, n, d)
        pooled, pool_pattern = pool(self.config, self.map_head, final)  # (b, d) or (b, parts·d)
        pooled = edited(edits, "pooled", self.pooled_norm(pooled))
        return final, pooled, pool_pattern, self.head(pooled) if self.head is not None else None

    def embed(self, pixels: Tensor, edits: Edits = NO_EDITS) -> tuple[TokenLayout, Tensor, Tensor, Tensor]:
        """Pixels → layout, patch embedding, position embedding, and the tokens that enter block 0."""
        layout = self.layout(pixels)
        patches = edited(edits, "patch_embedding", self.patch_embedding(pixels))  # (b, gh·gw, d)
        position = edited(edits, "position_embedding", self.position_embedding(layout))  # (n, d)
        prefix = repeat(self.prefix, "prefix d -> b prefix d", b=len(pixels))
        tokens = self.norm_before(torch.cat([prefix, patches], dim=1) + position)  # (b, n, d)
        return layout, patches, position, edited(edits, "tokens", tokens)

    def places(self, layout: TokenLayout, edits: Edits = NO_EDITS) -> Tensor | None:
        """What the blocks need to know of the patches' places, None where it is nothing.

        With rotary positions by how much each patch's q and k are turned, (gh·gw, k); where every block learned its
        own positions, row and column, (gh·gw, 2).
        """
        found = places(self.config, layout.grid)
        return None if found is None else edited(edits, "places", found.to(self.prefix))

    def run_blocks(
        self, resid: Tensor, places: Tensor | None, edits: Edits = NO_EDITS, first: int = 0
    ) -> tuple[BlockTrace, ...]:
        """The residual stream (b, n, d) before block ``first`` through it and all after it, recorded."""
        blocks = []
        for layer, block in enumerate(self.blocks[first:], start=first):
            blocks.append(block(resid, places, edits_of_block(edits, layer)))
            resid = blocks[-1].resid_post  # (b, n, d)
        return tuple(blocks)

    def run_blocks_unrecorded(
        self, resid: Tensor, places: Tensor | None, first: int = 0, last: int | None = None
    ) -> Tensor:
        """The residual stream (b, n, d) before block ``first`` through it and those up to ``last``, not included."""
        entered = resid.device
        for layer in range(self.config.depth)[first:last]:
            resid = self.blocks[layer].forward_unrecorded(resid, places)  # (b, n, d)
        return resid.to(entered)  # see vit/serving/device_blocks.py

    def trace(self, pixels: Tensor, edits: Edits = NO_EDITS, *, keep_graph: bool = False) -> Trace:
        """Run the model on pixels (b, c, height, width) and return everything that happened.

        ``edits`` replaces named tensors on their way, e.g. ``{"position_embedding": torch.zeros_like}``.
        ``keep_graph``: ask ``torch.autograd.grad`` for gradients with respect to any tensor of the trace,
        its ``pixels`` included. ValueError for an edit's unknown name, or for pixels that do not fit the model.
        """
        check_points(edits, self.config.depth)
        with ExitStack() as mode:
            mode.enter_context(torch.inference_mode(not keep_graph))
            if keep_graph:
                mode.enter_context(torch.enable_grad())
                pixels = pixels if pixels.requires_grad else pixels.clone().requires_grad_()
            return self._trace(pixels, edits)

    def _trace(self, pixels: Tensor, edits: Edits) -> Trace:
        layout, patches, position, tokens = self.embed(pixels, edits)
        blocks = self.run_blocks(tokens, self.places(layout, edits), edits)
        final, pooled, pool_pattern, logits = self.pool_and_classify(blocks[-1].resid_post, edits)
        return Trace(
            pixels=pixels,
            patch_embedding=patches,
            position_embedding=position,
            tokens=tokens,
            blocks=blocks,
            final=final,
            pooled=pooled,
            pool_pattern=pool_pattern,
            logits=logits,
            layout=layout,
            n_heads=self.config.heads,
            patch_size=self.config.patch_size,
            patch_shift=self.config.patch_shift,
        )

    @torch.inference_mode()
    def attention_of(self, layer: int, resid_pre: Tensor, layout: TokenLayout) -> Attended:
        """What the heads of one block do with a residual stream (b, n, d): a trace's own numbers, computed again."""
        return self.blocks[layer].attended(resid_pre, self.places(layout))

    @torch.inference_mode()
    def mlp_of(self, layer: int, record: BlockTrace) -> MLPSteps:
        """What the MLP of one block did in a recorded pass, step by step."""
        return self.blocks[layer].mlp_steps(record)

    def forward(self, pixels: Tensor) -> Tensor:
        """The logits (b, classes), or the pooled output (b, d) of a model without a head; nothing is recorded."""
        layout, _, _, resid = self.embed(pixels)
        resid = self.run_blocks_unrecorded(resid, self.places(layout))  # (b, n, d)
        _, pooled, _, logits = self.pool_and_classify(resid)
        return pooled if logits is None else logits
