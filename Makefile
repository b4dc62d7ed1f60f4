# Everything runs in .venv, which `make env` builds; the other targets see to that.
# CONFIG=studies/NAME.yaml picks a study, else config.yaml is run. CORES limits the cores.

PYTHON ?= python3
CONFIG ?=
CORES ?= all

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Processes that run tests side by side, each file in one of them: two may not start a Slurm at once.
WORKERS ?= 2
# Tests start a Slurm of their own (and fail if they cannot), if root has one to start.
SLURM ?= $(if $(filter 0,$(shell id -u)),$(if $(shell command -v slurmctld),yes,no),no)
# Whether tests set the LaTeX tables (and fail if they cannot): if there is what sets them.
LATEX ?= $(if $(shell command -v pdflatex),yes,no)
NO_LATEX := $(if $(filter yes,$(LATEX)),, and not latex)
STUDY_FILE := $(or $(CONFIG),config.yaml)
STUDY_NAME = $(shell sed -n 's/^name: *\([A-Za-z0-9_-]*\).*/\1/p' $(STUDY_FILE))
RESULTS = results/$(STUDY_NAME)
SNAKEMAKE = $(BIN)/snakemake $(1) --cores $(CORES) $(if $(CONFIG),--configfile $(CONFIG))

SLOW_TESTS := cluster methods models training workflow startup figures report measures

# snakefmt looks for shfmt on the PATH.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help env env-gpu study figures plan partial failures report reported exports check-study paper-table15 data-cards bases rebuild-bases test test-fast lint format lock audit bench clean

help: ## show the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '  %-14s %s\n' "$$name" "$$text"; done

env: $(STAMP) ## build .venv with the pinned packages

# torch goes first and alone: a bare `torch` requirement, met on the way by another package, may
# pull a newer CUDA build of several GB.
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet torch==2.13.0
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-build-isolation --no-deps --editable .
	touch $(STAMP)

# --no-index: a torch that is missing or out of range is an error here, not a download. What PYTHON has
# besides gives way to the pins.
env-gpu: ## build .venv anew around the torch of PYTHON, which knows the GPUs of this machine
	rm -rf $(VENV)
	$(PYTHON) -m venv --system-site-packages $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-index "torch>=2.8,<3"
	grep -v '^torch==' requirements.lock > $(VENV)/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --requirement $(VENV)/requirements.txt
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-build-isolation --no-deps --editable .
	touch $(STAMP)

study: env ## train and score what is missing, then render the tables and figures
	$(call SNAKEMAKE,)

figures: CONFIG := $(or $(CONFIG),studies/mini.yaml)
figures: env ## render tables, figures and verdicts of the complete mini study as recorded: nothing is trained
	$(call SNAKEMAKE,recorded) --quiet rules

plan: env ## print jobs, GPU-hours and memory as estimated, and what is lacking
	$(call SNAKEMAKE,plan) --nolock --quiet

partial: env ## render what exists of an unfinished study, gaps marked
	$(call SNAKEMAKE,partial) --nolock

failures: env ## print what has failed, why, and the command that tries just that again
	$(call SNAKEMAKE,failures) --nolock --quiet

report: study ## write the HTML report of the study
	$(call SNAKEMAKE,--report $(RESULTS)/report.html)

exports: env ## write the results in the layouts of other benchmarks (docs/exports.md)
	$(call SNAKEMAKE,exports)

reported: ## render the numbers that the paper prints, and what its print has wrong
	$(MAKE) study CONFIG=studies/reported.yaml

check-study: study ## verify the results against the run records and say how informative they are
	$(BIN)/python workflow_scripts/tools/check_study.py $(RESULTS)

paper-table15: env ## count the paper's models and methods, and hold its Table 15 against them
	$(BIN)/python workflow_scripts/tools/paper_table15.py

data-cards: env ## write the cards of the real data sets, with what was fetched and prepared here
	$(BIN)/python workflow_scripts/tools/write_data_cards.py docs/data-cards

bases: env ## fetch and prepare the models of the study
	$(call SNAKEMAKE,bases)

rebuild-bases: env ## rebuild the mini base models beside the shipped ones (hours; resumes)
	$(call SNAKEMAKE,rebuild_bases)

test: env ## run all tests; those on Slurm if root has one to start, those of LaTeX if it is there
	@if [ "$(SLURM)" != yes ]; then \
		echo "without the tests on Slurm: they need root and Debian's Slurm; .ci/run installs it"; fi
	@if [ "$(LATEX)" != yes ]; then \
		echo "without the tests that set the LaTeX tables: they need pdflatex; .ci/run installs it"; fi
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile -m "not slurm_faults and not gpu$(if $(filter yes,$(SLURM)),, and not slurm)$(NO_LATEX)"

test-fast: env ## run the tests that train nothing and start no Snakemake
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m "not study and not slurm and not slurm_faults and not gpu$(NO_LATEX)" \
		$(addprefix --ignore=tests/,$(SLOW_TESTS))

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

# An environment of its own: its dependencies are not the project's. Strict: what the index does not
# know is an error, or an index that answers nothing would look like a clean bill.
audit: ## ask the index of known vulnerabilities about the pinned packages
	$(PYTHON) -m venv build/audit
	build/audit/bin/python -m pip install --disable-pip-version-check --quiet pip-audit==2.10.1
	build/audit/bin/pip-audit --requirement requirements.lock --disable-pip --no-deps --strict

# What it compares with is kept apart from .venv. On cores with other work its figures are worthless.
bench: export PYTHONPATH := $(CURDIR)/build/bench/packages
bench: env ## measure this machine beside other ways, in ten minutes on idle cores (build/bench/bench.md)
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --upgrade \
		--target build/bench/packages --requirement benchmarks/requirements.txt
	$(BIN)/python benchmarks/run_all.py --out build/bench

clean: ## delete the results of the study
	rm -rf $(RESULTS)
