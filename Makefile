.PHONY: demo test lint train bench notebooks

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

demo: $(VENV)/ready  ## set up, train, evaluate, and read the shipped article
	$(BIN)/stance train
	$(BIN)/stance evaluate
	$(BIN)/stance predict data/article/sentences.csv

test: $(VENV)/ready  ## set up and run every test
	$(BIN)/python -m pytest

lint: $(VENV)/ready  ## formatting, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

train: $(VENV)/ready  ## train the model that ships
	$(BIN)/stance train --model models/stance.skops

bench: $(VENV)/ready  ## quality and speed beside the peers
	$(BIN)/python -m benchmarks.splitters
	$(BIN)/python -m benchmarks.throughput

notebooks: $(VENV)/ready  ## run the notebooks and write them as HTML to out/notebooks
	$(BIN)/python -m nbconvert --to html --execute --output-dir out/notebooks \
		--HTMLExporter.mathjax_url= --HTMLExporter.require_js_url= notebooks/*.ipynb

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
