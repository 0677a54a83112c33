"""How well `qa.verification` tells supported sentences from spoilt ones, on the question sets of an evaluation folder.

    python bench/verification.py FOLDER [--half tune|report] [--similarity] [--each N] [--show KIND]

FOLDER holds `ntrex`, `rijksoverheid`, `clapnq` and `wikinews`, each with `corpus.jsonl` and where there is one
`questions.jsonl`. Positives: sentences against themselves, shortened and rewritten in other notations, human answers
against the sentences that humans marked as their evidence, and human translations against their originals. Negatives:
the same with one thing changed. Articles fall into a half for tuning and one for reporting by a hash of their id.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from embeddings.records import Article, Hit, Passage, PublicationDate
from embeddings.sentences import split_sentences
from qa import names, quantities, quotations
from qa.answer import SourceSentence
from qa.quotations import attributions
from qa.verification import Similarity, verify


@dataclass(frozen=True, slots=True)
class Case:
    """One judgement: a claim, what it cites, and whether it ought to be supported."""

    kind: str
    claim: str
    cited: tuple[SourceSentence, ...]
    language: str
    supported: bool
    question: str = ""


def sources(row: dict[str, str], limit: int = 400) -> list[SourceSentence]:
    """The body sentences of an article, each with all others around it."""
    published = PublicationDate(row["date"], "field") if re.fullmatch(r"\d{4}(-\d\d){0,2}", row["date"] or "") else None
    article = Article(
        text=row["text"], source=row["id"], title=row["title"], published=published, language=row["lang"],
        publisher=row.get("source", ""),
    )  # fmt: skip
    body = tuple(sentence for sentence in split_sentences(row["text"], row["lang"]) if sentence.kind == "body")[:limit]
    if not body:
        return []
    hit = Hit(article, Passage(article.id, 0, body), 1.0, 1.0, None)
    return [SourceSentence(hit, place, 0.0) for place in range(len(body))]


def half_of(name: str) -> str:
    return "tune" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def read(folder: Path, name: str) -> tuple[list[dict], list[dict]]:  # type: ignore[type-arg]
    files = [folder / name / "corpus.jsonl", folder / name / "questions.jsonl"]
    rows = [[json.loads(line) for line in file.open(encoding="utf-8")] if file.exists() else [] for file in files]
    return rows[0], rows[1]


def changed_number(claim: str, language: str, dice: random.Random) -> str | None:
    """One number made another of the same order of magnitude."""
    numbers = [
        entry for entry in quantities.extract(claim, language)
        if entry.kind in {"cardinal", "money", "percent"} and re.search(r"\d", claim[entry.start : entry.end])
    ]  # fmt: skip
    if not numbers:
        return None
    chosen = dice.choice(numbers)
    digits = re.search(r"\d+", claim[chosen.start : chosen.end])
    assert digits is not None
    start = chosen.start + digits.start()
    other = str((int(digits[0][0]) % 9) + 1) + digits[0][1:]
    return claim[:start] + other + claim[start + len(digits[0]) :]


def changed_year(claim: str, language: str, dice: random.Random) -> str | None:
    years = re.findall(r"\b(?:19|20)\d\d\b", claim)
    if not years:
        return None
    year = dice.choice(years)
    return claim.replace(year, str(int(year) - dice.choice((1, 2, 3, 10))), 1)


def changed_name(claim: str, language: str, dice: random.Random, pool: Sequence[str]) -> str | None:
    mine = [name for name in names.extract(claim, language) if name.certain and len(name.text) > 3]
    if not mine or not pool:
        return None
    chosen = dice.choice(mine)
    for _ in range(30):
        other = dice.choice(pool)
        known = names.Name(other, 0, len(other), tuple(part.lower() for part in other.split()))
        if not names.bears_out(known, claim, names.extract(claim, language)) and not names.same(other, chosen.text):
            return claim[: chosen.start] + other + claim[chosen.end :]
    return None


_NEGATABLE = {
    "nl": re.compile(
        r"\b(is|was|zijn|waren|heeft|hebben|wordt|worden|werd|werden|kan|kunnen|zal|zullen|moet|moeten)\b"
    ),
    "en": re.compile(r"\b(is|was|are|were|has|have|will|can|should|must|would|could)\b"),
}
_NEGATIVE = {
    "nl": re.compile(r"\b(niet|geen|nooit)\s", re.I),
    "en": re.compile(r"(?:\b(?:not|never)\s|n['’]t\b)", re.I),
}


def changed_negation(claim: str, language: str, dice: random.Random) -> str | None:
    """A negation taken out where there is one, else put in after the finite verb."""
    match = _NEGATIVE[language].search(claim)
    if match:
        return (
            claim[: match.start()] + ("een " if match[0].lower().startswith("geen") else "") + claim[match.end() :]
        ).replace("  ", " ")
    match = _NEGATABLE[language].search(claim)
    if not match:
        return None
    return f"{claim[: match.end()]} {'niet' if language == 'nl' else 'not'}{claim[match.end() :]}"


_MODAL = {
    "nl": [(r"\bzou(?:den)?\b", "heeft"), (r"\bmogelijk\s", ""), (r"\bwaarschijnlijk\s", ""),
           (r"\bwil\b", "gaat"), (r"\bmisschien\s", "")],
    "en": [(r"\b(?:might|may|could)\s(?=[a-z])(?:be\s)?", "did "), (r"\bplans? to\b", "did"), (r"\b(?:possibly"
    r"|perhaps|probably|allegedly|reportedly)\s", ""),
           (r"\bwants? to\b", "did")],
}  # fmt: skip
_ASSERT = {"nl": re.compile(r"\b(?:heeft|hebben|is|werd|werden|wordt)\b"), "en": re.compile(r"\b(?:was|were|has|is)\b")}
_HEDGES = {"nl": ("mogelijk", "misschien", "waarschijnlijk"), "en": ("possibly", "perhaps", "allegedly")}


def fact_from_possibility(claim: str, language: str, dice: random.Random) -> str | None:
    """A possibility or a plan told as a fact, every sign of it removed."""
    from qa.polarity import stance

    if "?" in claim or re.search(
        r"\b(?:zo \w+|niet|het|is) mogelijk\b|\bwil (?:je|u)\b|[“\"‘]|\bMay\b", claim, re.I if language == "nl" else 0
    ):
        return None
    changed = claim
    for pattern, by in _MODAL[language]:
        changed = re.sub(pattern, by, changed, flags=re.IGNORECASE)
    if changed == claim or stance(changed, language).hedged:
        return None
    return changed


def possibility_from_fact(claim: str, language: str, dice: random.Random) -> str | None:
    from qa.polarity import stance

    match = _ASSERT[language].search(claim)
    if not match or stance(claim, language).hedged or stance(claim, language).future:
        return None
    return f"{claim[: match.end()]} {dice.choice(_HEDGES[language])}{claim[match.end() :]}"


def changed_quotation(claim: str, language: str, dice: random.Random) -> str | None:
    quotes = [quote for quote in quotations.quotations(claim) if len(quote.text.split()) >= 4]
    if not quotes:
        return None
    chosen = dice.choice(quotes)
    words = chosen.text.split()
    place = dice.randrange(1, len(words) - 1)
    return claim[: chosen.start] + " ".join([*words[:place], *words[place + 1 :]]) + claim[chosen.end :]


def without_speaker(claim: str, language: str, dice: random.Random) -> str | None:
    """The words of a quotation as a plain statement."""
    quotes = [quote for quote in quotations.quotations(claim) if quote.words >= 6]
    if not quotes or not attributions(claim, language):
        return None
    text = quotes[0].text.strip(" ,")
    return text[0].upper() + text[1:].rstrip(".,") + "."


def other_speaker(claim: str, language: str, dice: random.Random, pool: Sequence[str]) -> str | None:
    said = [entry for entry in attributions(claim, language) if entry.strong and entry.names]
    if not said:
        return None
    name = said[0].names[0]
    other = dice.choice(pool)
    return None if names.same(other, name.text) else claim[: name.start] + other + claim[name.end :]


def exchanged_names(claim: str, language: str, dice: random.Random) -> str | None:
    """Two names in each other's place, where they stand in one clause and are not coordinated."""
    mine = [name for name in names.extract(claim, language) if name.certain]
    for left, right in pairwise(mine):
        between = claim[left.end : right.start]
        words = between.split()
        if (
            not 1 <= len(words) <= 6
            or re.search(r"[,;.“”\"()]|\b(?:en|and|of|or|van|of)\b", between)
            or names.same(left.text, right.text)
        ):
            continue
        return claim[: left.start] + right.text + between + left.text + claim[right.end :]
    return None


