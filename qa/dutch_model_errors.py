"""The part of `qa.dutch_errors` that is about language models and the servers that run them."""

from __future__ import annotations

from typing import Final

__all__ = ["MODEL_TABLE"]

MODEL_TABLE: Final[dict[str, str]] = {
    # Which one is used
    "using the embedded {}": "het ingebouwde {} schrijft",
    "using the embedded {}: {}": "het ingebouwde {} schrijft: {}",
    "using {} on Ollama": "{} schrijft, via Ollama",
    "no Ollama server is running": "er draait geen Ollama",
    "no language model, so the answer is quoted from the articles: {}": "geen taalmodel, dus het antwoord is geciteerd "
    "uit de artikelen: {}",
    "install Ollama and run `{}` for better answers": "met Ollama en `{}` worden antwoorden beter",
    "the embedded language model is not installed": "het ingebouwde taalmodel is niet geïnstalleerd",
    "the embedded language model needs llama.cpp, which is not installed": "het ingebouwde taalmodel heeft llama.cpp "
    "nodig, en dat is niet geïnstalleerd",
    "install the extra with `{}`": "installeer het met `{}`",
    "there is no model file {}": "er is geen modelbestand {}",
    "give the path of a .gguf file": "geef het pad van een .gguf-bestand",
    "give the path of a .gguf file, or see `bronvast models` for what is here": "geef het pad van een .gguf-bestand, of "
    "zie met `bronvast models` wat er is",
    "the model file {} is damaged: {}": "het modelbestand {} is beschadigd: {}",
    "download it again, or choose another model": "haal het opnieuw op, of kies een ander model",
    "choose another model with --model": "kies een ander model met --model",
    "choose a smaller model": "kies een kleiner model",
    "Ollama has no model {}": "Ollama heeft geen model {}",
    "fetch it with `{}`": "haal het op met `{}`",
    "fetch it with `{}`{}": "haal het op met `{}`{}",
    "Ollama has no model that writes text": "Ollama heeft geen model dat tekst schrijft",
    "fetch one with `{}`": "haal er een op met `{}`",
    "no answer from {}": "geen antwoord van {}",
    "check the address, and that the server is running": "kijk het adres na, en of de server draait",
    "start it with `ollama serve`, or use --llm local or --llm none": "start het met `ollama serve`, of gebruik "
    "--llm local of --llm none",
    "the model server {} is not on this machine, so articles would leave it": "de modelserver {} staat niet op deze "
    "computer, dus artikelen zouden die verlaten",
    "allow it explicitly with --allow-remote if that is what you want": "sta dat uitdrukkelijk toe met --allow-remote "
    "als u dat wilt",
    "the connection to {} broke off": "de verbinding met {} brak af",
    "{} was silent for {} seconds": "{} zweeg {} seconden",
    "{} has too little memory for the model{}": "{} heeft te weinig geheugen voor het model{}",
    "{} has too many requests{}": "{} heeft te veel vragen tegelijk{}",
    "{} is busy or still loading the model{}": "{} is bezig of laadt het model nog{}",
    "wait a moment and ask again": "wacht even en vraag het nog eens",
    "the prompt is too long for the model{}": "de vraag met haar bronnen is te lang voor het model{}",
    "ask with fewer passages: a smaller --top-k": "vraag met minder passages: een kleinere --top-k",
    "the question does not fit into the model's window of {} tokens": "de vraag past niet in het venster van {} tokens "
    "van het model",
    "shorten the question, or choose a model with a larger window": "maak de vraag korter, of kies een model met een "
    "groter venster",
    "{} stopped: {}": "{} stopte: {}",
    "ask again, or choose a smaller model": "vraag het nog eens, of kies een kleiner model",
    "ask again, or restart the server": "vraag het nog eens, of start de server opnieuw",
    "try a smaller model, or restart the server": "probeer een kleiner model, of start de server opnieuw",
    "the reply stopped coming before the model said that it was finished": "het antwoord hield op voordat het model "
    "zei dat het klaar was",
    "the reply reached its maximum length and was cut off there": "het antwoord werd te lang en is daar afgebroken",
    "{} did not answer as a language model server does": "{} antwoordde niet zoals een taalmodelserver doet",
    "check that the address is that of the model server and not of something else": "kijk na of het adres dat van de "
    "modelserver is en niet van iets anders",
    "the server sent a line of more than a megabyte": "de server stuurde een regel van meer dan een megabyte",
    "{} sends requests on to another address, which is not followed": "{} stuurt door naar een ander adres, en dat wordt "
    "niet gevolgd",
    "give the address of the model server itself": "geef het adres van de modelserver zelf",
    "the model {} runs on other machines, so questions and articles would leave this one": "het model {} draait op "
    "andere computers, dus vragen en artikelen zouden deze verlaten",
    "choose a local model, or allow it explicitly with --allow-remote": "kies een lokaal model, of sta het uitdrukkelijk "
    "toe met --allow-remote",
    "{} cannot be fetched from the Hugging Face hub": "{} kan niet van de Hugging Face-hub gehaald worden",
    "questions and passages leave this machine": "vragen en passages verlaten deze computer",
    "using {} on {}: {}": "{} schrijft, op {}: {}",
    "using {}, which Ollama hands on to other machines: {}": "{} schrijft, en Ollama geeft het werk door aan andere "
    "computers: {}",
    "it is not trained to follow instructions, `{}` is better": "het is niet geoefend in opdrachten, `{}` is beter",
    "{} is not here, using the embedded {}: {}": "{} is er niet, het ingebouwde {} schrijft: {}",
    "OLLAMA_HOST names another machine ({}), which is not used without --allow-remote": "OLLAMA_HOST noemt een andere "
    "computer ({}), en die wordt niet gebruikt zonder --allow-remote",
    "Ollama {} is outdated and has known security faults, update it to {} or newer": "Ollama {} is verouderd en heeft "
    "bekende lekken, werk het bij tot {} of nieuwer",
    "there is no kind of language model called {}": "er is geen soort taalmodel die {} heet",
    "use auto, ollama, local, openai or none": "gebruik auto, ollama, local, openai of none",
    "the model {} makes vectors and writes no text": "het model {} maakt vectoren en schrijft geen tekst",
    "{} is not a model that writes text": "{} is geen model dat tekst schrijft",
    # Servers
    "Ollama at {}:{}": "Ollama op {}:{}",
    "the model server at {}:{}": "de modelserver op {}:{}",
    "the embedded language model": "het ingebouwde taalmodel",
    "{} is not a server address": "{} is geen adres van een server",
    "write it as host:port or http://host:port": "schrijf het als naam:poort of http://naam:poort",
    "{} did not accept a connection within {} seconds": "{} nam binnen {} seconden geen verbinding aan",
    "check that it is a language model server that answers at that address": "kijk na of het een taalmodelserver is die "
    "op dat adres antwoordt",
    "{} refused access{}": "{} weigerde toegang{}",
    "{} refused access": "{} weigerde toegang",
    "set the server's key in the environment variable OPENAI_API_KEY": "zet de sleutel van de server in de "
    "omgevingsvariabele OPENAI_API_KEY",
    "check the server's OLLAMA_ORIGINS setting": "kijk de instelling OLLAMA_ORIGINS van de server na",
    "{} has no model {}": "{} heeft geen model {}",
    "{} does not have that model or address{}": "{} heeft dat model of adres niet{}",
    "check the model's name": "kijk de naam van het model na",
    "{} refused the request{}": "{} weigerde de vraag{}",
    "choose another model": "kies een ander model",
    "{} failed with status {}{}": "bij {} ging iets mis, met status {}{}",
    "{} failed: {}": "bij {} ging iets mis: {}",
    "restart the server, or choose another model": "start de server opnieuw, of kies een ander model",
    "no reason given": "zonder opgaaf van reden",
    "the model {} cannot write text": "het model {} kan geen tekst schrijven",
    "the server read only part of the prompt": "de server las maar een deel van de vraag met haar bronnen",
    "update Ollama, or ask with fewer passages": "werk Ollama bij, of vraag met minder passages",
    # The embedded model and its file
    "ask again, or choose a smaller model with --model": "vraag het nog eens, of kies met --model een kleiner model",
    "{} was not loaded within {} seconds": "{} was na {} seconden nog niet geladen",
    "{} could not be started: {}": "{} kon niet gestart worden: {}",
    "free some memory and try again": "maak geheugen vrij en probeer het weer",
    "the model file {} cannot be used: llama.cpp {}": "het modelbestand {} is niet te gebruiken: llama.cpp {}",
    "ended while loading it": "hield op tijdens het laden",
    "download it again, or choose another model; too little memory can be the reason as well": "haal het opnieuw op, of "
    "kies een ander model; ook te weinig geheugen kan de reden zijn",
    "the model file {} cannot be read: {}": "het modelbestand {} kan niet gelezen worden: {}",
    "check the file and its permissions": "kijk het bestand en zijn rechten na",
    "{} is not a file": "{} is geen bestand",
    "it is not a GGUF file": "het is geen GGUF-bestand",
    "it is cut off": "het is afgebroken",
    "its header does not make sense": "wat voorin staat kan niet kloppen",
    "its GGUF version {} is unknown": "zijn GGUF-versie {} is onbekend",
    "its alignment is impossible": "zijn uitlijning kan niet bestaan",
    "it does not say what kind of model it is": "het zegt niet wat voor model het is",
    "it holds values of an unknown type": "er staan waarden van een onbekende soort in",
    "it claims {} {}": "het zou {} {} hebben",
    "a text in it is impossibly long": "een tekst erin is onmogelijk lang",
    "a tensor has an impossible shape": "een tensor heeft een onmogelijke vorm",
    "the embedded language model cannot be written to {}: {}": "het ingebouwde taalmodel kan niet in {} geschreven "
    "worden: {}",
    "free 300 MB there, or name another folder in the environment variable BRONVAST_CACHE": "maak er 300 MB vrij, of "
    "noem een andere map in de omgevingsvariabele BRONVAST_CACHE",
    "the packages of the embedded language model are damaged or altered": "de pakketten van het ingebouwde taalmodel "
    "zijn beschadigd of veranderd",
    "install them again with `{}`": "installeer ze opnieuw met `{}`",
    # Fetching one
    "there is no recommended model file called {}": "er is geen aanbevolen modelbestand dat {} heet",
    "choose one of: {}": "kies een van: {}",
    "connect to the network and try again{}": "maak verbinding met het netwerk en probeer het weer{}",
    ", or use `{}`": ", of gebruik `{}`",
    ", or use the installed {}": ", of gebruik {}, dat er al is",
    "{} takes {} GB and {} has {} GB left": "{} is {} GB groot en {} heeft nog {} GB vrij",
    "free some room, or name another folder in the environment variable BRONVAST_CACHE": "maak ruimte, of noem een "
    "andere map in de omgevingsvariabele BRONVAST_CACHE",
    "what arrived for {} is not the file that was tried and recommended": "wat voor {} binnenkwam is niet het bestand "
    "dat beproefd en aanbevolen is",
    "{} cannot be kept in {}: {}": "{} kan niet bewaard worden in {}: {}",
    "the smallest that follows the citation rules in Dutch; for laptops with little memory": "de kleinste die in het "
    "Nederlands zijn bronnen noemt; voor laptops met weinig geheugen",
    "the best Dutch of its size; the one to take on most laptops": "het beste Nederlands van zijn grootte; op de meeste "
    "laptops de beste keus",
    "keeps closely to its sources; a licence without conditions": "houdt zich goed aan zijn bronnen; een licentie zonder "
    "voorwaarden",
    "made for the languages of the European Union; wants a fast machine": "gemaakt voor de talen van de Europese Unie; "
    "wil een snelle computer",
    "for machines with a graphics card, or with patience": "voor computers met een grafische kaart, of met geduld",
    # Packages
    "{} {} is outdated: {}": "{} {} is verouderd: {}",
    "weights can run code while they are read": "gewichten kunnen bij het lezen code uitvoeren",
    "a damaged index can write into memory": "een beschadigde index kan in het geheugen schrijven",
    'update it with: pip install --upgrade "{}>={}"': 'werk het bij met: pip install --upgrade "{}>={}"',
}
