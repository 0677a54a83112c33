"""`bronvast models`, `models use` and `models pull`, as they are typed."""

import json

import pytest
from ollama_double import OllamaDouble, model
from test_language_models_fetching import DATA, hub, pinned  # noqa: F401
from test_language_models_gguf import LLAMA, gguf, write

from qa.cli import run
from qa.errors import ExitCode


def settings_of(home):
    path = home / "config" / "bronvast" / "config.toml"
    return path.read_text("utf-8") if path.exists() else ""


def test_what_is_here_and_what_could_be_had_is_shown(capsys, monkeypatch):
    monkeypatch.setattr("qa.language_models.fetching.total_memory", lambda: 3 * 10**9)
    with OllamaDouble(model("gemma3:4b")) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        assert run(["models"]) == 0
        shown = capsys.readouterr().out
        assert run(["models", "--json"]) == 0
        report = json.loads(capsys.readouterr().out)
    assert "gemma3:4b (ollama)" in shown and "bronvast models pull qwen2.5-1.5b (1.1 GB, Apache-2.0;" in shown
    assert report["llm"] == {"backend": "ollama", "model": "gemma3:4b"}
    assert [entry["command"] for entry in report["recommended"]] == ["bronvast models pull qwen2.5-1.5b"]


def test_a_file_is_set_by_its_full_path_and_its_back_end(capsys, tmp_path, monkeypatch, isolated_user):
    path = write(tmp_path, gguf(LLAMA))
    monkeypatch.chdir(tmp_path)
    assert run(["models", "use", path.name]) == 0
    assert settings_of(isolated_user) == f'llm = "local"\nmodel = "{path}"\n'


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("nergens.gguf", None, "there is no model file"),
        ("kapot.gguf", b"GGUF" + b"\xff" * 40, "is damaged"),
        ("tekst.md", b"# geen model", "is damaged"),
    ],
)
def test_what_is_no_model_is_refused_and_nothing_is_set(
    name, data, complaint, capsys, tmp_path, monkeypatch, isolated_user
):
    monkeypatch.chdir(tmp_path)
    if data is not None:
        (tmp_path / name).write_bytes(data)
    assert run(["models", "use", name]) == ExitCode.NO_LANGUAGE_MODEL
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line and settings_of(isolated_user) == ""


def test_a_recommended_model_is_fetched_and_can_be_set_by_its_name(
    capsys,
    hub,  # noqa: F811
    monkeypatch,
    tmp_path,
    isolated_user,
):
    pinned(monkeypatch)
    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path))
    assert run(["models", "pull", "qwen2.5-1.5b"]) == 0
    path = tmp_path / "models" / "qwen2.5-1.5b-instruct-q4_k_m.gguf"
    assert path.read_bytes() == DATA
    assert "use it with: bronvast models use qwen2.5-1.5b-instruct-q4_k_m --llm local" in capsys.readouterr().err
    assert run(["models", "use", path.stem, "--llm", "local"]) == 0
    assert run(["models", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["llm"] == {"backend": "local", "model": path.stem} and report["problem"] == ""


def test_without_a_network_pulling_says_so(capsys, monkeypatch, tmp_path):
    import huggingface_hub

    def unreachable(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", unreachable)
    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path))
    assert run(["models", "pull", "qwen2.5-1.5b"]) == ExitCode.NO_LANGUAGE_MODEL
    (line,) = capsys.readouterr().err.splitlines()
    assert line == (
        "bronvast: qwen2.5-1.5b cannot be fetched from the Hugging Face hub; "
        "connect to the network and try again, or use `ollama pull qwen2.5:1.5b`"
    )


def test_pulling_without_a_name_lists_the_names(capsys):
    assert run(["models", "pull"]) == ExitCode.USAGE
    assert "choose one of: qwen2.5-1.5b, gemma-3-4b, qwen3-4b, eurollm-9b" in capsys.readouterr().err
