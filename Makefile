.PHONY: demo test fuzz lint train bench notebooks audit lock

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

demo: $(VENV)/core  ## set up, train, evaluate, and read the shipped article
	$(BIN)/stance train
	$(BIN)/stance evaluate
	$(BIN)/stance predict data/article/sentences.csv

test: $(VENV)/ready  ## set up and run every test
	$(BIN)/python -m pytest

fuzz: $(VENV)/ready  ## look for inputs that break things, a minute for each target
	$(BIN)/python -m tests.fuzz --seconds 60

lint: $(VENV)/ready  ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

train: $(VENV)/core  ## train the model that ships
	$(BIN)/stance train --model models/stance.skops

bench: $(VENV)/ready  ## quality and speed beside the peers that need no extra
	$(BIN)/python -m benchmarks.actors --alone
	$(BIN)/python -m benchmarks.quality --without-torch
	$(BIN)/python -m benchmarks.throughput

notebooks: $(VENV)/ready  ## run the notebooks and write them as HTML to out/notebooks
	$(BIN)/python -m nbconvert --to html --execute --output-dir out/notebooks \
		--HTMLExporter.mathjax_url= --HTMLExporter.require_js_url= notebooks/*.ipynb

audit: $(VENV)/ready  ## known vulnerabilities of what is locked
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements-dev.txt

lock: $(VENV)/ready  ## lock the newest versions for development, and list the licences of what users install
	$(BIN)/uv export --quiet --all-extras --no-extra bench --group dev --no-emit-project --no-header --no-annotate \
		--output-file requirements-dev.txt
	$(BIN)/pip-licenses --format markdown --output-file LICENCES.md --packages \
		$$($(BIN)/uv export --quiet --all-extras --no-extra bench --no-dev --no-emit-project --no-header \
		--no-annotate --no-hashes | cut -d= -f1)
	rm uv.lock

$(VENV)/core: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/ready: $(VENV)/core requirements-dev.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
