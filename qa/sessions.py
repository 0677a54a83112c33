"""Conversations kept on disk, with their citations: one JSON file each, in the library's folder.

A file is replaced in one step and readable by its owner only. Loading gives the records back as they were, so
a conversation that is resumed next week shows exactly what it showed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from embeddings.files import make_private_folder, write_atomically
from qa.answer import Answer, AnswerSentence, Citation, Disagreement, Generation
from qa.errors import LibraryDamaged, LibraryUnwritable, UsageError
from qa.sanitise import json_text, sanitise_line

if TYPE_CHECKING:
    from qa.conversation import Exchange

__all__ = ["Conversation", "SessionStore", "answer_from_json", "answer_to_json"]

FORMAT: Final = 1
_TITLE_LENGTH: Final = 80


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _new_id() -> str:
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A series of exchanges.

    Attributes:
        id: the time it began and four hexadecimal digits.
        title: what the user called it, else its first question.
        created, updated: ISO 8601, UTC.
    """

    id: str = field(default_factory=_new_id)
    title: str = ""
    created: str = field(default_factory=_now)
    updated: str = field(default_factory=_now)
    exchanges: tuple[Exchange, ...] = ()

    @classmethod
    def of(cls, answers: Iterable[Answer]) -> Conversation:
        """A conversation of these answers."""
        conversation = cls()
        for answer in answers:
            conversation = conversation.with_answer(answer)
        return conversation

    def with_answer(self, answer: Answer) -> Conversation:
        """The conversation with one more exchange."""
        title = self.title or sanitise_line(answer.question)[:_TITLE_LENGTH]
        return replace(self, title=title, updated=_now(), exchanges=(*self.exchanges, _exchange(answer)))

    def as_json(self) -> dict[str, Any]:
        """Everything, in the form that is kept and exported."""
        return {
            "bronvast_session": FORMAT,
            "id": self.id,
            "title": self.title,
            "created": self.created,
            "updated": self.updated,
            "exchanges": [answer_to_json(exchange.answer) for exchange in self.exchanges],
        }

    @classmethod
    def from_json(cls, value: Any) -> Conversation:
        """The inverse of `as_json`.

        Raises:
            KeyError, TypeError, ValueError: not such an object.
        """
        if value["bronvast_session"] != FORMAT:
            raise ValueError(f"format {value['bronvast_session']}")
        answers = [answer_from_json(answer) for answer in value["exchanges"]]
        return cls(
            id=str(value["id"]),
            title=str(value["title"]),
            created=str(value["created"]),
            updated=str(value["updated"]),
            exchanges=tuple(map(_exchange, answers)),
        )


def _exchange(answer: Answer) -> Exchange:
    from qa.conversation import Exchange  # what it imports would keep the chat's first prompt waiting

    return Exchange(answer.question, answer.standalone_question, answer)


def answer_to_json(answer: Answer) -> dict[str, Any]:
    """The object of `ask --json` and, beside it, what that leaves out."""
    return {
        **answer.as_json(),
        "message": answer.message,
        "withheld_sentences": [sentence.as_json() for sentence in answer.withheld],
        "discarded_sentences": [sentence.as_json() for sentence in answer.discarded],
    }


def answer_from_json(value: Any) -> Answer:
    """An answer from what `answer_to_json` or `ask --json` wrote.

    Raises:
        KeyError, TypeError, ValueError: not such an object.
    """
    if value["schema"] != 1:
        raise ValueError(f"schema {value['schema']}")
    retrieval, model = value["retrieval"], value["llm"]
    return Answer(
        question=value["question"],
        standalone_question=value["standalone_question"],
        language=value["language"],
        status=value["status"],
        reason=value["reason"],
        sentences=tuple(map(_sentence, value["sentences"])),
        citations=tuple(map(_citation, value["citations"])),
        nearest=tuple(map(_citation, value["nearest"])),
        disagreements=tuple(
            Disagreement(item["type"], tuple(item["citations"]), item["text"]) for item in value["disagreements"]
        ),
        independent_sources=value["independent_sources"],
        withheld=tuple(map(_sentence, value.get("withheld_sentences", ()))),
        discarded=tuple(map(_sentence, value.get("discarded_sentences", ()))),
        complete=value["complete"],
        doubtful=value.get("doubtful", False),
        message=value.get("message", value["text"] if value["status"] == "abstained" else ""),
        newest_evidence=value.get("newest_evidence") or "",
        passages_considered=retrieval["passages_considered"],
        passages_found=retrieval.get("passages_found", retrieval["passages_used"]),
        passages_used=retrieval["passages_used"],
        articles_in_library=retrieval["articles_in_library"],
        backend=model["backend"],
        model=model["model"],
        composed_by=model.get("composed_by", model["backend"]),
        prompt=model.get("prompt") or "",
        generation=Generation.from_json(model),
        timings_ms=dict(value["timings_ms"]),
    )


