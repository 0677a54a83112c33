"""Trains the adapters of `qa.language_models.adapted_reader`: what makes the embedded language model tell whether a sentence answers, and how
two sentences relate as answers.

    python bench/adapter_training.py OUT.gguf --sets SETS --work FOLDER [--minutes 55] [--after FILE.gguf]
    python bench/adapter_training.py OUT.gguf --comparing [--minutes 55] [--after FILE.gguf]

SETS and FOLDER are those of bench/retrieval.py. Learnt from is what the program finds for the questions of `bench/answerability`, and for
half of nieuwsbank's and rijksoverheid's (the same halves as in bench/reading_model_training.py); public sets under share-alike
licences are not, since what is made from Gemma's weights has terms of its own. The second is learnt from `bench/relations` and from the answers of `bench/answerability` that
are labelled with how they relate. --after goes on from an adapter. Needs the packages gguf
and accelerate, which the project needs for nothing else.

The weights are those of the embedded model's own file, in its four bits, so that the adapter fits what it will be used with. Only the
adapter is learnt: the answer is read from the probabilities of the next token, as the program does.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy
import torch
from torch import Tensor, nn

from bench.reading_model_lessons import INVENTED, Pair, related
from bench.reading_model_training import Lesson, by_length, lessons, second_stage, trained
from embeddings.encoders import load_encoder
from qa.language_models.adapted_reader import (
    BIAS,
    NO,
    RELATION_BIASES,
    RELATION_SCALE,
    RELATION_TOKENS,
    SCALE,
    YES,
    asked_last,
    compared_last,
)
from qa.language_models.model_files import default_weights
from qa.two_answers import RELATIONS

SHARES = {INVENTED: 0.25, "nieuwsbank": 1.0, "rijksoverheid": 1.0}
"""Share of each set's questions that is seen."""

UNRELATED_SHARE = 0.12
"""Share that is seen of the questions none of whose sentences relate."""

RANK, STRENGTH = 16, 2.0
FROZEN = 4
"""Layers, from the lowest, without an adapter: what follows is cheaper to train by as much."""

LONGEST, LONGEST_OF_TWO = 160, 220  # tokens
RATE = 6e-4
WARM_UP = 25  # steps
_PLACES = {
    "q_proj": "attn_q",
    "k_proj": "attn_k",
    "v_proj": "attn_v",
    "o_proj": "attn_output",
    "gate_proj": "ffn_gate",
    "up_proj": "ffn_up",
    "down_proj": "ffn_down",
}


class Adapted(nn.Module):  # type: ignore[misc]
    """A linear layer that stays as it is, and what is added to it."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(RANK, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, states: Tensor) -> Tensor:
        down = nn.functional.linear(states, self.a.to(states.dtype))
        return self.base(states) + STRENGTH * nn.functional.linear(down, self.b.to(states.dtype))


class Network(nn.Module):  # type: ignore[misc]
    """The embedded language model with adapters; `answers` is the difference that "yes" and "no" make at the last token, `relations` how
    the words for these stand to each other there."""

    def __init__(self, weights: Path) -> None:
        super().__init__()
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(weights.parent, gguf_file=weights.name)
        model = AutoModelForCausalLM.from_pretrained(weights.parent, gguf_file=weights.name, dtype=torch.float32)
        embeddings = model.model.embed_tokens.weight
        self.answers = nn.Linear(embeddings.shape[1], 1)
        difference = embeddings[list(YES)].mean(0) - embeddings[list(NO)].mean(0)
        self.answers.weight.data.copy_(SCALE * difference[None] / 4)
        self.answers.bias.data.fill_(BIAS)
        words = embeddings[list(RELATION_TOKENS)]
        self.relations = nn.Linear(embeddings.shape[1], len(RELATIONS))
        self.relations.weight.data.copy_(RELATION_SCALE * (words - words.mean(0)))
        self.relations.bias.data.copy_(torch.tensor(RELATION_BIASES))
        self.answers.requires_grad_(False)
        self.relations.requires_grad_(False)
        self.body = model.model.to(torch.bfloat16)
        self.body.requires_grad_(False)
        for layer in self.body.layers[FROZEN:]:
            for part in (layer.self_attn, layer.mlp):
                for name, child in list(part.named_children()):
                    if name in _PLACES:
                        setattr(part, name, Adapted(child))

    def learnt(self) -> dict[str, nn.Parameter]:
        """What training changes, by name."""
        return {name: value for name, value in self.named_parameters() if value.requires_grad}

    def tokens(self, pair: str) -> list[int]:
        of_two = pair.startswith("query: ")
        ids: list[int] = self.tokenizer(compared_last(pair) if of_two else asked_last(pair))["input_ids"]
        return ids[-(LONGEST_OF_TWO if of_two else LONGEST) :]

    def forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """The state at each row's last token, shape (len(rows), hidden)."""

        def read(ids: Tensor, mask: Tensor) -> Tensor:
            # What fills up a row stands behind its last token, which does not see it.
            states = self.body(input_ids=ids, use_cache=False).last_hidden_state
            return states[torch.arange(len(ids)), mask.sum(1).long() - 1].float()

        return by_length(rows, 0, read)


