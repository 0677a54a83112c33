"""Conversations on disk and as documents: what goes in comes out."""

import hashlib
import json
import os
import re
import stat
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.records import Article, PublicationDate
from qa.answer import Answer, AnswerSentence, Citation, Disagreement
from qa.errors import LibraryDamaged, LibraryUnwritable, UsageError
from qa.export import as_json, as_markdown, as_page, as_text, check_writable, export, write_page
from qa.messages import Messages
from qa.receipts import read_receipt, verify
from qa.sanitise import json_text
from qa.sessions import Conversation, SessionStore, answer_from_json, answer_to_json

TEXT = "De kop\n\nEen eerste zin. Duizend militairen gaan naar het oosten. Een laatste zin."
QUOTE = "Duizend militairen gaan naar het oosten."
ARTICLE = Article(
    text=TEXT, source="/archief/een.txt", title="Een <b>kop</b>", published=PublicationDate("2022-02", "text")
)
TEXTS = st.text(max_size=20)


def citation(number=1, article=ARTICLE, quote=QUOTE, **changes):
    start = article.text.index(quote)
    made = Citation(
        number, article.id, article.title, article.source, "Bode", "2022-02", start, start + len(quote),
        quote, article.sha256,
    )  # fmt: skip
    return replace(made, **changes)


ANSWER = Answer(
    question="Hoeveel?",
    standalone_question="Hoeveel militairen?",
    language="nl",
    status="partial",
    sentences=(
        AnswerSentence("Duizend *militairen*.", (1,)),
        AnswerSentence("Misschien.", (), False, ("geen bron",)),
    ),
    citations=(citation(),),
    disagreements=(Disagreement("scope", (1,), "Anders geteld."),),
    independent_sources=1,
    withheld=(AnswerSentence("Weg.", (), False, ("het getal 7 staat er niet",)),),
    complete=False,
    doubtful=True,
    newest_evidence="2022-02",
    passages_considered=40,
    passages_used=8,
    articles_in_library=3,
    backend="local",
    model="klein",
    composed_by="local",
    prompt="abc",
    timings_ms={"total": 12},
)
ABSTENTION = Answer(
    question="Wie won?",
    standalone_question="Wie won?",
    language="nl",
    status="abstained",
    reason="off_topic",
    message="Dat staat er niet in.",
    nearest=(citation(),),
)


class Shelf:
    """As much of a library as exporting needs."""

    def __init__(self, *articles):
        self._articles = {article.id: article for article in articles}

    def article(self, article_id):
        return self._articles.get(article_id)


answers = st.builds(
    replace,
    st.sampled_from([ANSWER, ABSTENTION]),
    question=TEXTS,
    standalone_question=TEXTS,
    message=st.just(""),
    sentences=st.lists(
        st.builds(AnswerSentence, TEXTS, st.just((1,)), st.booleans(), st.lists(TEXTS, max_size=2).map(tuple)),
        max_size=3,
    ).map(tuple),
    withheld=st.lists(st.builds(AnswerSentence, TEXTS), max_size=2).map(tuple),
    citations=st.lists(st.builds(replace, st.just(citation()), title=TEXTS, quote=TEXTS), max_size=2).map(tuple),
)


@given(answers)
def test_an_answer_survives_being_written_and_read(answer):
    assert answer_from_json(json.loads(json_text(answer_to_json(answer)))) == answer


def test_the_object_of_ask_can_be_read_too():
    for answer in (ANSWER, ABSTENTION):
        read = answer_from_json(json.loads(json.dumps(answer.as_json())))
        assert read == replace(answer, withheld=())


