"""Units that decide whether two numbers can mean the same, with their size in a base unit.

Nouns that are merely counted ("militairen", "troops") are not units: they have too many synonyms to compare.
"""

from __future__ import annotations

import re
from decimal import Decimal

from embeddings.folding import fold

__all__ = ["BASE", "UNITS", "unit_of"]

# Canonical unit: the names it goes by in the four languages, folded.
_NAMES: dict[str, str] = {
    "%": "% procent percent pct prozent pourcent percentage vh",
    "percentage point": "procentpunt procentpunten percentagepunt percentagepunten prozentpunkt prozentpunkte "
    "prozentpunkten",
    "‰": "‰ promille",
    "EUR": "€ euro euros eur euro's",
    "USD": "$ dollar dollars usd us$ dollar's",
    "GBP": "£ pond ponden pound pounds gbp sterling pfund livres",
    "JPY": "¥ yen jpy",
    "CHF": "chf frank franken",
    "RUB": "₽ roebel roebels rouble roubles ruble rubles rubel rub",
    "CNY": "yuan renminbi cny",
    "m": "m meter meters metre metres metern metre",
    "km": "km kilometer kilometers kilometre kilometres kilometern",
    "cm": "cm centimeter centimeters centimetre centimetres zentimeter zentimetern",
    "mm": "mm millimeter millimeters millimetre millimetres millimetern",
    "mile": "mile miles mijl mijlen meile meilen mi",
    "foot": "foot feet ft voet",
    "inch": "inch inches inch",
    "m²": "m² m2 vierkantemeter",
    "km²": "km² km2",
    "hectare": "hectare hectares ha hektar",
    "km/h": "km/u km/h kmh",
    "g": "gram grams gramme grammes gramm g",
    "kg": "kg kilo kilos kilogram kilograms kilogramme kilogrammes kilogramm kilo's",
    "tonne": "ton tons tonnen tonne tonnes",
    "pound weight": "lb lbs",
    "litre": "liter liters litre litres litern l",
    "second": "seconde seconden seconds sekunde sekunden secondes",
    "minute": "minuut minuten minute minutes min",
    "hour": "uur uren hour hours stunde stunden heure heures uurtje",
    "day": "dag dagen daags daagse tagig tagige day days tag tage tagen jour jours etmaal",
    "week": "week weken weeks woche wochen semaine semaines",
    "month": "maand maanden month months monat monate monaten mois",
    "year": "jaar jaren year years jahr jahre jahren an ans annee annees jarige jarig aged year-old years-old "
    "jahrige jahriger jahrigen jahrig",
    "°C": "°c °f graden degrees grad degres celsius",
    "W": "watt w",
    "kW": "kw kilowatt",
    "MW": "mw megawatt",
    "GW": "gw gigawatt",
    "kWh": "kwh kilowattuur",
    "TWh": "twh",
    "barrel": "vat vaten barrel barrels",
}
UNITS: dict[str, str] = {fold(name): unit for unit, names in _NAMES.items() for name in names.split()}

_D = Decimal
# What a unit measures and how many base units it holds. A month has no fixed length, so it stays apart from days.
BASE: dict[str, tuple[str, Decimal]] = {
    "%": ("share", _D("0.01")), "‰": ("share", _D("0.001")), "share": ("share", _D(1)),
    "mm": ("length", _D("0.001")), "cm": ("length", _D("0.01")), "m": ("length", _D(1)), "km": ("length", _D(1000)),
    "g": ("mass", _D("0.001")), "kg": ("mass", _D(1)), "tonne": ("mass", _D(1000)),
    "second": ("duration", _D(1)), "minute": ("duration", _D(60)), "hour": ("duration", _D(3600)),
    "day": ("duration", _D(86400)), "week": ("duration", _D(604800)),
    "month": ("months", _D(1)), "year": ("months", _D(12)),
    "m²": ("area", _D(1)), "km²": ("area", _D(1000000)), "hectare": ("area", _D(10000)),
    "W": ("power", _D(1)), "kW": ("power", _D(1000)), "MW": ("power", _D(1000000)), "GW": ("power", _D(10) ** 9),
    "kWh": ("energy", _D(1)), "TWh": ("energy", _D(10) ** 9),
}  # fmt: skip


def unit_of(word: str) -> str:
    """The canonical unit that a word names, "" where it names none."""
    folded = re.sub(r"^[dl]['’]", "", fold(word).strip("-."))
    return UNITS.get(folded, "")
