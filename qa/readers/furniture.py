"""The lines of a newspaper's page that are not its article: captions, credits, share buttons, "read also"
boxes.

Only what a line says about itself counts, in the words that Dutch, English, German and French sites use. When
in
doubt a line stays: prose that is taken for furniture can never be found again, furniture that is taken for
prose does little harm.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["belongs_to_link", "is_furniture", "opens_link_box"]

_AGENCY = (
    r"(?:anp|afp|ap|epa|efe|dpa|reuters|getty(?:\s+images)?|belga|photo\s?news|isopix|shutterstock|hollandse\s+hoogte|"
    r"imago|istock|unsplash|pexels|pa\s+media|bloomberg|tass|xinhua|rv|eigen\s+foto|alamy|nurphoto|zuma)"
)

_FOOT = (
    r"(?:uitschrijven|afmelden|meld je (?:hier )?af|voorkeuren (?:wijzigen|aanpassen|beheren)|privacy(?:verklaring|beleid|statement)?|contact|"
    r"adverteren|doorsturen|stuur door|unsubscribe|manage preferences|update preferences|abmelden|impressum|se désabonner|"
    r"(?:algemene|gebruiks)voorwaarden|colofon|klantenservice)"
)
_UPDATED = (
    r"(?:laatst )?(?:aangepast|bijgewerkt|gepubliceerd|geplaatst|update|updated|published|aktualisiert|mis à jour)"
)
_LATELY = r"(?:vandaag|gisteren|eergisteren|zojuist|zonet|today|yesterday|heute|gestern|aujourd['’]hui|hier)"
_AT = r"(?:,?\s*(?:om |at |um |à )?\d{1,2}[:.]\d{2}(?: uur| uhr)?)"
_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # captions and credits
        r"volledig scherm\b.{0,600}",
        r"(?:open|bekijk|toon|vergroot)\s+(?:de\s+)?(?:afbeelding|foto|fotoserie)s?(?:\s+(?:in|op)\s+.{0,40})?",
        r".{0,500}(?:©|\(c\)|ⓒ)\s*(?:foto\s*)?[^.!?]{0,80}\.?",
        r"(?:foto|foto's|fotografie|beeld|photo|photos|photograph|bild|fotos|image|illustratie|illustration|infographic|"
        r"video|graphic|credit|crédit(?:\s+photo)?|archieffoto|bron\s+(?:foto|beeld))s?\s*[:|©]\s?.{1,160}",
        rf"[\[(]?\s*(?:foto|beeld|photo|bild)?\s*{_AGENCY}(?:\s*(?:[/,|+&-]|via)\s*(?:{_AGENCY}|[\w.']+(?: [\w.']+){{0,4}})){{0,3}}\s*"
        r"[\])]?\.?",
        r"(?:foto|fotografie|beeld|illustratie|archieffoto)\s+(?-i:(?:(?:[A-ZÀ-Þ][\w.'’-]*|van|de|den|der|en)(?:\s+|\s?[/&,]\s?))*[A-ZÀ-Þ][\w.'’-]*)(?<![.!?])",
        # rights
        r"(?:©|copyright\b|\(c\)\s).{0,200}",
        r".{0,80}(?:alle rechten voorbehouden|all rights reserved|alle rechte vorbehalten|"
        r"tous droits réservés).{0,200}",
        # advertisements and what reaches over them
        r"(?:advertentie|advertisement|ad|anzeige|werbung|publicité|sponsored|gesponsord|partnerinhoud)",
        r"\W*(?:de\s+|het\s+)?(?:tekst|artikel|text|article)\s+(?:gaat|loopt|continues?|geht)\s+(?:verder|door|below|weiter)"
        r"(?:\s+(?:onder|below|na|after|unter)\b.{0,60})?\W*",
        r"(?:this\s+)?(?:story|article)\s+continues\s+below.{0,60}",
        # what is elsewhere: versions in print, films, podcasts, more of the site
        r"(?:een versie van )?dit artikel (?:is |werd )?(?:verscheen|eerder verschenen|ook verschenen|gepubliceerd) (?:ook |eerder |oorspronkelijk )*(?:in|op) .{0,120}",
        r"(?:een )?versie van dit (?:artikel|verhaal|stuk) verscheen .{0,160}|a version of this (?:article|story) appear\w+ .{0,160}",
        r"(?:(?:de )?video (?:wordt geladen|laadt|afspelen)|speel (?:de )?video af)\b.{0,80}|(?:bekijk|kijk) (?:hieronder|hierboven|hier|onderstaande) (?:naar )?(?:de |een |het |onze )?"
        r"(?:video|beelden|filmpje|fragment|uitzending|reportage)\b.{0,160}",
        r"(?:luister|beluister)(?: ook| hier)*(?: naar)? (?:de|onze|het|een) .{0,60}podcast.{0,120}",
        r"(?-i:(?:LEES|KIJK|BEKIJK|LUISTER|BELUISTER|HERBELUISTER|HERLEES|HERBELEEF|VIDEO|PODCAST)(?: OOK| MEER| HIER)?)(?:\s?[.:]|\s[-–])\s.{1,200}|(?-i:IN BEELD)\.\s.{1,200}",
        r"(?:hier staat ingevoegde|(?:om |voor het (?:bekijken|tonen) van )?deze) (?:inhoud|content|video|post|tweet)\b.{0,200}\b(?:cookies?|toestemming)\b.{0,100}|"
        r"aan deze inhoud wordt gewerkt|mis niets!|(?:schakel|zet) (?:de )?meldingen (?:in|aan)\b.{0,60}|(?:meest|best) gelezen|more on this story|related topics",
        r"[\w .&'-]{2,40}\s[€$]?\d[\d.,]{0,12}\s[+−-]?\d[\d.,]{0,8}\s?%",  # the price of a share
        r"explore more on these topics|most (?:viewed|read|popular)|reuse this content|skip (?:past|to) .{1,60}|after newsletter promotion|view image in fullscreen",
        r"bron(?:nen)?\s*:\s*[^.!?]{2,60}|00?:\d{2}",  # the length of a film
        r"het bericht .{1,200} verscheen eerst op .{1,80}|the post .{1,200} appeared first on .{1,80}|\[(?:…|\.\.\.)\]",
        r"(?:lees (?:het )?(?:hele|volledige) (?:artikel|verhaal|bericht|interview)|read the (?:full|whole) (?:article|story))\b.{0,20}",
        # buttons
        r"dit delen\s*:?|vind ik leuk(?: laden\.*)?",
        r"(?:cadeau geven|geef (?:dit artikel )?cadeau|leeslijst|zet op leeslijst|ajouter à (?:vos|mes) (?:sélections|favoris)|offrir (?:l['’]|cet )article|lire plus tard|"
        r"écouter (?:l['’]|cet )article|(?:zur )?merkliste(?: hinzufügen)?|(?:diesen )?artikel (?:anhören|verschenken)|bild vergrößern)(?:\s+(?:artikel anhören|\(?\d+ \w+\)?))*",
        r"(?:om te reageren (?:dient|moet) (?:u|je)\b|reageren op dit artikel\b|reageer op dit artikel).{0,80}|reageren",
        r"(?:ontvang|krijg) (?:\w+ ){0,2}(?:meldingen|notificaties)\b.{0,60}|blijf op de hoogte (?:met|via) .{0,60}",
        rf"(?:publié le|veröffentlicht am|{_UPDATED}(?: op)?:?|modifié le|(?:laatste|last) (?:update|updated|modified)(?: on)?:?)\s[^.!?]{{0,30}}\d{{4}}\b.{{0,90}}(?<![.!?])",
        r"(?:deel|share|teilen|partager)(?:\s+(?:dit|this|diesen|cet|het)\s+(?:artikel|article|bericht|story|post))?"
        r"(?:\s+(?:op|via|on|met|auf|sur|with)\s+[\w ,/&-]{2,60})?\s*[:!]?",
        r"(?:artikel|beitrag)\s+(?:teilen|delen|drucken|merken)|partager(?:\s+cet article)?",
        r"(?:luister naar|beluister|listen to|écouter)\s+(?:dit|het|this|the|cet|l['’])\s*(?:artikel|article|verhaal|story)",
        r"(?:delen|tweet(?:en)?|facebook|twitter|whatsapp|linkedin|e-?mail|x|pinterest|telegram|bluesky|mastodon|print(?:en)?|"
        r"kopieer(?: de)? link|copy link|link kopiëren|link gekopieerd|bewaar(?: artikel)?|opslaan|save|"
        r"like|reageer|reacties"
        r"|reactie plaatsen|comments?|kommentare|luister|beluister(?: dit artikel)?|listen|voorlezen|"
        r"sluiten|close|menu)"
        r"(?:\s*[(\[]?\d+[)\]]?)?",
        r"(?:delen|tweet|facebook|twitter|whatsapp|linkedin|e-?mail|mail|print|x|telegram)(?:\s*[|/·•,]\s*(?:delen|tweet|facebook|"
        r"twitter|whatsapp|linkedin|e-?mail|mail|print|x|telegram|kopieer link)){1,8}",
        r"(?:leestijd|reading time|lesezeit|temps de lecture)\s*:?\s*.{0,30}",
        r"\d{1,3}\s*(?:min(?:uten|utes|uut)?\.?)\s*(?:leestijd|lezen|read|leestijd\W*|lesezeit|de lecture)",
        r"\d{1,5}\s+(?:reacties?|comments?|kommentare|commentaires)",
        r"(?:deel|share) (?:artikel|article)\s*:?",
        r"bekijk (?:hier|hieronder|onze) .{0,40}video(?:'|’)?s\b.{0,60}|kijk (?:hier )?(?:naar )?onze .{0,40}video(?:'|’)?s\b.{0,80}",
        r"gratis onbeperkt toegang tot .{0,80}|log in of maak een account aan\b.{0,100}|maak (?:gratis )?een account aan\b.{0,100}",
        # when, in words that mean nothing later
        rf"{_UPDATED}\s*:?\s*{_LATELY}{_AT}?|{_LATELY}{_AT}(?:\s+in\s+[\w &-]{{3,30}})?|(?:{_UPDATED}\s*:?\s*)?\d{{1,2}} (?:seconden|minuten|minuut|min|uur|uren|dagen|dag|weken|week|"
        rf"minutes?|hours?|days?) (?:geleden|ago)(?:{_AT})?",
        # newsletters, subscriptions, cookies
        r"meld (?:je|u)(?: nu| hier)? aan voor .{0,60}(?:nieuwsbrief|newsletter)\b.{0,60}",
        r"(?:verder lezen|dit (?:artikel|verhaal) (?:helemaal |verder )?lezen|meer lezen|doorlezen)\?.{0,120}",
        r"dit (?:artikel|verhaal|stuk) is (?:exclusief |alleen |uitsluitend )?(?:voor|enkel voor) (?:onze )?abonnees\b.{0,60}",
        r"dieser (?:artikel|text|beitrag) ist (?:nur |exklusiv )?für abonnent(?:en|innen).{0,60}",
        r"(?:cet )?article réservé (?:à nos|aux) abonnés.{0,60}|(?:il vous reste|la suite est réservée).{0,120}",
        r"this (?:article|story|content) is (?:only |exclusively )?(?:for|available to) (?:our )?subscribers(?: only)?.{0,40}",
        r"(?:wil(?:t)? (?:je|u) )?(?:dit|het) (?:artikel|verhaal|stuk) (?:helemaal |verder |nu )?lezen\?.{0,120}|wil(?:t)? (?:je|u) (?:dit|het|meer) .{0,40}lezen\?.{0,120}",
        r"(?:bekijk|lees|open) (?:deze|de) (?:nieuwsbrief|e-?mail|mail|online versie) (?:online|in (?:je|uw|de) browser|op het web)\b.{0,300}",
        r"(?:bekijk|open) (?:online|in (?:je |uw |de )?browser)\b.{0,200}|(?:view|read) (?:this (?:e-?mail|newsletter) |online )?in (?:your |a )?browser\b.{0,200}",
        r"(?:je|u) (?:ontvangt|krijgt|hebt|heeft) deze (?:nieuwsbrief|e-?mail|mail)\b.{0,300}|you(?:'re| are)? receiv\w+ this (?:e-?mail|newsletter)\b.{0,300}|"
        r"sie erhalten diesen newsletter\b.{0,300}|vous recevez (?:cet e-?mail|cette (?:lettre|newsletter))\b.{0,300}",
        rf"{_FOOT}(?:(?:\s*[|·•/,-]\s*|\s{{2,}}){_FOOT}){{1,8}}|(?:uitschrijven|afmelden|unsubscribe|abmelden|se désabonner)",
        r"(?:om je af te melden|wil je deze (?:nieuwsbrief|mail|e-mail) niet meer ontvangen|geen (?:nieuwsbrief|mail|e-mail) meer ontvangen)\b.{0,200}",
        r"cookie[- ]?(?:instellingen|voorkeuren|settings|einstellungen|beleid|policy)(?: (?:beheren|wijzigen|aanpassen|openen))?",
        r"(?:schrijf (?:je|u)(?: nu| hier)? in voor|meld (?:je|u)(?: nu| hier)? aan voor|abonneer (?:je|"
        r"u) op|ontvang)\b"
        r".{0,160}\b(?:nieuwsbrief|nieuwsbrieven|nieuwsupdates?|pushberichten)\b.{0,120}",
        r"(?:sign up (?:for|to)|subscribe to|get)\b.{0,120}\bnewsletters?\b.{0,120}",
        r"(?:abonnieren sie|jetzt)\b.{0,80}\bnewsletter\b.{0,80}",
        r"sign up (?:for|to) [^.!?]{2,60}|newsletters?\s[«»\"“„][^.!?]{2,60}",
        r"(?:inscrivez-vous|abonnez-vous)\b.{0,120}\b(?:newsletter|lettre)\b.{0,80}",
        r"(?:wij|we|deze (?:web)?site|this (?:web)?site|diese (?:web)?seite|nous|"
        r"ce site)\b.{0,80}\bcookies?\b.{0,300}",
        r"(?:accepteer|accept|alle|weiger|beheer|manage)\b.{0,30}\bcookies?\b.{0,60}",
        r"(?:word|neem|al)\s+(?:nu\s+)?(?:abonnee|een abonnement)\b.{0,100}",
        r"(?:download|installeer)\s+(?:nu\s+)?(?:de|onze)\s+(?:gratis\s+)?(?:\w+-)?app\b.{0,80}",
        r"volg (?:ons|het laatste nieuws|\w+ (?:ook )?op (?:facebook|instagram|twitter|x|"
        r"whatsapp))\b.{0,100}",
        # links to elsewhere that carry their title on the same line
        r"(?:lees|bekijk|kijk|luister|zie)\s+(?:ook|meer|verder|hier)\b\s*(?:[:>»|-].{0,200}|.{0,40}hieronder:?)?",
        r"(?:read|see|watch|listen)\s+(?:also|more|next|on)\b\s*(?:[:>»|-].{1,200})?",
        r"(?:lesen sie (?:auch|mehr)|mehr zum thema|lire aussi|à lire aussi|"
        r"sur le même sujet)\b\s*(?:[:>»|-].{1,200})?",
        r"(?:à )?lire (?:également|ensuite)\b\s*(?:[:>»|-].{1,200})?",
        r"(?:gerelateerd|meer over|related)\s*:.{0,200}|meer over (?:dit onderwerp|deze zaak|dit nieuws)|lees meer over\s*:.{0,200}",
    )
)  # fmt: skip

_BOX = re.compile(
    r"(?:lees|bekijk|luister)\s+ook|lees\s+(?:meer|verder)|read\s+(?:also|more)|related(?:\s+(?:articles|stories))?|"
    r"lesen\s+sie\s+auch|mehr\s+zum\s+thema|(?:à\s+)?lire\s+aussi|gerelateerd(?:e\s+artikelen)?|meer\s+lezen\?*",
    re.IGNORECASE,
)
_BUTTON = re.compile(
    r"(?:lees\s+(?:meer|verder)|read\s+more)\s*[>»→]+", re.IGNORECASE
)  # leads to the article that it ends
_NAME = re.compile(r"\b[A-ZÀ-ÖØ-Þ][\w'’-]{2,}")
_WORD = re.compile(r"[^\W\d_]{6,}")


def is_furniture(line: str) -> bool:
    """Whether a whole line, without surrounding white space, is furniture by what it says."""
    return len(line) <= 700 and any(pattern.fullmatch(line) for pattern in _LINES)


def opens_link_box(line: str) -> bool:
    """Whether a line such as "Lees ook:" announces a title on the lines that follow it."""
    return _BOX.fullmatch(line.rstrip(" :>»*")) is not None and not _BUTTON.fullmatch(line)


def belongs_to_link(paragraph: str, titles: Sequence[str], body_before: str) -> bool:
    """Whether the paragraph after a "read also" title is the teaser of that other article.

    It is if it takes up a name or two long words of the title that the article itself had not used until
    then; a paragraph about the article's own subject stays prose.
    """
    if len(paragraph) > 600:
        return False
    before = body_before.lower()
    for title in titles:
        names = {name.lower() for name in _NAME.findall(title)}
        words = {word.lower() for word in _WORD.findall(title)}
        said = paragraph.lower()
        if any(name in said and name not in before for name in names):
            return True
        if sum(1 for word in words if word in said and word not in before) >= 2:
            return True
    return False
