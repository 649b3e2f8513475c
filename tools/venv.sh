#!/usr/bin/env bash
# Makes .venv with uv in it. $1: the Python to use, at least 3.11.
set -euo pipefail
python=${1:-python3}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
	echo "Marsad needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo missing)." \
		"Name another one: make setup PYTHON=python3.12" >&2
	exit 1
}
if [ ! -x .venv/bin/pip ]; then
	rm -rf .venv
	if ! "$python" -m venv .venv 2>/dev/null; then
		rm -rf .venv
		"$(dirname "$0")/apt.sh" python3-venv
		"$python" -m venv .venv
	fi
fi
.venv/bin/pip install -q --disable-pip-version-check 'uv>=0.9'