def test_a_conversation_is_kept_for_its_owner_only_and_loaded_by_the_beginning_of_its_id(tmp_path):
    store = SessionStore(tmp_path / "library")
    assert store.latest() is None
    conversation = Conversation.of([ANSWER, ABSTENTION])
    assert conversation.title == "Hoeveel?"
    path = store.save(conversation)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert store.load(conversation.id) == store.load(conversation.id[:-1]) == store.latest() == conversation
    longer = conversation.with_answer(ANSWER)
    store.save(longer)
    assert store.all() == [longer]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_listing_and_searching(tmp_path):
    store = SessionStore(tmp_path)
    first = replace(Conversation.of([ANSWER]), id="a-1", updated="2026-01-01T10:00:00+00:00")
    second = replace(Conversation.of([ABSTENTION]), id="a-2", updated="2026-01-02T10:00:00+00:00")
    for one in (second, first):
        store.save(one)
    (store.folder / "stuk.json").write_text("{")
    assert store.all() == [second, first]
    assert store.search("MILITAIREN duizend") == [first]
    assert store.search("wie staat") == [second]
    assert store.search("duizend wie") == []
    with pytest.raises(UsageError, match="a- means 2 conversations"):
        store.load("a-")
    for wanted in ("", "b", "../a-1"):
        with pytest.raises(UsageError):
            store.load(wanted)
    with pytest.raises(LibraryDamaged, match=r"stuk\.json cannot be read"):
        store.load("stuk")


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"bronvast_session": 9}', "\xff", '{"bronvast_session": 1, "exchanges": [{}]}']
)
def test_a_damaged_file_is_said_to_be_damaged(tmp_path, text):
    store = SessionStore(tmp_path)
    store.folder.mkdir()
    (store.folder / "x.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(LibraryDamaged):
        store.load("x")


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "sessions").write_text("a file in the way")
    with pytest.raises(LibraryUnwritable, match="cannot be kept"):
        SessionStore(tmp_path).save(Conversation.of([ANSWER]))


def test_markdown_has_a_footnote_a_citation():
    assert as_markdown(Conversation.of([ANSWER, ABSTENTION])) == (
        "# Hoeveel?\n\n## Hoeveel?\n\n"
        "Duizend \\*militairen\\*.[^1-1] (not verified) Misschien.\n\n"
        "Not certain: perhaps no article answers this.\n\n"
        "**Note:** Anders geteld.[^1-1]\n\n"
        "The answer broke off before it was finished.\n\n"
        "1 sentence was withheld because no source fully supports it.\n\n"
        f"[^1-1]: Een \\<b\\>kop\\</b\\>. Bode, February 2022, /archief/een.txt 24:64. “{QUOTE}”\n\n"
        "## Wie won?\n\nDat staat er niet in.\n\nThe nearest there is: [^2-1]\n\n"
        f"[^2-1]: Een \\<b\\>kop\\</b\\>. Bode, February 2022, /archief/een.txt 24:64. “{QUOTE}”\n"
    )


def test_every_form_says_that_sources_disagree_and_that_an_answer_broke_off():
    broken = replace(ANSWER, complete=False)
    said = ("Note: Anders geteld.", "The answer broke off before it was finished.")
    text, conversation = as_text(broken, Messages("en")), Conversation.of([broken])
    assert text.splitlines()[2:4] == [f"{said[0]} [1]", said[1]]
    for form in (as_markdown(conversation), re.sub("</?strong>", "", as_page(conversation, Shelf()))):
        assert all(one in form.replace("*", "") for one in said)


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.marked, self.anchors, self.targets = [], [], [], set(), []
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        self.inside = tag
        values = dict(attributes)
        if "id" in values:
            self.anchors.add(values["id"])
        if tag == "a" and values["href"].startswith("#"):
            self.targets.append(values["href"][1:])

    def handle_data(self, data):
        if self.inside == "mark":
            self.marked.append(data)
            self.inside = ""


def test_a_page_shows_each_citation_in_its_passage():
    page = as_page(Conversation.of([ANSWER, ABSTENTION]), Shelf(ARTICLE))
    assert page.count("Not certain: perhaps no article answers this.") == 1
    assert f"De kop\n\nEen eerste zin. <mark>{QUOTE}</mark> Een laatste zin." in page
    assert "Een &lt;b&gt;kop&lt;/b&gt;" in page
    parsed = Page(page)
    assert parsed.marked == [QUOTE, QUOTE]
    assert parsed.targets == ["c1-1", "c1-1"]
    assert set(parsed.targets) <= parsed.anchors


def test_a_page_quotes_without_surroundings_what_has_changed_or_gone():
    for shelf in (Shelf(), Shelf(replace(ARTICLE, text="Heel iets anders, en lang genoeg." * 9))):
        page = as_page(Conversation.of([ANSWER]), shelf)
        assert f"<blockquote><mark>{QUOTE}</mark></blockquote>" in page


@settings(max_examples=50)
@given(st.text(max_size=30) | st.sampled_from(["<script>x</script>", '"><img onerror=y>', "</style>", "\x1b[31m"]))
def test_no_text_can_add_anything_to_a_page(text):
    hostile = replace(
        ANSWER,
        question=text,
        sentences=(AnswerSentence(text, (1,)),),
        citations=(citation(title=text, source=text, publisher=text, article_id=text, sha256=text),),
        disagreements=(Disagreement("conflict", (1,), text),),
    )
    page = as_page(Conversation.of([hostile]), Shelf())
    parsed = Page(page)
    assert set(parsed.tags) <= {
        "html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "section", "p", "a", "strong",
        "ol", "li", "div", "blockquote", "mark", "span",
    }  # fmt: skip
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "src"]
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", page)


