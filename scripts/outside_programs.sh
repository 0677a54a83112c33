#!/bin/sh
# Installs what the long tier looks through (a browser, zsh, fish, mandoc) where it is missing; needs Debian or Ubuntu.
set -eu
missing=""
for program in chromium zsh fish mandoc; do
    command -v "$program" >/dev/null || missing="$missing $program"
done
[ -z "$missing" ] && exit 0
command -v apt-get >/dev/null || {
    echo "please install:$missing" >&2
    exit 2
}
if [ "$(id -u)" = 0 ]; then as_root=""; else as_root="sudo"; fi
echo "-- installing$missing"
$as_root apt-get update -q
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -q --no-install-recommends $missing
