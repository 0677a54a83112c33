"""A disk whose every step can be watched, stopped, failed or undone.

Inside `Tap`, each step that the library takes on files of one folder passes through one place: SQLite's by a VFS of
apsw's, our own by the functions of `os`. What happens there is a policy: record it, raise instead, kill the process.
From a record, `crash_images` makes folders as a power cut could leave them.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

PACKAGE = os.sep + "embeddings" + os.sep


@dataclass(frozen=True)
class Step:
    """One step on the disk.

    Attributes:
        kind: "create", "write", "truncate", "sync", "close", "rename", "delete", "folder", "sync-folder", "sync-name", or what
            only reads: "open", "read"; "done" is no step: what was asked for has been reported as done.
        path: of the file or folder, as it was called at that moment.
        sites: modules and lines of our code that led to it, innermost first; none where SQLite took it.
        to: the new name of a rename.
    """

    kind: str
    path: str
    sites: tuple[str, ...] = ()
    offset: int = 0
    data: bytes = b""
    to: str = ""


Policy = Callable[[int, Step], bool | None]  # number and step; False leaves the step out without telling anybody


class Tap:
    """Watches every step below a folder while it is entered; one at a time in a process."""

    def __init__(self, folder: Path, policy: Policy | None = None, reads: bool = False) -> None:
        self.folder = str(folder)
        self.steps: list[Step] = []
        self.taken = 0
        self._policy = policy
        self._reads = reads
        self._descriptors: dict[int, tuple[str, int]] = {}
        self._vfs: apsw.VFS | None = None
        self._undo: list[tuple[str, Any]] = []

    def done(self) -> None:
        """Note that the last thing asked for was reported as done."""
        self.steps.append(Step("done", ""))

    def take(self, step: Step) -> bool:
        """Record a step and ask the policy; whether to take it."""
        self.taken += 1
        if self._policy is not None and self._policy(self.taken - 1, step) is False:
            return False
        self.steps.append(step)
        return True

    def __enter__(self) -> Tap:
        self._vfs = _TappedVFS(self)
        for name in ("open", "write", "fsync", "close", "replace", "unlink", "mkdir"):
            self._undo.append((name, getattr(os, name)))
            setattr(os, name, getattr(self, f"_{name}"))
        return self

    def __exit__(self, *_: object) -> None:
        while self._undo:
            setattr(os, *self._undo.pop())
        if self._vfs is not None:
            self._vfs.unregister()
            self._vfs = None

    def real(self, name: str) -> Any:
        return dict(self._undo)[name]

    # ---- our own steps ----

    def _inside(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.folder)

    def _open(self, path: Any, flags: int, *rest: Any, **named: Any) -> int:
        name = os.fspath(path) if isinstance(path, str | os.PathLike) else path
        watched = self._inside(path) and not name.endswith("lock")
        if watched and flags & os.O_CREAT and not Path(name).exists():
            self.take(_ours("create", name))
        descriptor: int = self.real("open")(path, flags, *rest, **named)
        if watched:
            self._descriptors[descriptor] = (name, 0)
        return descriptor

    def _write(self, descriptor: int, data: Any) -> int:
        if descriptor not in self._descriptors:
            return self.real("write")(descriptor, data)  # type: ignore[no-any-return]
        path, offset = self._descriptors[descriptor]
        content = bytes(data)
        if self.take(_ours("write", path, offset, content)):
            written: int = self.real("write")(descriptor, content)
        else:
            written = len(content)
        self._descriptors[descriptor] = (path, offset + written)
        return written

    def _fsync(self, descriptor: int) -> None:
        if descriptor in self._descriptors:
            path = self._descriptors[descriptor][0]
            if not self.take(_ours("sync-folder" if Path(path).is_dir() else "sync", path)):
                return
        # the bytes are in memory anyway: waiting for the real disk would prove nothing here

    def _close(self, descriptor: int) -> None:
        path, _ = self._descriptors.pop(descriptor, ("", 0))
        self.real("close")(descriptor)  # whatever it answers, the number is free
        if path and not Path(path).is_dir():
            self.take(_ours("close", path))

    def _replace(self, source: Any, target: Any, **named: Any) -> None:
        if not self._inside(source) or self.take(_ours("rename", os.fspath(source), to=os.fspath(target))):
            self.real("replace")(source, target, **named)

    def _unlink(self, path: Any, **named: Any) -> None:
        there = self._inside(path) and os.path.lexists(path)
        if not there or self.take(_ours("delete", os.fspath(path))):
            self.real("unlink")(path, **named)

    def _mkdir(self, path: Any, *rest: Any, **named: Any) -> None:
        if not self._inside(path) or os.path.lexists(path) or self.take(_ours("folder", os.fspath(path))):
            self.real("mkdir")(path, *rest, **named)


def _ours(kind: str, path: str, offset: int = 0, data: bytes = b"", to: str = "") -> Step:
    sites = []
    frame = sys._getframe(2)
    while frame is not None:
        if PACKAGE in frame.f_code.co_filename:
            sites.append(f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}")
        frame = frame.f_back  # type: ignore[assignment]
    return Step(kind, path, tuple(sites), offset, data, to)


# ---- SQLite's steps ----


class _TappedVFS(apsw.VFS):
    def __init__(self, tap: Tap) -> None:
        self.tap = tap
        self.base = apsw.vfs_names()[0]
        super().__init__(f"tapped-{id(tap)}", self.base, makedefault=True)

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        return _TappedFile(self.base, name, flags, self.tap)

    def xDelete(self, filename: str, syncdir: bool) -> None:
        if Path(filename).exists() and self.tap.take(Step("delete", filename)):
            super().xDelete(filename, syncdir)
            if syncdir:
                self.tap.take(Step("sync-folder", str(Path(filename).parent)))


class _TappedFile(apsw.VFSFile):
    def __init__(self, base: str, name: str | apsw.URIFilename | None, flags: list[int], tap: Tap) -> None:
        self.tap = tap
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else name or ""
        self.watched = self.path.startswith(tap.folder)
        self.fresh = bool(flags[0] & apsw.SQLITE_OPEN_CREATE) and not Path(self.path).exists()
        if self.watched:
            tap.take(Step("create" if self.fresh else "open", self.path))
        super().__init__(base, name, flags)

    def xRead(self, amount: int, offset: int) -> bytes:
        if self.tap._reads and self.watched:
            self.tap.take(Step("read", self.path, offset=offset))
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        if not self.watched or self.tap.take(Step("write", self.path, offset=offset, data=bytes(data))):
            super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        if not self.watched or self.tap.take(Step("truncate", self.path, offset=newsize)):
            super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        if self.watched:
            self.tap.take(Step("sync", self.path))
            if self.fresh:  # SQLite syncs the folder of a journal or log that it has made; we rely on its name only
                self.fresh = False
                self.tap.take(Step("sync-name", self.path))


# ---- what a power cut leaves ----


@dataclass(frozen=True)
class CrashImage:
    """A folder as a power cut could leave it.

    Attributes:
        files: name to content.
        done: how many things had been reported as done.
        how: what was lost, for the message of a failing test.
    """

    files: dict[str, bytes]
    done: int
    how: str


class _Disk:
    """Names and contents, each as they are on the disk for certain and with what is under way."""

    def __init__(self, start: dict[str, bytes]) -> None:
        self.contents: dict[int, bytes] = dict(enumerate(start.values()))
        self.pending: dict[int, list[Step]] = {number: [] for number in self.contents}
        self.names: dict[str, int] = dict(zip(start, self.contents, strict=True))  # as a running program sees them
        self.sure: dict[str, int] = dict(self.names)
        self.pending_names: list[tuple[str, str, int]] = []  # ("add" or "drop", path, file)

    def take(self, step: Step) -> None:
        if step.kind == "create":
            number = len(self.contents)
            self.contents[number], self.pending[number] = b"", []
            self._name("add", step.path, number)
        elif step.kind in ("write", "truncate"):
            self.pending[self.names[step.path]].append(step)
        elif step.kind == "sync":
            number = self.names[step.path]
            self.contents[number] = applied(self.contents[number], self.pending[number])
            self.pending[number] = []
        elif step.kind == "rename":
            number = self.names[step.path]
            self._name("add", step.to, number)
            self._name("drop", step.path, number)
        elif step.kind == "delete":
            self._name("drop", step.path, self.names[step.path])
        elif step.kind == "folder":
            self._name("add", step.path, -1)
        elif step.kind in ("sync-folder", "sync-name"):
            inside = [one for one in self.pending_names if step.path in (one[1], _parent(one[1]))]
            self.pending_names = [one for one in self.pending_names if one not in inside]
            for one in inside:
                _rename(self.sure, one)

    def _name(self, what: str, path: str, number: int) -> None:
        self.pending_names.append((what, path, number))
        _rename(self.names, (what, path, number))


def _rename(names: dict[str, int], change: tuple[str, str, int]) -> None:
    what, path, number = change
    if what == "add":
        names[path] = number
    elif names.get(path) == number:
        del names[path]


def applied(content: bytes, steps: list[Step]) -> bytes:
    """A file's content after some writes and truncations."""
    result = bytearray(content)
    for step in steps:
        if step.kind == "truncate":
            del result[step.offset :]
            result.extend(bytes(step.offset - len(result)))
        else:
            result.extend(bytes(max(0, step.offset - len(result))))
            result[step.offset : step.offset + len(step.data)] = step.data
    return bytes(result)


