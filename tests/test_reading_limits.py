"""Folders with bad files, mutated files, very large and changing files, interruptions: the quick sizes, and the
large ones in the long tier (`pytest -m long -s` prints their figures)."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest

from embeddings.library import Library
from qa.errors import LibraryError, ReadError
from qa.ingest import add
from qa.readers import read
from qa.readers.isolation import stop
from tests.figures import note
from tests.test_ingest import WordEncoder
from tests.test_readers_office import _docx, _paragraph
from tests.test_readers_pdf import pdf_of

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(__file__).parent / "data"
WORDS = (
    "de brug bij Merwoude is dicht omdat er scheuren zijn gevonden zegt wethouder Brandt maandag tegen het dagblad en "
    "volgens de provincie kost het herstel ruim drie miljoen euro terwijl de raad in april over de veerpont stemt"
).split()


def _sentences(random_: random.Random, count: int) -> str:
    return " ".join(" ".join(random_.choices(WORDS, k=12)).capitalize() + "." for _ in range(count))


def _page(title: str, text: str) -> bytes:
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>".encode()


def _rtf(text: str) -> bytes:
    return b"{\\rtf1\\ansi " + text.encode("cp1252") + b"}"


def _eml(title: str, text: str) -> bytes:
    head = (
        f"From: De Peilstok <a@peilstok.example>\r\nSubject: {title}\r\nDate: Mon, 14 Apr 2025 06:30:00 +0200\r\n\r\n"
    )
    return (head + text).encode()


MADE: dict[str, Callable[[str, str], bytes]] = {
    ".txt": lambda title, text: f"{title}\n\n{text}\n".encode(),
    ".md": lambda title, text: f"---\ntitle: {title}\ndate: 2025-04-14\n---\n\n{text}\n".encode(),
    ".html": _page,
    ".json": lambda title, text: json.dumps({"title": title, "text": text}).encode(),
    ".jsonl": lambda title, text: json.dumps({"title": title, "text": text}).encode() + b"\n",
    ".csv": lambda title, text: f'titel;tekst\n"{title}";"{text}"\n'.encode(),
    ".pdf": lambda title, text: pdf_of([[(60, 760 - 14 * n, 11, line) for n, line in enumerate([title, *text.split(". ")])]]),
    ".docx": lambda title, text: _docx(_paragraph(title, "Heading1"), _paragraph(text)),
    ".rtf": lambda title, text: _rtf(f"{title}\\par {text}"),
    ".eml": _eml,
}  # fmt: skip
BAD: tuple[tuple[str, bytes], ...] = (
    ("leeg.txt", b""), ("nul.txt", b"\0" * 400), ("programma.txt", b"\x7fELF\x02\x01" + bytes(range(256))),
    ("kapot.docx", b"PK\x03\x04 stuk"), ("kapot.pdf", b"%PDF-1.4 stuk"), ("geen.rtf", b"gewoon tekst"),
    ("kapot.json", b"{"), ("leeg.html", b"<html><script>x</script></html>"), ("leeg.jsonl", b"\n\n"),
    ("zonder.csv", b"a,b\n1,2\n"),
)  # fmt: skip


def _tell(figures: str) -> None:
    sys.stdout.write(f"\n{figures}\n")  # seen with `pytest -s`


def _memory(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / 1024  # MB


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(
        tmp_path / "library", create=True, writable=True, analyse=lambda text, language: text.lower().split()
    ) as opened:
        yield opened


def _mixed_folder(folder: Path, count: int, bad: int) -> set[str]:
    """Makes a folder of so many files, those bad among them; gives their names."""
    random_ = random.Random(count)
    folder.mkdir()
    names = set()
    for number in range(count - bad):
        suffix = list(MADE)[number % len(MADE)]
        data = MADE[suffix](f"Bericht {number} over Merwoude", _sentences(random_, 8))
        (folder / f"{number:04}{suffix}").write_bytes(data)
    for number in range(bad):
        name, data = BAD[number % len(BAD)]
        names.add(f"x{number:02}-{name}")
        (folder / f"x{number:02}-{name}").write_bytes(data)
    return names


@pytest.mark.parametrize(("count", "bad"), [(100, 3), pytest.param(1000, 30, marks=pytest.mark.long)])
def test_a_folder_with_bad_files_comes_in_but_for_those(tmp_path: Path, library: Library, count: int, bad: int) -> None:
    folder = tmp_path / "mixed"
    names = _mixed_folder(folder, count, bad)
    began = time.monotonic()
    summary = add(library, WordEncoder(), [str(folder)])
    taken = time.monotonic() - began
    assert (summary.added, len(summary.failed), summary.by_source[0].read) == (count - bad, bad, count - bad)
    assert {Path(failure.source.split("#")[0]).name for failure in summary.failed} == names
    assert all(failure.reason and "\n" not in failure.reason for failure in summary.failed)
    note("folder without the encoder", files=count, seconds=round(taken))
    _tell(f"{count} files, {bad} bad: {summary.added} in, {len(summary.failed)} named, {taken:.0f} s, "
          f"{_memory(resource.RUSAGE_SELF):.0f} MB")  # fmt: skip


@pytest.mark.long
def test_a_thousand_files_with_the_program_and_its_own_encoder(tmp_path: Path) -> None:
    names = _mixed_folder(tmp_path / "mixed", 1000, 30)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "qa.cli", "--library", str(tmp_path / "library"), "add", "--json", str(tmp_path / "mixed")],
        cwd=ROOT, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 7, done.stderr
    summary = json.loads(done.stdout)
    assert summary["added"] == 970
    assert {Path(failure["source"].split("#")[0]).name for failure in summary["failed"]} == names
    note("folder", added=summary["added"], failed=len(summary["failed"]), seconds=round(time.monotonic() - began))


def _seeds() -> list[tuple[str, bytes]]:
    random_ = random.Random(7)
    made = [
        (suffix, make(f"Kop {number}", _sentences(random_, 4))) for number in range(4) for suffix, make in MADE.items()
    ]
    real = [(path.suffix, path.read_bytes()) for path in sorted(DATA.glob("*.*")) if path.suffix not in (".sh", ".py")]
    feed = b"<rss><channel><title>P</title><item><title>Kop</title><description>De brug is dicht.</description></item></channel></rss>"
    return [*made, *real, (".xml", feed)]


def _mutated(random_: random.Random, data: bytes, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 5, 40))):
        at = random_.randrange(len(changed) + 1)
        match random_.randrange(7):
            case 0 if changed:
                changed[at % len(changed)] ^= 1 << random_.randrange(8)
            case 1:
                del changed[at : at + random_.choice((1, 8, 200))]
            case 2:
                changed[at:at] = changed[at : at + random_.choice((4, 64, 2000))] * random_.choice((1, 3, 50))
            case 3:
                changed[at:at] = random_.choice(
                    (b"\0", b"\xff\xfe", b"<![CDATA[", b"<!--", b"{" * 500, b"[" * 500, b"\\u", b"\xed\xa0\x80",
                     b"99999999999999999999", b"%%EOF", b"endobj", b"\r\n\r\n", b"<div>" * 300, b"&#x0;", b'"')
                )  # fmt: skip
            case 4:
                del changed[at:]
            case 5:
                start = random_.randrange(len(other) + 1)
                changed[at:at] = other[start : start + random_.choice((16, 500))]
            case _:
                changed[at : at + 8] = random_.randbytes(8)
    return bytes(changed)


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.long)])
def test_mutated_files_give_articles_or_one_line(tmp_path: Path, count: int) -> None:
    seed = int(os.environ.get("BRONVAST_FUZZ_SEED", "20251122"))
    random_ = random.Random(seed)
    seeds = _seeds()
    assert len(seeds) >= 40
    kinds = (".html", ".pdf", ".jsonl")
    slowest, refused = 0.0, 0
    for number in range(count):
        wanted = [*kinds, ""][number % 4]  # a quarter each: pages, PDF, JSON Lines, everything else
        pool = [one for one in seeds if (one[0] == wanted if wanted else one[0] not in kinds)]
        suffix, data = random_.choice(pool)
        path = tmp_path / f"x{suffix}"
        path.write_bytes(_mutated(random_, data, random_.choice(seeds)[1]))
        began = time.monotonic()
        problems: list[ReadError] = []
        try:
            for article in read(str(path), report=lambda source, error: problems.append(error)):  # noqa: B023
                article.text.encode("utf-8")
        except ReadError as error:
            problems.append(error)
        taken = time.monotonic() - began
        slowest = max(slowest, taken)
        refused += bool(problems)
        where = f"input {number} of seed {seed} ({suffix}), in {path}"
        assert taken < 25, where
        assert all(str(problem) and "\n" not in str(problem) for problem in problems), where
    child = _peak_of_children()
    stop()
    note("i2", files=count, seed=seed, refused=refused, slowest=round(slowest, 1), child_megabytes=round(child))
    _tell(f"{count} mutated files: {refused} with a reason, slowest {slowest:.1f} s, child {child:.0f} MB")
    assert child < 1024


def _peak_of_children() -> float:
    """The most memory, in MB, that any living child has had; unlike `ru_maxrss` it leaves out what the parent had."""
    children = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    peaks = [0.0]
    for child in {number for path in children for number in path.read_text().split()}:
        with suppress(OSError, IndexError):
            peaks.append(int(Path(f"/proc/{child}/status").read_text().split("VmHWM:")[1].split()[0]) / 1024)
    return max(peaks)


def _reading(path: str) -> list[str]:
    """The arguments of a process that reads one file and prints articles, problems and its memory in MB."""
    program = (
        "import json, sys\nfrom qa.readers import read\nproblems = []\n"
        "count = sum(1 for _ in read(sys.argv[1], report=lambda s, e: problems.append(str(e)) if len(problems) < 5 else None))\n"
        "peak = int(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]) / 1024\n"  # ru_maxrss counts the parent too
        "print(json.dumps([count, problems, peak]))"
    )
    return [sys.executable, "-c", program, path]


@pytest.mark.parametrize(
    ("what", "megabytes"),
    [("records", 10), ("line", 40), ("lines", 1)]
    + [pytest.param(*size, marks=pytest.mark.long) for size in (("records", 2000), ("line", 500), ("lines", 210))],
)
def test_memory_stays_flat_whatever_the_size(tmp_path: Path, what: str, megabytes: int) -> None:
    path = tmp_path / "groot.jsonl"
    record = json.dumps({"title": "Kop", "lang": "nl", "text": _sentences(random.Random(1), 60)}).encode() + b"\n"
    short = b'{"lang":"nl","text":"De brug is dicht."}\n'
    with path.open("wb") as stream:
        if what == "line":
            stream.write(record + b'{"text":"')
            for _ in range(megabytes):
                stream.write(b"a" * 1_000_000)
            stream.write(b'"}\n' + record)
            expected = 2
        else:
            one = record if what == "records" else short
            expected = megabytes * 1_000_000 // len(one)
            for _ in range(expected // 1000):
                stream.write(one * 1000)
            stream.write(one * (expected % 1000))
    began = time.monotonic()
    done = subprocess.run(_reading(str(path)), capture_output=True, cwd=ROOT, check=True)
    count, problems, memory = json.loads(done.stdout)
    path.unlink()
    note(
        "i7",
        what=what,
        megabytes=megabytes,
        articles=count,
        memory=round(memory),
        seconds=round(time.monotonic() - began),
    )
    _tell(f"{what}, {megabytes} MB: {count} articles, {memory:.0f} MB of memory, {time.monotonic() - began:.0f} s")
    assert count == expected
    assert problems == (["line 2 is longer than 16 MB; split the record"] if what == "line" else [])
    assert memory < 1500


def test_a_file_that_changes_while_it_is_read_is_never_half_in(tmp_path: Path) -> None:
    path = tmp_path / "groeit.txt"
    whole = [False]

    def grow() -> None:
        for number in range(200):
            with path.open("a") as stream:
                stream.write(f"Zin nummer {number} staat er nu ook bij. " * 400)
        whole[0] = True

    path.write_text("Begin. ")
    thread = Thread(target=grow)
    thread.start()
    outcomes = set()
    last = False
    while not last:
        last = whole[0]  # a thread that was quick leaves one reading of the whole file
        before = path.stat().st_size
        try:
            (article,) = read(str(path))
        except ReadError as error:
            assert "chang" in error.cause
            outcomes.add("refused")
        else:
            assert before <= len(article.text) <= path.stat().st_size
            outcomes.add("read")
    thread.join()
    assert outcomes


def test_a_stream_that_vanishes_or_grows_is_reported_and_read_again(tmp_path: Path, library: Library) -> None:
    stream_file = tmp_path / "weg.jsonl"
    stream_file.write_text('{"text": "De brug is dicht. Zo is het."}\n' * 3000)
    articles = read(str(stream_file))
    next(articles)
    stream_file.unlink()
    with pytest.raises(ReadError, match="changed while it was read"):
        list(articles)
    growing = tmp_path / "groeit.jsonl"
    growing.write_text(
        "".join(json.dumps({"id": n, "text": f"Bericht {n} is er." + " En nu." * 100}) + "\n" for n in range(200))
    )

    class Growing:
        """Progress during which the file gets another record, once."""

        def total(self, amount: int) -> None:
            self.more = '{"id": "laatste", "text": "Het laatste bericht is er."}\n'

        def advance(self, amount: int, note: str) -> None:
            with growing.open("a") as stream:
                stream.write(self.more)
            self.more = ""

    summary = add(library, WordEncoder(), [str(growing)], progress=Growing())
    assert [failure.reason for failure in summary.failed] == ["the file changed while it was read; add it again"]
    again = add(library, WordEncoder(), [str(growing)])
    assert (again.failed, again.added + summary.added, library.counts().articles) == ((), 201, 201)


@pytest.mark.long  # the same within one process is in test_ingest.py
def test_an_interrupted_add_keeps_what_is_done_and_the_next_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "news"
    folder.mkdir()
    random_ = random.Random(3)
    for number in range(120):
        (folder / f"{number:03}.html").write_bytes(_page(f"Bericht {number}", _sentences(random_, 6)))
    command = [sys.executable, "-m", "qa.cli", "--library", str(tmp_path / "library")]

    def at_a_terminal() -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def stored() -> int:
        try:
            with Library.open(tmp_path / "library") as library:
                return library.counts().articles
        except LibraryError:  # not made yet
            return 0

    with subprocess.Popen(
        [*command, "add", str(folder)], cwd=ROOT, stdout=-1, stderr=-1, preexec_fn=at_a_terminal
    ) as process:
        until = time.monotonic() + 240
        while not stored() and time.monotonic() < until and process.poll() is None:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert b"Traceback" not in err
    kept = stored()
    assert 0 < kept < 120
    done = subprocess.run([*command, "add", "--json", str(folder)], cwd=ROOT, capture_output=True, check=True)
    summary = json.loads(done.stdout)
    assert (summary["unchanged"], summary["added"], summary["failed"]) == (kept, 120 - kept, [])