def renotated(claim: str, language: str) -> str | None:
    """The same number in another notation."""
    for entry in quantities.extract(claim, language):
        surface = claim[entry.start : entry.end]
        value = entry.value
        if (
            entry.kind == "cardinal"
            and value is not None
            and value == int(value)
            and re.fullmatch(r"\d{1,3}[.,]\d{3}", surface)
        ):
            other = (
                f"{int(value)}"
                if value % 1000
                else f"{int(value) // 1000} {'duizend' if language == 'nl' else 'thousand'}"
            )
            return claim[: entry.start] + other + claim[entry.end :]
    return None


def shortened(claim: str) -> str | None:
    """The sentence without what follows its last comma, where enough is left."""
    if re.search(r"[“”\"‘]", claim):
        return None
    head, comma, tail = claim.rpartition(", ")
    return head + "." if comma and len(head.split()) >= 8 and len(tail.split()) >= 3 else None


def single_article_cases(folder: Path, half: str, each: int) -> Iterator[Case]:
    """Sentences of real articles against themselves, and what becomes of them when one thing is changed."""
    dice = random.Random(7)
    for name in ("ntrex", "rijksoverheid", "wikinews"):
        rows, _ = read(folder, name)
        kept: dict[str, list[SourceSentence]] = defaultdict(list)
        for row in rows:
            if half_of(row.get("pair") or row["id"]) == half:
                found = [entry for entry in sources(row) if 6 <= len(entry.text.split()) <= 45]
                dice.shuffle(found)
                kept[row["lang"]].extend(found[:12])
        for language, entries in kept.items():
            dice.shuffle(entries)
            pool = sorted(
                {
                    found.text
                    for entry in entries[:600]
                    for found in names.extract(entry.text, language)
                    if found.certain and len(found.text) > 3
                }
            )
            spoilers: dict[str, Callable[[str], str | None]] = {
                "number changed": lambda text, code=language: changed_number(text, code, dice),
                "year changed": lambda text, code=language: changed_year(text, code, dice),
                "name swapped": lambda text, code=language, among=pool: changed_name(text, code, dice, among),
                "negation changed": lambda text, code=language: changed_negation(text, code, dice),
                "possibility made fact": lambda text, code=language: fact_from_possibility(text, code, dice),
                "fact made possibility": lambda text, code=language: possibility_from_fact(text, code, dice),
                "quotation altered": lambda text, code=language: changed_quotation(text, code, dice),
                "speaker dropped": lambda text, code=language: without_speaker(text, code, dice),
                "speaker swapped": lambda text, code=language, among=pool: other_speaker(text, code, dice, among),
                "names exchanged": lambda text, code=language: exchanged_names(text, code, dice),
            }
            keepers: dict[str, Callable[[str], str | None]] = {
                "verbatim": lambda text: text,
                "shortened": shortened,
                "other notation": lambda text, code=language: renotated(text, code),
            }
            for table, good in ((keepers, True), (spoilers, False)):
                for kind, change in table.items():
                    count = 0
                    for entry in entries:
                        claim = change(entry.text) if count < each else None
                        if claim is not None and (claim != entry.text or kind == "verbatim"):
                            count += 1
                            yield Case(f"{kind} ({language})", claim, (entry,), language, good)
            count = 0
            for entry in entries:
                others = [
                    SourceSentence(entry.hit, place, 0.0)
                    for place in range(len(entry.hit.passage.sentences)) if abs(place - entry.index) >= 1
                ]  # fmt: skip
                if others and count < each:
                    count += 1
                    yield Case(f"other sentence ({language})", entry.text, (dice.choice(others),), language, False)


