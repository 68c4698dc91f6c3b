"""Everything that can be set about a run, with its defaults, and what combinations are refused.

``configs/`` holds presets of these; ``python -m vit.train training.lr=0.005 model.depth=8`` overrides
them. A run keeps its settings in ``config.yaml``. Nothing here imports torch, so a mistake is told at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vit.pictures.augment import Augment
from vit.training.limits import SettingsError, check_limits, one_of, within

POSITIONS = ("learned", "sincos1d", "sincos2d", "rotary", "none")
POOLINGS = ("cls", "mean", "map")
ACTIVATIONS = ("gelu", "gelu_tanh", "quick_gelu", "swiglu")
OPTIMISERS = ("adamw", "adam")
SCHEDULES = ("cosine", "constant")
BACKBONES = ("thawed", "frozen", "probe")
DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "fp32", "bf16")
DATA = ("mnist-10k", "mnist", "fashion-mnist", "cifar10", "folder")


@dataclass
class ModelSettings:
    """``start``: a model to go on from (bundled, on the Hub, a folder, a run's checkpoint); empty for fresh
    weights, whose shape the rest describes. From a ``start`` only ``dropout`` and ``pooling`` are read here;
    an empty ``pooling`` keeps the model's own. ``registers``: extra tokens that belong to no patch.
    """

    start: str = ""
    patch_size: int = field(default=7, metadata=within(1, 512))
    width: int = field(default=64, metadata=within(1, 4096))
    depth: int = field(default=4, metadata=within(1, 64))
    heads: int = field(default=4, metadata=within(1, 64))
    mlp_ratio: float = field(default=4.0, metadata=within(0, 16))
    activation: str = field(default="gelu", metadata=one_of(*ACTIVATIONS))
    position: str = field(default="learned", metadata=one_of(*POSITIONS))
    pooling: str = "cls"
    registers: int = field(default=0, metadata=within(0, 64))
    dropout: float = field(default=0.0, metadata=within(0, 0.9))


@dataclass
class DataSettings:
    """Which pictures, see :func:`vit.data.load`.

    ``sides``: how large the model sees them, in pixels, over equal parts of the run, one after another; they lie in
    memory at ``image_size`` and are enlarged batch by batch. Empty: at ``image_size`` throughout.
    ``whole``: of ``folder``, each picture whole and in its own shape, with at most as many patches as the square of
    ``image_size`` has, instead of that square cut from its middle.
    ``calibration``: the share of the training pictures that is not learned from; the softmax temperature is fitted on
    them at the end of the run and folded into the head.
    """

    name: str = field(default="mnist-10k", metadata=one_of(*DATA))
    path: str = ""
    image_size: int = field(default=0, metadata=within(0, 1024))
    held_out: float = field(default=0.1, metadata=within(0.01, 0.9))
    sides: list[int] = field(default_factory=list)
    whole: bool = False
    calibration: float = field(default=0.0, metadata=within(0, 0.5))
    augment: Augment = field(default_factory=Augment)


@dataclass
class TrainingSettings:
    """``epochs`` and ``max_seconds`` (0: no limit): whichever comes first ends the run.

    ``batch`` is the number of pictures in a step over all processes. ``warmup``: share of the run in
    which the rate rises. ``settle``: share of the run, at its end, over which the changes to the pictures
    shrink to 0.3 of ``data.augment``. ``clip``: longest gradient, 0 for any. ``ema``: how much of the
    averaged weights is kept at each step, 0 for no averaging. ``backbone``: with ``model.start``, ``thawed``
    trains all, ``frozen`` only the head, ``probe`` the head on features computed once (no augmentation).
    ``backbone_rate``: the rate of everything but the head, as a share of ``lr``; each block before the last learns at
    ``layer_decay`` times the rate of the one after it. ``frozen_blocks``: so many first blocks, and what comes before
    them, stay as ``model.start`` has them. ``checkpoints``: how many
    evaluations, each kept as a checkpoint for looking back. ``threads``: 0 leaves it to torch.
    """

    epochs: float = field(default=10.0, metadata=within(0, 100_000))
    max_seconds: float = field(default=0.0, metadata=within(0, 10_000_000))
    batch: int = field(default=128, metadata=within(1, 65_536))
    optimiser: str = field(default="adamw", metadata=one_of(*OPTIMISERS))
    lr: float = field(default=0.001, metadata=within(0, 1_000_000))
    backbone_rate: float = field(default=1.0, metadata=within(0, 1))
    layer_decay: float = field(default=1.0, metadata=within(0.01, 1))
    frozen_blocks: int = field(default=0, metadata=within(0, 64))
    schedule: str = field(default="cosine", metadata=one_of(*SCHEDULES))
    warmup: float = field(default=0.05, metadata=within(0, 1))
    settle: float = field(default=0.0, metadata=within(0, 1))
    weight_decay: float = field(default=0.05, metadata=within(0, 10))
    beta2: float = field(default=0.999, metadata=within(0, 0.99999))
    clip: float = field(default=1.0, metadata=within(0, 1_000_000))
    label_smoothing: float = field(default=0.0, metadata=within(0, 0.9))
    ema: float = field(default=0.0, metadata=within(0, 0.99999))
    backbone: str = field(default="thawed", metadata=one_of(*BACKBONES))
    checkpoints: int = field(default=24, metadata=within(1, 1000))
    seed: int = field(default=0, metadata=within(0, 2**31 - 1))
    device: str = field(default="auto", metadata=one_of(*DEVICES))
    precision: str = field(default="auto", metadata=one_of(*PRECISIONS))
    threads: int = field(default=0, metadata=within(0, 1024))


@dataclass
class Settings:
    """One run. ``slots``: wait until fewer than so many runs are at work below ``runs/``; 0 starts at once."""

    model: ModelSettings = field(default_factory=ModelSettings)
    data: DataSettings = field(default_factory=DataSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    slots: int = field(default=0, metadata=within(0, 1024))

    def check(self) -> None:
        """SettingsError, naming the key, for values that cannot be trained with."""
        check_limits(self)
        self._check_model()
        if any(not 1 <= side <= 1024 for side in self.data.sides):
            raise SettingsError(f"data.sides={self.data.sides} is not possible: a side has from 1 to 1024 pixels.")
        if self.data.whole:
            self._check_whole()
        if self.data.name == "folder" and not self.data.path:
            raise SettingsError("data.path is empty: give a folder, zip or tar with a sub-folder for each class.")
        if self.training.epochs <= 0 and self.training.max_seconds <= 0:
            raise SettingsError("training.epochs and training.max_seconds are both 0: the run would never end.")
        if self.training.backbone != "thawed" and not self.model.start:
            raise SettingsError(
                f"training.backbone={self.training.backbone} needs a trained model in model.start to go on from."
            )
        if self.training.frozen_blocks and not self.model.start:
            raise SettingsError("training.frozen_blocks needs a trained model in model.start to go on from.")

    def _check_whole(self) -> None:
        if self.data.name != "folder":
            raise SettingsError(f"data.whole is for data=folder: the pictures of {self.data.name} are squares already.")
        if self.data.sides:
            raise SettingsError("data.whole and data.sides exclude each other: sides are those of squares.")
        if self.data.augment.mixup:
            raise SettingsError("data.whole needs data.augment.mixup=0: pictures of two shapes cannot be blended.")

    def _check_model(self) -> None:
        model = self.model
        if model.start:
            return
        if model.pooling not in POOLINGS:
            raise SettingsError(f"model.pooling={model.pooling} is not possible: choose one of {', '.join(POOLINGS)}.")
        if model.width % model.heads:
            raise SettingsError(f"model.width={model.width} does not divide into model.heads={model.heads} heads.")
        narrow = model.width // model.heads if model.position == "rotary" else model.width
        multiple = {"sincos1d": 2, "sincos2d": 4, "rotary": 4}.get(model.position, 1)
        if narrow % multiple:
            which = "width of a head" if model.position == "rotary" else "model.width"
            raise SettingsError(
                f"model.position={model.position} needs a {which} divisible by {multiple}, not {narrow}."
            )
        if round(model.mlp_ratio * model.width) < 1:
            raise SettingsError(f"model.mlp_ratio={model.mlp_ratio} leaves the MLP no width: take 1 or more.")
