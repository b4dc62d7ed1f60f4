# What all rules share: the study, the paths of its files, the code that its jobs depend on.
import os
import re
import sys
from pathlib import Path

import yaml
from snakemake.exceptions import WorkflowError

sys.path.insert(0, os.path.join(workflow.basedir, "workflow_scripts"))

from mmpeft import gpus
from mmpeft.artefacts import ARTEFACTS, FIGURE_FORMATS, FIGURES, TABLE_FORMATS, TABLES
from mmpeft.report import entries
from mmpeft.startup import Left, hold, same_study, start_templates
from mmpeft.study import StudyError, as_text, interpreter, layout, load_study
from mmpeft.study.config import plain
from mmpeft.sources import digest, text_digest

interpreter.put_first_on_path(sys.executable, os.environ)
missing = interpreter.missing_packages()
if missing and not workflow.deployment_settings.deployment_method:
    raise WorkflowError(
        f"{sys.executable} runs Snakemake and its jobs, but lacks {', '.join(missing)}: "
        "run `make env`, then .venv/bin/snakemake"
    )

# Kept as long as Snakemake lives; jobs on other machines load the workflow too.
if workflow.is_main_process:
    # A limit of submissions is what schedulers have; which executor it is comes later.
    workflow.alive, left = hold(
        Path(".snakemake"), cluster=workflow.resource_settings.nodes is not None
    )
    if left is Left.FREED:
        logger.warning("removed the locks of a Snakemake that was killed in this folder")
    elif left is Left.LOCKED:
        logger.warning(
            "a Snakemake was killed in this folder whose jobs ran on a cluster or another machine, "
            "and may still be there or wait: let them end or cancel them (squeue), then call "
            "`snakemake --unlock` and start again"
        )

if not same_study(config, os.environ, planning=workflow.is_main_process):
    raise WorkflowError(
        "the study's file has been edited since this study was started, so that this job would "
        "not be the one that was planned: stop that Snakemake and start it again"
    )

try:
    study = load_study(config)
except StudyError as error:
    raise WorkflowError(str(error)) from None


def one_of(names):
    """Regular expression of a wildcard that takes these values only; with no names, none."""
    return "|".join(sorted(map(re.escape, names))) or "(?!)"


pathvars:
    results=study.folder,
    logs=f"{study.folder}/logs",
    benchmarks=f"{study.folder}/benchmarks",


# A run id has seven levels; ids that are not in the grid are refused by `study.run`.
wildcard_constraints:
    run=r"[a-z0-9._-]+(/[a-z0-9._-]+){6}",
    model=one_of(study.models),
    dataset=one_of({*study.datasets, *study.targets}),
    source=one_of(layout.sources(study)),
    target=one_of(study.targets),
    evaluation=one_of(study.config.evaluations),
    sizes=r"train-\d+_validation-\d+_test-\d+",
    table=one_of(TABLES),
    figure=one_of(FIGURES),


def shipped(path):
    """Path of a file of ours, relative so that a moved or re-cloned checkout reruns nothing."""
    return os.path.normpath(os.path.join(os.path.relpath(workflow.basedir), path))


def script(name):
    """Path of a script."""
    return shipped(f"workflow_scripts/{name}")


def code(name):
    """Fingerprint of the modules that a script imports."""
    return digest(Path(script(name)))


def code_of_run(name, run_id, measure=None):
    """The same, of those that can change the numbers of a run, or of one measure of it."""
    run = study.run(run_id)
    family = study.config.models[run.model].family
    return digest(
        Path(script(name)), family=family, method=run.method, measure=measure, numbers=True
    )


def code_of_base(name, model):
    """The same, of those that can change the numbers of an un-tuned base."""
    return digest(Path(script(name)), family=study.config.models[model].family, numbers=True)


def code_of_data(name, measure=None, dataset=None):
    """The same, of those that can change the output of a script that loads no model."""
    return digest(Path(script(name)), measure=measure, dataset=dataset, numbers=True)


def by_attempt(amount):
    """What a job asks for: `amount`, twice that after a failure, and so on."""
    return lambda wildcards, attempt: amount * attempt


def with_gpus(wildcards, resources):
    """The start of a command that sees the GPUs its job asks for, and no others.

    A parameter that depends on resources is never a reason to run again.
    """
    if not resources.gpu:
        return "CUDA_VISIBLE_DEVICES="
    return f"python {script('lease_gpus.py')} --gpus {resources.gpu} --"


def measurement(wildcards):
    """The measurement of an evaluation whose files these are; one not in the grid is refused."""
    return study.measurement(wildcards.evaluation, wildcards.target, wildcards.run)


def artefacts(declared):
    """Ids of the declared tables or figures that this study fills."""
    return layout.artefacts_of(study, declared)


def artefact_of(wildcards):
    """The table or figure that a job renders."""
    (name,) = wildcards
    return ARTEFACTS[name]


def chapter(section):
    """The chapter of the report that a section is."""
    return entries.chapter(section, artefacts(ARTEFACTS))


def in_report(file, use):
    """Mark a file of a table or figure for the report.

    With two uses in equal parts, the report's lists have a switch between them.
    """
    return report(
        file,
        caption="report/artefact.rst",
        category=lambda wildcards: chapter(artefact_of(wildcards).section),
        labels=lambda wildcards: {"Artefact": entries.name(artefact_of(wildcards)), "Use": use},
    )
