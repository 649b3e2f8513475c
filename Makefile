# make demo    sets up and shows the system doing its job
# make test    sets up and passes all tests, installing what they need
# make test-thorough  the same with both languages everywhere, more examples, raids and seeds
# make wheel   builds dist/marsad-*.whl, console and typeface inside
# make scenarios  plays every scenario through the whole site; the full days take hours
# make check   formatting, lint, types, import layers
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv pip
NPM := env PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm
CONSOLE_SOURCES := $(shell find console -path console/node_modules -prune -o -type f -print 2>/dev/null) \
	$(shell find src/marsad/report/wording -name '*.json' 2>/dev/null)

ENGINE_SOURCES := $(shell find src/marsad/tracking src/marsad/assessment src/marsad/model -name '*.py')

.PHONY: setup begin parts demo test scenarios check format lock services wheel test-apart test-thorough clean

# The engine is compiled beside the console's build: each alone would leave processors idle.
setup: begin .venv/.installed
	+@$(MAKE) --no-print-directory -j2 parts

# The first word, at once; the first time the following takes some minutes.
begin:
	@test -f .venv/.installed -a -f .venv/.engine -a -f src/marsad/server/static/index.html \
		|| echo "Sets up Marsad: its packages first, then engine and console side by side; some minutes"

parts: .venv/.engine src/marsad/report/fonts/.copied src/marsad/server/static/index.html

.venv/.engine: .venv/.installed $(ENGINE_SOURCES)
	$(BIN)/marsad prepare
	touch $@

.venv/.installed: requirements/dev.txt pyproject.toml
	@echo "Installs the Python packages"
	tools/venv.sh "$(PYTHON)"
	$(UV) sync -q --python $(BIN)/python requirements/dev.txt
	$(UV) install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	touch $@

src/marsad/report/fonts/.copied: .venv/.installed tools/fonts/package-lock.json
	cd tools/fonts && $(subst $(BIN),../../$(BIN),$(NPM)) ci --silent --ignore-scripts
	$(BIN)/python tools/fonts/copy.py
	touch $@

console/node_modules/.installed: .venv/.installed console/package-lock.json
	@echo "Installs the console's packages"
	$(NPM) ci --silent --ignore-scripts --prefix console
	touch $@

src/marsad/server/static/index.html: console/node_modules/.installed $(CONSOLE_SOURCES)
	@echo "Builds the console"
	$(NPM) run --silent --prefix console build
	touch $@

demo: setup
	$(BIN)/marsad demo

wheel: setup
	rm -f dist/marsad-*.whl
	$(BIN)/hatchling build -t wheel -d dist

services:
	tools/services.sh

test: setup services
	$(BIN)/marsad prepare --dimensions 2 --dimensions 3
	$(NPM) run --silent --prefix console test
	$(BIN)/pytest -n $$(( $$(nproc) + 1 )) # one more than cores: many tests wait for a browser or a process

# what a night has time for: every console test in both languages, more examples, raids and seeds
test-thorough: setup services
	MARSAD_THOROUGH=1 $(BIN)/pytest -n $$(( $$(nproc) + 1 ))

# what takes minutes: kernels compiled anew from an installed wheel
test-apart: setup
	$(BIN)/pytest -n 0 -m apart

# SCENARIOS="--hours-max 3" leaves out the full days
scenarios: setup
	$(BIN)/python tools/scenarios.py $(SCENARIOS)

check: setup
	$(BIN)/ruff format --check src tests benchmarks tools examples
	$(BIN)/ruff check src tests benchmarks tools examples
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(NPM) run --silent --prefix console lint

format: .venv/.installed
	$(BIN)/ruff check --fix -q src tests benchmarks tools examples
	$(BIN)/ruff format -q src tests benchmarks tools examples

# New versions of everything, without the address of any registry in the files.
lock: .venv/.installed
	cd requirements && ../$(UV) compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header dev.in -o dev.txt
	cd requirements && ../$(UV) compile -q --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header -c dev.txt runtime.in -o runtime.txt

clean:
	rm -rf dist .venv .venv-tak console/node_modules tools/fonts/node_modules src/marsad/server/static src/marsad/report/fonts
