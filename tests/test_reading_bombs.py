"""Files that are made to exhaust a computer: refused or read within limits of time and memory, the next file read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from qa.errors import ReadError
from qa.readers import isolation, read
from tests.figures import note
from tests.test_readers_archives import bombs
from tests.test_readers_pdf import bad_pdfs

SECONDS, MEGABYTES = 5.0, 300.0  # of processor time and of memory beyond what the child had, for a bomb
PDF_SECONDS, PDF_MEGABYTES = 20.0, 1024.0
PDF_BOMBS = ("flate bomb", "flate bomb in flate", "lzw bomb")
SLOW = ("form that draws itself twice",)  # the child dies of it
GOOD = "<h1>De brug</h1><p>De brug bij Merwoude is dicht. Dat zegt de gemeente.</p>"


def _child() -> tuple[int, float, float]:
    """Its number, the seconds of processor time that it used and the most memory that it had, in MB."""
    process = isolation._shared._process
    assert process is not None
    times = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    peak = Path(f"/proc/{process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
    return process.pid, (int(times[11]) + int(times[12])) / 100, int(peak) / 1024


def _cost(folder: Path, name: str, data: bytes) -> tuple[str, float, float]:
    """Why a file was refused ("" where it was read), and what it cost the child in seconds and MB."""
    (folder / "goed.html").write_text(GOOD)
    list(read(str(folder / "goed.html")))
    Path(f"/proc/{_child()[0]}/clear_refs").write_text("5")  # from now on the most memory is counted anew
    before = _child()
    path = folder / name
    path.write_bytes(data)
    problems: list[str] = []
    try:
        assert all(article.text for article in read(str(path), report=lambda _, error: problems.append(str(error))))
    except ReadError as error:
        problems.append(str(error))
    reason = "; ".join(problems)
    if isolation._shared._process is None:  # it was ended, and with it went the account of what it had used
        assert reason.startswith("reading it ")
        assert len(list(read(str(folder / "goed.html")))) == 1
        return reason, PDF_SECONDS, 0.0
    after = _child()
    assert after[0] == before[0], "the child died"
    (good,) = read(str(folder / "goed.html"))
    assert good.title == "De brug"
    return reason, after[1] - before[1], after[2] - before[2]


@pytest.fixture(autouse=True, scope="module")
def _no_child_left() -> Iterator[None]:
    yield
    isolation.stop()


@pytest.mark.parametrize("name", sorted(bombs()))
def test_i3_bombs_are_refused_at_little_cost(tmp_path: Path, name: str) -> None:
    reason, seconds, megabytes = _cost(tmp_path, name, bombs()[name]())
    note("i3", name=name, reason=reason, seconds=round(seconds, 1), megabytes=round(megabytes))
    assert reason and "\n" not in reason
    assert seconds <= SECONDS and megabytes <= MEGABYTES


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.long] if name in SLOW else []) for name in sorted(bad_pdfs())],
)
def test_i4_pathological_pdfs_stay_within_limits(tmp_path: Path, name: str) -> None:
    reason, seconds, megabytes = _cost(tmp_path, "x.pdf", bad_pdfs()[name]())
    note("i4", name=name, reason=reason, seconds=round(seconds, 1), megabytes=round(megabytes))
    if name in PDF_BOMBS:
        assert reason.startswith("refused: a part is packed more than 100 to 1")
        assert seconds <= SECONDS and megabytes <= MEGABYTES
    assert (seconds == PDF_SECONDS) <= (name in SLOW)  # no other ends the child
    assert seconds <= PDF_SECONDS and megabytes <= PDF_MEGABYTES
    assert "\n" not in reason


def test_i4_strongly_packed_pictures_are_no_bomb(tmp_path: Path) -> None:
    import zlib

    from tests.test_readers_pdf import pdf_of

    white = zlib.compress(b"\xff" * 30_000_000, 9)
    picture = b"<< /Type /XObject /Subtype /Image /Width 5000 /Height 6000 /BitsPerComponent 8 /ColorSpace /DeviceGray "
    data = pdf_of(
        [[(60, 700, 11, "De brug is dicht.")]],
        {5: picture + b"/Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(white), white)},
    )
    (tmp_path / "x.pdf").write_bytes(data)
    (article,) = read(str(tmp_path / "x.pdf"))
    assert article.text == "De brug is dicht."
