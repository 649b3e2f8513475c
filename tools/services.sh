#!/usr/bin/env bash
# The programs the tests drive: a real browser, a PDF renderer to look at the reports, a broker of messages.
set -euo pipefail
missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v pdftoppm >/dev/null || missing+=(poppler-utils)
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
[ ${#missing[@]} -eq 0 ] || "$(dirname "$0")/apt.sh" "${missing[@]}"
