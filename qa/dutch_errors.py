"""Errors and notes in Dutch, found by their English.

Cause and remedy of an error are written in English where it is raised. Here stands the Dutch of those that a user is
likely to meet; `{}` stands for whatever the English has there. What is not in the table stays English.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from qa.dutch_model_errors import MODEL_TABLE
from qa.dutch_reading_errors import READING_TABLE

__all__ = ["TABLE", "in_dutch"]

TABLE: Final[dict[str, str]] = {
    # Asking the program
    "No such command {}": "de opdracht {} bestaat niet",
    "No such option: {}": "de optie {} bestaat niet",
    "No such option {}": "de optie {} bestaat niet",
    "Missing argument {}": "{} ontbreekt",
    "Got unexpected extra argument ({})": "{} is te veel",
    "Got unexpected extra arguments ({})": "{} is te veel",
    "Option {} requires an argument": "achter {} ontbreekt iets",
    "Option {} does not take a value": "achter {} hoort niets",
    "Invalid value for {}: {}": "{} klopt niet: {}",
    "{} is not in the range {}": "{} valt buiten {}",
    "{} is not a whole number": "{} is geen heel getal",
    "did you mean {}, or {}": "bedoelde u {}, of {}",
    "the output": "de uitvoer",
    "see {} --help": "zie {} --help",
    "interrupted": "onderbroken",
    "the same command goes on where this one stopped": "dezelfde opdracht gaat verder waar deze ophield",
    "unexpected error ({}: {})": "onverwachte fout ({}: {})",
    "run the command again with BRONVAST_DEBUG=1 and report what it prints": "geef de opdracht nog eens met "
    "BRONVAST_DEBUG=1 en meld wat er dan verschijnt",
    "there is no question": "er is geen vraag",
    'write one: bronvast ask "..."': 'stel er een: bronvast ask "..."',
    "there is nothing to look for": "er is niets om naar te zoeken",
    'write one: bronvast search "..."': 'schrijf het zo: bronvast search "..."',
    "write /search WORDS": "typ /search WOORDEN",
    "write a question": "stel een vraag",
    "write one a line": "schrijf er een op een regel",
    "the question has {} characters and may have {}": "de vraag is {} tekens lang en mag er {} hebben",
    "shorten it, and take in texts to ask about with: bronvast add FILE": "maak haar korter, en voeg teksten om naar te vragen "
    "toe met: bronvast add BESTAND",
    "--json was given together with --json-stream": "--json en --json-stream gaan niet samen",
    "--batch was given together with a question": "--batch en een vraag gaan niet samen",
    "give one of the two": "geef een van beide",
    "{} is not UTF-8 text": "{} is geen UTF-8-tekst",
    "save it as UTF-8": "bewaar het als UTF-8",
    "{} cannot be read ({})": "{} kan niet gelezen worden ({})",
    "name a text file": "noem een tekstbestand",
    "{} holds no questions": "{} bevat geen vragen",
    "give a JSON Lines file of questions": "geef een JSON Lines-bestand met vragen",
    "{}, line {} is not a question: {} {}": "{}, regel {} is geen vraag: {} {}",
    "each line needs at least the fields question and answerable": "elke regel heeft ten minste de velden question en "
    "answerable nodig",
    "{} {} is not a date": "{} {} is geen datum",
    "write YYYY, YYYY-MM or YYYY-MM-DD": "schrijf JJJJ, JJJJ-MM of JJJJ-MM-DD",
    "--since {} lies after --until {}": "--since {} ligt na --until {}",
    "turn them round": "draai ze om",
    "no folder is followed yet": "er wordt nog geen map gevolgd",
    "name one: bronvast watch FOLDER": "noem er een: bronvast watch MAP",
    "there is no folder {}": "er is geen map {}",
    "{} is not a folder": "{} is geen map",
    "watch the folder that it lies in": "houd de map bij waar het in staat",
    "follow it with: bronvast add {}": "volg het met: bronvast add {}",
    "no model was named": "er is geen model genoemd",
    "write for example: bronvast models use qwen2.5:7b --llm ollama": "schrijf bijvoorbeeld: bronvast models use "
    "qwen2.5:7b --llm ollama",
    "the MCP server is not installed": "de MCP-server is niet geïnstalleerd",
    'install it with: pip install "bronvast[mcp]"': 'installeer hem met: pip install "bronvast[mcp]"',
    "--shard {} is not a share": "--shard {} is geen deel",
    "write N/M, as in 2/8 for the second of eight": "schrijf N/M, zoals 2/8 voor het tweede van acht",
    "no Milvus answers at {} ({})": "er antwoordt geen Milvus op {} ({})",
    "start it, or correct --store": "start hem, of verbeter --store",
    "Milvus at {} lets nobody in ({})": "Milvus op {} laat niemand binnen ({})",
    "set BRONVAST_STORE_TOKEN": "zet BRONVAST_STORE_TOKEN",
    "Milvus' client is not installed": "de client van Milvus is niet geïnstalleerd",
    "Milvus Lite is not installed": "Milvus Lite is niet geïnstalleerd",
    "--store {} is not the address of a store": "--store {} is geen adres van een opslag",
    "there is no library at {}": "er is geen bibliotheek op {}",
    # Articles
    "there is no article {}": "er is geen artikel {}",
    "see: bronvast list": "zie: bronvast list",
    "{} means {} articles": "{} kan {} artikelen betekenen",
    "name one of {}": "noem een van {}",
    "--at {} is not a stretch of text": "--at {} is geen stuk tekst",
    "write START:END, as in 120:233": "schrijf BEGIN:EIND, zoals 120:233",
    "--at {} lies outside the article": "--at {} ligt buiten het artikel",
    "its text goes from 0 to {}": "de tekst loopt van 0 tot {}",
    "no such file": "dat bestand is er niet",
    "no such file or folder": "dat bestand of die map is er niet",
    "not a file": "geen bestand",
    "check the path": "kijk het pad na",
    "name a file, a folder or a web address": "noem een bestand, een map of een webadres",
    "cannot be opened: {}": "kan niet geopend worden: {}",
    "check its permissions": "kijk de rechten na",
    "protected by a password": "beveiligd met een wachtwoord",
    "save it without one": "bewaar het zonder",
    "damaged: not a valid PDF": "beschadigd: geen geldige PDF",
    "damaged: not a valid ZIP file": "beschadigd: geen geldig ZIP-bestand",
    "save it again from the program that made it": "bewaar het opnieuw uit het programma waar het uit komt",
    "save it again": "bewaar het opnieuw",
    "not text but {}": "geen tekst maar {}",
    "give the file the extension of its format": "geef het bestand de extensie die bij zijn vorm hoort",
    "binary data, not text (it contains zero bytes)": "geen tekst (er staan nulbytes in)",
    "binary data, not text (it is full of control codes)": "geen tekst (het zit vol besturingstekens)",
    "leave it out, or convert it to text": "laat het weg, of zet het om naar tekst",
    "leave it out": "laat het weg",
    "leave it out, or convert it": "laat het weg, of zet het om",
    "the encoding of this text cannot be told": "de codering van deze tekst is niet te bepalen",
    "split the file": "splits het bestand",
    "not valid XML": "geen geldige XML",
    "not valid JSON: {}": "geen geldige JSON: {}",
    "mend the file": "verbeter het bestand",
    "{} cannot be found": "{} is niet te vinden",
    "{} cannot be reached: {}": "{} is niet te bereiken: {}",
    "check the address": "kijk het adres na",
    "empty or not there, as if its disk were missing": "leeg of weg, alsof de schijf ontbreekt",
    "what {} files held is kept": "wat in {} bestanden stond blijft",
    "if it was deleted on purpose, run: bronvast remove {}": "is het met opzet gewist, geef dan: bronvast remove {}",
    "check the address and the network": "kijk het adres en het netwerk na",
    "try again later": "probeer het later nog eens",
    # The library
    "there is no library in {} yet": "er is nog geen bibliotheek in {}",
    "make one with: bronvast add FOLDER_OR_FILE": "maak er een met: bronvast add MAP_OF_BESTAND",
    "another process is busy with the library in {}": "een ander programma is bezig met de bibliotheek in {}",
    "another process": "een ander proces",
    "process {}": "proces {}",
    "process {} ({})": "proces {} ({})",
    "{} is writing to the library in {}": "{} schrijft in de bibliotheek in {}",
    "try again in a moment": "probeer het zo nog eens",
    "wait until it is done and try again": "wacht tot dat klaar is en probeer het dan weer",
    "there is no room left on the disk of {}": "de schijf van {} is vol",
    "make room and try again": "maak ruimte en probeer het weer",
    "the library in {} cannot be written ({})": "in de bibliotheek in {} kan niet geschreven worden ({})",
    "give write permission": "geef schrijfrechten",
    "the library in {} cannot be opened ({})": "de bibliotheek in {} kan niet geopend worden ({})",
    "writing to {} failed ({})": "schrijven naar {} is mislukt ({})",
    "{} is not there ({})": "{} is er niet ({})",
    "{} cannot be used ({})": "{} kan niet gebruikt worden ({})",
    "there is no room left for {}": "er is geen ruimte meer voor {}",
    "name another folder with --library": "noem een andere map met --library",
    "somebody is reading the library in {}": "iemand leest in de bibliotheek in {}",
    "close it there and repair again": "sluit haar daar en herstel dan nog eens",
    "check the disk and its free space": "kijk de schijf en de vrije ruimte na",
    "there is not enough memory for the library": "er is te weinig geheugen voor de bibliotheek",
    "PyTorch finds no device {} here": "PyTorch vindt hier geen apparaat {}",
    "leave the setting device out, or install a PyTorch that was built for it": "laat de instelling device weg, of "
    "installeer een PyTorch die ervoor gemaakt is",
    "close other programs and try again": "sluit andere programma's en probeer het weer",
    "{} is not a library": "{} is geen bibliotheek",
    "restore it from a copy, or remove it and add the articles again": "zet een kopie terug, of verwijder hem en voeg "
    "de artikelen opnieuw toe",
    "the library in {} is damaged ({})": "de bibliotheek in {} is beschadigd ({})",
    "run `bronvast check --repair`": "geef `bronvast check --repair`",
    "restore library.db from a copy, or remove that file and add the articles again": "zet een kopie van library.db terug, "
    "of verwijder dat bestand en voeg de artikelen opnieuw toe",
    "the manifest of the library in {} and its copy are damaged": "van de bibliotheek in {} zijn het manifest en de kopie "
    "ervan beschadigd",
    "they say what its vectors mean": "daarin staat wat haar vectoren betekenen",
    "{} does not match its checksum": "{} klopt niet met de controlesom",
    "the stored article {} ({})": "het bewaarde artikel {} ({})",
    "stored passage {} of article {}": "passage {} van artikel {}",
    "stored passage {}": "passage {}",
    "what was derived from the article": "wat van het artikel is afgeleid",
    "a stored vector": "een bewaarde vector",
    "a remembered source does not match its checksum": "een gevolgde bron klopt niet met de controlesom",
    "the library's manifest": "het manifest van de bibliotheek",
    "the library's state": "de stand van de bibliotheek",
    "SQLite finds the file damaged ({})": "SQLite vindt het bestand beschadigd ({})",
    "tables are missing or changed": "er ontbreken tabellen of ze zijn veranderd",
    "the file's header is changed": "het begin van het bestand is veranderd",
    "the library's totals do not match its articles": "de totalen kloppen niet met de artikelen",
    "the table of terms does not match the passages": "de woordenlijst klopt niet met de passages",
    "terms of passages are missing": "er ontbreken woorden van passages",
    "the word index does not match the passages": "de woordindex klopt niet met de passages",
    "the table of near-duplicates does not match the articles": "de lijst van dubbele artikelen klopt niet",
    "the clusters of near-duplicates do not match the articles": "de groepen van dubbele artikelen kloppen niet",
    "the list of removed passages does not match its checksums": "de lijst van verwijderde passages klopt niet",
    "the copy of the manifest is damaged": "de kopie van het manifest is beschadigd",
    "the description of the FAISS index is damaged": "de beschrijving van de FAISS-index is beschadigd",
    "the FAISS index is damaged or missing": "de FAISS-index is beschadigd of ontbreekt",
    "{} articles could not be read and are lost": "{} artikelen waren niet te lezen en zijn verloren",
    "the library in {} has format {}, later than {}": "de bibliotheek in {} heeft formaat {}, nieuwer dan {}",
    "upgrade bronvast": "werk bronvast bij",
    "the library in {} was built with {} {}, not with {}": "de bibliotheek in {} is gemaakt met {} {}, niet met {}",
    "use `--encoder {}`, or build another library with `bronvast --library NEW_FOLDER add PATH`": "gebruik "
    "`--encoder {}`, of maak een andere bibliotheek met `bronvast --library NIEUWE_MAP add PAD`",
    # Settings
    "there is no configuration file {}": "er is geen instellingenbestand {}",
    "name one that exists": "noem er een dat bestaat",
    "{} is not valid TOML ({})": "{} is geen geldige TOML ({})",
    "correct the file or remove it": "verbeter het bestand of verwijder het",
    "unknown setting {} in {}": "onbekende instelling {} in {}",
    "unknown setting {}": "onbekende instelling {}",
    "did you mean {}": "bedoelde u {}",
    "the keys are {}": "de instellingen zijn {}",
    "it must be one of {}": "het moet een van deze zijn: {}",
    "it must be true or false": "het moet true of false zijn",
    "it must be a whole number from 1 to 100": "het moet een heel getal van 1 tot en met 100 zijn",
    "{} cannot be written ({})": "{} kan niet geschreven worden ({})",
    # Said by the operating system and by SQLite
    "No such file or directory": "bestaat niet",
    "Is a directory": "dat is een map",
    "Not a directory": "dat is geen map",
    "Permission denied": "geen toegang",
    "Read-only file system": "de schijf is alleen te lezen",
    "No space left on device": "de schijf is vol",
    "File name too long": "de naam is te lang",
    "database disk image is malformed": "de inhoud klopt niet",
    **MODEL_TABLE,
    **READING_TABLE,
    # Doctor
    "{} columns, {}": "{} kolommen, {}",
    "not a terminal, {}": "geen terminal, {}",
    "set LANG to a UTF-8 locale, such as nl_NL.UTF-8": "zet LANG op een UTF-8-taalinstelling, zoals nl_NL.UTF-8",
    "{} free at {}": "{} vrij op {}",
    "make room on the disk of {}": "maak ruimte op de schijf van {}",
    "make {} writable, or name another folder with --library": "maak {} beschrijfbaar, of noem een andere map met "
    "--library",
    "{}, first question in {} ms": "{}, eerste vraag in {} ms",
    "one model": "één model",
    "two models": "twee modellen",
    "{}, unpacked at the first question": "{}, uitgepakt bij de eerste vraag",
    "no model: words and nearness decide which sentence answers": "geen model: woorden en nabijheid bepalen welke zin "
    "antwoordt",
    "to have the embedded language model read as well, install the extra with `{}`": "laat het ingebouwde taalmodel "
    "meelezen: installeer het met `{}`",
    "none ({})": "geen ({})",
    # Conversations and receipts
    "nothing has been asked yet": "er is nog niets gevraagd",
    "ask something first": "stel eerst een vraag",
    "ask again": "vraag het nog eens",
    "there is no command /{}": "er is geen opdracht /{}",
    "did you mean /{}": "bedoelde u /{}",
    "/help lists the commands": "/help toont de opdrachten",
    "there is no source": "noem het nummer van een bron",
    "there is no source {}": "er is geen bron {}",
    "the article {} is no longer in the library": "het artikel {} is niet meer in de bibliotheek",
    "no conversation has been kept yet": "er is nog geen gesprek bewaard",
    "there is no conversation {}": "er is geen gesprek {}",
    "{} means {} conversations": "{} kan {} gesprekken betekenen",
    "see /sessions in a chat": "zie /sessions in een chat",
    "the conversation cannot be kept in {} ({})": "het gesprek kan niet bewaard worden in {} ({})",
    "the conversation {} cannot be read ({})": "het gesprek {} kan niet gelezen worden ({})",
    "remove that file": "verwijder dat bestand",
    "the articles are well": "de artikelen zijn in orde",
    "check permissions and room, or go on without": "kijk rechten en ruimte na, of ga zonder verder",
    "{} has no known ending": "{} heeft geen bekende uitgang",
    "end it in .md, .html or .json": "laat het eindigen op .md, .html of .json",
    "name another file": "noem een ander bestand",
    "name another file ending in .png": "noem een ander bestand dat op .png eindigt",
    "drawing needs matplotlib": "tekenen gaat met matplotlib",
    "install it: pip install matplotlib": "installeer het: pip install matplotlib",
    "there is no clipboard to copy to": "er is geen klembord om naar te kopiëren",
    "use /export FILE instead": "gebruik /export BESTAND",
    "name an exported answer": "noem een bewaard antwoord",
    "{} is no exported answer": "{} is geen bewaard antwoord",
    "export one with: bronvast ask --json, or /export FILE.json": "maak er een met: bronvast ask --json, of "
    "/export BESTAND.json",
}


def in_dutch(text: str) -> str:
    """A cause, a remedy, or both with "; " between them, in Dutch as far as the table goes."""
    start = text.find("; ")
    while start >= 0:
        cause, remedy = _translated(text[:start]), _translated(text[start + 2 :])
        if cause is not None and remedy is not None:
            return f"{cause}; {remedy}"
        start = text.find("; ", start + 2)
    cause_text, separator, remedy_text = text.rpartition("; ")
    return (
        _translated(text)
        or f"{in_dutch(cause_text) if separator else cause_text}{separator}{_translated(remedy_text) or remedy_text}"
    )


def _translated(text: str) -> str | None:
    """The whole of it by one entry, that with the most fixed text; what stands in a gap may be an entry too."""
    if text in TABLE:
        return TABLE[text]
    for pattern, dutch in _patterns():
        if match := pattern.fullmatch(text):
            pieces = [_translated(piece) or piece for piece in match.groups()]
            return dutch.format(*pieces)
    return None


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The entries with gaps, those with the most fixed text first."""
    entries = sorted(
        ((english, dutch) for english, dutch in TABLE.items() if "{}" in english), key=lambda entry: -len(entry[0])
    )
    return [
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.DOTALL), dutch) for english, dutch in entries
    ]
