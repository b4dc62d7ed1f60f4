# Everything runs in .venv, which `make env` builds; the other targets see to that.
# CONFIG=studies/NAME.yaml picks a study, else config.yaml is run. CORES limits the cores.

PYTHON ?= python3
CONFIG ?=
CORES ?= all

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
STUDY_FILE := $(or $(CONFIG),config.yaml)
STUDY_NAME = $(shell sed -n 's/^name: *\([A-Za-z0-9_-]*\).*/\1/p' $(STUDY_FILE))
RESULTS = results/$(STUDY_NAME)
SNAKEMAKE = $(BIN)/snakemake $(1) --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG))

# snakefmt looks for shfmt on the PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help env study tables figures partial report check-study bases test lint format lock clean

help: ## show the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  %-12s %s\n' "$$name" "$$text"; done

env: $(STAMP) ## build .venv with the pinned packages

# torch goes first and alone: a bare `torch` requirement, met on the way by another package, may
# pull a newer CUDA build of several GB.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet torch==2.13.0
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-build-isolation --no-deps --editable .
	touch $(STAMP)

study: env ## train and score what is missing, then render the tables and figures
	$(call SNAKEMAKE,)

tables: env ## render the tables only
	$(call SNAKEMAKE,tables)

figures: env ## render every table and figure of the recorded complete mini study, or the figures of CONFIG
	$(call SNAKEMAKE,$(if $(CONFIG),figures,recorded))

partial: env ## render what exists of an unfinished study, gaps marked
	$(call SNAKEMAKE,partial) --nolock

report: study ## write the HTML report of the study
	$(call SNAKEMAKE,--report $(RESULTS)/report.html)

check-study: study ## verify the results against the run records and say how informative they are
	$(BIN)/python workflow_scripts/tools/check_study.py $(RESULTS)

bases: env ## rebuild the mini base models beside the shipped ones (hours; resumes)
	$(call SNAKEMAKE,bases)

test: env ## run all tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest

lint: env ## check style and workflow without changing a file
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile rules
	$(BIN)/snakemake --lint

format: env ## bring all files into the checked style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt Snakefile rules

lock: env ## pin what is installed now
	$(BIN)/python workflow_scripts/tools/lock_environment.py

clean: ## delete the results of the study
	rm -rf $(RESULTS)
