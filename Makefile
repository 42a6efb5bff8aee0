# The whole vocabulary: make setup check test demo bench docs. Continuous integration says the same words.
.DEFAULT_GOAL := help
.PHONY: help setup test check demo bench docs

PYTHON ?= python3
BIN := .venv/bin
# What Upheld keeps (the database of a demo, logs) stays in this clone, in var/, unless told otherwise.
export UPHELD_HOME ?= $(CURDIR)/var
# Choose tests: make test TESTS="tests/policy -k birthday"
TESTS ?=
JOBS ?= 2

help: ## Say what the words do
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/'

setup: ## Make .venv with upheld in it, the web assets and the translations
	@$(PYTHON) tools/set_up.py runtime

test: ## Run every test (installs what the tests need)
	@$(PYTHON) tools/set_up.py test
	@$(BIN)/python tools/test_machine.py
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup $(TESTS)

check: ## Lint, format, types, import rules, and the shipped standards
	@$(PYTHON) tools/set_up.py check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/upheld check

demo: setup ## Start the made-up operator and say where to look
	$(BIN)/upheld demo

bench: ## Run the benchmarks at small sizes and print their ratios
	@$(PYTHON) tools/set_up.py bench
	@for one in bench/*.py; do echo "== $$one"; $(BIN)/python $$one --small || exit 1; done

docs: setup ## Make docs/reference anew from the code and the standards
	$(BIN)/upheld docs
