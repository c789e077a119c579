# Two commands matter: `make demo` shows all of it at work, `make test` runs the tests. Each installs what it needs.

VENV := .venv
STACK := .cache/stack
PYTHON := $(VENV)/bin/python
export PATH := $(CURDIR)/$(VENV)/bin:$(CURDIR)/$(STACK)/bin:$(PATH)

COMMA := ,
ONCE ?=
ONLINE ?=
FACTOR ?=
CORRUPT_AFTER ?=
DEADLINE ?=
FOLDER ?=
DEMO_OPTIONS := $(if $(ONCE),--once) $(if $(FACTOR),--factor $(FACTOR)) $(if $(CORRUPT_AFTER),--corrupt-after \
	$(CORRUPT_AFTER)) $(if $(DEADLINE),--deadline $(DEADLINE)) $(if $(FOLDER),--folder "$(FOLDER)")

.PHONY: help demo test check lint types format bundle bundle-check audit docs docs-check docs-site benchmark \
	benchmark-detection benchmark-ledger soak venv stack redis azurite browser

help: ## Show what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 24
	@echo
	@echo "make demo takes ONCE=1 (end when all was shown), FACTOR= (times faster than life), CORRUPT_AFTER= (seconds"
	@echo "until an input breaks), DEADLINE= (seconds, with ONCE=1), FOLDER= (working folder)."
	@echo "make test takes PYTEST_ARGUMENTS=, for example PYTEST_ARGUMENTS='tests/demo -x'."

demo: venv stack ## A real model, degraded on purpose, until Slack hears of it
	ml-exporter demo $(DEMO_OPTIONS)

test: venv stack redis azurite browser ## All tests, against a real Prometheus and a real Alertmanager
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile $(PYTEST_ARGUMENTS)

lint: venv ## Format, lint, and the direction in which rooms import each other
	ruff format --check .
	ruff check .
	lint-imports

types: venv ## Types, strictly
	mypy

format: venv ## Put the code into its format
	ruff format .
	ruff check --fix .

bundle: venv ## Make prometheus/, alertmanager/ and grafana/ again from examples/monitoring.yml
	ml-exporter bundle examples/monitoring.yml --out .

bundle-check: venv ## Fail where making the bundle again changes a byte
	@made=$$(mktemp -d) && trap 'rm -rf "$$made"' EXIT && \
	ml-exporter bundle examples/monitoring.yml --out "$$made" >/dev/null && \
	for part in prometheus alertmanager grafana; do diff -ru $$part "$$made/$$part" || exit 1; done && \
	echo "The committed bundle is what examples/monitoring.yml makes."

audit: venv ## Look for known flaws in what is required; with ONLINE=1 in PyPI's database too
	$(PYTHON) scripts/audit_dependencies.py $(if $(ONLINE),--online)

docs: venv ## Make the generated pages of docs/ again
	$(PYTHON) scripts/make_docs.py

docs-site: venv ## The documentation as a site, in build/site
	NO_MKDOCS_2_WARNING=1 mkdocs build --quiet

docs-check: venv ## Fail where a generated page is not what the code says
	@$(PYTHON) scripts/make_docs.py --check

check: lint types bundle-check docs-check test ## Everything that must hold before a change is shared

benchmark: venv ## Measure what an event costs beside others; the tables of docs/performance.md
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable ".[benchmark]"
	$(PYTHON) -m benchmarks

soak: venv ## Five minutes of exporters that live and die over growing files
	$(PYTHON) -m benchmarks.soak --minutes 5

benchmark-detection: venv ## Measure detectors, ours and others'; the tables of docs/detection.md
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable ".[benchmark]"
	$(PYTHON) -m benchmarks.detection

benchmark-ledger: venv ## Measure the ledger beside SQLite and RocksDB; the tables of docs/store.md
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --editable ".[benchmark]"
	$(PYTHON) -m benchmarks.ledger

venv: ## The Python environment, made or brought up to date; with Spark (430 MB) where Java is
	@scripts/make-venv.sh $(VENV) demo,dev$(if $(shell command -v java),$(COMMA)spark)

browser: ## Chromium for the tests of the status page; where it cannot be had, they are skipped
	@scripts/fetch-browser.sh

stack: ## Prometheus and Alertmanager with their tools, fetched where they are missing or too old
	@scripts/fetch-stack.sh $(STACK)

redis: stack # a server for the tests of its feed; beside the others, which are made anew as a whole
	@scripts/fetch-redis.sh $(STACK)

azurite: stack # Azure's storage for the tests of feeds of objects
	@scripts/fetch-azurite.sh $(STACK)
