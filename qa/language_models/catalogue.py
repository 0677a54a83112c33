"""Which language models write good Dutch from sources, in what order they are taken, and where to get
them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.language_models import LanguageModel

__all__ = [
    "RECOMMENDATIONS",
    "Candidate",
    "Recommendation",
    "best_of",
    "is_cloud_model",
    "is_embedding_model",
    "may_reword",
]

LEAST_TO_REWORD = 3.0
"""Thousands of millions of parameters. 1.5 is measured to be too few; where between that and 7 the limit lies is not."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A model worth fetching.

    Attributes:
        ollama: its name for `ollama pull`, "" where Ollama's library does not have it.
        repository: the hub's repository with the GGUF file, "" where only Ollama is meant.
        size: bytes to download, about.
        memory: bytes of memory it needs with a window of 8192 tokens, about.
        sha256: of the file, "" where the hub's own checksum has to do.
        why: one sentence.
    """

    name: str
    ollama: str
    repository: str
    file: str
    size: int
    memory: int
    licence: str
    why: str
    sha256: str = ""


_GB = 10**9
RECOMMENDATIONS = (
    Recommendation(
        name="qwen2.5-1.5b",
        ollama="qwen2.5:1.5b",
        repository="Qwen/Qwen2.5-1.5B-Instruct-GGUF",
        file="qwen2.5-1.5b-instruct-q4_k_m.gguf",
        size=1_117_320_736,
        memory=2 * _GB,
        licence="Apache-2.0",
        why="the smallest that follows the citation rules in Dutch; for laptops with little memory",
        sha256="6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e",
    ),
    Recommendation(
        name="gemma-3-4b",
        ollama="gemma3:4b",
        repository="ggml-org/gemma-3-4b-it-GGUF",
        file="gemma-3-4b-it-Q4_K_M.gguf",
        size=2_490_000_000,
        memory=4 * _GB,
        licence="Gemma terms of use",
        why="the best Dutch of its size; the one to take on most laptops",
    ),
    Recommendation(
        name="qwen3-4b",
        ollama="qwen3:4b",
        repository="Qwen/Qwen3-4B-GGUF",
        file="Qwen3-4B-Q4_K_M.gguf",
        size=2_497_280_256,
        memory=4 * _GB,
        licence="Apache-2.0",
        why="keeps closely to its sources; a licence without conditions",
    ),
    Recommendation(
        name="eurollm-9b",
        ollama="",
        repository="bartowski/EuroLLM-9B-Instruct-GGUF",
        file="EuroLLM-9B-Instruct-Q4_K_M.gguf",
        size=5_580_000_000,
        memory=8 * _GB,
        licence="Apache-2.0",
        why="made for the languages of the European Union; wants a fast machine",
    ),
    Recommendation(
        name="gemma-3-12b",
        ollama="gemma3:12b",
        repository="",
        file="",
        size=8_100_000_000,
        memory=11 * _GB,
        licence="Gemma terms of use",
        why="for machines with a graphics card, or with patience",
    ),
)

# Best first, by what their makers and Dutch users' comparisons report of their Dutch and of how they keep
# to given text. Families that were trained on Dutch come before larger ones that were not.
_FAMILIES = (
    r"gemma-?3(?!.*270m)(?!.*[:-]1b)",
    r"gemma-?[4-9]",
    r"mistral-small|ministral",
    r"eurollm",
    r"qwen-?3(?!.*[:-](?:0\.6b|1\.7b))",
    r"aya",
    r"qwen-?2\.5(?!.*coder)(?!.*[:-](?:0\.5b|1\.5b))",
    r"gpt-oss",
    r"llama-?3\.[13](?!.*[:-]1b)",
    r"geitje",
    r"phi-?4",
    r"command-r",
    r"mistral(?!-small)|mixtral",
    r"gemma-?2",
    r"fietje",
    r"llama-?3\.2(?!.*[:-]1b)",
    r"granite",
    r"qwen-?3|qwen-?2\.5(?!.*coder)",
    r"gemma-?3[:-]1b",
    r"llama-?3|gemma",
    r"qwen-?2\.5-coder",
)
_RANKS = tuple(re.compile(rf"(?:^|[/_-]){family}", re.IGNORECASE) for family in _FAMILIES)
_EMBEDDING = re.compile(
    r"embed|(?:^|[/_-])(?:bge|gte|e5|minilm|all-minilm|paraphrase|snowflake-arctic|rerank|colbert)",
    re.IGNORECASE,
)
_BERT_FAMILIES = re.compile(r"bert|clip|t5encoder", re.IGNORECASE)
_CLOUD = re.compile(r"(?:[:-]cloud)$", re.IGNORECASE)
_PARAMETERS = re.compile(r"(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)
_UNSUITED = re.compile(r"guard|(?:^|[/:_-])(?:base|text|ocr|math|vision|vl|moondream|llava)(?:$|[:_-])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An installed model, as far as choosing needs to know it.

    Attributes:
        size: bytes of weights, 0 where unknown.
        parameters: in thousands of millions, 0 where unknown.
        families: of architectures, as the server names them.
        capabilities: as the server names them; empty where it does not say.
        digest: the beginning of the server's hash of the weights, "" where it does not say.
    """

    name: str
    size: int = 0
    parameters: float = 0.0
    families: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    digest: str = ""


def is_cloud_model(name: str) -> bool:
    """Whether the name is one that Ollama hands on to its makers' machines."""
    return bool(_CLOUD.search(name.strip()))


def is_embedding_model(candidate: Candidate) -> bool:
    """Whether the model makes vectors and writes no text."""
    if candidate.capabilities:
        return "completion" not in candidate.capabilities
    families = any(_BERT_FAMILIES.search(family) for family in candidate.families)
    return families or bool(_EMBEDDING.search(candidate.name))


def best_of(candidates: Sequence[Candidate], memory: int) -> Candidate | None:
    """The one to take when the user named none.

    Models that do not fit into memory come last, since they would run from disk; among those that fit, the
    family decides, then the size: the one nearest to 8 thousand million parameters, the largest that
    answers in a reasonable time without a graphics card.

    Args:
        memory: bytes that a model may take.
    """
    usable = [c for c in candidates if not is_embedding_model(c) and not is_cloud_model(c.name)]
    return min(usable, key=lambda candidate: _order(candidate, memory), default=None)


def _order(candidate: Candidate, memory: int) -> tuple[bool, bool, bool, int, float, str]:
    parameters = candidate.parameters or parameters_in(candidate.name)
    rank = next((place for place, family in enumerate(_RANKS) if family.search(candidate.name)), len(_RANKS))
    too_large = candidate.size > memory > 0
    too_small = 0 < parameters < 1
    distance = abs(parameters - 8) if parameters else 100.0
    return too_large, bool(_UNSUITED.search(candidate.name)), too_small, rank, distance, candidate.name


def may_reword(model: LanguageModel) -> bool:
    """Whether a model may say what the sources say in words of its own.

    A small one may only copy and shorten: of what Qwen2.5-Coder-1.5B put into its own words a third to a half was not what the
    sources say, see docs/verification.md. A model whose name does not tell its size may.
    """
    return model.instruction_tuned and not 0 < parameters_in(model.name) < LEAST_TO_REWORD


def parameters_in(text: str) -> float:
    """Parameters in thousands of millions, out of a name or a label like "1.5B" or "270m"; 0 where it names
    none."""
    found = _PARAMETERS.findall(text)
    if not found:
        return 0.0
    number, unit = found[-1]
    return float(number) / (1000 if unit.lower() == "m" else 1)
