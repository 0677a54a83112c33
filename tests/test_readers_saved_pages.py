"""Whole pages, made like those of big newspapers' sites with all that stands around an article: line by line, what of
them is stored as what.

The pages and their articles are invented (`tests/data/pages`). Beside each lies its transcript; after a change that
is meant, `python tests/test_readers_saved_pages.py` writes them anew, and the difference is there to be read.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from embeddings.sentences import split_sentences
from qa.readers.html import article_of_page

PAGES = sorted((Path(__file__).parent / "data" / "pages").glob("*.html"))
MARKS = {"body": "  ", "heading": "# ", "furniture": "- "}


def transcript(page: Path) -> str:
    """What is known of the article, then its sentences, headings (#) and furniture (-)."""
    article = article_of_page(page.read_text(encoding="utf-8"), page.name)
    date = article.published
    facts = (
        article.title, article.publisher, f"{date.iso} {date.time} ({date.origin})" if date else "no date",
        article.author, article.section, article.language, article.url,
    )  # fmt: skip
    lines = [
        MARKS[sentence.kind] + " / ".join(article.text[sentence.start : sentence.end].split("\n"))
        for sentence in split_sentences(article.text, article.language, article.furniture, article.headings)
    ]
    return "\n".join([*(fact or "?" for fact in facts), "", *lines, ""])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_of_each_page_this_is_stored(page: Path) -> None:
    assert transcript(page) == page.with_suffix(".txt").read_text(encoding="utf-8")


if __name__ == "__main__":
    for one in PAGES:
        one.with_suffix(".txt").write_text(transcript(one), encoding="utf-8")
