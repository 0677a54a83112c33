"""Takes the power out of text that pretends to be part of the prompt, without making it unreadable.

A model's tokenizer turns `<|im_start|>` in an article into the same token as the one that opens a turn.
Rather than list every spelling of every model, the brackets that all of them need are replaced by signs
that look alike and mean nothing to any model. Only the copy that goes into a prompt is changed: citations
point into the stored text by sentence number, so nothing here can shift them.
"""

from __future__ import annotations

import hashlib
import re

from qa.lookalikes import with_latin_letters

__all__ = ["fence", "neutralise"]

# Angle brackets open the control tokens of ChatML, Llama, Gemma, Phi, Harmony, DeepSeek and of every
# <think> tag; square and lenticular ones open Mistral's and are also how sources are numbered. The wide and
# small forms become the plain ones in tokenizers that normalise to NFKC.
_BRACKETS = str.maketrans(
    {
        "<": "‹",
        ">": "›",
        "\ufe64": "‹",
        "\ufe65": "›",
        "\uff1c": "‹",
        "\uff1e": "›",
        "\u27e8": "‹",
        "\u27e9": "›",
        "\u3008": "‹",
        "\u3009": "›",
        "\u25c1": "‹",
        "\u25b7": "›",
        "[": "(",
        "]": ")",
        "\uff3b": "(",
        "\uff3d": ")",
        "\ufe47": "(",
        "\ufe48": ")",
        "\u27e6": "(",
        "\u27e7": ")",
        "\u3010": "(",
        "\u3011": ")",
        "\u3014": "(",
        "\u3015": ")",
        "\uff5c": "¦",
        "\u2581": "_",
    }
)
# A bar next to a bracket or a token's name is part of a token; a bar between words is a table.
_BARRED = re.compile(r"(?<=‹)\||\|(?=›)|(?<=\s)\|(?=[a-z]+_[a-z]+\|)")
# Characters nobody sees: they split a token so that a filter misses it, or carry text that only the model
# reads.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SELECTOR_RUN = re.compile("([\ufe00-\ufe0f])[\ufe00-\ufe0f]+")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# A line that begins as a turn of a conversation, or as a heading of the prompts that instruct models use.
_TURN = re.compile(
    r"^([ \t>*_#‹(–]*)(system|user|assistant|human|ai|bot|model|developer|tool|instructions?|response|input|"
    r"output|question|answer|sources?|context|systeem|gebruiker|assistent|mens|instructies?|vraag|antwoord|bronn?(?:en)?|"
    r"benutzer|mensch|frage|antwort|quellen?|système|utilisateur|humain|réponse)([ \t*_)›]*)[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
_HEADING = re.compile(r"^([ \t]*)(?:#{2,6}(?=[ \t]|$)|[-=_~`*+]{3,})", re.MULTILINE)


def neutralise(text: str) -> str:
    """The text with nothing left in it that a model or its prompt takes for structure.

    Brackets become look-alikes, invisible characters go, letters of another script that only look Latin become Latin,
    a line that opens a turn ("Assistant:") loses its colon. Words, numbers and ordinary punctuation stay as they are; joiners stay, because scripts need them.
    Applying it twice changes nothing more.
    """
    text = with_latin_letters(_INVISIBLE.sub("", text))
    text = _SELECTOR_RUN.sub(r"\1", text)
    text = _CONTROL.sub(" ", text.replace("\r\n", "\n"))
    text = _BARRED.sub("¦", text.translate(_BRACKETS))
    text = _HEADING.sub(r"\1–", text)
    return _TURN.sub(r"\1\2\3 –", text)


def fence(*parts: str) -> str:
    """A word that no article can know, to mark where the sources of one request begin and end.

    It is made from all that is fenced and asked: to hold it, an article would have to hold the hash of a text that it
    is part of. The same question over the same sentences gives the same prompt, so that answers can be repeated.
    """
    digest = hashlib.sha256("\x00".join(parts).encode("utf-8", "replace")).hexdigest()
    return f"bron-{digest[:12]}"
