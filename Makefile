# Everything an office or a developer needs, without root. `make` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
ARGS ?=
SAY := @grep -hE '^[a-z]+:.*\#\#' $(MAKEFILE_LIST) | sed -E 's/:.*\#\# */	/' | expand -t 10

.DEFAULT_GOAL := help
.PHONY: help setup demo up test check style types imports lint format bench lock clean

help: ## this list
	$(SAY)

setup: $(STAMP) ## what everything else needs: a virtual environment with the pinned packages

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pucha needs Python 3.11 or newer")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock; \
	else \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock; \
	fi
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
	@touch $(STAMP)

demo: setup ## a whole campaign, ready to look at: make demo PLACE=shanxi
	$(BIN)/pucha demo $(PLACE)

up: setup ## the status screen and all flows
	$(BIN)/pucha up

test: setup ## all tests, or those of ARGS: make test ARGS="tests/unit/judging -k overdue"
	$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(ARGS)

style: setup ## the linter, and whether every file is as the formatter writes it
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## the type checker
	@$(BIN)/mypy

imports: setup ## the order of the rooms
	@$(BIN)/lint-imports

lint: style types imports ## style, types and imports

# The tests begin at once: while their processes start and wait, the linters have the machine. What those say comes in one
# piece as soon as they are done, which is long before pytest's summary, the last line.
check: setup ## all that CI runs; goes on after what fails, and counts it
	@failed=; \
	$(MAKE) --no-print-directory -j3 -k -Otarget style types imports & lint=$$!; \
	$(MAKE) --no-print-directory test || failed=test; \
	wait $$lint || failed="lint $$failed"; \
	if [ -n "$$failed" ]; then echo "failed: $$failed" >&2; exit 1; fi

format: setup ## write every file as the formatter would, imports in order
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format .

bench: setup ## what it costs at full size, into docs/performance.md: make bench ARGS="judging passes"
	$(BIN)/python -m deployments.bench --write $(ARGS)

lock: ## compile requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -q -o requirements.lock

clean: ## remove what setup and the tools made
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
