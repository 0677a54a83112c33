"""Reading the header of a model file: what it says, and that no damage goes unnoticed or gets out of hand."""

import random
import struct
import time

import pytest

from qa.errors import ModelUnavailable
from qa.language_models.gguf import read_header
from qa.language_models.model_files import default_weights

KINDS = {int: 4, float: 6, bool: 7, str: 8}


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def entry(key, value):
    if isinstance(value, list):
        kind = KINDS[type(value[0])]
        return text(key) + struct.pack("<IIQ", 9, kind, len(value)) + b"".join(scalar(item) for item in value)
    return text(key) + struct.pack("<I", KINDS[type(value)]) + scalar(value)


def scalar(value):
    if isinstance(value, str):
        return text(value)
    return struct.pack({int: "<I", float: "<f", bool: "<?"}[type(value)], value)


def gguf(metadata, tensors=(("token_embd.weight", (8, 4), 0),), version=3, body=1024):
    """A file with that metadata; the tensors hold zeros."""
    data = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(metadata))
    data += b"".join(entry(key, value) for key, value in metadata.items())
    for name, shape, offset in tensors:
        data += text(name) + struct.pack("<I", len(shape))
        data += b"".join(struct.pack("<Q", size) for size in shape) + struct.pack("<IQ", 0, offset)
    return data + b"\0" * (-len(data) % 32 + body)


LLAMA = {
    "general.architecture": "llama",
    "general.name": "Fietje 2 Instruct",
    "general.finetune": "Instruct",
    "general.license": "mit",
    "llama.context_length": 4096,
    "llama.embedding_length": 2048,
    "llama.block_count": 16,
    "llama.attention.head_count": 16,
    "llama.attention.head_count_kv": 4,
    "tokenizer.ggml.tokens": ["a", "bc", "▁de"] * 700,
    "tokenizer.ggml.scores": [0.5, -1.0] * 1000,
    "tokenizer.chat_template": "{{ messages }}",
}


def write(folder, data, name="model.gguf"):
    path = folder / name
    path.write_bytes(data)
    return path


def test_the_header_tells_what_the_model_is(tmp_path):
    data = gguf(LLAMA)
    header = read_header(write(tmp_path, data))
    assert (header.architecture, header.name, header.licence) == ("llama", "Fietje 2 Instruct", "mit")
    assert header.context_length == 4096
    # 16 layers, 4 heads of 128, key and value, two bytes each.
    assert header.cache_bytes == 16 * 4 * (128 + 128) * 2
    assert (header.size, header.tensors) == (len(data), 1)
    assert header.generative
    assert header.instruction_tuned


@pytest.mark.parametrize(
    ("changes", "tuned"),
    [
        ({}, True),
        ({"tokenizer.chat_template": ""}, False),
        ({"general.name": "Llama 3.2 3B", "general.finetune": ""}, False),
        ({"general.name": "Fietje 2", "general.finetune": "chat"}, True),
        ({"general.name": "gemma 3 4b it", "general.finetune": ""}, True),
        ({"general.name": "gemma 3 4b pt", "general.finetune": ""}, False),
        ({"general.name": "EuroLLM 9B base", "general.finetune": "", "general.architecture": "other"}, False),
        ({"general.name": "Qwen3 4B", "general.finetune": "", "general.architecture": "qwen3"}, True),
        ({"general.name": "Qwen2.5 1.5B", "general.finetune": "", "general.architecture": "qwen2"}, False),
        ({"general.name": "Phi 4 mini", "general.finetune": "", "general.architecture": "phi3"}, True),
    ],
)
def test_instructions_are_followed_by_models_that_say_so(tmp_path, changes, tuned):
    assert read_header(write(tmp_path, gguf({**LLAMA, **changes}))).instruction_tuned is tuned


def test_an_embedding_model_is_recognised(tmp_path):
    header = read_header(write(tmp_path, gguf({**LLAMA, "general.architecture": "nomic-bert"})))
    assert not header.generative


def test_per_layer_counts_are_read(tmp_path):
    header = read_header(write(tmp_path, gguf({**LLAMA, "llama.attention.head_count_kv": [4, 8, 2]})))
    assert header.cache_bytes == 16 * 8 * (128 + 128) * 2


def test_escape_sequences_in_names_do_not_get_through(tmp_path):
    header = read_header(write(tmp_path, gguf({**LLAMA, "general.name": "\x1b]0;kwaad\x07Llama\u202e"})))
    assert header.name == "]0;kwaadLlama"


HUGE = (1 << 64) - 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is cut off"),
        (b"PK\x03\x04" + b"\0" * 100, "it is not a GGUF file"),
        (b"<!doctype html>" + b" " * 100, "it is not a GGUF file"),
        (b"GGUF" + struct.pack("<IQQ", 99, 0, 0), "its GGUF version 99 is unknown"),
        (b"GGUF" + struct.pack("<IQQ", 3, HUGE, 0), f"it claims {HUGE} tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, HUGE), f"it claims {HUGE} entries"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", HUGE), "a text in it is impossibly long"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<I", 77), "an unknown type"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 40), "items"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "it does not say what kind of model it is"),
        (gguf(LLAMA)[:-1100], "it is cut off"),
        (gguf(LLAMA)[:4000], "it is cut off"),
        (gguf(LLAMA, tensors=(("t", (8,), 1 << 40),)), "it is cut off"),
        (gguf(LLAMA, tensors=(("t", (1 << 50,), 0),)), "a tensor has an impossible shape"),
        (gguf({**LLAMA, "general.alignment": 3}), "its alignment is impossible"),
    ],
)
def test_damage_is_named(tmp_path, data, reason):
    with pytest.raises(ModelUnavailable) as caught:
        read_header(write(tmp_path, data))
    assert caught.value.cause.startswith("the model file model.gguf is damaged: ")
    assert reason in caught.value.cause
    assert caught.value.remedy == "download it again, or choose another model"


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(ModelUnavailable, match="there is no model file"):
        read_header(tmp_path / "nergens.gguf")
    with pytest.raises(ModelUnavailable, match="is not a file"):
        read_header(tmp_path)


def test_mutated_headers_are_read_or_refused_quickly(tmp_path):
    seed = 20261122
    chance = random.Random(seed)
    whole = gguf(LLAMA)
    began = time.monotonic()
    for number in range(500):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(min(len(data), 3000))
            match chance.randrange(4):
                case 0:
                    data[place] ^= 1 << chance.randrange(8)
                case 1:
                    data[place : place + 8] = struct.pack("<Q", chance.choice([0, 1, HUGE, 1 << 31, 1 << 62]))
                case 2:
                    del data[place : place + chance.randint(1, 64)]
                case 3:
                    data = data[:place] or data
        try:
            header = read_header(write(tmp_path, bytes(data)))
        except ModelUnavailable as error:
            assert "\x1b" not in str(error), (seed, number)
        else:
            assert header.architecture, (seed, number)
    assert time.monotonic() - began < 10


def test_the_default_model_is_read_as_a_base_model():
    header = read_header(default_weights())
    assert (header.architecture, header.name) == ("gemma3", "Gemma 3 270m")
    assert (header.context_length, header.cache_bytes, header.tensors) == (32768, 18432, 236)
    assert not header.instruction_tuned
