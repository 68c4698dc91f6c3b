# make run    set up once, then start the app     (PORT=8501; HOST=0.0.0.0 lets a classroom in)
# make quick  the same set-up, then what needs no browser, server, page or training: for every change
# make test   the same set-up, then the fast tests, two at a time
# make check  lint and every test, slow ones too  (what CI runs)
# make bench  print the speed ratios the README quotes
# make audit  ask PyPI which of the locked packages have known vulnerabilities
# make load   1, 10, 30 and 100 people at once: about fifteen minutes
PORT ?= 8501
HOST ?= localhost
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run quick test slow check lint bench audit load clean

run: .venv/ready
	@echo "ViT Explainer: http://$(HOST):$(PORT)"
	@$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT)

# Two at a time, a file at a time; in the files' own order, so that those in one folder share what is made for it.
PYTEST := $(BIN)/python -m pytest -q
TWO := -n 2 --dist loadfile --no-loadscope-reorder

quick: .venv/ready-dev
	$(PYTEST) $(TWO) -m "not slow and not browser and not server and not page and not training"

test: .venv/ready-dev
	$(PYTEST) $(TWO) -m "not slow"

slow: .venv/ready-bench
	$(PYTEST) $(TWO) -m "slow and not whole_machine"
	$(PYTEST) -m "slow and whole_machine"

check: lint test slow

lint: .venv/ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy

bench: .venv/ready-bench
	$(BIN)/python -m benchmarks

audit: .venv/uv
	$(BIN)/uv tool run pip-audit --requirement requirements.lock --no-deps --disable-pip

load: .venv/ready-dev
	$(BIN)/python -m benchmarks.people

# uv inside the venv resolves and links in seconds what pip takes minutes for; the lock makes it repeatable.
.venv/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	@touch $@

.venv/ready: .venv/uv requirements.txt requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt -c requirements.lock
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt -c requirements.lock
	@touch $@

.venv/ready-bench: .venv/ready-dev requirements-bench.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-bench.txt -c requirements.lock
	@touch $@

clean:
	rm -rf .venv
