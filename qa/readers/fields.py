"""The fields of a record under the many names that exports, feeds and front matter give them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import unescape

from qa.readers.masthead import without_by

__all__ = ["Fields", "clean", "language_code", "valid_unicode"]

_TEXT = ("text", "body", "content", "tekst", "inhoud", "article", "articlebody", "fulltext", "maintext",
"plaintext",
         "textcontent", "articletext", "bodytext", "contents", "story", "document",
         "contenttext")  # fmt: skip
_HTML = ("html", "contenthtml", "bodyhtml", "htmlbody")
_SUMMARY = ("description", "summary", "abstract", "lead", "teaser", "samenvatting", "excerpt", "snippet")
_TITLE = ("title", "headline", "titel", "kop", "name", "heading", "titre", "subject")
_DATE = ("date", "published", "datepublished", "publishedat", "publicationdate", "publishdate",
"pubdate", "datum",
         "publicatiedatum", "publisheddate", "publishtime", "published_at", "dateissued", "issued",
         "gepubliceerd",
         "firstpublished", "datecreated", "created", "createdat", "timestamp", "day")  # fmt: skip
_TIME = ("tijd", "time", "publicatietijd", "publicationtime", "pubtime", "uhrzeit", "heure")
_PUBLISHER = ("publisher", "outlet", "newspaper", "krant", "medium", "publication", "uitgever",
"sitename", "journal",
              "paper", "bron", "quelle", "sourcename", "domain")  # fmt: skip
_AUTHOR = ("author", "authors", "auteur", "auteurs", "byline", "creator", "writer", "autor")
_URL = ("url", "link", "permalink", "weburl", "canonicalurl", "uri", "externalurl", "href")
_LANGUAGE = ("lang", "language", "taal", "inlanguage", "langcode", "locale")
_IDENTIFIER = (
    "id",
    "docid",
    "articleid",
    "guid",
    "uuid",
    "identifier",
    "documentid",
    "key",
    "artikelid",
    "artikelnr",
    "artikelnummer",
)
_PAGE = ("page", "pagina", "paginanummer", "blz", "seite", "pagenumber")
_SECTION = ("section", "rubriek", "category", "sectie", "articlesection", "desk", "sectionname")
_WRAPPED = ("rendered", "value", "text", "plain", "html")  # what holds the words where a field is an object

_LANGUAGE_NAMES = {
    "nederlands": "nl", "dutch": "nl", "nld": "nl", "dut": "nl", "vlaams": "nl", "flemish": "nl",
    "engels": "en",
    "english": "en", "eng": "en", "duits": "de", "german": "de", "deutsch": "de", "deu": "de", "ger": "de",
    "frans": "fr", "french": "fr", "français": "fr", "fra": "fr", "fre": "fr", "spaans": "es",
    "spanish": "es",
    "spa": "es", "italiaans": "it", "italian": "it", "ita": "it",
}  # fmt: skip


class Fields:
    """Typed access to a record; every property is "" or empty where the record has no such field.

    Args:
        record: names as the file has them; letter case, "_", "-" and spaces in them make no difference.
    """

    __slots__ = ("_values",)

    def __init__(self, record: Mapping[str, object]) -> None:
        self._values: dict[str, object] = {}
        for name, value in record.items():
            self._values.setdefault(re.sub(r"[^a-z0-9é]", "", name.lower()), value)

    def has(self, *names: str) -> bool:
        """Whether the record has one of these fields, even an empty one."""
        return any(name in self._values for name in names)

    @property
    def text(self) -> str:
        """The text as it stands; only characters that no text can hold are replaced."""
        for name in _TEXT:
            value = self._values.get(name)
            if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
                value = "\n\n".join(value)
            elif isinstance(value, dict):  # {"rendered": …} as WordPress gives it
                value = next((value[key] for key in _WRAPPED if isinstance(value.get(key), str)), None)
            if isinstance(value, str) and value.strip():
                return valid_unicode(value)
        return ""

    @property
    def html(self) -> str:
        return self._first(_HTML, keep=True)

    @property
    def summary(self) -> str:
        return self._first(_SUMMARY, keep=True)

    @property
    def title(self) -> str:
        return self._first(_TITLE)

    @property
    def names_title(self) -> bool:
        """Whether the record has a title field, even an empty one."""
        return self.has(*_TITLE)

    @property
    def dates(self) -> tuple[object, ...]:
        """The values of all date fields, the most trusted first; with the time that has a field of its own, and without."""
        values = [self._values[name] for name in _DATE if name in self._values]
        if time := self._first(_TIME):
            values = [part for value in values for part in (f"{value} {time}", value)]
        return tuple(values)

    @property
    def publisher(self) -> str:
        """The outlet; a `source` field counts as one unless it is a path or a web address."""
        named = self._first(_PUBLISHER)
        if named and not _is_place(named):
            return named
        source = _words(self._values.get("source"))
        return "" if _is_place(source) else source

    @property
    def author(self) -> str:
        return without_by(self._first(_AUTHOR))

    @property
    def section(self) -> str:
        page = self._first(_PAGE)
        return ", ".join(
            part for part in (self._first(_SECTION), f"p. {page}" if re.fullmatch(r"[\w-]{1,8}", page) else "") if part
        )

    @property
    def url(self) -> str:
        for name in (*_URL, "source"):
            value = _words(self._values[name]) if name in self._values else ""
            if re.match(r"https?://\S+$", value):
                return value
        return ""

    @property
    def language(self) -> str:
        return language_code(self._first(_LANGUAGE))

    @property
    def identifier(self) -> str:
        return self._first(_IDENTIFIER)

    def _first(self, names: Sequence[str], *, keep: bool = False) -> str:
        for name in names:
            value = self._values.get(name)
            if value is None:
                continue
            if keep and isinstance(value, str) and value.strip():
                return valid_unicode(value)
            words = _words(value)
            if words:
                return words
        return ""


def language_code(name: str) -> str:
    """ISO 639-1 of a language's code or name: "nl-BE", "nld" and "Nederlands" are "nl"; "" where unknown."""
    word = re.split(r"[-_;,\s]", name.strip().lower(), maxsplit=1)[0]
    if word in _LANGUAGE_NAMES:
        return _LANGUAGE_NAMES[word]
    return word if re.fullmatch(r"[a-z]{2}", word) else ""


def clean(value: str) -> str:
    """A field for one line: entities resolved, white space single, control characters out."""
    return " ".join(re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", valid_unicode(unescape(value))).split())


def valid_unicode(text: str) -> str:
    """The text with lone surrogates and zero bytes, which no UTF-8 file can hold, replaced by U+FFFD."""
    return re.sub(r"[\ud800-\udfff\x00]", "\ufffd", text)


def _words(value: object) -> str:
    """A field's value as one line: a name in an object, several joined by commas."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return next((_words(value[name]) for name in ("name", "title", *_WRAPPED, "id", "url") if value.get(name)), "")
    if isinstance(value, list):
        return ", ".join(part for part in map(_words, value[:20]) if part)
    return ""


def _is_place(value: str) -> bool:
    """Whether a `source` is where a record was found rather than who published it."""
    return bool(re.match(r"[a-z][a-z0-9+.-]*://|(?:[A-Za-z]:)?[\\/]|\.{1,2}[\\/]|~[\\/]", value)) or bool(
        re.search(r"[\\/][^\\/\s]+\.(?:txt|md|html?|jsonl?|pdf|docx?|xml|csv|eml)$", value, re.IGNORECASE)
    )
