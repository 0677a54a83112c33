"""Any model that sentence-transformers can load, and the bulk half of the default encoder.

Each sentence is read by itself, under its article's title. Pooling it from the token states of its passage
would cost nothing, but such vectors all lie near the passage's own and rank its sentences far worse; the
figures are in docs/encoding.md.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy
from numpy.typing import NDArray

from embeddings.encoders import EncoderFingerprint, Kind, normalise
from embeddings.errors import EncoderError
from embeddings.model_folders import ModelFolder
from embeddings.model_loading import load_model, load_tokenizer, unlimited
from embeddings.on_cores import on_cores
from embeddings.passages import passage_text
from embeddings.records import Article, EncodedPassage, Passage, Vector, Vectors

CONTEXT_TOKENS = 24
"""How much of a passage's context is said before each of its sentences: a title's length."""

# Of a padded batch. On a processor what is computed between two layers then stays in its cache; a graphics card is
# kept busy by larger ones only.
_BATCH_TEXTS, _BATCH_TOKENS = 32, 1024
_DEVICE_BATCH_TEXTS, _DEVICE_BATCH_TOKENS = 256, 16384
_WINDOW = 256  # passages sorted by length together; bounds what is held back from the caller
_DEFAULT_LENGTH = 512
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


class SentenceTransformerEncoder:
    """A sentence-transformers model; see `embeddings.encoders.Encoder` for what each method promises.

    Args:
        model: its folder and revision; `find_model` has made sure that it is safe to load.
        name: what the user calls it.
        prepare: what is done to every text first.
        fingerprint: where it is known without loading the model.
        eight_bits: whether it may compute in eight bits; what that does to its vectors must have been measured.
        device: where it computes, see `load_encoder`.
    """

    def __init__(
        self,
        model: ModelFolder,
        name: str,
        *,
        prepare: Callable[[str], str] | None = None,
        fingerprint: EncoderFingerprint | None = None,
        eight_bits: bool = False,
        device: str = "auto",
    ) -> None:
        self._device = device
        self._eight_bits = eight_bits
        self._folder = model
        self._name = name
        self._prepare = prepare or _without_surrogates
        self._known_fingerprint = fingerprint
        self._lock = threading.RLock()

    @cached_property
    def fingerprint(self) -> EncoderFingerprint:
        if self._known_fingerprint is not None:
            return self._known_fingerprint
        model = self._model
        measure = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
        query, passage = self._prefixes
        return EncoderFingerprint(
            self._name,
            self._folder.revision,
            int(measure()),
            query,
            passage,
            True,
            _pooling(model),
        )

    @property
    def passage_limit(self) -> int:
        with self._lock:
            return self._length - self._specials - self._count(self._prefixes[1])

    @cached_property
    def _prefixes(self) -> tuple[str, str]:
        """What the model wants said before a query and before a passage."""
        if self._known_fingerprint is not None:
            return self._known_fingerprint.query_prefix, self._known_fingerprint.passage_prefix
        prompts: dict[str, str] = self._model.prompts
        default = prompts.get(self._model.default_prompt_name or "", "")
        query = prompts.get("query") or default
        passage = next((prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), default)
        if not query and not passage and "e5-" in self._name.lower() and "instruct" not in self._name.lower():
            return (
                "query: ",
                "passage: ",
            )  # the E5 family was trained with them, and its folders do not say so
        return query, passage

    @cached_property
    def _model(self) -> Any:
        return load_model(self._folder.path, self._name, eight_bits=self._eight_bits, device=self._device)

    @cached_property
    def _tokenizer(self) -> Any:
        if self._takes_tokens:  # the model's own then never cuts or pads: a second one would be 250 MB for nothing
            return unlimited(self._model.tokenizer)
        return load_tokenizer(self._folder.path, self._name, lambda: self._model)

    @cached_property
    def _length(self) -> int:
        length = self._model.max_seq_length if self._known_fingerprint is None else _DEFAULT_LENGTH
        return int(length) if length and length < 1_000_000 else _DEFAULT_LENGTH

    @cached_property
    def _specials(self) -> int:
        return int(self._tokenizer.num_special_tokens_to_add(False))

    @cached_property
    def _takes_tokens(self) -> bool:
        """Whether the model is a plain one, which can be handed token ids; they are then made once, not
        twice."""
        first, *rest = list(self._model)
        return type(first).__name__ == "Transformer" and all(
            type(module).__name__ in ("Pooling", "Normalize", "Dense", "LayerNorm", "Dropout")
            and getattr(module, "include_prompt", True)
            for module in rest
        )

    def _count(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        with self._lock:
            tokenizer = self._tokenizer
        # The space makes counts add up: a word in the middle of a text is read with the space before it.
        prepared = [" " + self._prepare(text) for text in texts]
        return [len(one.ids) for one in tokenizer.encode_batch(prepared, add_special_tokens=False)]

    def encode_query(self, text: str) -> Vector:
        vector: Vector = self.encode_texts([text], "query")[0]
        return vector

    def encode_texts(self, texts: Sequence[str], kind: Kind) -> Vectors:
        with self._lock:
            prefix = self._prefixes[0 if kind == "query" else 1]
            dimension = self.fingerprint.dimension
            if not texts:
                return numpy.empty((0, dimension), numpy.float32)
            prepared = [self._prepare(text) for text in texts]
            if kind == "passage":
                return normalise(self._encode([prefix + text for text in prepared], kind), len(texts), dimension)
            parts, owners = [], []
            for owner, text in enumerate(prepared):
                for part in self._cut(text, self._length - self._specials - self._count(prefix)):
                    parts.append(prefix + part)
                    owners.append(owner)
            vectors = self._encode(parts, kind)
            weights = numpy.array([len(part) - len(prefix) + 1 for part in parts], numpy.float32)
            summed = numpy.zeros((len(texts), dimension), numpy.float32)
            numpy.add.at(summed, owners, vectors * weights[:, None])
            return normalise(summed, len(texts), dimension)

    def encode_passages(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None = None
    ) -> Iterator[EncodedPassage]:
        for start in range(0, len(items), _WINDOW):
            with self._lock:
                encoded = self._encode_window(items[start : start + _WINDOW], progress)
            yield from encoded

    def _encode_window(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None
    ) -> list[EncodedPassage]:
        prefix, dimension = self._prefixes[1], self.fingerprint.dimension
        passages = [prefix + self._prepare(passage_text(article, passage)) for article, passage in items]
        # Successive passages share a sentence and a publisher repeats its own, so equal texts are read once.
        places: dict[str, int] = {}
        rows = [
            [places.setdefault(prefix + text, len(places)) for text in self._sentence_texts(article, passage)]
            for article, passage in items
        ]
        texts = [*passages, *places]
        vectors = normalise(
            self._encode(texts, "passage", _in_passages(progress, len(items), len(texts))),
            len(texts),
            dimension,
        )
        whole, sentences = vectors[: len(items)], vectors[len(items) :]
        return [
            EncodedPassage(passage, vector, sentences[row])
            for (_, passage), vector, row in zip(items, whole, rows, strict=True)
        ]

    def _sentence_texts(self, article: Article, passage: Passage) -> Iterator[str]:
        """Each sentence as it is encoded: under the start of its passage's context, which says what it is
        about."""
        context = self._prepare(passage.context)
        if context:
            offsets = self._tokenizer.encode(context, add_special_tokens=False).offsets
            if len(offsets) > CONTEXT_TOKENS:
                context = context[: offsets[CONTEXT_TOKENS][0]].rstrip()
            context += "\n"
        for sentence in passage.sentences:
            yield context + self._prepare(article.text[sentence.start : sentence.end])

    def _cut(self, text: str, limit: int) -> list[str]:
        """The text in consecutive parts of at most `limit` tokens."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        if len(offsets) <= limit:
            return [text]
        limit -= 1  # a part may begin with a token that the whole text did not have there
        starts = [0, *(offsets[index][0] for index in range(limit, len(offsets), limit)), len(text)]
        return [text[a:b] for a, b in itertools.pairwise(starts) if text[a:b].strip()]

    def _encode(
        self, texts: Sequence[str], kind: Kind, progress: Callable[[int], None] | None = None
    ) -> NDArray[numpy.float32]:
        """Vectors of texts that carry their prefix, in order, encoded in batches of like length."""
        encodings = self._tokenizer.encode_batch(texts)
        longest = max((len(encoding.ids) for encoding in encodings), default=0)
        if longest > self._length:
            raise EncoderError(
                f"a passage has {longest} tokens and the encoder {self._name} reads {self._length}",
                "report this: passages must be cut before they are encoded",
            )
        vectors = numpy.empty((len(texts), self.fingerprint.dimension), numpy.float32)
        on_processor = self._model.device.type == "cpu"

        def encode(batch: Sequence[int]) -> None:
            try:
                vectors[batch] = self._forward(
                    [texts[index] for index in batch], [encodings[index].ids for index in batch], kind
                )
            except (RuntimeError, MemoryError, ValueError) as error:
                short = isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _NO_MEMORY)
                if not short or len(batch) == 1:
                    cause = "the memory is too small for one passage" if short else f"the encoder failed: {error}"
                    raise EncoderError(cause.splitlines()[0], "close other programs and try again") from error
                half = len(batch) // 2
                encode(batch[:half])
                encode(batch[half:])

        batches = _batches([len(encoding.ids) for encoding in encodings], on_processor)
        # What else a model may do need not be safe with threads.
        threads = None if on_processor and self._takes_tokens else 1
        for batch in on_cores(encode, batches, threads):
            if progress is not None:
                progress(len(batch))
        return vectors

    def _forward(self, texts: Sequence[str], ids: Sequence[list[int]], kind: Kind) -> NDArray[numpy.float32]:
        """One batch through the model, shape (len(texts), dimension)."""
        import torch

        model = self._model
        if not self._takes_tokens:
            # The prefix is in the text already, so the model is told of none; routers still learn the kind.
            encode = model.encode_query if kind == "query" else model.encode_document
            return numpy.asarray(
                encode(list(texts), prompt="", convert_to_numpy=True, show_progress_bar=False), numpy.float32
            )
        width = max(map(len, ids))
        padded = numpy.full((len(ids), width), self._padding, numpy.int64)
        mask = numpy.zeros((len(ids), width), numpy.int64)
        for row, tokens in enumerate(ids):
            padded[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1
        with torch.inference_mode():
            features: dict[str, Any] = {
                "input_ids": torch.from_numpy(padded).to(model.device),
                "attention_mask": torch.from_numpy(mask).to(model.device),
            }
            first, *rest = list(model)
            features = first(features)
            features["token_embeddings"] = features["token_embeddings"].float()
            for module in rest:
                features = module(features)
            vectors: NDArray[numpy.float32] = features["sentence_embedding"].float().cpu().numpy()
        return vectors

    @cached_property
    def _padding(self) -> int:
        return int(getattr(self._model.tokenizer, "pad_token_id", None) or 0)


def _in_passages(progress: Callable[[int], None] | None, passages: int, texts: int) -> Callable[[int], None] | None:
    """Turn texts done into passages done, whose sum is right when all are."""
    if progress is None:
        return None
    done = 0

    def report(count: int) -> None:
        nonlocal done
        before, done = done * passages // texts, done + count
        if done * passages // texts > before:
            progress(done * passages // texts - before)

    return report


def _pooling(model: Any) -> str:
    """How the model makes one vector of a text's token states: "mean", "cls", … or "other"."""
    for module in model:
        if type(module).__name__ == "Pooling":
            mode = getattr(module, "pooling_mode", None) or module.get_pooling_mode_str()
            return mode if isinstance(mode, str) else "+".join(mode)
    return "other"


def _without_surrogates(text: str) -> str:
    """Halves of surrogate pairs stand for nothing and cannot be handed to a tokenizer."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", " ")


def _batches(lengths: Sequence[int], on_processor: bool) -> list[list[int]]:
    """The indices of texts in batches of like length, the longest first."""
    most, tokens = (_BATCH_TEXTS, _BATCH_TOKENS) if on_processor else (_DEVICE_BATCH_TEXTS, _DEVICE_BATCH_TOKENS)
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches, position = [], 0
    while position < len(order):
        width = max(lengths[order[position]], 1)
        batches.append(order[position : position + max(1, min(most, tokens // width))])
        position += len(batches[-1])
    return batches
