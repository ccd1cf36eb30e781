# `make run` and `make test` need Python 3.11 or newer and nothing else. See README.md.
PYTHON ?= python3
PORT ?= 8000
DATA ?=
VENV := .venv
BIN := $(VENV)/bin
# Compiled once here, so that the first command need not.
UV := UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 VIRTUAL_ENV=$(VENV) $(BIN)/uv
STAMPS := $(VENV)/.stamps
VENDOR := src/forestall/web/static/vendor

.PHONY: run setup setup-dev test fast browser lint format types assets lock calibrate bench clean help

help: ## what each target does
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: setup ## set up if need be, build the make-believe region if there is no data, serve
	@$(BIN)/forestall serve --port $(PORT) $(if $(DATA),--data "$(DATA)")

setup: $(STAMPS)/web $(STAMPS)/assets ## .venv with the library, the command line and the server

setup-dev: $(STAMPS)/dev $(STAMPS)/assets ## .venv with what tests and checks need as well

test: setup-dev ## the whole suite
	@$(BIN)/python -m pytest -n 2 --dist worksteal

fast: setup-dev ## the fast part of the suite, under a minute
	@$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow and not browser"

browser: setup-dev ## the journeys in a real browser alone
	@$(BIN)/python -m pytest -m browser

lint: setup-dev ## style and common mistakes
	@$(BIN)/ruff check src tests benchmarks calibration build_assets.py
	@$(BIN)/ruff format --check src tests benchmarks calibration build_assets.py

format: setup-dev ## rewrite to the house style
	@$(BIN)/ruff check --fix src tests benchmarks calibration build_assets.py
	@$(BIN)/ruff format src tests benchmarks calibration build_assets.py

types: setup-dev ## type check
	@$(BIN)/mypy

assets: $(STAMPS)/assets ## fetch and build the design system's files

calibrate: setup-dev ## how often the methods are wrong: simulate, write docs/reference/calibration.md (about half an hour)
	@$(BIN)/python -m calibration --runs 10000 --write

bench: setup-dev ## how fast commands and methods are here, without peers
	@$(BIN)/python benchmarks/main_job.py
	@$(BIN)/python benchmarks/methods.py

lock: setup-dev ## resolve dependencies anew
	@cd requirements && for name in dev web; do \
	  UV_PYTHON_DOWNLOADS=never ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --no-annotate --no-header --no-emit-package forestall \
	    $$name.in -o $$name.txt; done

clean: ## remove what set-up made (not your data)
	rm -rf $(VENV) node_modules $(VENDOR)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Forestall needs Python 3.11 or newer; $(PYTHON) is older. Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS)

# uv is four times faster than pip here; pip is the way out where uv cannot be had.
$(BIN)/uv: | $(BIN)/python
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv || true

$(STAMPS)/web: requirements/web.txt pyproject.toml | $(BIN)/uv
	@echo "Setting up: libraries"
	@if [ -x $(BIN)/uv ]; then $(UV) pip install -q -r requirements/web.txt && $(UV) pip install -q --no-deps -e .; \
	  else $(BIN)/python -m pip install -q -r requirements/web.txt && $(BIN)/python -m pip install -q --no-deps -e .; fi
	@touch $@

$(STAMPS)/dev: requirements/dev.txt $(STAMPS)/web | $(BIN)/uv
	@echo "Setting up: test tools"
	@if [ -x $(BIN)/uv ]; then $(UV) pip install -q -r requirements/dev.txt; \
	  else $(BIN)/python -m pip install -q -r requirements/dev.txt; fi
	@touch $@

$(STAMPS)/assets: package.json package-lock.json build_assets.py $(wildcard src/forestall/web/styles/*.scss) | $(STAMPS)/web
	@echo "Setting up: design system"
	@$(BIN)/python build_assets.py
	@touch $@
