"""Writes three invented messages as .eml files: python3 make_mail.py FOLDER."""

import sys
from email.message import EmailMessage
from pathlib import Path

PLAIN = """Goedemorgen,

De veerpont bij Sluiskerke vaart weer. De reparatie kostte 412.000 euro.

From 1 mei geldt een nieuw tarief, zegt de rederij.

Uitschrijven kan onderaan.
"""
PAGE = """<html><body><table><tr><td><h1>Ochtendbrief</h1>
<p>De veerpont bij Sluiskerke vaart weer. De reparatie kostte 412.000 euro.</p>
<p>De brug bij Merwoude blijft ’s nachts dicht, meldt de provincie.</p></td></tr></table></body></html>
"""
folder = Path(sys.argv[1])
for number, (subject, day) in enumerate(
    [("Ochtendbrief: de pont vaart weer", 14), ("Zö begint de dag – dinsdag", 15), ("Alleen tekst", 16)], start=1
):
    message = EmailMessage()
    message["From"] = "De Peilstok <ochtendbrief@peilstok.example>"
    message["To"] = "lezer@example.org"
    message["Subject"] = subject
    message["Date"] = f"{('Mon', 'Tue', 'Wed')[number - 1]}, {day} Apr 2025 06:30:00 +0200"
    message["Message-ID"] = f"<{number}.ochtendbrief@peilstok.example>"
    message.set_content(PLAIN, cte="quoted-printable")
    if number < 3:
        message.add_alternative(PAGE, subtype="html", cte="base64")
    (folder / f"{number}.eml").write_bytes(message.as_bytes())
