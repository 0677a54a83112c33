"""Taking articles in: nothing is lost, nothing is read twice, what vanished goes, and one bad file spoils no
batch."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import numpy
import pytest

from embeddings.encoders import EncoderFingerprint
from embeddings.library import Library
from embeddings.passages import passage_text
from embeddings.records import Article, EncodedPassage, Passage, PublicationDate, Vector, Vectors
from qa import intake, tally
from qa.coverage import coverage
from qa.ingest import EMPTIED_FOLDER, Summary, add, sync
from qa.readers import WebAccess

DIMENSION = 16


class WordEncoder:
    """A deterministic encoder that counts how much it was asked: vectors from the words' hashes."""

    def __init__(self) -> None:
        self.encoded = 0
        self.interrupt_after = 10**9

    @property
    def fingerprint(self) -> EncoderFingerprint:
        return EncoderFingerprint("words", "1", DIMENSION, "", "", True, "mean")

    @property
    def passage_limit(self) -> int:
        return 200

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 1 for text in texts]

    def encode_query(self, text: str) -> Vector:
        vector = numpy.full(DIMENSION, 0.01, dtype=numpy.float32)
        for word in text.lower().split():
            vector[hashlib.sha256(word.encode()).digest()[0] % DIMENSION] += 1
        return vector / numpy.linalg.norm(vector)  # type: ignore[no-any-return]

    def encode_texts(self, texts: Sequence[str], kind: str) -> Vectors:
        return numpy.stack([self.encode_query(text) for text in texts])

    def encode_passages(
        self, items: Sequence[tuple[Article, Passage]], progress: Callable[[int], None] | None = None
    ) -> Iterator[EncodedPassage]:
        for article, passage in items:
            if self.encoded >= self.interrupt_after:
                raise KeyboardInterrupt
            self.encoded += 1
            sentences = [article.text[sentence.start : sentence.end] for sentence in passage.sentences]
            yield EncodedPassage(
                passage,
                self.encode_query(passage_text(article, passage)),
                self.encode_texts(sentences, "passage"),
            )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "library"
    with Library.open(
        folder, create=True, writable=True, analyse=lambda text, language: text.lower().split()
    ) as opened:
        yield opened


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.txt").write_text("De brug is dicht. Dat zegt de gemeente.\n")
    (folder / "b.md").write_text("---\ntitle: Weg\ndate: 2024-05-01\n---\n\nDe weg is dicht. Dat zegt de provincie.\n")
    (folder / "sub" / "c.html").write_text(
        "<html><body><h1>Kop</h1><p>De pont vaart niet. Zo is het.</p></body></html>"
    )
    records = [{"id": f"r{number}", "text": f"Bericht {number} gaat over de haven."} for number in range(3)]
    (folder / "d.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


def _counts(summary: Summary) -> tuple[int, int, int, int, int]:
    return (summary.added, summary.updated, summary.unchanged, summary.removed, len(summary.failed))


def _sources(library: Library) -> list[str]:
    return sorted(source for _, source in library.article_sources())


def test_adding_twice_changes_nothing_the_second_time(library: Library, encoder: WordEncoder, news: Path) -> None:
    first = add(library, encoder, [str(news)])
    assert _counts(first) == (6, 0, 0, 0, 0)
    assert first.articles_read == 6
    assert _sources(library) == [
        f"{news}/a.txt", f"{news}/b.md", f"{news}/d.jsonl#r0", f"{news}/d.jsonl#r1", f"{news}/d.jsonl#r2",
        f"{news}/sub/c.html",
    ]  # fmt: skip
    encoded, generation = encoder.encoded, library.generation
    assert _counts(add(library, encoder, [str(news), str(news / "a.txt")])) == (0, 0, 6, 0, 0)
    assert _counts(sync(library, encoder)) == (0, 0, 6, 0, 0)
    assert encoder.encoded == encoded
    assert library.generation == generation
    assert library.sources() == [str(news)]


def test_an_edit_is_seen_even_if_size_and_time_stay_the_same(
    library: Library, encoder: WordEncoder, news: Path
) -> None:
    add(library, encoder, [str(news)])
    for path, old, new in ((news / "a.txt", "dicht", "open!"), (news / "sub" / "c.html", "pont", "boot")):
        before = path.stat()
        path.write_text(path.read_text().replace(old, new))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        assert path.stat().st_size == before.st_size
    assert _counts(sync(library, encoder)) == (0, 2, 4, 0, 0)
    (article,) = library.find(str(news / "a.txt"))
    assert article.text == "De brug is open!. Dat zegt de gemeente.\n"


def test_what_stands_around_a_text_changes_without_encoding_it_again(
    library: Library, encoder: WordEncoder, tmp_path: Path
) -> None:
    path = tmp_path / "a.json"
    record = {"title": "De brug", "text": "De brug is dicht. Dat zegt de gemeente.", "date": "2024-05-01"}
    path.write_text(json.dumps(record))
    add(library, encoder, [str(path)])
    (before,), encoded = library.articles(), encoder.encoded
    stored = library.passages_of(before.id)
    path.write_text(json.dumps({**record, "date": "2024-05-01T14:32:00+02:00", "author": "Jan Jansen"}))
    assert _counts(add(library, encoder, [str(path)])) == (0, 1, 0, 0, 0)
    (after,) = library.articles()
    assert (after.author, after.published) == ("Jan Jansen", PublicationDate("2024-05-01", "field date", "14:32+02:00"))
    assert encoder.encoded == encoded
    again = library.passages_of(after.id)
    assert [(one.passage, one.vector.tobytes(), one.sentence_vectors.tobytes()) for one in again] == [
        (one.passage, one.vector.tobytes(), one.sentence_vectors.tobytes()) for one in stored
    ]
    assert library.check() == []
    path.write_text(json.dumps({**record, "title": "De pont"}))  # passages are encoded under their title
    assert _counts(add(library, encoder, [str(path)])) == (0, 1, 0, 0, 0)
    assert encoder.encoded > encoded


def test_records_that_vanish_from_an_edited_file_are_removed(
    library: Library, encoder: WordEncoder, news: Path
) -> None:
    add(library, encoder, [str(news)])
    lines = (news / "d.jsonl").read_text().splitlines()
    (news / "d.jsonl").write_text(f"{lines[0]}\n{lines[2].replace('haven', 'vloot')}\n")
    assert _counts(add(library, encoder, [str(news / "d.jsonl")])) == (0, 1, 1, 1, 0)
    assert f"{news}/d.jsonl#r1" not in _sources(library)


def test_sync_follows_files_that_come_and_go(library: Library, encoder: WordEncoder, news: Path) -> None:
    add(library, encoder, [str(news)])
    (news / "a.txt").unlink()
    shutil.rmtree(news / "sub")
    (news / "e.txt").write_text("De haven is vol. Er liggen schepen.\n")
    assert _counts(sync(library, encoder)) == (1, 0, 4, 2, 0)
    assert not any("a.txt" in source or "c.html" in source for source in _sources(library))


def test_a_named_file_that_was_deleted_goes_and_is_forgotten(
    library: Library, encoder: WordEncoder, news: Path
) -> None:
    add(library, encoder, [str(news / "a.txt"), str(news / "d.jsonl")])
    (news / "a.txt").unlink()
    (news / "d.jsonl").unlink()
    summary = sync(library, encoder)
    assert _counts(summary) == (0, 0, 0, 4, 0)
    assert library.sources() == [] and _sources(library) == []


def test_a_missing_folder_empties_nothing(library: Library, encoder: WordEncoder, news: Path, tmp_path: Path) -> None:
    add(library, encoder, [str(news)])
    news.rename(tmp_path / "away")
    summary = sync(library, encoder)
    assert _counts(summary) == (0, 0, 0, 0, 1)
    assert "bronvast remove" in summary.failed[0].reason
    assert len(_sources(library)) == 6
    (tmp_path / "away").rename(news)
    assert _counts(sync(library, encoder)) == (0, 0, 6, 0, 0)


def test_a_folder_emptied_at_one_stroke_looks_like_a_missing_disk(
    library: Library, encoder: WordEncoder, tmp_path: Path
) -> None:
    for count, removed, failed in ((EMPTIED_FOLDER, EMPTIED_FOLDER, 0), (EMPTIED_FOLDER + 1, 0, 1)):
        folder = tmp_path / f"disk{count}"
        folder.mkdir()
        for number in range(count):
            (folder / f"{number}.txt").write_text(f"Bericht {number} gaat over de haven.\n")
        add(library, encoder, [str(folder)])
        shutil.rmtree(folder)
        folder.mkdir()
        summary = sync(library, encoder)
        assert (summary.removed, len(summary.failed)) == (removed, failed)


def test_an_unreadable_file_keeps_what_it_held_and_an_emptied_one_does_not(
    library: Library, encoder: WordEncoder, news: Path
) -> None:
    add(library, encoder, [str(news)])
    (news / "a.txt").write_bytes(b"\0\1\2\3" * 50)
    (news / "b.md").write_bytes(b"")
    summary = sync(library, encoder)
    assert _counts(summary) == (0, 0, 4, 1, 2)
    assert summary.empty == 1
    reasons = {Path(failure.source).name: failure.reason for failure in summary.failed}
    assert "the version read before is kept" in reasons["a.txt"]
    assert reasons["b.md"] == "no text (the file is empty)"
    assert f"{news}/a.txt" in _sources(library)
    assert f"{news}/b.md" not in _sources(library)


def test_one_bad_file_in_a_hundred(library: Library, encoder: WordEncoder, tmp_path: Path) -> None:
    folder = tmp_path / "hundred"
    folder.mkdir()
    for number in range(99):
        (folder / f"{number:02}.txt").write_text(f"Bericht {number} gaat over de haven.\n")
    (folder / "50b.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    summary = add(library, encoder, [str(folder)])
    assert _counts(summary) == (99, 0, 0, 0, 1)
    assert summary.failed[0].source == f"{folder}/50b.txt"


@pytest.mark.parametrize("name", ["none", "empty.txt", "binary.txt", "bare", "."])
def test_inputs_without_articles_have_one_reason_each(
    library: Library, encoder: WordEncoder, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / "inputs"
    (folder / "bare").mkdir(parents=True)
    (folder / "empty.txt").write_text("")
    (folder / "binary.txt").write_bytes(b"\0" * 100)
    target = folder / name if name != "." else folder / "bare"
    summary = add(library, encoder, [str(target)])
    assert summary.added == 0
    assert len(summary.failed) == 1
    assert summary.as_json()["failed"] == [{"source": str(target), "reason": summary.failed[0].reason}]


def test_an_interruption_keeps_whole_articles_and_a_second_run_the_rest(
    library: Library, encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH_PASSAGES", 4)
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02}.txt").write_text(f"Bericht {number} gaat over de haven.\n")
    encoder.interrupt_after = 10
    with pytest.raises(KeyboardInterrupt):
        add(library, encoder, [str(folder)])
    kept = len(_sources(library))
    assert 8 <= kept <= 10
    assert library.sources() == [str(folder)]
    encoder.interrupt_after = 10**9
    assert _counts(sync(library, encoder)) == (20 - kept, 0, kept, 0, 0)


@pytest.mark.parametrize("bad", [False, True])
def test_sync_goes_on_with_a_single_file_that_was_interrupted(
    library: Library, encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bad: bool
) -> None:
    monkeypatch.setattr(intake, "BATCH_PASSAGES", 4)
    file = tmp_path / "export.jsonl"
    records = [json.dumps({"id": number, "text": f"Bericht {number} gaat over de haven."}) for number in range(30)]
    file.write_text("\n".join(["geen json", *records] if bad else records))
    encoder.interrupt_after = 14
    with pytest.raises(KeyboardInterrupt):
        add(library, encoder, [str(file)])
    kept = len(_sources(library))
    assert 8 <= kept < 30 and library.sources() == [str(file)]
    encoder.interrupt_after = 10**9
    assert _counts(sync(library, encoder)) == (30 - kept, 0, kept, 0, int(bad))
    assert _counts(add(library, encoder, [str(file)])) == (0, 0, 30, 0, int(bad))


def test_progress_moves_within_one_large_file(
    library: Library, encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BATCH_PASSAGES", 8)
    records = [
        json.dumps({"text": f"Bericht {number} gaat over de haven.", "rest": "x" * 5000}) for number in range(80)
    ]
    for name, lines in (
        ("a.jsonl", records),
        ("b.csv", ["tekst;rest", *(f"Bericht {number} gaat over de brug.;{'x' * 5000}" for number in range(80))]),
    ):
        file = tmp_path / name
        file.write_text("\n".join(lines))
        size = file.stat().st_size
        done: list[int] = []

        class Progress:
            def total(self, amount: int) -> None:
                assert amount == size  # noqa: B023

            def advance(self, amount: int, note: str) -> None:
                assert amount >= 0
                done.append(amount)  # noqa: B023

        add(library, encoder, [str(file)], progress=Progress())
        assert sum(done) == size
        assert max(done) < 0.2 * size and sum(done[:40]) > 0.4 * size


def test_a_dry_run_counts_and_stores_nothing(library: Library, encoder: WordEncoder, news: Path) -> None:
    assert _counts(add(library, encoder, [str(news)], dry_run=True)) == (6, 0, 0, 0, 0)
    assert _sources(library) == [] and library.sources() == [] and encoder.encoded == 0
    assert _counts(add(library, encoder, [str(news)], remember=False)) == (6, 0, 0, 0, 0)
    assert library.sources() == []


def test_progress_reaches_its_total(library: Library, encoder: WordEncoder, news: Path) -> None:
    class Recorder:
        amount, done = 0, 0

        def total(self, amount: int) -> None:
            self.amount = amount

        def advance(self, amount: int, note: str) -> None:
            self.done += amount

    (news / "bad.txt").write_bytes(b"\0\0\0\0")
    for _ in range(2):
        recorder = Recorder()
        add(library, encoder, [str(news)], progress=recorder)
        assert (
            recorder.done == recorder.amount == sum(path.stat().st_size for path in news.rglob("*") if path.is_file())
        )


def test_unchanged_pages_are_not_parsed_again(
    library: Library, encoder: WordEncoder, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, encoder, [str(news)])

    def fail(*arguments: object) -> None:
        raise OSError("parsed again")

    monkeypatch.setattr("qa.readers.read_isolated", fail)
    assert _counts(sync(library, encoder)) == (0, 0, 6, 0, 0)
    (article,) = library.find(f"{news}/sub/c.html")
    library.remove(article.id)
    with pytest.raises(OSError, match="parsed again"):  # the note alone is not enough: the library has to agree
        sync(library, encoder)


def test_a_damaged_note_is_made_anew(library: Library, encoder: WordEncoder, news: Path, tmp_path: Path) -> None:
    add(library, encoder, [str(news)])
    for note in tmp_path.rglob("readings.cache"):
        assert note.stat().st_mode & 0o077 == 0
        note.write_bytes(b"no database at all, but long enough to be looked at as one" * 20)
    assert _counts(sync(library, encoder)) == (0, 0, 6, 0, 0)


def test_pages_of_the_web(library: Library, encoder: WordEncoder) -> None:
    class Handler(BaseHTTPRequestHandler):
        body, status = b"<html><body><h1>Kop</h1><p>De brug is dicht. Zo is het.</p></body></html>", 200

        def do_GET(self) -> None:
            if self.path == "/away":
                self.send_response(302)
                self.send_header("Location", "/page")
                self.end_headers()
                return
            self.send_response(Handler.status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(Handler.body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/away"
    try:
        refused = add(library, encoder, [url])
        assert refused.added == 0 and "own network" in refused.failed[0].reason
        assert library.sources() == []
        access = WebAccess(allow_private=True)
        assert _counts(add(library, encoder, [url], web=access)) == (1, 0, 0, 0, 0)
        (article,) = library.find(url)
        assert (article.source, article.url) == (url, url.replace("/away", "/page"))
        assert library.sources() == [url]
        Handler.body = Handler.body.replace(b"dicht", b"open")
        assert _counts(sync(library, encoder, web=access)) == (0, 1, 0, 0, 0)
        Handler.status = 404
        gone = sync(library, encoder, web=access)
        assert _counts(gone) == (0, 0, 0, 0, 1)
        assert "404" in gone.failed[0].reason
        assert len(_sources(library)) == 1
    finally:
        server.shutdown()
        server.server_close()


def test_the_account_of_each_input_adds_up(library: Library, encoder: WordEncoder, news: Path, tmp_path: Path) -> None:
    (news / "leeg.txt").write_text("")
    (news / "foto.jpg").write_bytes(b"\xff\xd8\xff")
    (news / "e.jsonl").write_text('{"text": "Er is een brug."}\n{"title": "niets"}\ngeen json\n')
    summary = add(library, encoder, [str(news), str(tmp_path / "nergens")])
    first, second = summary.by_source
    assert (first.source, first.read, first.added, first.empty, first.failed, first.passed_over) == (
        str(news), 7, 7, 2, 1, 1,
    )  # fmt: skip
    assert (second.source, second.read, second.failed) == (str(tmp_path / "nergens"), 0, 1)
    for name in ("added", "updated", "unchanged", "removed", "empty"):
        assert sum(getattr(one, name) for one in summary.by_source) == getattr(summary, name)
    assert sum(one.empty + one.failed for one in summary.by_source) == len(summary.failed)
    again = add(library, encoder, [str(news)]).by_source[0]
    assert (again.read, again.added, again.unchanged, again.empty, again.failed) == (7, 0, 7, 2, 1)


def test_what_is_not_in_the_library_is_known_afterwards(
    library: Library, encoder: WordEncoder, news: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "library"
    (news / "leeg.txt").write_text("")
    (news / "e.jsonl").write_text('{"text": "Er is een brug."}\ngeen json\n')
    add(library, encoder, [str(news)])
    (news / "nieuw.txt").write_text("Nog niet gelezen.")
    (one,) = coverage(library, folder)
    assert (one.source, one.articles, one.files, one.missing) == (str(news), 7, 7, False)
    assert [Path(failure.source).name for failure in one.failed] == ["e.jsonl#2", "leeg.txt"]
    assert one.failed[0].reason.startswith("line 2 is not JSON") and one.failed[1].empty
    assert one.unread == (str(news / "nieuw.txt"),)
    (news / "leeg.txt").write_text("Nu staat er iets in.")
    (news / "e.jsonl").unlink()
    sync(library, encoder)
    (one,) = coverage(library, folder)
    assert (one.articles, one.failed, one.unread) == (8, (), ())
    shutil.rmtree(news)
    (one,) = coverage(library, folder)
    assert (one.articles, one.missing) == (8, True)


def test_a_dry_run_of_sync_removes_nothing(library: Library, encoder: WordEncoder, news: Path) -> None:
    add(library, encoder, [str(news)])
    (news / "a.txt").unlink()
    assert _counts(sync(library, encoder, dry_run=True)) == (0, 0, 5, 1, 0)
    assert len(_sources(library)) == 6


def test_only_what_changed_is_looked_at(library: Library, encoder: WordEncoder, news: Path) -> None:
    add(library, encoder, [str(news)])
    (news / "a.txt").write_text("De brug is weer open. Dat zegt de gemeente.")
    (news / "b.md").write_text("Dit blijft ongelezen.")
    (news / "d.jsonl").unlink()
    assert _counts(sync(library, encoder, changed={str(news / "a.txt")})) == (0, 1, 0, 3, 0)
    assert _counts(sync(library, encoder, changed={str(news)})) == (0, 1, 2, 0, 0)


def test_of_very_many_bad_records_the_first_are_named(
    library: Library, encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "NAMED_FAILURES", 5)
    (tmp_path / "x.jsonl").write_text("geen json\n" * 20 + '{"text": "Er is een brug."}\n')
    summary = add(library, encoder, [str(tmp_path / "x.jsonl")])
    assert (summary.added, len(summary.failed), summary.by_source[0].failed) == (1, 6, 20)
    assert summary.failed[-1].reason == "15 more records of this file could not be read either"


@pytest.mark.parametrize("processors", [1, 8])
def test_reading_ahead_changes_nothing(
    library: Library, encoder: WordEncoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: processors)
    monkeypatch.setattr("qa.read_ahead.FILES", 3)
    folder = tmp_path / "pages"
    folder.mkdir()
    for number in range(12):
        page = f"<html><body><h1>Kop {number}</h1><p>De pont {number} vaart niet. Zo is het.</p></body></html>"
        (folder / f"{number:02}.html").write_text("" if number == 5 else page)
    assert _counts(add(library, encoder, [str(folder)])) == (11, 0, 0, 0, 1)
    assert _counts(add(library, encoder, [str(folder)])) == (0, 0, 11, 0, 1)
    assert _sources(library) == [f"{folder}/{number:02}.html" for number in range(12) if number != 5]
