"""Bringing a model and its tokenizer into memory, in the number format that this processor is quickest at."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings.errors import EncoderUnavailable
from embeddings.model_folders import quiet_environment


def has_bfloat16() -> bool:
    """Whether this processor has instructions for bfloat16; without them it is emulated and very slow."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split("\n\n", 1)[0]
        return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(first.split())
    except OSError:
        import torch

        # Windows and macOS. PyTorch's wheels for Apple's processors have no fast bfloat16 on the CPU.
        asked = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
        return bool(asked is not None and platform.machine().lower() in ("amd64", "x86_64") and asked())


def bfloat16_pays() -> bool:
    """Whether a typical matrix product is quicker in bfloat16 than in float32, by trying it (some 0.1 s).

    Having the instructions is not enough: with AVX512_BF16 an AMD EPYC was 2.7 times quicker than in float32, and
    an Intel Xeon without AMX only half as quick. Both take turns and each one's best counts, so that other work on
    the machine disturbs them alike.
    """
    import torch

    rounds, rows, inner, outer = 12, 512, 384, 1536
    best = {torch.float32: float("inf"), torch.bfloat16: float("inf")}
    with torch.inference_mode():
        layers = {kind: torch.nn.Linear(inner, outer).to(kind) for kind in best}
        states = {kind: torch.ones(rows, inner, dtype=kind) for kind in best}
        for _ in range(rounds):
            for kind, layer in layers.items():
                start = time.perf_counter()
                layer(states[kind])
                best[kind] = min(best[kind], time.perf_counter() - start)
    return best[torch.bfloat16] < 0.8 * best[torch.float32]


def usable_cores() -> int:
    """Processors that this process may use, containers' limits included."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, min(cores, round(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or "max"
        return cores


def load_model(folder: Path, name: str, *, eight_bits: bool = False, device: str = "auto") -> Any:
    """The SentenceTransformer in a folder, ready to encode; the transformer in bfloat16 where that is
    quick, all that follows it in float32.

    Args:
        folder: the model's.
        name: what the user calls it.
        eight_bits: whether its layers may compute in eight bits where that is quicker still.
        device: "auto" for CUDA where there is any, else the processor; or "cpu", "cuda", "mps".

    Raises:
        EncoderUnavailable: it does not load.
    """
    quiet_environment()
    import torch

    from embeddings.eight_bit import eight_bits_pay, keep_tables, to_eight_bits

    there = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available}
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device in there and not there[device]():
        raise EncoderUnavailable(
            f"PyTorch finds no device {device} here",
            "leave the setting device out, or install a PyTorch that was built for it",
        )
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(usable_cores())
    try:
        from sentence_transformers import SentenceTransformer

        silence_libraries()
        model = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:
        # Whatever a folder holds can fail in any way that two large libraries know; all of it means this.
        raise EncoderUnavailable(
            f"the encoder {name} does not load: {type(error).__name__}: {error}".splitlines()[0],
            "check the model's folder, or leave --encoder out for the default",
        ) from error
    first, *rest = list(model)
    if device != "cpu":
        first.to(torch.bfloat16 if device == "cuda" and torch.cuda.is_bf16_supported() else torch.float32)
    elif eight_bits and eight_bits_pay():
        keep_tables(first, torch.float32)
        tokens = torch.tensor([[0, *range(4, 200), 2]])  # the most usual ones; the markers have large states
        to_eight_bits(first.to(torch.float32).eval(), {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)})
    else:
        number_format = torch.bfloat16 if has_bfloat16() and bfloat16_pays() else torch.float32
        keep_tables(first, number_format)
        first.to(number_format)
    for module in rest:
        module.to(torch.float32)
    model.eval()
    return model


def silence_libraries() -> None:
    """Keep the Hugging Face libraries from writing on the terminal."""
    from transformers.utils import logging as transformers_logging

    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    logging.getLogger("sentence_transformers").setLevel(logging.ERROR)


def load_tokenizer(folder: Path, name: str, model: Callable[[], Any]) -> Any:
    """The tokenizer of the `tokenizers` library, which neither cuts nor pads.

    Args:
        model: gives the loaded model; only asked where the folder has no `tokenizer.json`.

    Raises:
        EncoderUnavailable: there is none.
    """
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    try:
        if file.is_file():
            tokenizer = Tokenizer.from_file(str(file))
        else:
            tokenizer = Tokenizer.from_str(_backend(model().tokenizer).to_str())
    except EncoderUnavailable:
        raise
    except Exception as error:
        raise EncoderUnavailable(
            f"the encoder {name} has no tokenizer that can be read: {error}", "choose another model"
        ) from error
    return unlimited(tokenizer)


def unlimited(tokenizer: Any) -> Any:
    """A model's tokenizer, or one of the `tokenizers` library, made to neither cut nor pad; the latter, the same object."""
    backend = _backend(tokenizer)
    backend.no_truncation()
    backend.no_padding()
    backend.encode_special_tokens = True  # what looks like a marker in an article is text
    return backend


def _backend(tokenizer: Any) -> Any:
    from tokenizers import Tokenizer

    return tokenizer if isinstance(tokenizer, Tokenizer) else tokenizer.backend_tokenizer
