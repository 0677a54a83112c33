"""Layers that take the place of a model's own: products in eight bits, for processors that multiply these several times as
fast as float32, and tables that stay as small as they are in their file.

A weight matrix has a scale for each output, an input a scale and a zero point for each token, and the one or two channels
that are far larger than the others are left in float32. One scale for all tokens, which is what PyTorch's own dynamic quantisation
does, moves the vectors too far, and so does leaving out any of the three. Figures are in docs/encoding.md.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

_LEVELS = 255
_ROUNDING = float(3 << 22)
"""Added to a float32 it leaves the number, rounded, in the low bits: a conversion that runs vectorised."""

_MOST_LARGE = 2
_LARGE = 4.0  # times what is largest in the median channel


class _Input:
    """How states are quantised, and those that were last. A layer's query, key and value are made from the same."""

    def __init__(self, large: Tensor | None = None) -> None:
        self._large = torch.empty(0, dtype=torch.int64) if large is None else large
        self._last = threading.local()  # each thread encodes a batch of its own

    @property
    def large(self) -> Tensor:
        """The channels that are left in float32."""
        return self._large

    def quantise(self, states: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Levels 0 to 255 of shape (tokens, channels); the scale of each token, (tokens, 1); and what the levels do not
        tell, (tokens, 1 + large channels): what level 0 stands for, and the large channels' numbers."""
        last: tuple[Tensor, tuple[Tensor, Tensor, Tensor]] | None = getattr(self._last, "one", None)
        if last is None or last[0] is not states:
            rows = states.reshape(-1, states.shape[-1])
            apart = rows[:, self._large]
            if len(self._large):
                rows = rows.index_fill(1, self._large, 0)
            lowest = rows.amin(-1, keepdim=True).clamp_max_(0)
            scale = rows.amax(-1, keepdim=True).clamp_min_(0).sub_(lowest).div_(_LEVELS).clamp_min_(1e-12)
            zero = lowest.div_(scale).round_()
            levels = rows.mul(scale.reciprocal()).add_(_ROUNDING - zero).view(torch.int32).to(torch.uint8)
            last = self._last.one = states, (levels, scale, torch.cat((zero.mul_(scale), apart), 1))
        return last[1]

    def forget(self) -> None:
        self._last.one = None


class EightBitLinear(nn.Module):  # type: ignore[misc]  # torch is not followed into, for speed
    """A linear layer with weights and inputs of eight bits; states of any shape (..., channels) in float32.

    Args:
        layer: the layer it stands for.
        large: the input's channels that are left in float32; few.
        shared: the input that it has in common with others, with its large channels.
    """

    def __init__(self, layer: nn.Linear, large: Tensor | None = None, shared: _Input | None = None) -> None:
        super().__init__()
        self._input = shared or _Input(large)
        self._keeps = shared is not None
        weight = layer.weight.detach().float()
        apart = weight[:, self._input.large]
        weight = weight.index_fill(1, self._input.large, 0)
        scale = weight.abs().amax(1).clamp_min(1e-12) / 127
        levels = (weight / scale[:, None]).round().to(torch.int8)
        self._packed = torch.ops.onednn.qlinear_prepack(levels, None)
        self._scale = scale
        self._zeros = torch.zeros(len(scale), dtype=torch.int64)
        self._apart = torch.cat((levels.sum(1, keepdim=True) * scale[:, None], apart), 1).T.contiguous()
        self._bias = torch.zeros(len(scale)) if layer.bias is None else layer.bias.detach().float()

    def forward(self, states: Tensor) -> Tensor:
        levels, scale, apart = self._input.quantise(states)
        if not self._keeps:
            self._input.forget()
        product = torch.ops.onednn.qlinear_pointwise(
            levels, 1.0, 0, self._packed, self._scale, self._zeros, None, 1.0, 0, torch.float32, "none", [], ""
        )
        # Every pass over the numbers counts: together they take as long as the product.
        product = torch.addcmul(self._bias, product, scale).addmm_(apart, self._apart)
        return product.view(*states.shape[:-1], len(self._bias))


def eight_bits_pay() -> bool:
    """Whether products in eight bits are exact here and at least half as fast again as in float32, by trying (some 0.1 s).

    Processors without instructions for them cut sums off in between, and other builds of PyTorch do not have the
    product at all.
    """
    rows, inner, outer, rounds = 512, 384, 1536, 8
    with torch.inference_mode():
        layer = nn.Linear(inner, outer)
        # The largest sums there can be: where they are cut off, it shows.
        layer.weight.copy_(torch.ones(outer, inner))
        states = torch.ones(rows, inner)
        states[:, 0] = 0.5
        try:
            eight = EightBitLinear(layer)
            if not torch.allclose(eight(states), layer(states), rtol=0.01):
                return False
        except (AttributeError, NotImplementedError, RuntimeError):
            return False
        best = {layer: float("inf"), eight: float("inf")}
        for _ in range(rounds):
            for one in best:
                start = time.perf_counter()
                one(states)
                best[one] = min(best[one], time.perf_counter() - start)
    return best[eight] * 1.5 < best[layer]


class KeptTable(nn.Module):  # type: ignore[misc]
    """A table of token vectors left in the number format of its file; the rows that are looked up are converted.

    Of a multilingual model the table is most of the weights, and a text needs few of its rows.
    """

    def __init__(self, table: nn.Embedding, number_format: torch.dtype) -> None:
        super().__init__()
        self._rows = (table.weight.detach(),)  # in a tuple, so that `Module.to` does not convert it
        self._number_format = number_format

    def forward(self, numbers: Tensor) -> Tensor:
        return nn.functional.embedding(numbers, self._rows[0]).to(self._number_format)


def keep_tables(module: Any, number_format: torch.dtype) -> None:
    """Keep every embedding table in a module as it is, in place; what is looked up comes in `number_format`."""
    for name, child in module.named_children():
        if isinstance(child, nn.Embedding):
            setattr(module, name, KeptTable(child, number_format))
        else:
            keep_tables(child, number_format)


def to_eight_bits(model: Any, sample: Mapping[str, Tensor]) -> None:
    """Replace every linear layer in a model, in place; query, key and value of one attention share their input.

    Args:
        model: in float32.
        sample: any text as the model takes it; which channels are large hardly depends on it.
    """
    layers = {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
    large: dict[str, Tensor] = {}

    def look(name: str) -> Any:
        def see(_: nn.Module, inputs: tuple[Tensor]) -> None:
            sizes = inputs[0].reshape(-1, inputs[0].shape[-1]).abs().amax(0)
            order = sizes.argsort(descending=True)[:_MOST_LARGE]
            large[name] = order[sizes[order] > _LARGE * sizes.median()]

        return see

    # What narrows is left out: its input takes longer to go through than the product gains in precision.
    widening = {name: layer for name, layer in layers.items() if layer.in_features <= layer.out_features}
    hooks = [layer.register_forward_pre_hook(look(name)) for name, layer in widening.items()]
    with torch.inference_mode():
        model(dict(sample))
    for hook in hooks:
        hook.remove()
    shared: dict[str, _Input] = {}
    for name, layer in layers.items():
        parent, _, own = name.rpartition(".")
        together = own in ("query", "key", "value")
        if together and parent not in shared:
            shared[parent] = _Input(large.get(name))
        new = EightBitLinear(layer, large.get(name), shared[parent] if together else None)
        setattr(model.get_submodule(parent), own, new)
