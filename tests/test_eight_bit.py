"""Products in eight bits: near to float32, exact where they may be, the same in any batch; tables kept as they are."""

from __future__ import annotations

import numpy
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from embeddings.eight_bit import EightBitLinear, KeptTable, eight_bits_pay, keep_tables, to_eight_bits
from embeddings.encoder_transformers import SentenceTransformerEncoder
from embeddings.encoders import load_encoder
from embeddings.model_folders import ModelFolder
from embeddings.packed_weights import packed_file
from embeddings.records import Vectors
from embeddings.weights import unpacked_folder

TEXTS = [
    "passage: De burgemeester van Veenmeer stapt op.",
    "passage: Le maire a démissionné jeudi soir, après trois heures de débat.",
    "passage: Elf.",
    "passage: " + "Het waterschap verhoogt de dijk langs de rivier met veertig centimeter. " * 12,
]


@given(
    st.integers(1, 40),
    st.integers(1, 64),
    st.integers(1, 48),
    st.floats(0.01, 100),
    st.floats(-50, 50),
    st.integers(0, 2**31),
)
@settings(max_examples=100)
def test_an_output_is_off_by_less_than_the_rounding_of_inputs_and_weights(
    rows: int, inner: int, outer: int, size: float, shift: float, seed: int
) -> None:
    torch.manual_seed(seed)
    layer = nn.Linear(inner, outer)
    states = torch.randn(rows, inner) * size + shift
    with torch.inference_mode():
        exact, found = layer(states), EightBitLinear(layer)(states)
    weights = layer.weight.detach().abs()
    lowest, highest = states.amin(1).clamp_max(0), states.amax(1).clamp_min(0)
    half_level = (highest - lowest)[:, None] / 255 / 2
    half_weight = weights.amax(1) / 127 / 2
    # Each input is off by at most half its level, and by as much again for its zero point; each weight by half of its own.
    bound = half_level * 2 * weights.sum(1) + half_weight * (states.abs() + 2 * half_level).sum(1, keepdim=True)
    assert bool(((found - exact).abs() <= bound * 1.01 + 1e-4 * (1 + exact.abs())).all())


def test_what_fits_into_levels_is_exact() -> None:
    layer = nn.Linear(2, 2, bias=True)
    with torch.inference_mode():
        layer.weight.copy_(torch.tensor([[127.0, 0.0], [-127.0, 64.0]]))
        layer.bias.copy_(torch.tensor([1.0, -1.0]))
        states = torch.tensor([[255.0, 0.0], [-255.0, 0.0], [0.0, 0.0], [200.0, -55.0]])
        assert torch.allclose(EightBitLinear(layer)(states), layer(states), rtol=1e-5)


def test_a_text_alone_and_among_others_gives_the_same_levels() -> None:
    torch.manual_seed(3)
    layer = EightBitLinear(nn.Linear(32, 16))
    states = torch.randn(5, 7, 32)
    with torch.inference_mode():
        together = layer(states)
        for row in range(5):
            assert torch.allclose(layer(states[row]), together[row], atol=1e-6)


def test_query_key_and_value_share_an_input_and_never_an_old_one() -> None:
    class Attention(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.query, self.key, self.value = (nn.Linear(16, 16) for _ in range(3))

        def forward(self, features: dict[str, torch.Tensor]) -> list[torch.Tensor]:
            return [layer(features["states"]) for layer in (self.query, self.key, self.value)]

    torch.manual_seed(4)
    attention = Attention()
    large = torch.ones(16)
    large[5] = 40
    sample = {"states": torch.randn(20, 16) * large}
    expected = [EightBitLinear(layer, torch.tensor([5])) for layer in attention.children()]
    to_eight_bits(attention, sample)
    with torch.inference_mode():
        for _ in range(3):
            states = torch.randn(4, 16) * large
            for found, layer in zip(attention({"states": states}), expected, strict=True):
                assert torch.equal(found, layer(states))


def test_a_channel_that_is_large_in_every_token_does_not_make_the_others_coarse() -> None:
    torch.manual_seed(5)
    layer = nn.Linear(64, 32)
    states = torch.randn(50, 64)
    states[:, 7] += 60
    with torch.inference_mode():
        exact = layer(states)
        coarse = (EightBitLinear(layer)(states) - exact).abs().mean()
        fine = (EightBitLinear(layer, torch.tensor([7]))(states) - exact).abs().mean()
    assert fine * 5 < coarse


def test_a_table_gives_the_rows_of_its_file_whatever_becomes_of_the_rest() -> None:
    model = nn.Sequential(nn.Embedding(10, 4).half(), nn.Linear(4, 4))
    table = model[0].weight.detach().clone()
    keep_tables(model, torch.float32)
    model.to(torch.float64)
    kept = model[0]
    assert isinstance(kept, KeptTable)
    with torch.inference_mode():
        rows = kept(torch.tensor([[1, 9]]))
    assert rows.dtype is torch.float32
    assert torch.equal(rows[0], table[[1, 9]].float())


def test_where_products_are_cut_off_or_missing_it_does_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut_off(self: EightBitLinear, states: torch.Tensor) -> torch.Tensor:
        return torch.full((*states.shape[:-1], 1536), 32767.0 / 127)

    with monkeypatch.context() as patch:
        patch.setattr(EightBitLinear, "forward", cut_off)
        assert not eight_bits_pay()

    def missing(self: EightBitLinear, *_: object) -> None:
        raise RuntimeError("no such operator")

    with monkeypatch.context() as patch:
        patch.setattr(EightBitLinear, "__init__", missing)
        assert not eight_bits_pay()


def test_vectors_stay_where_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = packed_file()
    assert packed is not None
    fingerprint = load_encoder().fingerprint
    found: list[Vectors] = []
    for pays in (False, True):
        monkeypatch.setattr("embeddings.eight_bit.eight_bits_pay", lambda pays=pays: pays)
        folder = ModelFolder(unpacked_folder(packed), fingerprint.revision)
        encoder = SentenceTransformerEncoder(folder, "it", fingerprint=fingerprint, eight_bits=True)
        found.append(encoder.encode_texts(TEXTS, "passage"))
    cosines = numpy.einsum("ij,ij->i", *found)
    assert cosines.min() > 0.9995
    assert cosines.max() < 1 - 1e-6, "the eight bits were not used"