def _sectors(step: Step, size: int) -> list[Step]:
    """A write in the parts that reach the disk whole, cut at multiples of the sector size."""
    if step.kind != "write":
        return [step]
    parts = []
    start = 0
    while start < len(step.data):
        end = min(len(step.data), start + size - (step.offset + start) % size)
        parts.append(Step("write", step.path, offset=step.offset + start, data=step.data[start:end]))
        start = end
    return parts


def _zeroed(content: bytes, steps: list[Step]) -> bytes:
    """Sizes reached the disk, what was written beyond the old end did not."""
    return bytes(content).ljust(len(applied(content, steps)), b"\0")


Loss = Callable[[bytes, list[Step], random.Random], bytes]

_LOSSES: dict[str, Loss] = {
    "nothing unsynced": lambda content, steps, chance: content,
    "everything": lambda content, steps, chance: applied(content, steps),
    "any writes": lambda content, steps, chance: applied(content, [step for step in steps if chance.random() < 0.5]),
    "torn at 512": lambda content, steps, chance: _torn(content, steps, chance, 512),
    "torn at 4096": lambda content, steps, chance: _torn(content, steps, chance, 4096),
    "the later writes": lambda content, steps, chance: applied(content, steps[chance.randrange(len(steps) + 1) :]),
    "the first writes": lambda content, steps, chance: applied(content, steps[: chance.randrange(len(steps) + 1)]),
    "a tail of zeros": lambda content, steps, chance: _zeroed(content, steps),
}
_NAMES = ("none", "all", "some")
_PLAIN = [("everything", "all"), ("nothing unsynced", "none"), ("nothing unsynced", "all"), ("everything", "none")]


