"""Loaded by every Python process that the tests start: no connection to anything but this machine.

An attempt is refused and noted in the file that TESTS_NETWORK_NOTES names; `conftest.py` fails the test for it.
"""

import errno
import ipaddress
import os
import re
import sys

_NOTES = os.environ.get("TESTS_NETWORK_NOTES", "")
_EVENTS = {"socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}


def is_here(event: str, address: object) -> bool:
    """Whether an address is this machine; looking up what is a number already asks nobody."""
    if isinstance(address, bytes) and not event.startswith("socket.get"):
        return True  # a Unix socket
    host = address[0] if isinstance(address, tuple) and address else address
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    if name in ("", "localhost") or (name.startswith(("/", "\0")) and not isinstance(address, tuple)):
        return True
    try:
        number = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return event.startswith("socket.get") and re.fullmatch(r"[0-9a-fx.]+", name) is not None
    return number.is_loopback or event.startswith("socket.get")


def watch(event: str, arguments: tuple) -> None:
    """Refuse and note what leaves the machine."""
    if event not in _EVENTS:
        return
    address = arguments[0] if event in ("socket.getaddrinfo", "socket.gethostbyname") else arguments[-1]
    if is_here(event, address):
        return
    with open(_NOTES, "a", encoding="utf-8") as notes:  # noqa: PTH123 - pathlib is not worth its import here
        notes.write(f"{event} {address!r} in {sys.argv[:3]}\n")
    raise OSError(errno.ENETUNREACH, f"tests may not reach {address!r}")


if _NOTES:
    sys.addaudithook(watch)
