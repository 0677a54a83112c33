"""Which source sentences a sentence of an answer rests on: as few as possible, and then who else says the same.

A model's own citation marks are hints and no more; code decides what is cited.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

from qa.answer import SourceSentence
from qa.verification import DEFAULT, Entails, Problem, Similarity, Thresholds, Verdict, share_held, verify

__all__ = ["Attribution", "attribute"]

MOST_CITED = 3
LEAST_SHARE = 0.25  # of the content words; below it not even half of a sentence can rest on a candidate
PAIRED = 6  # candidates that are tried in pairs; beyond the best few a pair supports nothing new

_UNRELATED = Verdict(False, (Problem("not_covered"),), 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Attribution:
    """The result for one sentence.

    Attributes:
        cited: places in the candidates, the most telling first; empty where nothing supports the sentence.
        verdict: of the sentences that carry it; where none do, of the best single candidate, with its problems.
    """

    cited: tuple[int, ...]
    verdict: Verdict


def attribute(
    answer_sentence: str,
    candidates: Sequence[SourceSentence],
    hints: Collection[int] = (),
    *,
    language: str,
    question: str = "",
    similarity: Similarity | None = None,
    entailment: Entails | None = None,
    thresholds: Thresholds = DEFAULT,
    limit: int = MOST_CITED,
) -> Attribution:
    """The smallest set of candidates that supports a sentence: one, else two, and others that say the same.

    Args:
        hints: places in the candidates that the model itself pointed at; preferred where several support equally.
        limit: most sentences cited. Those beyond what is needed come from other articles, one an article.
    """
    if not candidates:
        return Attribution((), verify(answer_sentence, (), language=language))
    order = range(len(candidates))

    def judge(*places: int) -> Verdict:
        chosen = [candidates[place] for place in places]
        return verify(
            answer_sentence,
            chosen,
            language=language,
            question=question,
            similarity=similarity,
            entailment=entailment,
            thresholds=thresholds,
        )

    shares = [share_held(answer_sentence, entry, language=language, question=question) for entry in candidates]
    # What holds next to nothing of the sentence is not worth the full checks, but something must be judged.
    least = min(LEAST_SHARE, max(shares))
    single = {place: judge(place) if shares[place] >= least else _UNRELATED for place in order}

    def rank(place: int) -> tuple[float, bool, float, int]:
        verdict = single[place]
        # Near-equal scores are ties, so that a hint or the retriever's order decides and not the third decimal.
        return (-round(verdict.score, 1), place not in hints, -verdict.score, place)

    ranked = sorted(order, key=rank)
    supporting = [place for place in ranked if single[place].supported]
    if supporting:
        return Attribution(_with_corroboration(supporting, candidates, limit), single[supporting[0]])
    pooled = list(dict.fromkeys([*(place for place in ranked if place in hints), *ranked]))[:PAIRED]
    best: tuple[float, tuple[int, int], Verdict] | None = None
    for pair in combinations(pooled, 2):
        verdict = judge(*pair)
        if verdict.supported and (best is None or verdict.score > best[0]):
            best = (verdict.score, pair, verdict)
    if best is not None:
        return Attribution(best[1], best[2])
    return Attribution((), single[ranked[0]])


def _with_corroboration(supporting: Sequence[int], candidates: Sequence[SourceSentence], limit: int) -> tuple[int, ...]:
    """The best supporting sentence and the best one of each further article, up to the limit."""
    chosen: list[int] = []
    articles: set[str] = set()
    for place in supporting:
        article = candidates[place].article.id
        if article not in articles and len(chosen) < limit:
            articles.add(article)
            chosen.append(place)
    return tuple(chosen)
