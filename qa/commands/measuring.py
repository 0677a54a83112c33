"""The command that measures: eval."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from qa.commands.options import AllowRemote, Backend, BaseUrl, Json, ModelName, Session, TopK, model_flags
from qa.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from embeddings.records import Article
    from embeddings.store import Store
    from qa.console import Console
    from qa.evaluation import Figure, Outcome

__all__ = ["evaluate"]


def evaluate(
    context: typer.Context,
    questions: Annotated[Path, typer.Argument(metavar="QUESTIONS.jsonl", help="Questions with what is expected.")],
    json: Json = False,
    plot: Annotated[Path | None, typer.Option("--plot", metavar="FILE.png", help="Also draw the figures.")] = None,
    retrieval_only: Annotated[
        bool, typer.Option("--retrieval-only", help="Measure the search and answer nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Only the first N questions.")
    ] = None,
    llm: Backend = "",
    model: ModelName = "",
    base_url: BaseUrl = "",
    allow_remote: AllowRemote = False,
    top_k: TopK = None,
) -> int:
    """Measure search, citations, refusals and speed."""
    from qa.assembly import build
    from qa.evaluation import evaluate as measure
    from qa.evaluation import figures
    from qa.questions import read_questions

    if plot is not None:
        from qa.plotting import check_drawable

        check_drawable(plot)  # before the long work, not after it
    session: Session = context.obj
    console = session.console()
    config = session.config(**model_flags(llm, model, base_url, allow_remote, top_k))
    wanted = list(islice(read_questions(questions), limit))
    if not wanted:
        raise UsageError(f"{questions} holds no questions", "give a JSON Lines file of questions")
    assembly = build(config, language_model=not retrieval_only)
    try:
        console.note(assembly.note)
        done = 0

        def progress(_: Outcome) -> None:
            nonlocal done
            done += 1
            console.status(f"{done}/{len(wanted)}")

        outcomes = measure(
            wanted,
            assembly.retriever,
            None if retrieval_only else assembly.answerer,
            lambda external_id: _article_of(assembly.library, external_id),
            progress,
        )
    finally:
        assembly.close()
    console.clear_status()
    measured = figures(outcomes)
    if json:
        console.write_json(_report(questions, outcomes, measured, assembly.language_model))
    else:
        _show(console, outcomes, measured)
    if plot is not None:
        from qa.plotting import draw

        draw(plot, outcomes, measured, questions.stem)
    return ExitCode.ANSWERED


def _article_of(library: Store, external_id: str) -> Article | None:
    """The article whose own file gave it that id."""
    return next((found for found in library.find(external_id) if found.external_id == external_id), None)


def _report(path: Path, outcomes: Sequence[Outcome], measured: Sequence[Figure], model: Any) -> dict[str, Any]:
    from qa.evaluation import latencies

    return {
        "schema": 1,
        "questions": str(path),
        "count": len(outcomes),
        "llm": {"backend": model.backend if model else "none", "model": model.name if model else ""},
        "figures": {figure.name: figure.as_json() for figure in measured},
        "latency": latencies(outcomes),
        "errors": dict(Counter(outcome.error for outcome in outcomes if outcome.error)),
        "outcomes": [
            {
                "id": outcome.question.id,
                "rank": None if outcome.rank is None or outcome.rank == float("inf") else int(outcome.rank),
                "status": outcome.answer.status if outcome.answer else None,
                "matched": outcome.matched,
                "error": outcome.error or None,
                "seconds": round(outcome.seconds, 3),
            }
            for outcome in outcomes
        ],
    }


def _show(console: Console, outcomes: Sequence[Outcome], measured: Sequence[Figure]) -> None:
    from qa.evaluation import latencies

    console.write(console.say.count("questions", len(outcomes)))
    for figure in measured:
        if figure.value is not None:
            interval = f"{figure.low:.3f}-{figure.high:.3f}"
            console.write(f"{figure.name:<30} {figure.value:6.3f}  {interval}  n={figure.count}")
    for name, seconds in latencies(outcomes).items():
        console.write(f"{name:<30} {seconds:6.3f}")
    for error, count in Counter(outcome.error for outcome in outcomes if outcome.error).items():
        console.error(f"{count}x {error}")
