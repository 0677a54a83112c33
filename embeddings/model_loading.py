"""Bringing a model and its tokenizer into memory, in the number format that this processor is quickest at."""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings.errors import EncoderUnavailable
from embeddings.model_folders import quiet_environment


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


def load_model(folder: Path, name: str) -> Any:
    """The SentenceTransformer in a folder, ready to encode; the transformer in bfloat16 where that is
    quick, all that follows it in float32.

    Raises:
        EncoderUnavailable: it does not load.
    """
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
    fast = torch.cuda.is_bf16_supported() if device == "cuda" else has_fast_bfloat16()
    first, *rest = list(model)
    first.to(torch.bfloat16 if fast else torch.float32)
    for module in rest:
        module.to(torch.float32)
    model.eval()
    return model


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
            own = model().tokenizer
            own = own if isinstance(own, Tokenizer) else own.backend_tokenizer
            tokenizer = Tokenizer.from_str(own.to_str())
    except EncoderUnavailable:
        raise
    except Exception as error:
        raise EncoderUnavailable(
            f"the encoder {name} has no tokenizer that can be read: {error}", "choose another model"
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True  # what looks like a marker in an article is text
    return tokenizer
