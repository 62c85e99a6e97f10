# Everything a person does with this repository. Python 3.11 and make are enough to start: the rest is installed into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
unexport VIRTUAL_ENV

PYTHONS := python3.11 python3 python3.12 python3.13
BIN := .venv/bin
UV_VERSION = $(shell awk '/^name = "uv"$$/ {getline; gsub(/[^0-9.]/, ""); print; exit}' uv.lock)
READY := .venv/.ready
PLAYGROUND := server/web/playground
PLAYGROUND_READY := .venv/.playground-ready
VERIFY := server/web/verify
VERIFY_READY := .venv/.verify-ready
OVERLAY := clients/overlay
OVERLAY_READY := .venv/.overlay-ready
PYTEST := $(BIN)/pytest -n auto $(ARGS)

.PHONY: help
help: ## show this list
	@awk -F ': .*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile

.PHONY: demo
demo: install ## start a server, a simulated stream and the Discord bot on this machine; Ctrl-C ends all
	@$(BIN)/regulars demo $(ARGS)

.PHONY: test
test: install ## run every test on SQLite
	@env -u REGULARS_TEST_DATABASE_URL $(PYTEST)

.PHONY: test-postgres
test-postgres: install ## run every test that has to do with the database on PostgreSQL (REGULARS_TEST_DATABASE_URL, a local one, or its own)
	@$(BIN)/python tests/with_postgres.py $(PYTEST)

.PHONY: check
check: install ## format, lint, types, import contracts, dependencies, spelling, the overlay
	@$(BIN)/ruff format --check --quiet . && echo "format        ok"
	@$(BIN)/ruff check --quiet . && echo "lint          ok"
	@$(BIN)/pyright > .venv/.pyright.log || { cat .venv/.pyright.log; exit 1; }; echo "types         ok"
	@$(BIN)/lint-imports > .venv/.imports.log || { cat .venv/.imports.log; exit 1; }; echo "imports       ok"
	@$(BIN)/uv lock --check --offline --quiet || { echo "uv.lock is out of step with pyproject.toml; run: $(BIN)/uv lock" >&2; exit 1; }
	@$(BIN)/deptry . > .venv/.deptry.log 2>&1 || { cat .venv/.deptry.log; exit 1; }; echo "dependencies  ok"
	@$(BIN)/codespell && echo "spelling      ok"
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python server/web/overlay/build.py check && echo "overlay       ok"

.PHONY: format
format: install ## rewrite the code as the formatter and the safe lint fixes want it
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

.PHONY: bench
bench: install ## measure ours, the raw limit and the ratio of the same run
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: soak-copies
soak-copies: install ## a thousand runs of each recorded happening and 200 of each kind of story, every copy in any order
	@REGULARS_SCENARIO_RUNS=$(or $(RUNS),1000) $(BIN)/pytest -q -n 2 tests/ingest/test_kick_copies.py tests/ingest/test_kick_stories.py

.PHONY: bot-pictures
bot-pictures: install ## draw every answer of the Discord bot in both lights and sizes, into .venv/pictures
	@mkdir -p .venv/pictures
	@REGULARS_TEST_PICTURES=.venv/pictures $(BIN)/pytest -q -n 0 tests/clients/discord/bot/test_pictures.py
	@ls .venv/pictures/bot-*.png

.PHONY: overlay-pictures
overlay-pictures: install ## take the pictures anew that the overlay's widgets are compared with; look at them before you commit them
	@REGULARS_RENEW_PICTURES=1 $(BIN)/pytest -q -n 0 tests/clients/overlay/test_compared.py
	@ls tests/clients/overlay/pictures

.PHONY: day
day: install ## play 24 hours of a channel with 5,000 viewers and compare all with the simulator's book; 10 minutes
	@REGULARS_DAY=1 $(BIN)/pytest -q -s -n 0 tests/simulation/test_day.py

.PHONY: migrate
migrate: install ## bring the database of REGULARS_DATABASE_URL up to date
	@$(BIN)/regulars migrate

.PHONY: serve
serve: install ## start the server with the settings of the environment and .env
	@$(BIN)/regulars serve

.PHONY: schema
schema: install ## write the GraphQL schema of the code to its committed file
	@$(BIN)/regulars schema

.PHONY: clean
clean: ## remove what the tools made; never touches data/ or .env
	@rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist server/web/assets/*/vendor $(PLAYGROUND)/node_modules $(OVERLAY)/node_modules
	@find server clients migrations benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: install
install: $(READY) $(PLAYGROUND_READY) $(VERIFY_READY) $(OVERLAY_READY)

$(BIN)/uv:
	@for python in $(PYTHONS); do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$python; break; fi; \
	done; \
	test -n "$$found" || { echo "Regulars needs Python 3.11 or newer on the PATH; tried: $(PYTHONS)." >&2; exit 1; }; \
	"$$found" -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check "uv==$(UV_VERSION)"

$(READY): pyproject.toml uv.lock | $(BIN)/uv
	@UV_PYTHON_DOWNLOADS=never UV_SYSTEM_CERTS=true $(BIN)/uv sync --frozen --quiet
	@touch $@

# The machine's own Node comes first; the one in .venv serves a machine that has none.
$(PLAYGROUND_READY): $(READY) $(wildcard $(PLAYGROUND)/package.json $(PLAYGROUND)/package-lock.json $(PLAYGROUND)/build.py)
	@if [ -f $(PLAYGROUND)/build.py ]; then PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python $(PLAYGROUND)/build.py; fi
	@touch $@

$(VERIFY_READY): $(READY) $(wildcard $(VERIFY)/package.json $(VERIFY)/package-lock.json $(VERIFY)/build.py $(VERIFY)/source/*) server/web/pages/static/pages.css
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python $(VERIFY)/build.py
	@touch $@

$(OVERLAY_READY): $(READY) server/web/overlay/build.py server/schema/schema.graphql $(filter-out %/documents.ts,$(wildcard $(OVERLAY)/*.* $(OVERLAY)/documents/* $(OVERLAY)/source/*.* $(OVERLAY)/source/*/*.* $(OVERLAY)/source/*/*/*.*))
	@PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python server/web/overlay/build.py
	@touch $@
