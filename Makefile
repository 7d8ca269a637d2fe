# Two commands do all from a fresh clone with Python 3.11+ and make: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test test-slow test-elsewhere check reports docs lock test-minimum bench bench-frontier bench-compas bench-knowledge bench-attributions bench-gate bench-inference bench-replicates bench-monitoring bench-tables clean test-sentences fuzz kills soak mutants

demo: $(VENV)/demo  ## install, then audit and fit on COMPAS
	@mkdir -p demo
	$(BIN)/fairaudit audit compas --report demo/compas-audit.html --report demo/compas-audit.md --report demo/compas-audit.json
	$(BIN)/fairaudit fit compas --penalty ccdcov --reduce 90 --report demo/compas-fit.html --report demo/compas-fit.md --report demo/compas-fit.json
	@echo
	@echo "The reports are in $(CURDIR)/demo; open demo/compas-audit.html and demo/compas-fit.html in a browser."

test: check  ## install with test tools, check, run all tests but those of make test-slow
	$(PYTEST) -n 2 --dist loadgroup -m "not slow"

test-slow: $(VENV)/test  ## the tests that take long: pages of commands, simulations, damaged files, checks of models
	$(PYTEST) -n 2 --dist loadgroup -m slow

test-sentences: $(VENV)/test  ## every sentence of 500 random audits, held against its table
	RANDOM_AUDITS=500 $(PYTEST) -n 2 tests/auditing/test_sentences.py

fuzz: $(VENV)/test  ## files of strangers for SECONDS (60), how they end counted; SEED draws others, KINDS are but some
	$(BIN)/python tests/hostile/fuzz.py $(or $(SECONDS),60) $(or $(SEED),0) $(KINDS)

kills: $(VENV)/test  ## KILLS (200) runs that write reports, killed at random moments; what is left, counted
	$(BIN)/python tests/support/kills.py $(or $(KILLS),200)

soak: $(VENV)/test  ## AUDITS (1,000) in one process, and whether its memory grows
	$(BIN)/python tests/support/soak.py $(or $(AUDITS),1000)

mutants: $(VENV)/test  ## SAMPLE (300) changes of measures, chance and gate, drawn by SEED: which no test notices; or of PLACES
	$(BIN)/python tests/support/mutants.py --sample $(or $(SAMPLE),300) --seed $(or $(SEED),0) $(PLACES)

test-elsewhere: $(VENV)/test  ## the tests as on processors of other kinds; a part of them with SHORT=1
	$(BIN)/python tests/elsewhere.py $(if $(SHORT),--short)

check: $(VENV)/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

reports: $(VENV)/demo  ## sample reports for the web, one set per embedded table
	$(BIN)/python reports/make.py

docs: $(VENV)/demo  ## docs/cli.md, tables of measures, datasets/README.md and the JSON Schemas, from the code
	$(BIN)/python docs/make_cli.py
	$(BIN)/python docs/make_datasets.py
	$(BIN)/python docs/make_measures.py
	$(BIN)/python docs/make_profiles.py
	$(BIN)/python docs/make_schemas.py

$(VENV)/demo: pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/test: pyproject.toml requirements.txt requirements-test.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements-test.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@ $(VENV)/demo

bench-frontier: $(VENV)/test  ## our paths against the published ones on the papers' motor data: make bench-frontier DATA=file
	$(BIN)/python benchmarks/frontier.py $(if $(DATA),--data $(DATA))

bench-replicates: $(VENV)/test  ## what 1,000 bootstrap replicates of 20,000 and 1,000,000 rows cost
	$(BIN)/python benchmarks/replicates.py > benchmarks/results/replicates.json

bench-inference: $(VENV)/test  ## how often intervals hold, and verdicts and p-values are wrong: reports/inference.md
	$(BIN)/python benchmarks/inference.py $(or $(REPLICATES),2000)

bench-gate: $(VENV)/test  ## how often fairaudit check is wrong, and how often it misses a gap, by simulation
	$(BIN)/python benchmarks/gate.py > benchmarks/results/gate.json

bench-monitoring: $(VENV)/test  ## a check that runs every day for years, decided at any time: reports/monitoring.md
	$(BIN)/python benchmarks/monitoring.py

bench-knowledge: $(VENV)/test  ## models guided by knowledge of their factors, years apart: reports/knowledge.md
	$(BIN)/python benchmarks/knowledge.py

bench-tables: $(VENV)/test  ## plain and penalised models of public tables against four libraries: reports/public-tables.md
	OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 $(BIN)/python benchmarks/tables.py
	$(BIN)/python benchmarks/tables_report.py

bench-attributions: $(VENV)/test  ## attributions of a million rows, and a pool of models
	OMP_NUM_THREADS=1 $(BIN)/python benchmarks/attributions.py > benchmarks/results/attributions.json

bench-compas: $(VENV)/test  ## accuracy against gap on COMPAS; rivals: .venv/bin/python -m pip install fairlearn fairret torch
	$(BIN)/python benchmarks/compas.py

lock:  ## pin the newest versions of all dependencies, for every supported Python
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-header --python-version 3.11 pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --upgrade --no-header --python-version 3.11 --extra test pyproject.toml --constraint requirements.txt --output-file requirements-test.txt

test-minimum:  ## the tests with the oldest versions that pyproject.toml allows
	$(PYTHON) -m venv .venv-minimum
	.venv-minimum/bin/python -m pip install --quiet uv
	.venv-minimum/bin/uv pip install --quiet --python .venv-minimum/bin/python --resolution lowest-direct --editable '.[test]'
	.venv-minimum/bin/python -m pytest -n 2 --dist loadgroup

clean:
	rm -rf $(VENV) .venv-minimum demo dist
