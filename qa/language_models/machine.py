"""What this machine can carry: cores for arithmetic, memory for a context window."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

__all__ = ["available_memory", "context_window", "physical_cores", "total_memory"]

DEFAULT_WINDOW = 8192
_SMALLEST_WINDOW = 2048
_STEP = 256


def physical_cores() -> int:
    """Cores this process may use, counting the two threads of one core once: they share its arithmetic
    units."""
    logical = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    if sys.platform == "darwin":
        with suppress(OSError, ValueError, subprocess.SubprocessError):
            # The efficiency cores slow a batch down: every step waits for the slowest core.
            shown = subprocess.run(
                ["/usr/sbin/sysctl", "-n", "hw.perflevel0.physicalcpu"],
                capture_output=True,
                timeout=2,
                check=True,
            )
            return max(1, int(shown.stdout))
    siblings: set[str] = set()
    if hasattr(os, "sched_getaffinity"):
        for core in os.sched_getaffinity(0):
            with suppress(OSError):
                siblings.add(
                    Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text().strip()
                )
    cores = len(siblings) or (logical if logical <= 2 else logical // 2)
    return max(1, min(cores, logical, _quota()))


def _quota() -> int:
    """The cores that a container may use, where one is limited."""
    with suppress(OSError, ValueError):
        limit, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if limit != "max":
            return max(1, round(int(limit) / int(period)))
    return 1 << 16


def available_memory() -> int:
    """Bytes that can be used without swapping, as well as the system tells; 4 GiB where it does not."""
    with suppress(OSError, AttributeError):
        found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
        if found:
            return min(int(found[1]) * 1024, _container_memory())
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 4 << 30


def total_memory() -> int:
    """Bytes of memory in the machine; unlike what is available, the same from one minute to the next."""
    with suppress(OSError, ValueError, AttributeError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return 8 << 30


def _container_memory() -> int:
    with suppress(OSError, ValueError):
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        if limit != "max":
            return max(0, int(limit) - int(Path("/sys/fs/cgroup/memory.current").read_text()))
    return 1 << 60


def context_window(model_limit: int, cache_bytes: int, weights: int, memory: int, wanted: int = DEFAULT_WINDOW) -> int:
    """Tokens of context to ask for.

    Args:
        model_limit: tokens the model was trained for, 0 where unknown.
        cache_bytes: bytes of cache for one token, 0 where unknown.
        weights: bytes of the model's weights.
        memory: bytes that may be used, 0 where unknown.
        wanted: the most that is of use; more costs memory for nothing.

    Returns:
        A multiple of 256 where the model allows that much. It never falls below 2048 for want of memory: a
        smaller window holds no evidence, and then the back end's own error is the better message.
    """
    window = wanted
    if cache_bytes > 0 and memory > 0:
        # A quarter of what the weights leave is for the program itself and everything else on the machine.
        room = max(0, memory - weights) * 3 // 4
        window = min(window, max(_SMALLEST_WINDOW, room // cache_bytes))
    window = max(_STEP, window // _STEP * _STEP)
    return min(window, model_limit) if model_limit > 0 else window
