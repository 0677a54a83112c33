from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from made_articles import MadeFingerprint, analyse, encode, fill, made_article

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
