"""A picture in patches, each multiplied by one matrix."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from vit.model.config import ViTConfig
from vit.model.layers import make_norm


class PatchEmbedding(nn.Module):
    """Cut the picture into patches, flatten each, multiply by one matrix: (b, c, H, W) → (b, gh·gw, d).

    That is ``projection(cut_into_patches(pixels, p))`` (ViT paper, eq. 1). It is computed as what it
    also is, a convolution whose kernel and stride are the patch: a sum of hundreds of products depends
    in its last digits on their order, and in the convolution's order it is equal to transformers' to the
    last bit; so is every number that follows, where matrices are multiplied as there (``linear.py``).
    """

    def __init__(self, config: ViTConfig) -> None:
        super().__init__()
        self.patch_size, self.shift = config.patch_size, config.patch_shift
        self.projection = nn.Linear(config.patch_values, config.width, bias=config.patch_bias)
        self.norm = make_norm(config, config.width) if config.patch_norm else nn.Identity()

    def forward(self, pixels: Tensor) -> Tensor:
        p = self.patch_size
        kernel = rearrange(self.projection.weight, "d (p1 p2 c) -> d c p1 p2", p1=p, p2=p)
        embedding = F.conv2d(pixels, kernel, self.projection.bias, stride=p, padding=self.shift)  # (b, d, gh, gw)
        patches: Tensor = self.norm(rearrange(embedding, "b d gh gw -> b (gh gw) d"))
        return patches
