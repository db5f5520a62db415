# Everything here can be repeated; what is up to date is not done again. `make` alone lists the targets.
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
SERVE ?= 1
DEMO_DIR ?= demo
PORT ?= 8000
PYTEST_ARGS ?= --numprocesses 2 --dist worksteal
LOCK_ARGS ?=

FONTS := $(if $(wildcard tools/fonts.py),.setup/fonts.stamp)

.PHONY: help setup pages words demo serve test e2e e2e-whole screenshots test-spark test-postgres kills kills-postgres zoo diagrams offline bench-setup bench-import bench-rollup bench-country bench-cases lint format check lock docs readme clean

help: ## This list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

setup: .setup/python.stamp .setup/node.stamp .setup/pages.stamp .setup/words.stamp $(FONTS) ## Install what is needed into this folder (first time: some minutes)

.setup/python.stamp: requirements.lock pyproject.toml tools/setup.sh
	@mkdir -p .setup
	@tools/setup.sh python
	@touch $@

.setup/node.stamp: package-lock.json package.json .npmrc tools/setup.sh
	@mkdir -p .setup
	@tools/setup.sh node
	@touch $@

# What browsers load: built anew whenever a sheet, a script or a package changed.
PAGES := $(shell find src/shishi/web/design/styles src/shishi/web/design/scripts -type f)
.setup/pages.stamp: $(PAGES) tools/pages.mjs .setup/node.stamp
	@tools/setup.sh pages
	@touch $@

pages: .setup/node.stamp ## Build the sheets and scripts of the pages (setup does it, too)
	@tools/setup.sh pages

.setup/words.stamp: locale/en/LC_MESSAGES/django.po tools/words.py .setup/python.stamp
	@tools/setup.sh words
	@touch $@

words: .setup/python.stamp ## Take new words of the pages into the English catalogue, and say what has no English
	@$(BIN)/python tools/words.py --update
	@$(BIN)/python tools/words.py --check

.setup/fonts.stamp: tools/fonts.py .setup/python.stamp .setup/node.stamp
	@tools/setup.sh fonts
	@touch $@

demo: setup ## Demonstration data, the day 2021-09-30, its briefs; then the site (SERVE=0 ends instead; DEMO_DIR=demo)
	@$(BIN)/shishi demo --folder $(DEMO_DIR) $(if $(filter-out 0,$(SERVE)),--serve --port $(PORT))

serve: setup ## The site over the data in SHISHI_DATA, at PORT=8000
	@$(BIN)/shishi serve --port $(PORT)

test: setup ## All tests but the fifty kills and the browser's
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

e2e: setup ## Every page in Debian's Chromium (installed as root), at a desk and at its tightest; all journeys
	@tools/chromium.sh $(BIN)/python -m pytest tests/e2e -m e2e $(PYTEST_ARGS)

e2e-whole: setup ## The same at every width in both readings, and journeys by mouse, too
	@E2E_WHOLE=1 tools/chromium.sh $(BIN)/python -m pytest tests/e2e -m e2e $(PYTEST_ARGS)

offline: setup ## A phone without a network: a hundred photos, twenty killed browsers, a network that comes and goes
	@OFFLINE_PHOTOS=100 OFFLINE_KILLS=20 tools/chromium.sh $(BIN)/python -m pytest tests/e2e/test_offline.py -m e2e -v

screenshots: setup ## The pictures of the docs, from a demonstration (make demo SERVE=0 first; DEMO_DIR=demo)
	@DJANGO_SETTINGS_MODULE=shishi.conf.settings $(BIN)/python -m tests.e2e.screenshots $(DEMO_DIR)/store

# What never opens a store can't differ by it: these folders are run once, by make test. What is killed has
# make kills-postgres of its own.
STORELESS := architecture core packs adapters zoo durability

test-postgres: setup ## All tests that open a store, on a PostgreSQL server of their own (installed when missing: as root)
	@tools/postgres.sh $(BIN)/python -m pytest $(PYTEST_ARGS) $(STORELESS:%=--ignore=tests/%)

test-spark: setup ## The engines' suite on all three, Spark too (Java and PySpark are installed when missing: Java as root)
	@tools/spark.sh
	@SPARK_CONF_DIR=tests/adapters/spark $(BIN)/python -m pytest $(PYTEST_ARGS) -m spark \
	    tests/adapters/test_engines_conformance.py tests/adapters/test_engines_promises.py tests/commands/test_spark.py

kills: setup ## An import ended by kill -9 at fifty moments: before or after, never between
	@$(BIN)/python -m pytest tests/durability -m kills -v

kills-postgres: setup ## The same on PostgreSQL with fsync on, and its server stopped at once in between
	@POSTGRES_DURABLE=1 tools/postgres.sh $(BIN)/python -m pytest tests/durability -m '' -v

zoo: setup ## The workbooks that clerks and enemies send, and what comes of each
	@$(BIN)/python -m tests.zoo.everything

diagrams: setup ## What any folder of .bpmn files draws that is run and is not, by element id (FOLDER=tests/diagrams/run)
	@$(BIN)/shishi process check $(or $(FOLDER),tests/diagrams/run)

bench-setup: setup ## What the benches measure against (pandas, SQLAlchemy, django-import-export)
	@tools/setup.sh extra bench

bench-rollup: bench-setup ## The roll-up beside hand-written SQL, PostgreSQL, an ORM and pandas (ROWS=1000000)
	@tools/postgres.sh $(BIN)/shishi bench rollup --rows $(or $(ROWS),1000000)

bench-import: bench-setup ## A large workbook beside a bare read, pandas and django-import-export (ROWS=500000)
	@$(BIN)/shishi bench import --rows $(or $(ROWS),500000)

bench-country: setup ## Ten million rows of three revisions each, eight indicators, five levels, in 6 GiB (ROWS=10000000)
	@$(BIN)/shishi bench country --rows $(or $(ROWS),10000000)

bench-cases: setup ## Cases on PostgreSQL: to-do lists among a million tasks, completions a second (CASES=100000)
	@POSTGRES_DURABLE=1 tools/postgres.sh $(BIN)/shishi bench cases --cases $(or $(CASES),100000)

lint: setup ## Format, lint, strict types, import contracts, docs
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run make format"; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/words.py --check
	@$(BIN)/python tools/where_is.py --check
	@$(BIN)/python tools/commands_page.py --check
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs docs/_build/html

check: lint test ## lint and test

format: setup ## Put the code into its one form
	@$(BIN)/ruff check --quiet --fix --select I .
	@$(BIN)/ruff format --quiet .

docs: setup ## Write the generated pages anew and build docs/_build/html
	@$(BIN)/python tools/commands_page.py
	@$(BIN)/python tools/where_is.py
	@$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going docs docs/_build/html

readme: setup ## Put the demo's real output into both READMEs
	@$(BIN)/python tools/readme_demo.py

lock: ## Resolve pyproject.toml and package.json anew into the lock files (LOCK_ARGS=--upgrade for newer versions)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --group dev $(LOCK_ARGS) pyproject.toml --output-file requirements.lock
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["spark"])' | \
	    $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --constraint requirements.lock $(LOCK_ARGS) - --output-file requirements-spark.lock
	@npm install --package-lock-only --no-audit --no-fund --loglevel=error
	@! grep -nE '://|--(extra-)?index|--find-links' requirements.lock requirements-spark.lock
	@! grep -nE '"resolved": *"[a-z]+://' package-lock.json

clean: ## Remove what was built (the environment stays)
	@rm -rf .setup/*.stamp build dist docs/_build $(DEMO_DIR) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
