#!/usr/bin/env bash
# A TAK server for the tests, in an environment of its own (.venv-tak): it needs older packages than Marsad.
set -euo pipefail
root="$(cd "$(dirname "$0")/.." && pwd)"
there="$root/.venv-tak"
stamp="$there/.installed"
if [ -f "$stamp" ] && [ ! "$root/requirements/tak.txt" -nt "$stamp" ]; then exit 0; fi
uv() { "$root/.venv/bin/python" -m uv "$@"; }
uv venv -q --clear --python "$root/.venv/bin/python" "$there"
uv pip install -q --python "$there/bin/python" --require-hashes -r "$root/requirements/tak.txt"
touch "$stamp"
