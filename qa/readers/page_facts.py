"""What a web page says about itself: title, date, outlet, address."""

from __future__ import annotations

import json
import re
from typing import Any

from embeddings.records import PublicationDate
from qa.dates import date_in_url, first_date, parse_date
from qa.readers.fields import clean

__all__ = [
    "host",
    "linked_data",
    "outlet_of",
    "page_address",
    "page_author",
    "page_meta",
    "page_published",
    "page_title",
]

_SITES = {
    "ad.nl": "AD", "nrc.nl": "NRC", "volkskrant.nl": "de Volkskrant", "trouw.nl": "Trouw", "parool.nl": "Het Parool",
    "telegraaf.nl": "De Telegraaf", "nos.nl": "NOS", "nu.nl": "NU.nl", "fd.nl": "FD", "rtl.nl": "RTL Nieuws",
    "standaard.be": "De Standaard", "demorgen.be": "De Morgen", "hln.be": "Het Laatste Nieuws", "nieuwsblad.be": "Het Nieuwsblad",
    "tijd.be": "De Tijd", "vrt.be": "VRT NWS", "gva.be": "Gazet van Antwerpen", "hbvl.be": "Het Belang van Limburg", "knack.be": "Knack",
    "bd.nl": "Brabants Dagblad", "bndestem.nl": "BN DeStem", "ed.nl": "Eindhovens Dagblad", "gelderlander.nl": "De Gelderlander",
    "destentor.nl": "De Stentor", "tubantia.nl": "Tubantia", "pzc.nl": "PZC", "lc.nl": "Leeuwarder Courant", "limburger.nl": "De Limburger",
    "dvhn.nl": "Dagblad van het Noorden", "nd.nl": "Nederlands Dagblad", "rd.nl": "Reformatorisch Dagblad", "ftm.nl": "Follow the Money",
    "groene.nl": "De Groene Amsterdammer", "vn.nl": "Vrij Nederland", "ewmagazine.nl": "EW", "decorrespondent.nl": "De Correspondent",
    "bbc.co.uk": "BBC", "bbc.com": "BBC", "theguardian.com": "The Guardian", "nytimes.com": "The New York Times", "reuters.com": "Reuters",
    "spiegel.de": "Der Spiegel", "zeit.de": "Die Zeit", "faz.net": "FAZ", "tagesschau.de": "tagesschau", "lemonde.fr": "Le Monde",
    "lesoir.be": "Le Soir", "lefigaro.fr": "Le Figaro",
}  # fmt: skip


def linked_data(tree: Any) -> dict[str, object]:
    """The JSON-LD object that describes the article, {} where there is none."""
    found: dict[str, object] = {}
    for script in tree.xpath("//script[@type='application/ld+json']")[:20]:
        try:
            value = json.loads(
                re.sub(r"^\s*(?:<!--|//<!\[CDATA\[)|(?:-->|//\]\]>)\s*$", "", script.text or ""), strict=False
            )
        except (ValueError, RecursionError):
            continue
        queue: list[object] = [value]
        while queue and len(queue) < 500:
            item = queue.pop(0)
            if isinstance(item, list):
                queue.extend(item)
            elif isinstance(item, dict):
                kind = (
                    " ".join(item["@type"])
                    if isinstance(item.get("@type"), list) and all(isinstance(part, str) for part in item["@type"])
                    else str(item.get("@type", ""))
                )
                if re.search(r"Article|BlogPosting|Report\b|LiveBlog", kind):
                    return {str(name): part for name, part in item.items()}
                queue.extend(part for name in ("@graph", "mainEntity", "mainEntityOfPage") if (part := item.get(name)))
                if "datePublished" in item and not found:
                    found = {str(name): part for name, part in item.items() if name in ("datePublished", "inLanguage")}
    return found


def page_meta(tree: Any) -> dict[str, str]:
    """The content of the `meta` elements by name or property, in lower case; of several the first."""
    found: dict[str, str] = {}
    for element in tree.xpath("//meta[@content]"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        value = clean(element.get("content") or "")
        if name and value:
            found.setdefault(name, value)
    return found


def page_published(
    tree: Any, linked: dict[str, object], meta: dict[str, str], url: str, language: str
) -> PublicationDate | None:
    """The date of publication, never that of an update: the page's own statements in the order of trust."""
    names = ("article:published_time", "og:article:published_time", "datepublished", "dcterms.issued",
    "dcterms.created",
             "dc.date.issued", "dc.date", "dcterms.date", "citation_publication_date",
             "parsely-pub-date", "sailthru.date",
             "publish-date", "publishdate", "pubdate", "publication_date", "article.published",
             "date")  # fmt: skip
    stated = first_date(
        [(linked.get("datePublished"), "json-ld"), *((meta.get(name), f"meta {name}") for name in names)],
        language=language,
    )
    if stated:
        return stated
    marked = "//time[@datetime][@pubdate or @itemprop='datePublished' or contains(@class, 'publi')]"
    for path in (marked, "//article//time[@datetime]", "//*[@itemprop='datePublished'][@datetime]"):
        for element in tree.xpath(path)[:1]:
            found = parse_date(element.get("datetime"), "time element", language=language)
            if found:
                return found
    return date_in_url(url) if url else None


def page_title(tree: Any, linked: dict[str, object], meta: dict[str, str]) -> str:
    """The title without the name of the site: JSON-LD, OpenGraph, the only `h1`, the `title` element."""
    first_headings = [clean(element.text_content()) for element in tree.xpath("//h1")[:2]]
    headline = linked.get("headline")
    page_title = next((clean(element.text_content()) for element in tree.xpath("//head/title")), "")
    candidates = (
        clean(headline) if isinstance(headline, str) else "",
        meta.get("og:title", ""),
        first_headings[0] if len(first_headings) == 1 else "",
        page_title,
    )
    title = next((candidate for candidate in candidates if candidate), "")
    site = meta.get("og:site_name", "")
    parts = re.split(r"\s+[|–—·•-]\s+", title)
    if len(parts) > 1 and (parts[-1].lower() == site.lower() or any(title.startswith(h) and h for h in first_headings)):
        title = title[: title.rindex(parts[-1])].rstrip(" |–—·•-")
    return title[:300]


def page_author(meta: dict[str, str]) -> str:
    """Who wrote it by the page's `meta` elements; addresses of profiles say nothing."""
    names = ("author", "article:author", "og:article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
    stated = (meta.get(name, "") for name in names)
    return next((author for author in stated if author and not re.match(r"https?://|@", author)), "")


def page_address(tree: Any, meta: dict[str, str], url: str, linked: dict[str, object]) -> str:
    """The address that the page was fetched from, or that it says is its own; "" where neither is known."""
    main = linked.get("mainEntityOfPage")
    candidates = [url, *tree.xpath("//link[@rel='canonical']/@href")[:1], meta.get("og:url", "")]
    candidates += [main.get("@id") if isinstance(main, dict) else main, linked.get("url")]
    return next((clean(str(part)) for part in candidates if re.match(r"https?://[^\s/]+", str(part).strip())), "")


def outlet_of(url: str) -> str:
    """The newspaper or broadcaster whose site an address is on; "" for sites that are not known."""
    site = host(url)
    while site and site not in _SITES:
        site = site.partition(".")[2]
    return _SITES.get(site, "")


def host(url: str) -> str:
    """The name of the site in an address, without "www."."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")
