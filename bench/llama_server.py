"""llama.cpp's own server with its own settings, as others run it: to compare with, and a real OpenAI-compatible one.

    python bench/llama_server.py FILE.gguf [--port 8089]

It is the server inside xllamacpp, with nothing set but the file, the port and the threads. Ends with Ctrl-C.
"""

from __future__ import annotations

import argparse
import signal

import xllamacpp


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--port", type=int, default=8089)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    parameters = xllamacpp.CommonParams()
    parameters.model.path = given.file
    parameters.port = given.port
    parameters.n_ctx = 8192
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = given.threads
    parameters.cpuparams_batch.n_threads = given.threads
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    print(f"listening on {server.listening_address}", flush=True)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pause()


if __name__ == "__main__":
    main()