def _torn(content: bytes, steps: list[Step], chance: random.Random, size: int) -> bytes:
    parts = [part for step in steps for part in _sectors(step, size)]
    return applied(content, [part for part in parts if chance.random() < 0.6])


def crash_images(
    folder: Path, start: dict[str, bytes], steps: list[Step], seed: int, each: int, stride: int = 1
) -> Iterator[CrashImage]:
    """Folders as a power cut after each step could leave them, `each` different ways; equal ones are given once.

    Args:
        start: what was on the disk at first, by path.
        stride: look at one step in so many; those at which something was reported are never passed over.
    """
    disk = _Disk(start)
    there = {str(folder), *(_parent(path) for path in start)}
    done = 0
    seen: set[int] = set()
    chance = random.Random(seed)
    ways = [(loss, names) for loss in _LOSSES for names in _NAMES]
    for number, step in enumerate(steps):
        if step.kind == "done":
            done += 1
        disk.take(step)
        if number % stride and step.kind != "done" and number + 1 < len(steps):
            continue
        # the plain ways always; of the others some, others each time; and around a rename every order of names
        chosen = _PLAIN + chance.sample(ways, min(each, len(ways)))
        chosen = chosen[:each]
        if step.kind in ("rename", "delete") and each > len(_PLAIN):
            masks = range(min(64, 2 ** len(disk.pending_names)))
            chosen += [(loss, str(mask)) for loss in ("nothing unsynced", "everything") for mask in masks]
        for loss, which in chosen:
            names = dict(disk.sure)
            for place, change in enumerate(disk.pending_names):
                if which.isdigit():
                    lasting = bool(int(which) >> place & 1)
                else:
                    lasting = which == "all" or (which == "some" and chance.random() < 0.5)
                if lasting:
                    _rename(names, change)
            files = {
                path: _LOSSES[loss](disk.contents[file], disk.pending[file], chance)
                for path, file in names.items()
                if file >= 0 and _reachable(path, names, there)
            }
            key = hash((done, tuple(sorted(files.items()))))
            if key not in seen:
                seen.add(key)
                yield CrashImage(files, done, f"step {number} ({step.kind} {step.path}): {loss}, names: {which}")


def _parent(path: str) -> str:
    return path.rpartition(os.sep)[0]


def _reachable(path: str, names: dict[str, int], there: set[str]) -> bool:
    """Whether every folder above is there, up to one that always was."""
    above = _parent(path)
    while above not in there:
        if above not in names:
            return False
        above = _parent(above)
    return True


@contextmanager
def as_folder(image: CrashImage, folder: Path, target: Path) -> Iterator[Path]:
    """The image as files below `target`, which is emptied before and after."""
    import shutil

    shutil.rmtree(target, ignore_errors=True)
    for path, content in image.files.items():
        file = target / os.path.relpath(path, folder)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    try:
        yield target
    finally:
        shutil.rmtree(target, ignore_errors=True)
