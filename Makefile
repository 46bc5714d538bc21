.PHONY: demo test lint train bench

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

$(VENV)/ready: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@
