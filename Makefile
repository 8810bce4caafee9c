# Two commands matter: `make demo` makes a film, `make test` runs the tests. Both set up what they need.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)

.PHONY: help demo test models lint types bench bench-stepping bench-writing bench-join bench-faults bench-scale bench-restore bench-film bench-compose bench-host bench-memory chaos poison simulate mutants gpu up down clean format

help: ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The tools that no Python package brings: Java 17 or newer and Maven, installed only where that needs no password.
.cache/tools:
	@mkdir -p .cache
	@./infra/local/install-tools.sh
	@touch $@

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "reelbus needs Python 3.11 or newer: set PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.cache/run: pyproject.toml uv.lock | $(BIN)/uv
	@mkdir -p .cache
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --no-dev --extra draft
	@touch $@

.cache/dev: pyproject.toml uv.lock | $(BIN)/uv
	@mkdir -p .cache
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --extra draft
	@touch $@ .cache/run

# Engines with heavy libraries are tested in an environment of their own, without what only a GPU needs.
.cache/models: infra/environments/torch/uv.lock tests/models/environment.py | .cache/dev
	@$(BIN)/python -m tests.models.environment .venv-models
	@touch $@

demo: .cache/run .cache/tools ## make a film with everything real: out/demo.mp4
	@$(BIN)/reelbus demo --out out

test: .cache/dev .cache/tools lint types .cache/models ## linters, types and all tests, with a real broker and a real store
	@# The simulator lives in virtual time, so it takes whatever computing the other tests leave.
	@nice -n 10 $(BIN)/python -m pytest tests/simulation > .cache/simulation.log 2>&1 & beside=$$!; trap "kill $$beside" INT TERM; \
	$(BIN)/python -m pytest --ignore=tests/simulation; status=$$?; \
	wait $$beside || status=1; cat .cache/simulation.log; exit $$status
	@$(MAKE) --no-print-directory models

models: .cache/models ## engines with heavy libraries, on tiny checkpoints
	@.venv-models/bin/python -m pytest -c tests/models/pytest.ini --rootdir=. --confcutdir=tests/models tests/models

lint: .cache/dev ## ruff and the layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache

types: .cache/dev ## mypy, strict
	@$(BIN)/mypy

format: .cache/dev ## let ruff write
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

chaos: .cache/dev .cache/tools ## a thousand jobs while everything is killed, stopped, cut and filled up (25 min)
	@$(BIN)/python -m tests.chaos.hosts
	@$(BIN)/python -m tests.chaos

poison: .cache/dev .cache/tools ## feed a hundred thousand mutated records to every topic
	@$(BIN)/python -m pytest tests/poison --whole -s

simulate: .cache/dev ## a million schedules of crashes, pauses, fences and repeats around coordinators and workers
	@$(BIN)/python -m tests.simulation --schedules 1000000 --processes 2

mutants: .cache/dev ## how soon the simulator finds each planted mistake; writes docs/planted-bugs.md
	@$(BIN)/python -m tests.simulation.mutants

bench: bench-scale bench-restore bench-join bench-faults bench-film bench-compose bench-host bench-memory ## all benchmarks; rows go to benchmarks/results/

bench-scale: .cache/dev .cache/tools ## a million open jobs: memory, restore, takeover, cost of one more job
	@$(BIN)/python -m benchmarks.scale

bench-restore: .cache/dev .cache/tools ## how long jobs take while another partition of their coordinator is restored
	@$(BIN)/python -m benchmarks.restore

bench-join: .cache/dev .cache/tools ## joins a second and their latency, with Celery, Dramatiq and Restate beside us
	@$(BIN)/python -m benchmarks.join

bench-faults: .cache/dev .cache/tools ## kills and repeats, with Celery, Dramatiq and Restate beside us
	@$(BIN)/python -m benchmarks.faults

bench-film: .cache/dev .cache/tools ## a 30 s film from brief to file, and an idle system
	@$(BIN)/python -m benchmarks.film

bench-compose: .cache/dev ## composing against the floor of encoding alone
	@$(BIN)/python -m benchmarks.compose

bench-host: .cache/dev ## what it costs that engines run in processes of their own
	@$(BIN)/python -m benchmarks.host_roundtrip

bench-stepping: .cache/models ## pictures that share steps, beside one at a time
	@.venv-models/bin/python -W ignore -m benchmarks.stepping

bench-writing: .cache/models ## answers of a language model that share steps, beside one at a time
	@.venv-models/bin/python -W ignore -m benchmarks.writing

bench-memory: .cache/dev ## memory of the composer over two hours of sound, and over a picture of 177 megapixels
	@$(BIN)/python -m benchmarks.composer_memory

gpu: ## tests that need a GPU
	@echo "there are no engines for a GPU yet: nothing to test"

up: .cache/run .cache/tools ## start everything and keep it alive
	@$(BIN)/reelbus up

down: ## stop what `up` started
	@$(BIN)/reelbus down

clean: ## remove what was built, not what was made
	@rm -rf $(VENV) .venv-models .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .reelbus
