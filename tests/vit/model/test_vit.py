"""The model: what must hold for every configuration, and the claims its code makes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from einops import rearrange

from tests.support.models import SMALL, noise, random_model
from vit import Trace, ViT, ViTConfig
from vit.model.layers import Attention, Block, attend
from vit.model.layout import TokenLayout
from vit.model.positions import resample, rotary_angles, rotate, sincos_1d, sincos_2d
from vit.model.shapes import walk
from vit.model.trace import Attended, cut_into_patches
from vit.serving.lean_trace import lean


def pixels_for(model: ViT, batch: int = 2) -> torch.Tensor:
    return noise(model.config, batch)


def test_a_trace_keeps_its_invariants(small: ViT) -> None:
    trace = small.trace(pixels_for(small))
    layout, config = trace.layout, small.config
    b, n, d = 2, layout.n_tokens, config.width
    assert layout.grid == (config.image_size[0] // config.patch_size, config.image_size[1] // config.patch_size)
    assert n == len(config.prefix) + layout.grid[0] * layout.grid[1]
    assert trace.patches.shape == (b, layout.n_patches, config.patch_values)
    assert trace.tokens is trace.blocks[0].resid_pre
    for block, following in zip(trace.blocks, trace.blocks[1:], strict=False):
        assert block.resid_post is following.resid_pre
    for block in trace.blocks:
        assert block.pattern.shape == (b, config.heads, n, n)
        torch.testing.assert_close(block.pattern.sum(-1), torch.ones(b, config.heads, n))
        torch.testing.assert_close(block.scores.softmax(-1), block.pattern)
        torch.testing.assert_close(block.resid_pre + block.attn_out + block.mlp_out, block.resid_post)
        assert block.z.shape == (b, config.heads, n, config.head_width)
        assert block.resid_mid.shape == (b, n, d)
    assert trace.final.shape == (b, n, d)
    assert (trace.logits is None) == (config.n_classes == 0)
    assert (trace.pool_pattern is None) == (config.pooling != "map")


def test_forward_gives_what_the_trace_recorded(small: ViT) -> None:
    """What is computed when nobody looks, fused, is what the trace computes in the open: answer and gradients."""
    pixels = pixels_for(small)
    trace = small.trace(pixels)
    answer = trace.pooled if trace.logits is None else trace.logits
    torch.testing.assert_close(small(pixels), answer, atol=1e-5, rtol=1e-5)
    small.requires_grad_(True)
    blocks = small.blocks

    def gradients(run: Callable[[Block, torch.Tensor, torch.Tensor | None], torch.Tensor]) -> list[torch.Tensor]:
        layout, _, _, resid = small.embed(pixels)
        for block in blocks:
            resid = run(block, resid, small.places(layout))
        return torch.autograd.grad(resid.square().mean(), list(blocks.parameters()))

    open_gradients = gradients(lambda block, resid, angle: block(resid, angle).resid_post)
    for fused, seen in zip(gradients(Block.forward_unrecorded), open_gradients, strict=True):
        torch.testing.assert_close(fused, seen, atol=1e-4, rtol=1e-3)


def test_reading_the_last_residual_stream_is_the_answer(small: ViT) -> None:
    trace = small.trace(pixels_for(small))
    final, pooled, _, logits = small.pool_and_classify(trace.residual(trace.depth))
    assert torch.equal(final, trace.final)
    assert torch.equal(pooled, trace.pooled)
    assert logits is None or torch.equal(logits, trace.logits)


def test_pictures_in_a_batch_do_not_touch_each_other(small: ViT) -> None:
    pixels = pixels_for(small)
    together, alone = small.trace(pixels), small.trace(pixels[1:])
    torch.testing.assert_close(together.final[1:], alone.final, atol=1e-4, rtol=1e-4)


def test_tokens_are_prefix_and_patches_plus_position() -> None:
    model = random_model(SMALL["registers"])
    trace = model.trace(pixels_for(model))
    expected = torch.cat([model.prefix.expand(2, -1, -1), trace.patch_embedding], dim=1) + trace.position_embedding
    assert torch.equal(trace.tokens, expected)
    assert not trace.position_embedding[1:3].any(), "registers have no position"


def test_a_block_does_what_its_equations_say() -> None:
    model = random_model(SMALL["registers"])
    trace = model.trace(pixels_for(model))
    for block, record in zip(model.blocks, trace.blocks, strict=True):
        joined = rearrange(record.z, "b h n k -> b n (h k)")
        torch.testing.assert_close(record.attn_out, block.scale1(block.attention.out(joined)), atol=1e-5, rtol=1e-4)
        mlp_out = block.scale2(block.mlp(block.norm2(record.resid_mid)))
        torch.testing.assert_close(record.mlp_out, mlp_out, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", SMALL)
def test_a_convolution_is_cut_flatten_multiply(kind: str) -> None:
    model = random_model(SMALL[kind])
    pixels = pixels_for(model)
    patches = cut_into_patches(pixels, model.config.patch_size, model.config.patch_shift)
    multiplied = model.patch_embedding.projection(patches)
    normed = model.patch_embedding.norm(multiplied)
    torch.testing.assert_close(model.patch_embedding(pixels), normed, atol=1e-5, rtol=1e-4)


def test_patches_that_begin_above_and_left_of_the_picture_begin_with_zeros() -> None:
    pixels = torch.arange(1.0, 17).reshape(1, 1, 4, 4)
    expected = [[0, 0, 0, 1], [0, 0, 2, 3], [0, 5, 0, 9], [6, 7, 10, 11]]
    assert cut_into_patches(pixels, 2, 1)[0].tolist() == expected


def test_many_heads_are_one_head_side_by_side() -> None:
    config = SMALL["cls"]
    torch.manual_seed(2)
    attention, x = Attention(config), torch.randn(1, 7, config.width)
    joined, attended = attention(x, None)
    q, k, v = attended.q, attended.k, attended.v
    heads = [attend(q[0, h], k[0, h], v[0, h]) for h in range(config.heads)]
    side_by_side = torch.cat([z for z, _ in heads], dim=-1)
    torch.testing.assert_close(attention.out(side_by_side), joined[0])
    torch.testing.assert_close(torch.stack([p for _, p in heads]), attended.pattern[0])


def test_attention_of_two_tokens_by_hand() -> None:
    # q·k/√4 = 1 for (0, 0) and 0 elsewhere: the first row is softmax(1, 0), the second uniform.
    q, k = torch.tensor([[2.0, 0, 0, 0], [0, 0, 0, 0]]), torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]])
    z, pattern = attend(q, k, v := torch.tensor([[1.0, 0, 0, 0], [0, 1, 0, 0]]))
    e = torch.e / (1 + torch.e)
    torch.testing.assert_close(pattern, torch.tensor([[e, 1 - e], [0.5, 0.5]]))
    torch.testing.assert_close(z, pattern @ v)


def test_sine_and_cosine_positions_by_hand() -> None:
    table = sincos_1d(3, 4)
    angle = torch.tensor([[0.0, 0.0], [1.0, 0.01], [2.0, 0.02]])
    torch.testing.assert_close(table[:, 0::2], angle.sin())
    torch.testing.assert_close(table[:, 1::2], angle.cos())
    grid = rearrange(sincos_2d((2, 3), 8), "(gh gw) d -> gh gw d", gh=2)
    assert torch.equal(grid[0, :, :4], grid[1, :, :4]), "the first half is about the column only"
    assert torch.equal(grid[:, 0, 4:], grid[:, 2, 4:]), "the second half is about the row only"
    angle = torch.tensor([2.0, 0.02])
    torch.testing.assert_close(grid[1, 2, :4], torch.cat([angle.sin(), angle.cos()]))


def test_rotation_keeps_lengths_and_depends_on_distance_only() -> None:
    angle = rotary_angles((4, 6), 8, 100.0)
    q, k = torch.randn(1, 1, 26, 8), torch.randn(1, 1, 26, 8)
    assert torch.equal(rotate(q, angle)[:, :, :2], q[:, :, :2]), "prefix tokens are not turned"
    torch.testing.assert_close(rotate(q, angle).norm(dim=-1), q.norm(dim=-1))
    same_q, same_k = q[:, :, 2:3].expand(1, 1, 24, 8), k[:, :, 2:3].expand(1, 1, 24, 8)
    scores = (rotate(same_q, angle) @ rotate(same_k, angle).mT)[0, 0]
    torch.testing.assert_close(scores[0, 7], scores[8, 15])  # one down, one right, wherever one starts


def test_positions_are_resampled_height_before_width() -> None:
    # A table whose value is its row keeps growing down and stays constant across, whatever the new grid.
    table = torch.arange(4.0)[:, None, None].expand(4, 3, 1).reshape(12, 1)
    grown = resample(table, (4, 3), (8, 5), "bicubic").reshape(8, 5)
    torch.testing.assert_close(grown, grown[:, :1].expand(8, 5))
    assert (grown[1:, 0] >= grown[:-1, 0]).all()
    assert resample(table, (4, 3), (4, 3), "bicubic-antialias") is table


def test_other_resolutions_and_pictures_that_do_not_fit() -> None:
    model = random_model(SMALL["cls"])
    assert model.trace(torch.randn(1, 3, 16, 64)).layout.grid == (2, 8)
    with pytest.raises(ValueError, match="30×48 pixels do not divide"):
        model.trace(torch.randn(1, 3, 30, 48))
    with pytest.raises(ValueError, match="wants 3 colour channels, the picture has 1"):
        model.trace(torch.randn(1, 1, 32, 48))


def test_edits_enter_at_their_points() -> None:
    model = random_model(SMALL["cls"])
    pixels = pixels_for(model)
    without = model.trace(pixels, {"position_embedding": torch.zeros_like})
    prefix = model.prefix.expand(2, -1, -1)
    assert torch.equal(without.tokens, torch.cat([prefix, without.patch_embedding], dim=1))
    moved = model.trace(pixels, {"tokens": lambda tokens: tokens.flip(0)})
    torch.testing.assert_close(moved.final.flip(0), model.trace(pixels).final, atol=1e-4, rtol=1e-4)
    with pytest.raises(ValueError, match="cannot edit logits"):
        model.trace(pixels, {"logits": torch.zeros_like})


def test_without_positions_patches_may_change_places() -> None:
    """Self-attention alone does not know order: shuffled patches give the same answers, shuffled."""
    model = random_model(SMALL["no position"])
    pixels = pixels_for(model)
    order = torch.tensor([0, 6, 2, 5, 1, 3, 4])
    shuffled = model.trace(pixels, {"tokens": lambda tokens: tokens[:, order]})
    torch.testing.assert_close(shuffled.final, model.trace(pixels).final[:, order], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 10, "heads": 3}, "does not divide into 3 heads"),
        ({"image_size": (224, 230)}, "230 is not a multiple of patch size 16"),
        ({"pooling": "cls", "prefix": ()}, "cannot pool 'cls'"),
        ({"position": "sincos2d", "width": 30, "heads": 1}, "divisible by 4"),
    ],
)
def test_impossible_configurations_are_refused(wrong: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ViTConfig(**wrong)


def test_a_token_of_an_unknown_kind_is_called_as_its_file_calls_it() -> None:
    layout = TokenLayout(("task", "register", "reg", "det12"), (1, 1))
    assert [layout.name(token) for token in range(4)] == ["task", "register", "reg", "detection 12"]


def test_layout_names_and_places() -> None:
    layout = TokenLayout(("cls", "dist", "reg0"), (2, 3))
    assert [layout.name(i) for i in (0, 1, 2, 3, 8)] == [
        "CLS", "distillation", "register 0", "patch (0, 0)", "patch (1, 2)",
    ]  # fmt: skip
    assert layout.patch_token(1, 2) == 8
    assert layout.row_column(8) == (1, 2)
    assert layout.row_column(2) is None
    assert layout.patches(torch.arange(9.0)[:, None])[:, 0].tolist() == [3, 4, 5, 6, 7, 8]
    with pytest.raises(IndexError):
        layout.patch_token(0, 3)
    with pytest.raises(IndexError):
        layout.name(9)


def test_a_lean_trace_has_the_same_numbers_in_less_memory(small: ViT) -> None:
    whole = small.trace(pixels_for(small, batch=2))
    asked = []

    def recall(layer: int, resid_pre: torch.Tensor) -> Attended:
        asked.append(layer)
        return small.attention_of(layer, resid_pre, whole.layout)

    trace = lean(whole, recall)
    kept = trace.nbytes
    assert walk(trace, small.config.head_width) == walk(whole, small.config.head_width)
    assert asked == []  # not for a table of shapes either
    assert kept == whole.nbytes - sum(block.attended.nbytes for block in whole.blocks)
    for block, same in zip(whole.blocks, trace.blocks, strict=True):
        for name in ("resid_pre", "q", "k", "v", "pattern", "scores", "z", "resid_mid", "resid_post", "attn_out"):
            assert torch.equal(getattr(block, name), getattr(same, name)), name
    assert set(asked) == set(range(whole.depth))
    assert trace.nbytes == kept


def test_the_walk_names_what_the_trace_holds(small: ViT) -> None:
    trace = small.trace(pixels_for(small, batch=1))
    steps = {step.name: step.shape for step in walk(trace, small.config.head_width, layer=trace.depth - 1)}
    block, name_of_block = trace.blocks[-1], f"blocks.{trace.depth - 1}"
    assert steps["patches"] == tuple(trace.patches.shape)
    assert steps[f"{name_of_block}.q, .k, .v"] == tuple(block.q.shape)
    for name in ("scores", "pattern", "z", "attn_out", "resid_mid", "resid_post"):
        assert steps[f"{name_of_block}.{name}"] == tuple(getattr(block, name).shape), name
    assert ("logits" in steps) == (trace.logits is not None)


def test_memory_of_the_bundled_trace(cat_trace: Trace) -> None:
    assert cat_trace.nbytes <= 45e6
