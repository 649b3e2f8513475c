#!/usr/bin/env bash
# The programs the tests drive: a real browser, a PDF renderer to look at the reports, a broker of messages, a
# player of sound and a voice for placeholders.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v ffmpeg >/dev/null || missing+=(ffmpeg)
command -v espeak-ng >/dev/null || missing+=(espeak-ng)
[ ${#missing[@]} -eq 0 ] || "$(dirname "$0")/apt.sh" "${missing[@]}"