def translation_cases(folder: Path, half: str, each: int) -> Iterator[Case]:
    """Dutch sentences against the English ones they translate (each on the same line), and against their neighbours."""
    dice = random.Random(11)
    rows, _ = read(folder, "ntrex")
    pairs: dict[str, dict[str, dict]] = defaultdict(dict)  # type: ignore[type-arg]
    for row in rows:
        pairs[row["pair"]][row["lang"]] = row
    aligned: list[tuple[SourceSentence, SourceSentence, list[SourceSentence]]] = []
    for pair, both in pairs.items():
        if half_of(pair) != half or len(both) < 2:
            continue
        lines = [dict(both[code], text=both[code]["text"]) for code in ("nl", "en")]
        left, right = [_line_sources(row) for row in lines]
        if len(left) == len(right):
            aligned.extend((left[place], right[place], right) for place in range(len(left)))
    dice.shuffle(aligned)
    pool = sorted(
        {
            found.text
            for left, _, _ in aligned
            for found in names.extract(left.text, "nl")
            if found.certain and len(found.text) > 3
        }
    )
    for left, right, around in aligned[:each]:
        if not 5 <= len(left.text.split()) <= 45:
            continue
        yield Case("translation (nl→en)", left.text, (right,), "nl", True)
        yield Case("translation (en→nl)", right.text, (left,), "en", True)
        others = [entry for entry in around if entry.index != right.index]
        if others:
            yield Case("translation, other sentence", left.text, (dice.choice(others),), "nl", False)
        for kind, claim in (
            ("translation, number changed", changed_number(left.text, "nl", dice)),
            ("translation, name swapped", changed_name(left.text, "nl", dice, pool)),
            ("translation, negation changed", changed_negation(left.text, "nl", dice)),
        ):
            if claim is not None:
                yield Case(kind, claim, (right,), "nl", False)


