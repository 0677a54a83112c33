"""The words we say to a model: one Markdown file a prompt and language, `NAME.LANGUAGE.md`.

A placeholder is written `{{name}}`. Rendering is strict: a variable that is missing, or one that the file does not
use, raises, so that a prompt cannot silently lose its sources.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["LANGUAGES", "Prompt", "PromptError", "load"]

LANGUAGES = ("nl", "en", "de", "fr")
FALLBACK_LANGUAGE = "en"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


class PromptError(Exception):
    """A prompt file or the variables given to it are wrong: a mistake in the program, not of the user."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The text of one prompt file, with placeholders."""

    name: str
    language: str
    text: str

    @property
    def variables(self) -> frozenset[str]:
        return frozenset(_PLACEHOLDER.findall(self.text))

    @property
    def hash(self) -> str:
        """Twelve hexadecimal digits that change with every change of the wording."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()[:12]

    def render(self, **variables: str) -> str:
        """The text with every placeholder filled in.

        Values are inserted as they are: a `{{…}}` inside a value stays literal.

        Raises:
            PromptError: a variable is missing or unknown, by name.
        """
        missing = self.variables - variables.keys()
        unknown = variables.keys() - self.variables
        if missing or unknown:
            problem = [f"misses {', '.join(sorted(missing))}"] if missing else []
            problem += [f"does not use {', '.join(sorted(unknown))}"] if unknown else []
            raise PromptError(f"prompt {self.name}.{self.language} {' and '.join(problem)}")
        return _PLACEHOLDER.sub(lambda match: variables[match.group(1)], self.text)


@cache
def load(name: str, language: str) -> Prompt:
    """The prompt in that language, in English where there is none in it.

    Raises:
        PromptError: there is no such prompt.
    """
    chosen = language if language in LANGUAGES else FALLBACK_LANGUAGE
    file = files("prompts").joinpath(f"{name}.{chosen}.md")
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise PromptError(f"there is no prompt {name}.{chosen}.md") from error
    return Prompt(name, chosen, text.strip("\n"))
