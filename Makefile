# make run | test | bench | lint | screenshots | lock | clean: each does all the set-up it needs.
PYTHON := $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup browser run test bench lint screenshots lock clean

help:  ## what there is
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*##/\t/'

setup:  ## virtual environment from the lock file, system packages if missing, bundle of the browser's files
	@$(PYTHON) api/cli/bootstrap.py

browser:
	@$(PYTHON) api/cli/bootstrap.py --browser

run: setup  ## everything on demo data, in the foreground; Ctrl-C ends it, the data stays
	@$(BIN)/doorstep up --private --demo

lint: setup  ## style, types, who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@cd api/web && node_modules/.bin/tsc --noEmit

test: lint browser  ## lint and every test, on private servers, in a real browser
	@cd api/web && node_modules/.bin/vitest run
	@$(BIN)/python -m pytest -n 2 --cov --cov-report=term:skip-covered

bench: setup  ## the table of speeds; ONLY=name runs one
	@$(BIN)/python -m tests.bench $(ONLY)

screenshots: setup browser  ## pictures of the console for people, in .doorstep/screenshots
	@DOORSTEP_PICTURES=1 $(BIN)/python -m pytest -q tests/browser/test_pictures.py
	@ls .doorstep/screenshots

lock: setup  ## pin every dependency with its hashes
	@$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
		--no-emit-index-url --no-emit-find-links -q -o requirements.txt
	@$(BIN)/uv pip compile pyproject.toml --extra dev -c requirements.txt --universal --python-version 3.11 \
		--generate-hashes --no-header --no-emit-index-url --no-emit-find-links -q -o requirements-dev.txt

clean:  ## remove environment, private servers' data and caches
	@$(PYTHON) api/cli/bootstrap.py --clean
