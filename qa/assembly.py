"""The one place where the parts are put together: library, encoder, language model, answerer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from qa.asked_text import question_of
from qa.errors import ConfigError

if TYPE_CHECKING:
    from embeddings.cross_encoders import EntailmentModel, Reranker
    from embeddings.encoders import Encoder
    from embeddings.records import Filters
    from embeddings.store import Store
    from qa.answer import Answer
    from qa.answering import Answerer, OnStatus
    from qa.citing import OnSentence
    from qa.config import Config
    from qa.conversation import Exchange
    from qa.language_models import LanguageModel
    from qa.language_models.choose import Choice
    from qa.retriever import Retriever

__all__ = [
    "Assembly",
    "build",
    "choose_language_model",
    "open_for_searching",
    "open_for_writing",
    "open_library",
    "open_store",
    "warm_up",
]


@dataclass(frozen=True, slots=True)
class Assembly:
    """Everything that a question needs.

    Attributes:
        note: one line on which language model was taken and how to get a better one, "" where there is
            nothing to say.
    """

    config: Config
    library: Store
    encoder: Encoder
    retriever: Retriever
    answerer: Answerer
    language_model: LanguageModel | None = None
    note: str = ""

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Exchange] = (),
        filters: Filters | None = None,
        show_unverified: bool = False,
        on_sentence: OnSentence | None = None,
        on_status: OnStatus | None = None,
    ) -> Answer:
        """Answer what a person asks; see `Answerer.ask`.

        Raises:
            UsageError: there is no question, or it is too long.
        """
        return self.answerer.ask(
            question_of(question),
            history=history,
            filters=filters,
            top_k=self.config.top_k,
            show_unverified=show_unverified,
            on_sentence=on_sentence,
            on_status=on_status,
        )

    def close(self) -> None:
        """Close the library and end the models that run in processes of their own."""
        self.library.close()
        self.answerer.close()
        getattr(self.language_model, "close", lambda: None)()


def open_library(config: Config) -> Store:
    """The library for reading.

    Raises:
        LibraryMissing: there is none yet.
    """
    return open_store(config)


def open_store(config: Config, *, writable: bool = False, create: bool = False) -> Store:
    """The library where the settings say it is: in its folder, or in a Milvus.

    Raises:
        LibraryMissing: there is none and none is to be made.
        LibraryLocked: another process writes to the folder.
        LibraryError: no Milvus answers, or its client is not installed.
    """
    if config.store:
        from embeddings.milvus_store import MilvusStore

        return MilvusStore.open(config.store, writable=writable, create=create)
    from embeddings.library import Library

    return Library.open(config.library, writable=writable, create=create)


def encoder_for(config: Config, library: Store) -> Encoder:
    """The encoder that the settings name, else the one that the library was built with.

    Raises:
        EncoderUnavailable: its weights are not on this machine.
        EncoderMismatch: the library was built with another one.
    """
    from embeddings.encoders import load_encoder
    from embeddings.passages import CHUNKER

    encoder = load_encoder(config.encoder or library.encoder_name, device=config.device)
    library.bind(encoder.fingerprint, CHUNKER)
    return encoder


def choose_language_model(config: Config, *, join: bool = True) -> Choice:
    """The language model that the settings ask for.

    Args:
        join: False where it is only to be named, see `choose`.

    Raises:
        ModelUnavailable: one was demanded and is not there.
        ModelRefused: it is on another machine and that was not allowed.
    """
    from qa.language_models.choose import choose

    return choose(config.llm, model=config.model, base_url=config.base_url, allow_remote=config.allow_remote, join=join)


def build(config: Config, *, language_model: bool = True) -> Assembly:
    """Open and load everything a question needs; the caller closes the assembly.

    Args:
        language_model: False leaves it out, for measuring retrieval.
    """
    from qa.answerability import begin, end, load_judge

    _use_own_names(config)
    library, judge = open_library(config), None
    try:
        judge = load_judge(second=config.second_reader)
        if language_model:
            begin(judge)
        # Imported while the second model that reads is loaded.
        from qa.answering import Answerer
        from qa.retriever import Retriever

        encoder = encoder_for(config, library)
        retriever = Retriever(library, encoder, reranker=_reranker(config))
        choice = choose_language_model(config) if language_model else None
        answerer = Answerer(
            library,
            encoder,
            choice.model if choice else None,
            retriever,
            _entailment_model(config),
            judge,
        )
        return Assembly(
            config=config,
            library=library,
            encoder=encoder,
            retriever=retriever,
            answerer=answerer,
            language_model=choice.model if choice else None,
            note=choice.note if choice else "",
        )
    except BaseException:
        library.close()
        end(judge)
        raise


@contextmanager
def open_for_searching(config: Config) -> Iterator[Retriever]:
    """The library's searcher alone: what answers questions takes as long to import as a search takes.

    Raises:
        LibraryError: there is no library, or it cannot be used.
    """
    from qa.retriever import Retriever

    _use_own_names(config)
    with open_library(config) as library:
        yield Retriever(library, encoder_for(config, library), reranker=_reranker(config))


def _use_own_names(config: Config) -> None:
    from embeddings.aliases import use_own_file

    if not config.aliases:
        return
    try:
        use_own_file(Path(config.aliases).expanduser())
    except OSError as error:
        raise ConfigError(f"{config.aliases} cannot be read ({error.strerror})", "check the setting aliases") from None
    except ValueError as error:
        raise ConfigError(
            f"{config.aliases}: {error}", "see the head of embeddings/aliases.tsv for how it is written"
        ) from None


def _reranker(config: Config) -> Reranker | None:
    if not config.reranker:
        return None
    from embeddings.cross_encoders import load_reranker

    return load_reranker(config.reranker)


def _entailment_model(config: Config) -> EntailmentModel | None:
    if not config.entailment:
        return None
    from embeddings.cross_encoders import load_entailment_model

    return load_entailment_model(config.entailment)


def warm_up(assembly: Assembly) -> None:
    """Make the first question as quick as those after it: weights and index are read now, and, without waiting for it,
    the language model and what its prompts begin with."""
    assembly.retriever.search("?", k=1)
    assembly.answerer.warm_up()
    if assembly.language_model is not None:
        from qa.writing import prepare

        languages = assembly.library.counts().languages
        language = languages[0][0] if languages else ""
        Thread(target=prepare, args=(assembly.language_model, language), name="reading the rules", daemon=True).start()


@contextmanager
def open_for_writing(config: Config, *, create: bool = False) -> Iterator[tuple[Store, Encoder]]:
    """The library as its one writer, with its encoder.

    Raises:
        LibraryLocked: another process writes.
    """
    with open_store(config, writable=True, create=create) as library:
        yield library, encoder_for(config, library)
