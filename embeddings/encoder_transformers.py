"""Any model that sentence-transformers can load, and the bulk half of the default encoder.

A passage is read once: its own vector and those of its sentences are pooled from the same token states, so
sentence vectors cost next to nothing and know their surroundings. Models for which a mean over some tokens
would mean nothing (pooling by the first token, static vectors, routers) encode each sentence by itself
instead.
"""

from __future__ import annotations

import itertools
import logging
import os
import platform
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from embeddings.encoders import EncoderFingerprint, Kind, normalise
from embeddings.errors import EncoderError, EncoderUnavailable
from embeddings.model_folders import ModelFolder, quiet_environment
from embeddings.records import Article, EncodedPassage, Passage, Vector, Vectors

_BATCH_TEXTS = 32
_BATCH_TOKENS = 4096  # of a padded batch; more gained nothing on two cores and costs memory
_WINDOW = 1024  # passages sorted by length together; bounds what is held back from the caller
_DEFAULT_LENGTH = 512
_NO_MEMORY = ("not enough memory", "can't allocate memory", "out of memory")


@dataclass(frozen=True, slots=True)
class _Marked:
    """A text for the encoder and the stretches of it, in code points, that want a vector of their own."""

    text: str
    stretches: tuple[tuple[int, int], ...] = ()


def has_fast_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 matrices in hardware; emulated, they are slower than
    float32."""
    try:
        flags = (
            Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0].split()
        )
    except OSError:
        import torch

        # Windows and macOS. PyTorch's wheels for Apple's processors have no fast bfloat16 on the CPU.
        asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return bool(asked is not None and platform.machine().lower() in ("amd64", "x86_64") and asked())
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(flags)


def usable_cores() -> int:
    """Processors that this process may use, containers' limits included."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or "max"
        return cores