def _line_sources(row: dict) -> list[SourceSentence]:  # type: ignore[type-arg]
    from embeddings.records import Sentence

    bounds, start = [], 0
    for line in row["text"].split("\n"):
        if line.strip():
            bounds.append(Sentence(start, start + len(line)))
        start += len(line) + 1
    article = Article(text=row["text"], source=row["id"], title=row["title"], language=row["lang"])
    hit = Hit(article, Passage(article.id, 0, tuple(bounds)), 1.0, 1.0, None)
    return [SourceSentence(hit, place, 0.0) for place in range(len(bounds))]


def human_answer_cases(folder: Path, half: str, each: int) -> Iterator[Case]:
    """Human answers, sentence by sentence, against the sentences that humans marked (clapnq), and against others."""
    dice = random.Random(13)
    rows, questions = read(folder, "clapnq")
    corpus = {row["id"]: row for row in rows}
    count = 0
    for question in questions:
        if not question["evidence"] or not question["answers"] or half_of(question["id"]) != half or count >= each:
            continue
        row = corpus[question["evidence"][0]["id"]]
        found = sources(row)
        gold = [
            entry for entry in found
            if any(
                entry.text[:60] in part["quote"] or part["quote"][:60] in entry.text for part in question["evidence"]
            )
        ]  # fmt: skip
        rest = [entry for entry in found if entry not in gold]
        answer = question["answers"][0]
        if not gold:
            continue
        count += 1
        for sentence in split_sentences(answer, "en"):
            claim = answer[sentence.start : sentence.end]
            if len(claim.split()) < 5:
                continue
            asked = question["question"]
            yield Case("human answer", claim, tuple(gold), "en", True, asked)
            if rest:
                yield Case("human answer, other sentence", claim, (dice.choice(rest),), "en", False, asked)
            for kind, spoilt in (
                ("human answer, number changed", changed_number(claim, "en", dice)),
                ("human answer, year changed", changed_year(claim, "en", dice)),
                ("human answer, negation changed", changed_negation(claim, "en", dice)),
            ):
                if spoilt is not None:
                    yield Case(kind, spoilt, tuple(gold), "en", False, asked)


