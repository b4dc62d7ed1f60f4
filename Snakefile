# PEFT-MLLM Bench: fine-tune, score, tabulate. Targets: all (default), tables, figures, train_all,
# evaluate_all, annotation_sheets, datasets, bases, rebuild_bases, plan, partial, failures,
# exports, recorded. A study is one file: config.yaml, or the one given with --configfile.
from snakemake.utils import min_version

min_version("9.19")


# Snakemake merges a --configfile into this one, so it is only read when it stands alone.
if not workflow.overwrite_configfiles:

    configfile: os.path.join(workflow.basedir, "config.yaml")


report: "rules/report/study.rst"


include: "rules/common.smk"
include: "rules/data.smk"
include: "rules/bases.smk"
include: "rules/train.smk"
include: "rules/evaluate.smk"
include: "rules/measure.smk"
include: "rules/judge.smk"
include: "rules/collect.smk"
include: "rules/tables.smk"
include: "rules/figures.smk"
include: "rules/claims.smk"
include: "rules/report.smk"
include: "rules/exports.smk"
include: "rules/partial.smk"
include: "rules/failures.smk"
include: "rules/plan.smk"
include: "rules/recorded.smk"


localrules:
    all,
    tables,
    figures,
    train_all,
    evaluate_all,
    datasets,
    annotation_sheets,
    bases,
    rebuild_bases,


rule all:
    """Everything of the study: results, tables, figures, verdicts on claims, the opening page."""
    default_target: True
    input:
        rules.collect.output,
        rules.tables.input,
        rules.figures.input,
        rules.check_claims.output,
        rules.overview.output,


gpus_asked = {
    each.name: gpus.gpus_in(each.resources) or 0
    for each in workflow.rules
    if each.name != "fine_tune_seen" or study.config.seen_mixture
}
gpu_limit = gpus.gpus_in(workflow.global_resources)
problem = gpus.over_limit(gpus_asked, gpu_limit)
if problem:
    raise WorkflowError(problem)

# Each job asks a judge's server as much at a time as the study says; two would ask twice as much.
if study.judged_by("endpoint") and "judge" not in workflow.global_resources:
    workflow.register_resource("judge", 1)


onstart:
    print(f"study {study.name}: {study.summary}, results in {study.folder}/")
    # With a rate limit, and there is one by default, each look at the ready jobs asks for another
    # one a second later, and so does each finished job, for ever (snakemake issue 3804): after 200
    # jobs that costs a fifth of a core. Jobs on this machine wait for cores, not for a rate.
    if workflow.local_exec:
        warning = gpus.unlimited(gpus_asked, gpu_limit)
        if warning:
            logger.warning(warning)
        workflow.scheduler.job_rate_limiter = None
        if not workflow.deployment_settings.deployment_method:
            # Kept as long as Snakemake lives: the templates end when these objects do.
            workflow.templates = start_templates(script("template.py"))


onsuccess:
    for dataset, reason in layout.missing_data(study).items():
        logger.warning(f"data {dataset}: {reason}; `snakemake failures` says how to try again")
