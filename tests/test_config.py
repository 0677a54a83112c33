import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.config import Config, default_path, load_config, write_setting
from qa.errors import ConfigError


def test_defaults(isolated_user, monkeypatch):
    monkeypatch.delenv("BRONVAST_LIBRARY")
    assert load_config({}) == Config(library=isolated_user / "data" / "bronvast" / "library")


def test_flag_beats_environment_beats_file_beats_default(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('llm = "none"\nmodel = "from-file"\ntop_k = 5\nlibrary = "/in/file"\n')
    environment = {
        "BRONVAST_MODEL": "from-environment",
        "BRONVAST_TOP_K": "6",
        "BRONVAST_ALLOW_REMOTE": "Yes",
    }
    config = load_config({"top_k": 7, "llm": None, "encoder": ""}, file, environment)
    assert config == Config(library=Path("/in/file"), llm="none", model="from-environment", top_k=7, allow_remote=True)


def test_the_default_file_is_read():
    default_path().parent.mkdir(parents=True)
    default_path().write_text("top_k = 3\n")
    assert load_config({}).top_k == 3


def test_the_library_is_absolute_and_knows_the_home_folder(isolated_user, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_config({"library": "hier"}).library == tmp_path / "hier"
    assert load_config({"library": "~/daar"}).library == isolated_user / "daar"


@pytest.mark.parametrize(
    ("text", "cause", "remedy"),
    [
        ("topk = 3", "unknown setting topk in", "did you mean top_k"),
        ("[bronvast]\nllm = 'none'", "unknown setting bronvast in", "the keys are library, encoder"),
        ("llm = 'chatgpt'", "llm in", "it must be one of auto, ollama, local, openai, none"),
        ("llm = 3", "llm in", "it must be a text"),
        ("top_k = true", "top_k in", "it must be a whole number from 1 to 100"),
        ("top_k = 0", "top_k in", "it must be a whole number from 1 to 100"),
        ("allow_remote = 'yes'", "allow_remote in", "it must be true or false"),
        ("top_k =", "is not valid TOML", "correct the file"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, cause, remedy):
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config({}, file, {})
    assert cause in caught.value.cause
    assert remedy in caught.value.remedy


@pytest.mark.parametrize(
    ("name", "value"),
    [("TOP_K", "many"), ("TOP_K", "²"), ("ALLOW_REMOTE", "maybe"), ("LLM", "gpt"), ("LANGUAGE", "fr")],
)
def test_a_wrong_environment_value_is_refused_by_name(name, value):
    with pytest.raises(ConfigError, match=f"BRONVAST_{name} is '{value}'"):
        load_config({}, None, {f"BRONVAST_{name}": value})


def test_a_named_file_must_exist(tmp_path):
    with pytest.raises(ConfigError, match="there is no configuration file"):
        load_config({}, tmp_path / "weg.toml", {})
    with pytest.raises(ConfigError, match="there is no configuration file"):
        load_config({}, None, {"BRONVAST_CONFIG": str(tmp_path / "weg.toml")})


def test_writing_one_key_leaves_the_rest_as_it_was(tmp_path):
    file = tmp_path / "nieuw" / "config.toml"
    write_setting(file, "model", "a")
    assert file.read_text() == 'model = "a"\n'
    file.write_text('# mine\ntop_k = 3 # few\n  model = "old"\nllm = "auto"')
    write_setting(file, "model", 'pad\\met "tekens"')
    write_setting(file, "allow_remote", True)
    expected = '# mine\ntop_k = 3 # few\nmodel = "pad\\\\met \\"tekens\\""\nllm = "auto"\nallow_remote = true\n'
    assert file.read_text() == expected
    assert [path.name for path in file.parent.iterdir()] == ["config.toml"]


@given(st.text(max_size=30).filter(lambda text: text.isprintable() or "\x7f" not in text))
def test_any_text_can_be_written_and_read_back(tmp_path_factory, value):
    if any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        return
    file = tmp_path_factory.mktemp("config") / "config.toml"
    write_setting(file, "model", "old")
    write_setting(file, "model", value)
    assert tomllib.loads(file.read_text(encoding="utf-8")) == {"model": value}


def test_what_cannot_be_edited_safely_is_left_alone(tmp_path):
    file = tmp_path / "config.toml"
    file.write_text('model = """\nold"""\n')
    with pytest.raises(ConfigError, match="cannot be edited here"):
        write_setting(file, "model", "new")
    assert file.read_text() == 'model = """\nold"""\n'
    with pytest.raises(ConfigError, match="unknown setting colour"):
        write_setting(file, "colour", "red")
    with pytest.raises(ConfigError, match="top_k is 1000"):
        write_setting(file, "top_k", 1000)
