"""Heads fitted at once: against the equations solved otherwise, and what they say left out against the slow loop."""

from __future__ import annotations

from math import log

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from vit.teaching.linear_head import Fit, LinearHead, nearest_mean, ridge
from vit.teaching.teach import ELSEWHERE, KINDS, RIDGE, between, gain, teach


def three_classes(n: int = 18, width: int = 40, apart: float = 1.0) -> tuple[Tensor, Tensor]:
    """Vectors (n, width) around three means, and their classes (n,)."""
    draw = torch.Generator().manual_seed(0)
    classes = torch.arange(n) % 3
    means = apart * torch.randn(3, width, dtype=torch.float64, generator=draw)
    return means[classes] + torch.randn(n, width, dtype=torch.float64, generator=draw), classes


@pytest.mark.parametrize(("n", "width"), [(18, 40), (60, 7)], ids=["more dimensions", "more pictures"])
def test_ridge_solves_the_penalised_equations(n: int, width: int) -> None:
    """Against least squares with rows added for the penalty, and a column of ones that has none."""
    x, classes = three_classes(n, width)
    fit = ridge(x, classes, 0.3)
    centred = x - x.mean(dim=0)
    penalty = 0.3 * (centred**2).sum(dim=-1).mean()
    n, d = x.shape
    rows = torch.cat([x, penalty.sqrt() * torch.eye(d, dtype=x.dtype)])  # (n + d, d)
    ones = torch.cat([torch.ones(n, 1, dtype=x.dtype), torch.zeros(d, 1, dtype=x.dtype)])
    wanted = torch.cat([F.one_hot(classes).double(), torch.zeros(d, 3, dtype=x.dtype)])
    solved = torch.linalg.lstsq(torch.cat([rows, ones], dim=1), wanted).solution  # (d + 1, classes)
    torch.testing.assert_close(fit.head.weight, solved[:-1].mT, rtol=0, atol=1e-9)
    torch.testing.assert_close(fit.head.bias, solved[-1], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("n", "width"), [(18, 40), (60, 7)], ids=["more dimensions", "more pictures"])
@pytest.mark.parametrize("strength", [0.01, 1.0, 10.0])
def test_ridge_is_that_of_scikit_learn(n: int, width: int, strength: float) -> None:
    from sklearn import linear_model

    x, classes = three_classes(n, width)
    fit = ridge(x, classes, strength)
    penalty = strength * ((x - x.mean(dim=0)) ** 2).sum(dim=-1).mean()
    other = linear_model.Ridge(alpha=float(penalty), solver="svd").fit(x.numpy(), F.one_hot(classes).numpy())
    torch.testing.assert_close(fit.head(x), torch.from_numpy(other.predict(x.numpy())), rtol=0, atol=1e-9)


def test_nearest_mean_is_that_of_scikit_learn() -> None:
    from sklearn import neighbors

    x, classes = three_classes(60, 7)
    other = neighbors.NearestCentroid().fit(x.numpy(), classes.numpy())
    new = torch.randn(200, 7, dtype=x.dtype, generator=torch.Generator().manual_seed(3))
    assert nearest_mean(x, classes).head(new).argmax(dim=-1).tolist() == other.predict(new.numpy()).tolist()


@pytest.mark.parametrize(("n", "width"), [(18, 40), (60, 7)], ids=["more dimensions", "more pictures"])
def test_ridge_left_out_is_the_slow_loop(n: int, width: int) -> None:
    x, classes = three_classes(n, width)
    strength = 0.3
    fit = ridge(x, classes, strength)
    penalty = strength * ((x - x.mean(dim=0)) ** 2).sum(dim=-1).mean()
    for i in range(len(x)):
        others = torch.arange(len(x)) != i
        length = ((x[others] - x[others].mean(dim=0)) ** 2).sum(dim=-1).mean()
        again = ridge(x[others], classes[others], float(penalty / length))
        torch.testing.assert_close(fit.left_out[i], again.head(x[i]), rtol=0, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("n", "width"), [(18, 40), (60, 7)], ids=["more dimensions", "more pictures"])
def test_copies_are_left_out_with_their_picture(kind: str, n: int, width: int) -> None:
    """Against the slow loop, in which the picture and its copy are both gone."""
    x, classes = three_classes(n, width)
    copies = torch.stack([x, x + 0.1 * x.roll(1, dims=-1)], dim=1)  # (n, 2, width)
    fit = KINDS[kind](copies.flatten(0, 1), classes)
    length = ((copies - copies.mean(dim=(0, 1))) ** 2).sum(dim=-1).mean()
    for i in range(n):
        others = torch.arange(n) != i
        left, own = copies[others], classes[others]
        strength = float(length / ((left - left.mean(dim=(0, 1))) ** 2).sum(dim=-1).mean())
        again = ridge(left.flatten(0, 1), own, strength) if kind == RIDGE else nearest_mean(left.flatten(0, 1), own)
        torch.testing.assert_close(fit.left_out[i], again.head(x[i]), rtol=0, atol=1e-9)


