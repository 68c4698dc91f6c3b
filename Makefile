# make run    set up once, then start the app     (PORT=8501; HOST=0.0.0.0 lets a classroom in)
# make quick  the same set-up, then what needs no browser, server, other library, page, training or hostile file: for every change
# make test   the same set-up, then the fast tests, two at a time
# make check  lint and every test, slow ones too  (what CI runs)
# make bench  print the speed ratios the README quotes
# make audit  ask PyPI which of the locked packages have known vulnerabilities
# make lock   the newest versions that pyproject.toml allows, written down (monthly; then make check)
# make load   1, 10, 30 and 100 people at once: about fifteen minutes
PORT ?= 8501
HOST ?= localhost
PYTHON ?= python3
BIN := .venv/bin

# Where it is set, every fresh Python compiles torch, Streamlit and all the rest anew: three times the CPU, each time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run quick test slow check lint bench audit load lock clean

run: .venv/ready
	@echo "ViT Explainer: http://$(HOST):$(PORT)"
	@$(BIN)/streamlit run app.py --server.address $(HOST) --server.port $(PORT) --logger.hideWelcomeMessage true

# Two at a time, a file at a time; in the files' own order, so that those in one folder share what is made for it.
PYTEST := $(BIN)/python -m pytest -q
TWO := -n 2 --dist loadfile --no-loadscope-reorder

quick: .venv/ready-dev
	$(PYTEST) $(TWO) -m "not slow and not browser and not server and not library and not page and not training and not attack"

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

.venv/ready: .venv/uv pyproject.toml requirements.lock
	@echo "Fetching torch, Streamlit, transformers and what they need: about 5 GB on Linux, where torch brings CUDA,"
	@echo "1 GB on macOS and Windows. This happens once."
	$(BIN)/uv pip install --python $(BIN)/python -r pyproject.toml -c requirements.lock
	@touch $@

.venv/ready-dev: .venv/ready
	$(BIN)/uv pip install --python $(BIN)/python -r pyproject.toml --extra dev -c requirements.lock
	@touch $@

.venv/ready-bench: .venv/ready-dev
	$(BIN)/uv pip install --python $(BIN)/python -r pyproject.toml --extra dev --extra bench -c requirements.lock
	@touch $@

lock: .venv/uv
	$(BIN)/uv pip compile --quiet --upgrade --all-extras --no-annotate --no-header pyproject.toml -o requirements.lock

clean:
	rm -rf .venv
