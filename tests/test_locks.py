from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_articles import MadeFingerprint, analyse, encode, fill, made_article
from test_transactions import open_files

from embeddings.errors import LibraryLocked
from embeddings.library import Library
from embeddings.locks import WriteLock

ROOT = Path(__file__).parent.parent

HOLDER = (
    "import sys, time\nfrom pathlib import Path\nfrom embeddings.locks import WriteLock\n"
    "lock = WriteLock(Path(sys.argv[1]))\nlock.acquire()\nprint('held', flush=True)\ntime.sleep(60)\n"
)
WRITER = (
    "import sys, json\nsys.path[:0] = json.loads(sys.argv[2])\n"
    "from made_articles import MadeFingerprint, analyse, encode, made_article\n"
    "from embeddings.library import Library\n"
    "with Library.open(sys.argv[1], create=True, analyse=analyse) as library:\n"
    "    library.bind(MadeFingerprint(), 'made 1')\n"
    "    for number in range(1000):\n"
    "        article = made_article(number)\n"
    "        library.put(article, encode(article))\n"
    "        print(number, flush=True)\n"
)


def hold(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_r5_a_second_writer_is_told_who_is_first(tmp_path: Path) -> None:
    fill(tmp_path, 2)
    process = hold(tmp_path / "lock")
    try:
        with pytest.raises(LibraryLocked, match=f"process {process.pid} "):
            Library.open(tmp_path, writable=True)
        with Library.open(tmp_path, analyse=analyse) as reader:  # a reader does not mind
            assert reader.counts().articles == 2
            assert reader.search_lexical(["zaak1"], 1)
    finally:
        process.kill()
        process.wait()


def test_waiting_for_the_other_writer(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = WriteLock(path)
    first.acquire()
    start = time.monotonic()
    with pytest.raises(LibraryLocked, match=f"process {os.getpid()} "):
        WriteLock(path).acquire(wait_seconds=0.3)
    assert time.monotonic() - start >= 0.3
    first.release()
    second = WriteLock(path)
    second.acquire(wait_seconds=0.3)
    assert second.held
    assert not first.held
    second.release()
    second.release()


def test_r6_the_lock_of_a_killed_holder_is_free_at_once(tmp_path: Path) -> None:
    """Fifty times: the next writer starts within a second, clears what the killed one left, and nothing else."""
    fill(tmp_path, 2)
    strays = (".DS_Store", "aantekening.txt", "library.db.bak", "index-oud.faiss.tmp")
    for name in strays:
        (tmp_path / name).write_bytes(b"stray")
    for number in range(50):
        process = hold(tmp_path / "lock")
        process.send_signal(signal.SIGKILL)
        process.wait()
        (tmp_path / f".bronvast-{number}.tmp").write_bytes(b"half an index")
        begin = time.perf_counter()
        with Library.open(tmp_path, writable=True, analyse=analyse) as library:
            assert time.perf_counter() - begin <= 1.0
            assert library.remove(made_article(2).id) == (number % 2 == 1)
            if number % 2 == 0:
                assert library.put(made_article(2), encode(made_article(2))) == "added"
        assert not list(tmp_path.glob(".bronvast-*"))
        assert all((tmp_path / name).read_bytes() == b"stray" for name in strays)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"pid": "x"}', b"[]", b'{"pid": 1, "command": "\\u001b[2J"}']
)
def test_what_the_lock_file_says_is_only_a_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "lock"
    path.write_bytes(content)  # nobody holds it, whatever it says
    lock = WriteLock(path)
    assert lock.try_acquire()
    path.write_bytes(content)
    with pytest.raises(LibraryLocked) as caught:
        WriteLock(path).acquire()
    assert "\x1b" not in str(caught.value)
    assert "process" in caught.value.cause
    lock.release()


def test_the_message_names_this_process_and_nothing_of_the_last_holder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    path.write_text("x" * 1000)  # a longer message than the next one
    monkeypatch.setattr(sys, "argv", ["/usr/bin/bronvast", "add", "/home/joke/kranten", "y" * 300])
    old = os.umask(0)
    try:
        lock = WriteLock(path)
        assert lock.try_acquire()
        assert lock.try_acquire()  # who holds it has it
        assert lock.held
        said = json.loads(path.read_bytes())
        assert said == {"pid": os.getpid(), "command": f"bronvast add /home/joke/kranten {'y' * 300}"[:200]}
        with pytest.raises(LibraryLocked) as caught:
            WriteLock(path).acquire()
        assert f"process {os.getpid()} (bronvast add /home/joke/kranten yyy" in caught.value.cause
        lock.release()
        assert path.read_bytes() == b""  # nobody is named who is not there
        fresh = WriteLock(tmp_path / "fresh")
        fresh.acquire()
        fresh.release()
        assert (tmp_path / "fresh").stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(old)


def test_a_lock_that_is_taken_leaves_no_file_open(tmp_path: Path) -> None:
    before = open_files()
    lock = WriteLock(tmp_path / "lock")
    lock.acquire()
    (own,) = open_files() - before
    for _ in range(20):
        assert not WriteLock(tmp_path / "lock").try_acquire()
    assert open_files() <= before | {own}
    lock.release()
    assert own not in open_files()


def test_a_full_disk_does_not_keep_the_lock_from_being_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that articles can be removed; it has no message then."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    lock = WriteLock(tmp_path / "lock")
    assert lock.try_acquire()
    monkeypatch.undo()
    with pytest.raises(LibraryLocked, match="another process is writing to the library in"):
        WriteLock(tmp_path / "lock").acquire()
    lock.release()


def test_a_writer_killed_at_any_moment_loses_nothing_it_reported(tmp_path: Path) -> None:
    paths = f'["{ROOT}", "{ROOT / "tests"}"]'
    reported = -1
    for round_number in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), paths], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for line in process.stdout:
            reported = max(reported, int(line))
            if reported >= 12 * (round_number + 1):
                break
        time.sleep(0.003 * round_number)
        process.kill()
        process.wait()
        rest = process.stdout.read().split()
        process.stdout.close()
        reported = max([reported, *map(int, rest)])
        (tmp_path / f".bronvast-{round_number}.tmp").write_bytes(b"half an index")
        (tmp_path / ".DS_Store").write_bytes(b"stray")
        with Library.open(tmp_path, analyse=analyse) as library:
            sources = {source for _, source in library.article_sources()}
            assert sources.issuperset(made_article(number).source for number in range(reported + 1))
            assert len(sources) <= reported + 2  # at most the one that it was about to report
            assert library.check() == []
    with Library.open(tmp_path, create=True, analyse=analyse) as library:
        library.bind(MadeFingerprint(), "made 1")
        article = made_article(5000)
        assert library.put(article, encode(article)) == "added"
        assert library.search_dense(encode(article)[1].vector, 1)[0][1] > 0.99
    assert not list(tmp_path.glob(".bronvast-*"))
    assert (tmp_path / ".DS_Store").read_bytes() == b"stray"
