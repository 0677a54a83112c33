"""The child process in which llama.cpp runs one GGUF file; started by `qa.language_models.local`, by its
path.

A process of its own, because llama.cpp ends the process it runs in when a file is damaged in a way that it
does not expect, holds Python's lock for as long as it loads (measured: 3 to 19 s for a 1.1 GB file), and
takes over Ctrl-C. This file imports nothing of the program, so that it starts in some 80 ms.

The parent writes the settings as one line of JSON to standard input and keeps that pipe open; when it closes,
because the parent is done or dead, this process ends at once. Standard output gets one line: "ready" or
"failed".
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from contextlib import suppress
from typing import Any


def _parameters(settings: dict[str, Any]) -> Any:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = settings["path"]
    parameters.hostnames = [settings["host"]]
    parameters.port = settings["port"]
    parameters.api_keys = [settings["key"]]
    parameters.verbosity = -1
    parameters.offline = True
    parameters.ui = False
    parameters.endpoint_slots = bool(settings["states"])
    parameters.slot_save_path = settings["states"]
    parameters.endpoint_props = False
    parameters.n_ctx = settings["window"]
    parameters.n_parallel = settings["at_once"]
    parameters.cpuparams.n_threads = settings["threads"]
    parameters.cpuparams_batch.n_threads = settings["threads"]
    parameters.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path, 1.0) for path in settings["adapters"]]
    parameters.lora_init_without_apply = True
    # Small batches let a prompt that nobody waits for any more be dropped within a second or two.
    parameters.n_batch = settings["batch"]
    parameters.n_ubatch = settings["batch"]
    parameters.cache_prompt = True
    parameters.cache_ram_mib = settings["cache_megabytes"]
    parameters.ctx_shift = False
    parameters.warmup = False
    parameters.fit_params = False
    # Weights stay mapped from the file instead of being copied into another layout. Measured with a 1.1 GB
    # file: 1.4 instead of 1.9 GB of memory, 1.0 instead of 1.6 s of processor time to load, reading a prompt
    # equally fast, writing 11 % slower.
    parameters.no_extra_bufts = True
    parameters.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_MMAP
    parameters.use_jinja = True
    parameters.enable_reasoning = 0
    parameters.reasoning_format = xllamacpp.common_reasoning_format.COMMON_REASONING_FORMAT_NONE
    return parameters


def _end_with_parent(folder: str) -> None:
    """Wait until the parent lets go, then end without any clean-up that could hang in the middle of a
    batch."""
    with suppress(OSError, ValueError):
        while sys.stdin.buffer.read(4096):
            pass
    if folder:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    settings = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, args=(settings["folder"],), daemon=True).start()
    try:
        import xllamacpp

        server = xllamacpp.Server(_parameters(settings))
    except Exception as error:
        _report(f"failed {type(error).__name__}")
        os._exit(1)
    # llama.cpp puts its own handlers in place while it loads; only the parent decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _report(f"ready {server.listening_address}")
    threading.Event().wait()


def _report(line: str) -> None:
    with suppress(OSError):
        os.write(1, (line + "\n").encode())


if __name__ == "__main__":
    main()
