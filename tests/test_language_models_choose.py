"""Which model a run takes, and what it says about it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ollama_double import OllamaDouble, model
from test_language_models_gguf import LLAMA, gguf, write

from qa.cli import run
from qa.errors import ConfigError, ModelRefused, ModelUnavailable
from qa.language_models import model_files
from qa.language_models.catalogue import RECOMMENDATIONS, Candidate, best_of, parameters_in
from qa.language_models.choose import available, choose
from qa.language_models.model_files import model_folder
from qa.language_models.network import parse_endpoint

GIGABYTE = 10**9


def test_none_is_none():
    assert choose("none").model is None
    assert choose("none").note == ""


def test_a_running_server_is_taken_first(monkeypatch):
    with OllamaDouble(model("gemma3:4b"), model("qwen2.5:3b")) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        choice = choose()
        assert (choice.model.backend, choice.model.name) == ("ollama", "gemma3:4b")
        assert choice.note == "using gemma3:4b on Ollama"
        assert choose("ollama", "qwen2.5:3b").model.name == "qwen2.5:3b"
        assert choose("auto", base_url=double.url).model.name == "gemma3:4b"


def test_without_a_server_the_embedded_model_is_taken_and_the_line_says_how_to_get_better():
    choice = choose()
    assert (choice.model.backend, choice.model.name) == ("local", "gemma-3-270m-q4_k_m")
    assert choice.note == (
        "using the embedded gemma-3-270m-q4_k_m: no Ollama server is running; "
        "install Ollama and run `ollama pull gemma3:4b` for better answers"
    )


def test_naming_the_embedded_model_puts_no_file_together(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path))
    joined = []
    monkeypatch.setattr(model_files, "_join_parts", joined.append)
    for choice in (
        choose(join=False),
        choose("local", join=False),
        choose("local", model_files.DEFAULT_MODEL, join=False),
    ):
        assert (choice.model.backend, choice.model.name) == ("local", "gemma-3-270m-q4_k_m")
    for arguments in ([], ["models", "--json"]):
        assert run(arguments) == 0
        assert "gemma-3-270m-q4_k_m" in capsys.readouterr().out
    assert (joined, list(tmp_path.iterdir())) == ([], [])
    with pytest.raises(ModelUnavailable):
        choose("local", "nergens", join=False)


def test_a_question_has_the_file_put_together_before_it_is_asked(tmp_path, monkeypatch):
    def fail(target):
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path))
    monkeypatch.setattr(model_files, "_join_parts", fail)
    assert choose().model is None
    with pytest.raises(ModelUnavailable, match="No space left"):
        choose("local")
    with pytest.raises(ModelUnavailable, match="No space left"):
        choose("local", join=False).model.context_window  # noqa: B018


def test_without_anything_sentences_are_quoted(monkeypatch):
    monkeypatch.setattr(model_files, "has_runtime", lambda: False)
    choice = choose()
    assert choice.model is None
    assert choice.note.startswith("no language model, so the answer is quoted from the articles: no Ollama server")
    with pytest.raises(ModelUnavailable, match="no answer from Ollama at"):
        choose("ollama")


def test_a_server_without_a_usable_model_leads_to_the_embedded_one(monkeypatch):
    with OllamaDouble(model("nomic-embed-text:latest", capabilities=("embedding",))) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        choice = choose()
        assert choice.model.backend == "local"
        assert "Ollama has no model that writes text; fetch one with `ollama pull gemma3:4b`" in choice.note
        with pytest.raises(ModelUnavailable, match="no model that writes text"):
            choose("ollama")


def test_a_model_asked_for_by_name_is_never_replaced_while_a_server_answers(monkeypatch):
    with OllamaDouble(model("gemma3:4b")) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        with pytest.raises(ModelUnavailable) as caught:
            choose("auto", "gemma3:12b")
        assert caught.value.remedy == "fetch it with `ollama pull gemma3:12b`, or use the installed gemma3:4b"
    assert "gemma3:12b is not here, using the embedded" in choose("auto", "gemma3:12b").note


def test_a_file_is_taken_as_a_file(tmp_path):
    path = write(tmp_path, gguf(LLAMA), "fietje.gguf")
    choice = choose("auto", str(path))
    assert (choice.model.backend, choice.model.name, choice.model.instruction_tuned) == ("local", "fietje", True)
    with pytest.raises(ModelUnavailable, match="there is no model file"):
        choose("auto", str(tmp_path / "nergens.gguf"))


def test_a_fetched_file_that_follows_instructions_is_better_than_the_default(tmp_path, monkeypatch):
    monkeypatch.setenv("BRONVAST_CACHE", str(tmp_path))
    folder = model_folder()
    folder.mkdir(parents=True)
    write(folder, gguf({**LLAMA, "general.name": "Qwen2.5 1.5B", "general.finetune": ""}), "qwen2.5-3b.gguf")
    write(folder, gguf({**LLAMA, "general.architecture": "bert"}), "bge.gguf")
    write(folder, b"kapot", "kapot.gguf")
    write(folder, gguf(LLAMA), "Fietje-2-Instruct.gguf")
    assert choose().model.name == "Fietje-2-Instruct"
    assert ("local", "Fietje-2-Instruct") in available()
    assert ("local", "bge") not in available()
    assert ("local", "kapot") not in available()


def test_another_machine_is_never_used_by_itself(monkeypatch):
    monkeypatch.setenv("OLLAMA_HOST", "192.0.2.7")
    choice = choose()
    assert choice.model.backend == "local"
    assert "OLLAMA_HOST names another machine (192.0.2.7)" in choice.note
    for kind in ("auto", "ollama", "openai"):
        with pytest.raises(ModelRefused):
            choose(kind, base_url="http://192.0.2.7:11434")
    assert available() == (("local", "gemma-3-270m-q4_k_m"),)


@pytest.mark.parametrize("kind", ["ollama", "openai", "auto"])
@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:onzin", "ht!tp://x y", "http://127.0.0.1:0", "http://ik:geheim@127.0.0.1", "http://127.0.0.1/?a=b",
     "127.0.0.1:99999", "ftp://127.0.0.1", "[::1", "a b", "http://", "//127.0.0.1"],
)  # fmt: skip
def test_an_address_that_is_none_is_said_to_be(kind, address):
    with pytest.raises(ConfigError, match="is not a server address"):
        choose(kind, base_url=address)


@given(st.text(alphabet="ab1:/.[]@%?# -_0", min_size=1, max_size=20) | st.text(min_size=1, max_size=12))
def test_any_address_is_refused_or_can_be_connected_to(text):
    import httpx

    try:
        endpoint = parse_endpoint(text, 11434)
    except ConfigError:
        return
    url = httpx.URL(endpoint.url)
    assert (url.host, url.port or {"http": 80, "https": 443}[url.scheme]) == (endpoint.host, endpoint.port)
    assert url.path.rstrip("/") == endpoint.path


def test_what_is_available_is_listed_without_models_for_vectors(monkeypatch):
    with OllamaDouble(
        model("gemma3:4b"), model("bge-m3:latest", capabilities=("embedding",)), model("gpt-oss:120b-cloud")
    ) as double:
        monkeypatch.setenv("OLLAMA_HOST", double.url)
        assert available() == (("ollama", "gemma3:4b"), ("local", "gemma-3-270m-q4_k_m"))


def test_finding_no_server_costs_next_to_nothing_and_imports_nothing_heavy():
    script = (
        "import sys, time; from qa.language_models import model_files; model_files.has_runtime = lambda: False\n"
        "from qa.language_models.choose import choose\n"
        "began = time.process_time(); choose(); print(time.process_time() - began)\n"
        "print([name for name in ('httpx', 'ollama', 'xllamacpp', 'numpy', 'pydantic') if name in sys.modules])"
    )
    root = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    seconds, heavy = done.stdout.splitlines()
    assert heavy == "[]"
    assert float(seconds) < 0.1


def test_the_best_model_fits_into_memory_and_knows_dutch():
    names = ["llama3.2:1b", "gemma3:4b", "gemma3:27b", "qwen2.5:7b", "tinyllama:1.1b"]
    sizes = [1.3, 3.3, 17, 4.7, 0.6]
    installed = [Candidate(name, int(size * GIGABYTE)) for name, size in zip(names, sizes, strict=True)]
    assert best_of(installed, 12 * GIGABYTE).name == "gemma3:4b"
    assert best_of(installed[3:], 12 * GIGABYTE).name == "qwen2.5:7b"
    assert best_of(installed, 2 * GIGABYTE).name == "llama3.2:1b"
    assert best_of([Candidate("mijn-eigen:latest")], 0).name == "mijn-eigen:latest"
    assert best_of([], GIGABYTE) is None


def test_coders_and_tiny_models_come_last():
    installed = [Candidate("qwen2.5-coder:7b"), Candidate("qwen2.5:1.5b"), Candidate("qwen2.5:0.5b")]
    assert best_of(installed, 0).name == "qwen2.5:1.5b"
    assert best_of([installed[0], installed[2]], 0).name == "qwen2.5-coder:7b"


@pytest.mark.parametrize(
    ("label", "size"), [("1.5B", 1.5), ("270m", 0.27), ("qwen2.5:7b", 7), ("gpt-oss:20b", 20), ("onbekend", 0)]
)
def test_parameters_are_read_from_names(label, size):
    assert parameters_in(label) == size


def test_recommendations_are_complete():
    assert len({entry.name for entry in RECOMMENDATIONS}) == len(RECOMMENDATIONS)
    for entry in RECOMMENDATIONS:
        assert entry.ollama or entry.repository
        assert bool(entry.repository) == bool(entry.file)
        assert entry.licence
        assert entry.why
        assert entry.size < entry.memory


def test_the_probe_gives_up_quickly():
    began = time.monotonic()
    available("127.0.0.1:9")
    assert time.monotonic() - began < 20  # a port that nobody listens on says no at once


def test_whatever_leaves_this_machine_is_announced(monkeypatch):
    """Allowed explicitly, another machine's server and a cloud model are used, and the line says what that means (L7)."""
    import httpx

    from qa.language_models import ollama_server, openai

    leaves = "questions and passages leave this machine"
    with OllamaDouble(model("gpt-oss:120b-cloud", remote_host="https://ollama.com")) as double:
        choice = choose("ollama", "gpt-oss:120b-cloud", double.url, allow_remote=True)
        assert choice.note == f"using gpt-oss:120b-cloud, which Ollama hands on to other machines: {leaves}"
        choice.model.close()
    with OllamaDouble() as double:
        # The address is another machine's by name; what it leads to is the double.
        monkeypatch.setattr(ollama_server.Endpoint, "url", property(lambda _: double.url))
        choice = choose("ollama", "", "http://10.9.8.7:11434", allow_remote=True)
        assert choice.note == f"using qwen2.5:3b on 10.9.8.7: {leaves}"
        choice.model.close()
    answer = httpx.Response(200, json={"data": [{"id": "groot"}]})
    monkeypatch.setattr(openai.OpenAIModel, "_models", lambda _: answer.json()["data"])
    assert choose("openai", "", "http://10.9.8.7/v1", allow_remote=True).note == f"using groot on 10.9.8.7: {leaves}"
    assert choose("openai", "", "http://127.0.0.1:8080/v1").note == ""