def encoder_similarity() -> Similarity:
    from embeddings.encoders import load_encoder

    encoder = load_encoder()
    vectors: dict[str, object] = {}

    def similarity(text: str, entries: Sequence[SourceSentence]) -> list[float]:
        wanted = [text, *(entry.text for entry in entries)]
        missing = [entry for entry in wanted if entry not in vectors]
        for entry, vector in zip(missing, encoder.encode_texts(missing, "query") if missing else (), strict=True):
            vectors[entry] = vector
        return [float(vectors[text] @ vectors[entry.text]) for entry in entries]  # type: ignore[operator]

    return similarity


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--similarity", action="store_true", help="ask the encoder where words do not settle it")
    parser.add_argument("--each", type=int, default=100, help="most cases of a kind and set")
    parser.add_argument("--show", default="", help="print the misjudged cases of the kinds that contain this")
    parser.add_argument("--dump", type=Path, help="write every judgement as JSON lines")
    chosen = parser.parse_args()
    similarity = encoder_similarity() if chosen.similarity else None
    tally: dict[tuple[bool, str], list[bool]] = defaultdict(list)
    reasons: dict[str, int] = defaultdict(int)
    lines = []
    began = time.perf_counter()
    for make in (single_article_cases, translation_cases, human_answer_cases):
        for case in make(chosen.folder, chosen.half, chosen.each):
            verdict = verify(
                case.claim, case.cited, language=case.language, question=case.question, similarity=similarity
            )
            right = verdict.supported == case.supported
            tally[(case.supported, case.kind)].append(right)
            if case.supported and not right:
                reasons[verdict.problems[0].kind] += 1
            if chosen.show and chosen.show in case.kind and not right:
                print(f"{case.kind}: {case.claim}\n    cited: {' | '.join(entry.text for entry in case.cited)}")
                print(
                    f"    {[str(problem) for problem in verdict.problems]} {verdict.coverage:.2f} {verdict.similarity}"
                )
            if chosen.dump:
                lines.append(json.dumps({"kind": case.kind, "good": case.supported, "supported": verdict.supported,
                                         "problems": [entry.kind for entry in verdict.problems],
                                         "coverage": verdict.coverage, "similarity": verdict.similarity}))  # fmt: skip
    seconds = time.perf_counter() - began
    if chosen.dump:
        chosen.dump.write_text("\n".join(lines), encoding="utf-8")
    total = sum(map(len, tally.values()))
    for good, title in ((True, "should be supported"), (False, "should be refused")):
        print(f"\n{title:44} cases  right")
        for (side, kind), results in sorted(tally.items()):
            if side == good:
                print(f"  {kind:42} {len(results):5}  {sum(results) / len(results):.3f}")
    accepted = [sum(results) for (side, _), results in tally.items() if side]
    positives = [len(results) for (side, _), results in tally.items() if side]
    wrong = [len(results) - sum(results) for (side, _), results in tally.items() if not side]
    negatives = [len(results) for (side, _), results in tally.items() if not side]
    recall, leak = sum(accepted) / sum(positives), sum(wrong) / sum(negatives)
    print(f"\nrecall {recall:.3f}, share of spoilt sentences that pass {leak:.3f}, "
          f"precision at one spoilt sentence for each good one {recall / (recall + leak):.3f}")  # fmt: skip
    print("why good ones were refused:", dict(sorted(reasons.items(), key=lambda entry: -entry[1])))
    print(f"{total} judgements in {seconds:.1f} s, {1000 * seconds / total:.2f} ms each")


if __name__ == "__main__":
    main()
