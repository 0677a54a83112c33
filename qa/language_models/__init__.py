"""The one seam between the program and whatever writes text: a server, an embedded model, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

__all__ = ["GenerationOptions", "LanguageModel", "Message", "TokenStream"]

Role: TypeAlias = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of what is said to a model. A base model is given a single user message: the text to continue."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How to generate.

    Attributes:
        max_tokens: room that is reserved for the reply.
        stop: strings at which generation ends; they are not part of the reply.
        grammar: GBNF that the reply must follow; back ends that cannot constrain ignore it.
        schema: JSON schema text that the reply must follow, for back ends that take schemas rather than grammars.
        beginning: what every prompt of this kind begins with; a back end may keep what it has read of it.
    """

    max_tokens: int = 400
    temperature: float = 0.0
    seed: int = 0
    stop: tuple[str, ...] = ()
    grammar: str = ""
    schema: str = ""
    beginning: tuple[Message, ...] = ()


class TokenStream(Protocol):
    """Pieces of text as they come. The attributes are final once iteration has ended.

    Attributes:
        complete: the model ended by itself; False where the stream broke off or hit `max_tokens`.
        done_reason: "stop", "length", "aborted" or the back end's own word.
        prompt_tokens: as counted by the model, 0 where it does not say.
        problem: one sentence on what went wrong or is doubtful ("the server cut the prompt"), "" where nothing.
    """

    complete: bool
    done_reason: str
    prompt_tokens: int
    problem: str

    def __iter__(self) -> Iterator[str]: ...

    def close(self) -> None:
        """Stop generating; safe to call at any time and more than once."""
        ...


class LanguageModel(Protocol):
    """Something that continues a conversation.

    Attributes:
        backend: "ollama", "local" or "openai".
        name: the model's name as its back end knows it.
        instruction_tuned: False for a base model, which needs a few-shot prompt instead of instructions.
        context_window: tokens for prompt and reply together.
        fingerprint: tells one set of weights, or one server's, from another of the same name; "" where unknown.
    """

    backend: str
    name: str

    @property
    def instruction_tuned(self) -> bool: ...

    @property
    def context_window(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def is_loaded(self) -> bool:
        """Whether the model is in memory, so that the next request need not wait for that."""
        ...

    def count_tokens(self, text: str) -> int:
        """How many tokens the text takes: exact where the tokenizer can be had, else a careful over-estimate."""
        ...

    def stream(self, messages: Sequence[Message], options: GenerationOptions) -> TokenStream:
        """Begin generating.

        Raises:
            ModelUnavailable: before the first piece, when the model cannot be reached or loaded.
            GenerationFailed: before the first piece, when the request was refused (too long, out of memory).
            A stream that breaks after its first piece does not raise: `complete` is False, `problem` says why.
        """
        ...
