#!/bin/sh
# Makes the files in this folder from article.html with the programs that people use; see README.md.
# On Debian: apt-get install libreoffice-writer-nogui chromium procmail mutt
set -eu
cd "$(dirname "$0")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# LibreOffice: soft hyphens are a matter of setting, so they are left out of what an editor would type.
sed 's/&shy;//g' article.html > "$work/office.html"
for target in 'odt:writer8' 'docx:Office Open XML Text' 'rtf:Rich Text Format' 'epub:EPUB'; do
    soffice "-env:UserInstallation=file://$work/profile" --headless --infilter='HTML (StarWriter)' \
        --convert-to "$target" --outdir "$work" "$work/office.html" > /dev/null 2>&1
done
soffice "-env:UserInstallation=file://$work/profile" --headless --convert-to pdf --outdir "$work" "$work/office.odt" > /dev/null 2>&1
for ending in odt docx rtf epub pdf; do mv "$work/office.$ending" "libreoffice.$ending"; done

# Chromium: two columns with divided words, running heads and page numbers; and a page saved whole.
chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --user-data-dir="$work/chromium" \
    --print-to-pdf=chromium.pdf "file://$PWD/article.html" > /dev/null 2>&1
python3 make_mhtml.py "$work" article.html chromium.mhtml

# A newspaper's page, and what a news archive gives for download.
chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --user-data-dir="$work/chromium" \
    --print-to-pdf=exports/newspaper.pdf "file://$PWD/exports/newspaper.html" > /dev/null 2>&1
for target in 'docx:Office Open XML Text' 'rtf:Rich Text Format'; do
    soffice "-env:UserInstallation=file://$work/profile" --headless --infilter='HTML (StarWriter)' \
        --convert-to "$target" --outdir exports exports/nexis.html > /dev/null 2>&1
done

# Mail: a newsletter as Python writes it, and a mailbox as formail, which delivers mail on many systems, writes it.
python3 make_mail.py "$work"
cp "$work/1.eml" newsletter.eml
for message in "$work"/*.eml; do formail < "$message"; done > mailbox.mbox

# Mutt keeps copies of what it sends; nothing is sent.
cat > "$work/muttrc" << END
set record="$work/mutt.mbox" mbox_type=mbox copy=yes sendmail=/bin/true hostname=peilstok.example use_envelope_from=no
set from="ochtendbrief@peilstok.example" realname="De Peilstok" send_charset="us-ascii:iso-8859-1:utf-8"
END
send() { LC_ALL=C.UTF-8 mutt -n -F "$work/muttrc" "$@" -- lezer@example.org; }
printf 'De veerpont bij Sluiskerke vaart weer. De reparatie kostte 412.000 euro.\n\nFrom 1 mei geldt een nieuw tarief, zegt de rederij.\n' > "$work/b1"
send -s 'Ochtendbrief: de pont vaart weer' < "$work/b1"
printf 'De coördinator van het café in België is geërgerd. Dat zegt één van hen.\n' | send -s 'Zö begint de dag'
printf 'De brug kost “drie miljoen” – €3 miljoen dus – en is ’s nachts dicht.\n\n-- \nDe Peilstok, Postbus 1, Harlo\n' |
    send -s 'Met een bijlage' -a "$work/b1"
mv "$work/mutt.mbox" mutt.mbox
ls -l