def test_the_policy_of_a_page_forbids_all_but_its_own_style():
    page = as_page(Conversation.of([ANSWER]), Shelf())
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    import base64

    hash_ = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{hash_}'; base-uri 'none'; form-action 'none'" in page
    assert "<script" not in page


def test_a_web_source_becomes_a_link_and_nothing_else_does():
    def links(source):
        page = as_page(Conversation.of([replace(ANSWER, citations=(citation(source=source),))]), Shelf())
        return re.findall(r'href="([^#"][^"]*)"', page)

    assert links('https://krant.example/a?b=1&c="') == ["https://krant.example/a?b=1&amp;c=&quot;"]
    assert links("javascript:alert(1)") == links("/etc/passwd") == links("file:///x") == []


def test_a_receipt_is_checked_against_the_library(tmp_path):
    path = tmp_path / "antwoord.json"
    path.write_text(json.dumps(ANSWER.as_json()))
    assert read_receipt(path) == [replace(ANSWER, withheld=())]
    export(path, Conversation.of([ANSWER, ABSTENTION]), Shelf())
    answers = read_receipt(path)
    assert answers == [ANSWER, ABSTENTION]

    def outcomes(answers, *articles):
        return [(finding.outcome, finding.start) for finding in verify(answers, Shelf(*articles))]

    start = citation().start
    assert outcomes(answers, ARTICLE) == [("holds", start), ("holds", start)]
    assert outcomes([ANSWER]) == [("gone", -1)]
    assert outcomes([ANSWER], replace(ARTICLE, text="Nieuw. " + TEXT)) == [("moved", start + 7)]
    assert outcomes([ANSWER], replace(ARTICLE, text="Ander")) == [("changed", -1)]
    forged = replace(ANSWER, citations=(citation(start=start - 1, end=start + len(QUOTE) - 1),))
    assert outcomes([forged], ARTICLE) == [("false", -1)]


@pytest.mark.parametrize(
    "text",
    ["geen json", "[1]", "{}", "null", '{"bronvast_session": 1}', "", '{"type": "sentence", "text": "Duizend."}\n'],
)
def test_what_is_no_receipt_is_refused(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no exported answer"):
        read_receipt(path)
    with pytest.raises(UsageError, match="cannot be read"):
        read_receipt(tmp_path / "weg.json")


def test_the_ending_of_the_file_decides(tmp_path):
    conversation = Conversation.of([ANSWER])
    for name, expected in (
        ("a.md", as_markdown(conversation)),
        ("a.json", as_json(conversation)),
        ("a.HTML", as_page(conversation, Shelf(ARTICLE))),
    ):
        export(tmp_path / name, conversation, Shelf(ARTICLE))
        assert (tmp_path / name).read_text(encoding="utf-8") == expected
    assert Conversation.from_json(json.loads((tmp_path / "a.json").read_text())) == conversation
    with pytest.raises(UsageError, match=r"end it in \.md, \.html or \.json"):
        export(tmp_path / "a.pdf", conversation, Shelf())
    with pytest.raises(UsageError, match="cannot be written"):
        export(tmp_path / "nergens" / "a.md", conversation, Shelf())


def test_where_a_page_cannot_go_is_known_before_it_is_made(tmp_path, monkeypatch):
    check_writable(tmp_path / "a.html")
    check_writable(Path(os.devnull))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "bestand").touch()
    for path, reason in (
        (tmp_path, "directory"),
        (tmp_path / "a" / "b", "No such"),
        (tmp_path / "bestand" / "b", "Not a"),
    ):
        with pytest.raises(UsageError, match=f"cannot be written .*{reason}"):
            check_writable(path)
    monkeypatch.setattr(os, "access", lambda *_: False)  # as whoever is not root may see it
    with pytest.raises(UsageError, match="Permission denied"):
        check_writable(tmp_path / "a.html")


def test_a_page_may_be_read_as_any_new_file_and_one_that_is_replaced_as_before(tmp_path):
    usual, page = tmp_path / "gewoon", tmp_path / "a.html"
    usual.touch()
    write_page(page, Conversation.of([ANSWER]), Shelf())
    assert page.stat().st_mode == usual.stat().st_mode
    page.chmod(0o600)
    write_page(page, Conversation.of([ANSWER]), Shelf())
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
