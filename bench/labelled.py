"""How many of the sentences that pass the checks are supported, by hand-made labels.

    python bench/labelled.py LIBRARY LABELS.jsonl [--reworded] [--show]

LABELS.jsonl has one sentence a line: the `question` with its `language`, the `sentence` and who wrote it, the source
sentences `cited` (the article's `id` and the `quote`), and whether they support it, judged by reading: `supported`, and
`why_not`. LIBRARY holds those articles, for bench/labels/nieuwsbank.jsonl

    bronvast --library LIBRARY add bench/nieuwsbank/articles.jsonl

A small model's sentence must also be a shortened source sentence, as in the program; with --reworded the checks alone
decide. The sentences are what models wrote, and quotations, as an earlier version of the program showed them; each is put to
the checks as they are now. What is quoted passes; of its further sources, which are cited for saying the same, each has
to pass by itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.verification import encoder_similarity
from embeddings.library import Library
from embeddings.records import Hit
from qa.answer import SourceSentence
from qa.language_models.catalogue import LEAST_TO_REWORD, parameters_in
from qa.shortening import shortens
from qa.verification import Similarity, verify

QUOTED = "quoted"


def source(library: Library, external_id: str, quote: str) -> SourceSentence:
    """The sentence of an article, in its passage.

    Raises:
        SystemExit: the library does not have it.
    """
    for article in library.find(external_id):
        if article.external_id != external_id:
            continue
        for stored in library.passages_of(article.id):
            for place, sentence in enumerate(stored.passage.sentences):
                if article.text[sentence.start : sentence.end] == quote:
                    scores = tuple(0.0 for _ in stored.passage.sentences)
                    return SourceSentence(Hit(article, stored.passage, 0.0, 0.0, None, scores), place, 0.0)
    raise SystemExit(f"{external_id} is not in the library, or has another text: add the labels' articles first")


def passes(label: dict[str, Any], library: Library, similarity: Similarity, reworded: bool) -> bool:
    """Whether the program would show the sentence with these sources."""
    cited = [source(library, each["id"], each["quote"]) for each in label["cited"]]
    if label["written_by"] == QUOTED:
        others = [each for each in cited if each.text != label["sentence"]]
        return all(
            verify(label["sentence"], [each], language=each.article.language, similarity=similarity).supported
            for each in others
        )
    small = parameters_in(label["written_by"]) < LEAST_TO_REWORD
    if small and not reworded and not any(shortens(label["sentence"], each.text) for each in cited):
        return False
    return verify(
        label["sentence"], cited, language=label["language"], question=label["question"], similarity=similarity
    ).supported


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("library", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--reworded", action="store_true", help="let small models say it in words of their own")
    parser.add_argument("--show", action="store_true", help="print the sentences that are misjudged")
    chosen = parser.parse_args()
    similarity = encoder_similarity()
    counts: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    with Library.open(chosen.library) as library:
        for line in chosen.labels.read_text(encoding="utf-8").splitlines():
            label = json.loads(line)
            shown = passes(label, library, similarity, chosen.reworded)
            counts[label["written_by"]].append((shown, label["supported"]))
            if chosen.show and shown != label["supported"]:
                print(f"{'shown' if shown else 'withheld'}: {label['sentence']} [{label.get('why_not', 'supported')}]")
    print("| written by | sentences | supported | shown now | of these supported | supported, but withheld |")
    print("|---|---|---|---|---|---|")
    for name, found in [*sorted(counts.items()), ("all", [each for every in counts.values() for each in every])]:
        shown_now = [good for shown, good in found if shown]
        withheld = sum(good and not shown for shown, good in found)
        share = f"{sum(shown_now)} ({sum(shown_now) / len(shown_now):.3f})" if shown_now else "-"
        print(f"| {name} | {len(found)} | {sum(good for _, good in found)} | {len(shown_now)} | {share} | {withheld} |")


if __name__ == "__main__":
    main()