class SentenceTransformerEncoder:
    """A sentence-transformers model; see `embeddings.encoders.Encoder` for what each method promises.

    Args:
        model: its folder and revision; `find_model` has made sure that it is safe to load.
        name: what the user calls it.
        prepare: what is done to every text first.
        fingerprint: where it is known without loading the model.
    """

    def __init__(
        self,
        model: ModelFolder,
        name: str,
        *,
        prepare: Callable[[str], str] | None = None,
        fingerprint: EncoderFingerprint | None = None,
    ) -> None:
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
            "pooled" if self._pools_sentences else "separate",
        )

    @property
    def passage_limit(self) -> int:
        return self._length - self._specials - self._count(self._prefixes[1])

    @cached_property
    def _prefixes(self) -> tuple[str, str]:
        """What the model wants said before a query and before a passage."""
        if self._known_fingerprint is not None:
            return self._known_fingerprint.query_prefix, self._known_fingerprint.passage_prefix
        prompts: dict[str, str] = self._model.prompts
        default = prompts.get(self._model.default_prompt_name or "", "")
        query = prompts.get("query") or default
        passage = next(
            (prompts[key] for key in ("document", "passage", "corpus") if prompts.get(key)), default
        )
        if not query and not passage and "e5-" in self._name.lower() and "instruct" not in self._name.lower():
            return (
                "query: ",
                "passage: ",
            )  # the E5 family was trained with them, and its folders do not say so
        return query, passage

    @cached_property
    def _model(self) -> Any:
        quiet_environment()
        import torch

        if "OMP_NUM_THREADS" not in os.environ:
            torch.set_num_threads(usable_cores())
        try:
            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging as transformers_logging

            transformers_logging.set_verbosity_error()
            transformers_logging.disable_progress_bar()
            logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
            device = "cuda" if torch.cuda.is_available() else "cpu"
            model = SentenceTransformer(
                str(self._folder.path), device=device, local_files_only=True, trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )  # fmt: skip
        except Exception as error:
            # Whatever a folder holds can fail in any way that two large libraries know; all of it means this.
            raise EncoderUnavailable(
                f"the encoder {self._name} does not load: {type(error).__name__}: {error}".splitlines()[0],
                "check the model's folder, or leave --encoder out for the default",
            ) from error
        fast = torch.cuda.is_bf16_supported() if device == "cuda" else has_fast_bfloat16()
        modules = list(model)
        modules[0].to(torch.bfloat16 if fast else torch.float32)
        for module in modules[1:]:
            module.to(torch.float32)
        model.eval()
        return model

    @cached_property
    def _tokenizer(self) -> Any:
        """The tokenizer of the `tokenizers` library, read without loading the model where the folder has
        it."""
        from tokenizers import Tokenizer

        file = self._folder.path / "tokenizer.json"
        try:
            if file.is_file():
                tokenizer = Tokenizer.from_file(str(file))
            else:
                own = self._model.tokenizer
                own = own if isinstance(own, Tokenizer) else own.backend_tokenizer
                tokenizer = Tokenizer.from_str(own.to_str())
        except Exception as error:
            raise EncoderUnavailable(
                f"the encoder {self._name} has no tokenizer that can be read: {error}", "choose another model"
            ) from error
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True  # what looks like a marker in an article is text
        return tokenizer

    @cached_property
    def _length(self) -> int:
        length = self._model.max_seq_length if self._known_fingerprint is None else _DEFAULT_LENGTH
        return int(length) if length and length < 1_000_000 else _DEFAULT_LENGTH

    @cached_property
    def _specials(self) -> int:
        return int(self._tokenizer.num_special_tokens_to_add(False))

    @cached_property
    def _pools_sentences(self) -> bool:
        modules = list(self._model)
        return (
            type(modules[0]).__name__ == "Transformer"
            and _pooling(self._model) == "mean"
            and all(type(module).__name__ in ("Pooling", "Normalize", "Dense") for module in modules[1:])
            and getattr(modules[1], "include_prompt", True)
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
                whole = self._encode([_Marked(prefix + text) for text in prepared], kind)[0]
                return normalise(whole, len(texts), dimension)
            parts, owners = [], []
            for owner, text in enumerate(prepared):
                for part in self._cut(text, self._length - self._specials - self._count(prefix)):
                    parts.append(_Marked(prefix + part))
                    owners.append(owner)
            vectors = self._encode(parts, kind)[0]
            weights = numpy.array([1 + len(part.text) for part in parts], numpy.float32)
            summed = numpy.zeros((len(texts), dimension), numpy.float32)
            numpy.add.at(summed, owners, vectors * weights[:, None])
            return normalise(summed, len(texts), dimension)

    def encode_passages(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None = None
    ) -> Iterator[EncodedPassage]:
        for start in range(0, len(items), _WINDOW):
            window = items[start : start + _WINDOW]
            with self._lock:
                encoded = self._encode_window(window, progress)
            yield from encoded

    def _encode_window(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None
    ) -> list[EncodedPassage]:
        prefix = self._prefixes[1]
        marked = [self._mark(prefix, article, passage) for article, passage in items]
        dimension = self.fingerprint.dimension
        if self._pools_sentences:
            whole, sentences = self._encode(marked, "passage", progress)
        else:
            whole, _ = self._encode([_Marked(one.text) for one in marked], "passage", progress)
            alone = [_Marked(prefix + one.text[start:end]) for one in marked for start, end in one.stretches]
            sentences = self._encode(alone, "passage")[0]
        vectors = normalise(whole, len(items), dimension)
        rows = normalise(sentences, sum(len(one.stretches) for one in marked), dimension)
        encoded, row = [], 0
        for (_, passage), vector, one in zip(items, vectors, marked, strict=True):
            end = row + len(one.stretches)
            encoded.append(EncodedPassage(passage, vector, rows[row:end]))
            row = end
        return encoded

    def _mark(self, prefix: str, article: Article, passage: Passage) -> _Marked:
        """The passage's text: prefix, context and body sentences, joined by spaces; captions between them
        left out."""
        text = prefix
        if passage.context:
            text += self._prepare(passage.context) + " "
        stretches = []
        for sentence in passage.sentences:
            begin = len(text)
            text += self._prepare(article.text[sentence.start : sentence.end])
            stretches.append((begin, len(text)))
            text += " "
        return _Marked(text.rstrip(" "), tuple(stretches))

    def _cut(self, text: str, limit: int) -> list[str]:
        """The text in consecutive parts of at most `limit` tokens."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        if len(offsets) <= limit:
            return [text]
        limit -= 1  # a part may begin with a token that the whole text did not have there
        starts = [0, *(offsets[index][0] for index in range(limit, len(offsets), limit)), len(text)]
        return [text[a:b] for a, b in itertools.pairwise(starts) if text[a:b].strip()]

    def _encode(
        self, marked: Sequence[_Marked], kind: Kind, progress: Callable[[int], None] | None = None
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32]]:
        """Vectors of texts and of their stretches, in order, in batches of like length."""
        encodings = self._tokenizer.encode_batch([one.text for one in marked])
        longest = max((len(encoding.ids) for encoding in encodings), default=0)
        if longest > self._length:
            raise EncoderError(
                f"a passage has {longest} tokens and the encoder {self._name} reads {self._length}",
                "report this: passages must be cut before they are encoded",
            )
        dimension = self.fingerprint.dimension
        whole = numpy.empty((len(marked), dimension), numpy.float32)
        first_row = numpy.cumsum([0, *(len(one.stretches) for one in marked)])
        rows = numpy.empty((int(first_row[-1]), dimension), numpy.float32)
        order = sorted(range(len(marked)), key=lambda index: (-len(encodings[index].ids), index))
        position, most = 0, _BATCH_TEXTS
        while position < len(order):
            width = len(encodings[order[position]].ids)
            size = max(1, min(most, _BATCH_TOKENS // max(width, 1)))
            batch = order[position : position + size]
            try:
                vectors, stretches = self._forward(
                    [encodings[index] for index in batch], [marked[index] for index in batch], kind
                )
            except (RuntimeError, MemoryError) as error:
                short = isinstance(error, MemoryError) or any(
                    sign in str(error).lower() for sign in _NO_MEMORY
                )
                if not short or len(batch) == 1:
                    cause = (
                        "the memory is too small for one passage" if short else f"the encoder failed: {error}"
                    )
                    raise EncoderError(cause.splitlines()[0], "close other programs and try again") from error
                most = len(batch) // 2
                continue
            whole[batch] = vectors
            taken = 0
            for index in batch:
                count = len(marked[index].stretches)
                rows[first_row[index] : first_row[index] + count] = stretches[taken : taken + count]
                taken += count
            position += len(batch)
            if progress is not None:
                progress(len(batch))
        return whole, rows

    def _forward(
        self, encodings: Sequence[Any], marked: Sequence[_Marked], kind: Kind
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32]]:
        """One batch through the model: vectors of the texts and, one below the other, of all their
        stretches."""
        import torch

        model = self._model
        if not self._pools_sentences:
            # The prefix is in the text already, so the model is told of none; routers still learn the kind.
            encode = model.encode_query if kind == "query" else model.encode_document
            vectors = encode(
                [one.text for one in marked], prompt="", convert_to_numpy=True, show_progress_bar=False
            )
            return numpy.asarray(vectors, numpy.float32), numpy.empty((0, vectors.shape[1]), numpy.float32)
        width = max(len(encoding.ids) for encoding in encodings)
        ids = numpy.full((len(encodings), width), self._padding, numpy.int64)
        mask = numpy.zeros((len(encodings), width), numpy.int64)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        with torch.inference_mode():
            features = {
                "input_ids": torch.from_numpy(ids).to(model.device),
                "attention_mask": torch.from_numpy(mask).to(model.device),
            }
            first, *rest = list(model)
            states = first(features)["token_embeddings"].float()
            whole = _pass(rest, states, features["attention_mask"])
            spans = [
                (row, *_tokens_of(encoding.offsets, stretch))
                for row, (encoding, one) in enumerate(zip(encodings, marked, strict=True))
                for stretch in one.stretches
            ]
            if not spans:
                return whole, numpy.empty((0, whole.shape[1]), numpy.float32)
            owner, begin, end = torch.tensor(spans, device=states.device).T
            sums = torch.nn.functional.pad(states.cumsum(1), (0, 0, 1, 0))
            means = (sums[owner, end] - sums[owner, begin]) / (end - begin).unsqueeze(1)
            one_token = torch.ones((len(spans), 1), dtype=torch.int64, device=states.device)
            return whole, _pass(rest, means.unsqueeze(1), one_token)

    @cached_property
    def _padding(self) -> int:
        return int(getattr(self._model.tokenizer, "pad_token_id", None) or 0)


def _pass(modules: Sequence[Any], states: Any, mask: Any) -> NDArray[numpy.float32]:
    """Token states through everything after the transformer: pooling, normalisation, projections."""
    features = {"token_embeddings": states, "attention_mask": mask}
    for module in modules:
        features = module(features)
    vectors: NDArray[numpy.float32] = features["sentence_embedding"].float().cpu().numpy()
    return vectors


def _tokens_of(offsets: Sequence[tuple[int, int]], stretch: tuple[int, int]) -> tuple[int, int]:
    """The tokens whose last character lies in a stretch, as a half-open range; at least one.

    Many tokenizers count the space before a word to its token, so a token is placed by its end, not by its
    start.
    """
    begin, end = stretch
    inside = [i for i, (first, last) in enumerate(offsets) if last > first and begin < last <= end]
    if inside:
        return inside[0], inside[-1] + 1
    nearest = min(range(len(offsets)), key=lambda i: (abs(offsets[i][1] - end), i))
    return nearest, nearest + 1


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