def _sentence(value: Any) -> AnswerSentence:
    return AnswerSentence(
        text=value["text"],
        citations=tuple(value["citations"]),
        verified=value["verified"],
        problems=tuple(value.get("problems", ())),
    )


def _citation(value: Any) -> Citation:
    return Citation(
        number=value["number"],
        article_id=value["article_id"],
        title=value["title"],
        source=value["source"],
        publisher=value["publisher"] or "",
        published=value["published"] or "",
        start=value["start"],
        end=value["end"],
        quote=value["quote"],
        sha256=value["sha256"],
    )


class SessionStore:
    """The conversations of one library.

    Args:
        library_folder: they lie in its subfolder `sessions`, which is made when the first one is saved.
    """

    def __init__(self, library_folder: Path) -> None:
        self.folder = library_folder / "sessions"

    def save(self, conversation: Conversation) -> Path:
        """Keep the conversation, replacing what was kept of it before.

        Raises:
            LibraryUnwritable: no permission or no room.
        """
        path = self._path(conversation.id)
        try:
            make_private_folder(self.folder)
            write_atomically(path, (json_text(conversation.as_json(), indent=1) + "\n").encode())
        except OSError as error:
            raise LibraryUnwritable(
                f"the conversation cannot be kept in {self.folder} ({error.strerror})",
                "check permissions and room, or go on without",
            ) from None
        return path

    def load(self, wanted: str) -> Conversation:
        """The conversation of that id or of the only id that begins so.

        Raises:
            UsageError: none, or several.
            LibraryDamaged: its file is not what `save` wrote.
        """
        ids = [identity for identity in self._ids() if identity.startswith(wanted)]
        if wanted in ids:
            ids = [wanted]
        if len(ids) != 1 or not wanted:
            several = f"{wanted} means {len(ids)} conversations" if ids else f"there is no conversation {wanted}"
            raise UsageError(several, "see /sessions in a chat")
        return self._read(ids[0])

    def latest(self) -> Conversation | None:
        """The conversation that was saved last, or None."""
        return next(iter(self.all()), None)

    def all(self) -> list[Conversation]:
        """All that can be read, latest first."""
        found = []
        for identity in self._ids():
            try:
                found.append(self._read(identity))
            except LibraryDamaged:
                continue
        return sorted(found, key=lambda one: (one.updated, one.id), reverse=True)

    def search(self, words: str) -> list[Conversation]:
        """Those whose title, questions or answers hold all the words, whatever their case; latest first."""
        wanted = words.casefold().split()
        return [one for one in self.all() if all(word in _searchable(one) for word in wanted)]

    def _ids(self) -> list[str]:
        try:
            return sorted(path.stem for path in self.folder.glob("*.json"))
        except OSError:
            return []

    def _path(self, identity: str) -> Path:
        if not re.fullmatch(r"[\w-]{1,64}", identity, re.ASCII):
            raise UsageError(f"{identity} is no id of a conversation", "see /sessions in a chat")
        return self.folder / f"{identity}.json"

    def _read(self, identity: str) -> Conversation:
        path = self._path(identity)
        try:
            return Conversation.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise LibraryDamaged(
                f"the conversation {path} cannot be read ({error})", "remove that file; the articles are well"
            ) from None


def _searchable(conversation: Conversation) -> str:
    parts = [conversation.title]
    for exchange in conversation.exchanges:
        parts += (exchange.question, exchange.answer.text)
    return "\n".join(parts).casefold()