def write(network: Network, path: Path) -> None:
    """The adapter as llama.cpp takes it."""
    import gguf

    out = gguf.GGUFWriter(path, "gemma3")
    out.add_type("adapter")
    out.add_string("adapter.type", "lora")
    out.add_float32("adapter.lora.alpha", STRENGTH * RANK)
    out.add_license("gemma")
    for name, value in network.learnt().items():
        out.add_tensor(_tensor_name(name), value.detach().numpy().astype(numpy.float16))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()


def read(network: Network, path: Path) -> None:
    """Begin with what was learnt before."""
    import gguf

    known = {tensor.name: torch.tensor(tensor.data.astype(numpy.float32)) for tensor in gguf.GGUFReader(path).tensors}
    for name, value in network.learnt().items():
        value.data.copy_(known[_tensor_name(name)])


def _tensor_name(name: str) -> str:
    """What llama.cpp calls a parameter: "body.layers.4.self_attn.q_proj.a" is "blk.4.attn_q.weight.lora_a"."""
    _, _, layer, _, place, side = name.split(".")
    return f"blk.{layer}.{_PLACES[place]}.weight.lora_{side}"


def reading_lessons(network: Network, sets: Path, work: Path, chance: random.Random) -> list[Lesson]:
    given: list[Lesson] = []
    for name, found in second_stage(sets, work, list(SHARES)):
        groups: list[list[Pair]] = [pairs for each in found if (pairs := each.pairs())]
        some = chance.sample(groups, round(len(groups) * SHARES[name]))
        print(f"{name}: {len(some)} of {len(groups)} questions", flush=True)
        given += lessons(network, some)
    return given


def comparing_lessons(network: Network, chance: random.Random) -> list[Lesson]:
    learnt, _ = related(load_encoder(), chance)
    telling = [group for group in learnt if any(label for label, _ in group)]
    others = [group for group in learnt if not any(label for label, _ in group)]
    some = chance.sample(others, round(UNRELATED_SHARE * len(others)))
    print(f"{len(telling)} questions with sentences that relate, {len(some)} without", flush=True)
    return lessons(network, [*telling, *some], relations=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("out", type=Path)
    parser.add_argument("--comparing", action="store_true", help="the adapter for two sentences")
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--minutes", type=float, default=55.0)
    parser.add_argument("--after", type=Path)
    chosen = parser.parse_args()
    torch.manual_seed(17)
    chance = random.Random(17)
    network = Network(default_weights())
    if chosen.after:
        read(network, chosen.after)
    if chosen.comparing:
        given = comparing_lessons(network, chance)
    elif chosen.sets and chosen.work:
        given = reading_lessons(network, chosen.sets, chosen.work, chance)
    else:
        raise SystemExit("--sets and --work are needed, or --comparing")
    began = time.monotonic()
    trained(
        network,
        [(list(network.learnt().values()), 1.0)],
        given,
        chance,
        highest=RATE,
        warm_up=WARM_UP,
        gone=lambda _: (time.monotonic() - began) / 60 / chosen.minutes,
        keep=lambda: write(network, chosen.out),
    )


if __name__ == "__main__":
    main()