def test_nearest_mean_by_hand_and_left_out() -> None:
    x = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [2.0, 6.0]])
    classes = torch.tensor([0, 0, 1, 1])
    fit = nearest_mean(x, classes)
    assert fit.head.weight.tolist() == [[1.0, 0.0], [1.0, 5.0]]
    assert fit.head.bias.tolist() == [-0.5, -13.0]
    distance = ((x[:, None] - fit.head.weight) ** 2).sum(dim=-1)  # (n, classes)
    assert fit.head(x).argmax(dim=-1).tolist() == distance.argmin(dim=-1).tolist()
    for i in range(4):
        others = torch.arange(4) != i
        torch.testing.assert_close(fit.left_out[i], nearest_mean(x[others], classes[others]).head(x[i]))


def test_sharpened_keeps_the_order_and_makes_what_happened_most_probable() -> None:
    left_out = torch.tensor([[0.2, 0.1], [0.1, 0.2], [0.3, 0.1], [0.2, 0.1]], dtype=torch.float64)
    fit = Fit(LinearHead(torch.eye(2), torch.zeros(2)), left_out)
    sure = fit.sharpened(torch.tensor([0, 1, 0, 0]))
    unsure = fit.sharpened(torch.tensor([1, 0, 1, 0]))
    assert sure.head.weight[0, 0] > 10
    assert unsure.head.weight[0, 0] < 0.1
    assert (sure.left_out.argmax(dim=-1) == left_out.argmax(dim=-1)).all()


@pytest.mark.parametrize("scale", [1e-2, 1.0, 1e4])
def test_four_right_answers_are_no_certainty(scale: float) -> None:
    """All alike and all right: sure of each with 5 of 6, whatever the unit of the logits."""
    classes = torch.tensor([0, 1, 0, 1])
    left_out = scale * torch.nn.functional.one_hot(classes).double()
    surely = Fit(LinearHead(torch.eye(2), torch.zeros(2)), left_out).sharpened(classes)
    torch.testing.assert_close(surely.left_out.softmax(-1).amax(-1), torch.full((4,), 5 / 6).double())


def test_what_tells_the_classes_apart_is_found() -> None:
    """Of three blocks only the second knows the classes, and only one of two readings."""
    knows, classes = three_classes(apart=3.0)
    noise = torch.randn(3, *knows.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    read = noise.clone()
    read[1] = knows
    lesson = teach({"mean": noise, "cls": read}, classes)
    assert (lesson.reading, lesson.blocks) == ("cls", 2)
    assert lesson.right(classes) == len(classes)
    assert lesson.gained["cls"].argmax() == 1
    assert lesson.gained["cls"][1] > 0.7
    assert lesson.gained["mean"].max() < 0.1, "guessing"
    assert torch.equal(lesson.chosen_by["cls"], lesson.gained["cls"]), "nothing else is known"


def test_what_is_gained_by_hand() -> None:
    """Of four pictures of two classes three are as sure as may be, all alike: log p of right and wrong by hand."""
    classes = torch.tensor([0, 0, 1, 1])
    alike = gain(torch.zeros(1, 4, 2, dtype=torch.float64), classes)
    assert float(alike[0]) == pytest.approx(0.0), "guessing"
    right = gain(torch.nn.functional.one_hot(classes)[None].double(), classes)
    assert float(right[0]) == pytest.approx(1 + log(5 / 6) / log(2), abs=1e-6), "as one picture more of each would say"


def test_what_is_known_counts_as_so_many_pictures() -> None:
    """The few pictures say block 2, what is known block 3: the sum by hand decides, and it is in between."""
    knows, classes = three_classes(apart=3.0)
    noise = torch.randn(3, *knows.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    noise[1] = knows
    alone = teach({"mean": noise}, classes).gained["mean"]
    for other, blocks in (([0.0, 0.0, 0.1], 2), ([0.0, 0.0, 0.9], 3)):
        lesson = teach({"mean": noise}, classes, known={"mean": torch.tensor(other)})
        wanted = (18 * alone + ELSEWHERE * torch.tensor(other).double()) / (18 + ELSEWHERE)
        torch.testing.assert_close(lesson.chosen_by["mean"], wanted, rtol=0, atol=1e-6)
        assert lesson.blocks == blocks == int(wanted.argmax()) + 1
        torch.testing.assert_close(lesson.gained["mean"], alone)


@pytest.mark.parametrize("classes", [[], [0, 0, 0], [0, 0, 1]])
def test_too_little_to_learn_from_is_said(classes: list[int]) -> None:
    vectors = torch.randn(2, len(classes), 5)
    with pytest.raises(ValueError, match="two classes or more, with two pictures"):
        teach({"mean": vectors}, torch.tensor(classes, dtype=torch.long))


def test_how_far_few_pictures_can_be_trusted() -> None:
    """Wilson's interval for 9 of 12 is 0.468 to 0.911."""
    assert between(9, 12) == (6, 11)
    assert between(0, 5)[0] == 0
    assert between(5, 5)[1] == 5
