"""Vectors on a sheet: two directions through them, and which class a head has at each place of that sheet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from vit.analysis.components import principal_components
from vit.teaching.linear_head import LinearHead


@dataclass(frozen=True)
class Plane:
    """``origin`` (d,) and two directions of length 1 at right angles, ``axes`` (2, d). ``share``: how much of what is
    looked at lies in it, 0 to 1."""

    origin: np.ndarray
    axes: np.ndarray
    share: float

    def places(self, vectors: np.ndarray) -> np.ndarray:
        """Where vectors (n, d) lie on it, seen from straight above: (n, 2)."""
        places: np.ndarray = (vectors - self.origin) @ self.axes.T
        return places


def of_pictures(vectors: Tensor) -> Plane:
    """The plane in which vectors (n, d) differ most (principal components); ``share`` is that of their variance."""
    x = vectors.double().numpy()
    axes, _, explained = principal_components(x, 2)
    return Plane(x.mean(0), _two(axes), float(explained.sum()))


def of_head(head: LinearHead, vectors: Tensor) -> Plane:
    """The plane through the mean of the vectors (n, d) in which the head tells its classes apart most.

    Of the differences between the weights of its classes the two main directions; ``share`` is that of the squared
    differences. Of three classes it is all of them, so that every picture lies in the region of its answer. Two
    classes differ along one direction: the second is the one in which the vectors differ most beside it.
    """
    x = vectors.double().numpy()
    _, lengths, directions = _differences(head)
    axes = directions[:2]
    if len(head.weight) == 2:
        first = axes[:1]
        beside = x - x.mean(0)
        beside = beside - (beside @ first.T) @ first
        second, _, _ = principal_components(beside, 1)
        axes = np.concatenate([first, second])
    powers = lengths**2
    return Plane(x.mean(0), _two(axes), float(powers[:2].sum() / (powers.sum() or 1)))


def left_out_places(plane: Plane, head: LinearHead, vectors: Tensor, left_out: Tensor) -> np.ndarray:
    """Where pictures would lie on a plane of :func:`of_head` if the head gave them the logits ``left_out``
    (n, classes), those of heads that have not seen them: (n, 2).

    A place along the direction k is u_k · (W x) / s_k, with the weights' differences W = Σ s_k u_k v_kᵀ; W x are the
    logits without the bias, less their mean over the classes. Beside what the head reads a picture stays where it is.
    """
    turned, lengths, _ = _differences(head)
    origin = head.weight.double().numpy() @ plane.origin  # (classes,)
    moved = (left_out - head.bias).double().numpy() - origin  # (n, classes)
    moved = moved - moved.mean(-1, keepdims=True)
    places = plane.places(vectors.double().numpy())  # (n, 2)
    for k in range(min(2, len(lengths) - 1)):
        if lengths[k] > 1e-12 * lengths[0]:
            places[:, k] = moved @ turned[:, k] / lengths[k]
    return places


def _differences(head: LinearHead) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The SVD of the weights less their mean over the classes: (classes, r), (r,), (r, d); r ≤ classes."""
    weight = head.weight.double().numpy()
    turned, lengths, directions = np.linalg.svd(weight - weight.mean(0), full_matrices=False)
    return turned, lengths, directions


def _two(axes: np.ndarray) -> np.ndarray:
    """At most two directions (≤ 2, d) as (2, d): where nothing differs, a direction of no length."""
    return np.pad(axes, ((0, 2 - len(axes)), (0, 0)))


def regions(plane: Plane, head: LinearHead, across: np.ndarray, up: np.ndarray) -> np.ndarray:
    """The head's class at each place (across, up) of the plane itself, nothing added beside it: (len(up), len(across)).

    A picture's vector lies above or below its place, so its answer can be another.
    """
    weight, bias = head.weight.double().numpy(), head.bias.double().numpy()
    on_axes = weight @ plane.axes.T  # (classes, 2)
    rest = weight @ plane.origin + bias  # (classes,)
    logits = on_axes[:, 0] * across[None, :, None] + on_axes[:, 1] * up[:, None, None] + rest
    best: np.ndarray = logits.argmax(-1)
    return best
