# `make run` and `make test` need nothing but Python >= 3.10 and make: they prepare .venv by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-stamp
DEV_STAMP := $(VENV)/.dev-stamp
# pip compiles what it installs, but not an editable checkout; where Python may not write bytecode every start would compile again.
COMPILE := $(BIN)/python -m compileall -q core tui presets

.DEFAULT_GOAL := help
.PHONY: help run test check format lint types contracts bench monkey screenshots snapshots man clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Only what running needs; after this the planner works offline.
$(RUN_STAMP): $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(COMPILE)
	@touch $@

# Everything, pinned exactly.
$(DEV_STAMP): $(VENV)/bin/python pyproject.toml requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt --editable .
	$(COMPILE)
	@touch $@ $(RUN_STAMP)

run: $(RUN_STAMP)  ## prepare .venv and open the planner
	$(BIN)/roofrack

test: $(DEV_STAMP)  ## prepare .venv and pass all tests, the slow ones too
	$(BIN)/python -m pytest -m "slow or not slow"

check: format lint types contracts test  ## everything that CI runs

format: $(DEV_STAMP)  ## formatting is as ruff would have it
	$(BIN)/ruff format --check .

lint: $(DEV_STAMP)  ## ruff's rules
	$(BIN)/ruff check .

types: $(DEV_STAMP)  ## mypy, strict
	$(BIN)/mypy

contracts: $(DEV_STAMP)  ## who may import whom
	$(BIN)/lint-imports

bench: $(DEV_STAMP)  ## speed, bytes and memory, as ratios against a baseline of the same run
	$(BIN)/python -m scripts.bench

monkey: $(DEV_STAMP)  ## 20,000 random keys, clicks and sizes with fixed seeds over all screens (minutes)
	$(BIN)/python -m scripts.monkey

screenshots: $(DEV_STAMP)  ## redraw the pictures of the README
	$(BIN)/python -m scripts.screenshots

snapshots: $(DEV_STAMP)  ## accept the screens as they are now (look at them first)
	rm -rf tests/tui/__snapshots__
	$(BIN)/python -m pytest tests/tui/test_pictures.py -m "slow or not slow" --snapshot-update

man: $(DEV_STAMP)  ## show the man page as the wheel will have it
	$(BIN)/python -m scripts.man_page | man -l -

clean:  ## forget the prepared environment and caches
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
