# Judgements that take more than the job that lets a run answer: those of a server, and of people.


use rule evaluate_epochs as answer_epochs with:
    output:
        predictions="<results>/answers/{evaluation}/{target}/{run}/predictions.parquet",
        scores="<results>/answers/{evaluation}/{target}/{run}/scores.json",
    log:
        "<logs>/answer_epochs/{evaluation}/{target}/{run}.log",
    benchmark:
        "<benchmarks>/answer_epochs/{evaluation}/{target}/{run}.tsv"
    wildcard_constraints:
        evaluation=one_of(study.judged_afterwards),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_run("evaluate_epochs.py", wildcards.run),
        settings=lambda wildcards: as_text(study.measure_settings(measurement(wildcards))),
        run=subpath(input.adapter, parent=True),
        out=subpath(output.scores, parent=True),


rule ask_judge:
    """Let a language model behind an endpoint grade the answers of one run."""
    input:
        src=script("ask_judge.py"),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        answers=rules.answer_epochs.output.predictions,
        record=rules.answer_epochs.output.scores,
    output:
        predictions="<results>/evaluations/{evaluation}/{target}/{run}/predictions.parquet",
        scores="<results>/evaluations/{evaluation}/{target}/{run}/scores.json",
    log:
        "<logs>/ask_judge/{evaluation}/{target}/{run}.log",
    benchmark:
        "<benchmarks>/ask_judge/{evaluation}/{target}/{run}.tsv"
    wildcard_constraints:
        evaluation=one_of(study.judged_by("endpoint")),
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        judge=1,
        mem_mb=2000,
        runtime=240,
    params:
        code=lambda wildcards: code_of_data("ask_judge.py", measure="mmhal"),
        settings=lambda wildcards: as_text(
            study.judge_settings(wildcards.evaluation, wildcards.target)
        ),
        # Depends on output, hence never a reason to run again: it changes no judgement.
        limits=lambda wildcards, output: as_text(study.request_limits(wildcards.evaluation)),
        replies=layout.REPLIES,
        answers=subpath(input.record, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "python {input.src} --settings {params.settings:q} --limits {params.limits:q}"
        " --test {input.test:q} --answers {params.answers:q} --replies {params.replies:q}"
        " --out {params.out:q} > {log:q} 2>&1"


rule import_annotations:
    """Take over what people have said of the captions of one run, so far as they have."""
    input:
        src=script("import_annotations.py"),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        answers=rules.answer_epochs.output.predictions,
        record=rules.answer_epochs.output.scores,
        annotations=lambda wildcards: layout.annotation_files(study, wildcards.evaluation, "runs"),
    output:
        predictions="<results>/evaluations/{evaluation}/{target}/{run}/predictions.parquet",
        scores="<results>/evaluations/{evaluation}/{target}/{run}/scores.json",
    log:
        "<logs>/import_annotations/{evaluation}/{target}/{run}.log",
    benchmark:
        "<benchmarks>/import_annotations/{evaluation}/{target}/{run}.tsv"
    wildcard_constraints:
        evaluation=one_of(study.judged_by("annotators")),
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        code=lambda wildcards: code_of_data("import_annotations.py", measure="captions"),
        settings=lambda wildcards: as_text(
            study.judge_settings(wildcards.evaluation, wildcards.target)
        ),
        answers=subpath(input.record, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "python {input.src} --settings {params.settings:q} --test {input.test:q}"
        " --answers {params.answers:q} --annotations {input.annotations:q}"
        " --out {params.out:q} > {log:q} 2>&1"


rule annotation_sheets:
    """All pages on which people judge captions for this study."""
    input:
        layout.sheet_files(study),


rule sheet_of_base:
    """Page on which people choose the images that a base captions without hallucination."""
    input:
        src=script("write_sheet.py"),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        captions=rules.select_images.input.captions,
    output:
        page="<results>/sheets/{evaluation}/{model}/{target}/base.html",
    log:
        "<logs>/sheet_of_base/{evaluation}/{model}/{target}.log",
    benchmark:
        "<benchmarks>/sheet_of_base/{evaluation}/{model}/{target}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=4000,
        runtime=30,
    params:
        code=lambda wildcards: code("write_sheet.py"),
        settings=lambda wildcards: as_text(
            study.image_settings(wildcards.evaluation, wildcards.target)
        ),
    shell:
        "python {input.src} --settings {params.settings:q} --test {input.test:q}"
        " --base {input.captions:q} --out {output.page:q} > {log:q} 2>&1"


rule sheet_of_runs:
    """Page on which people judge the captions of all runs of a model, after all epochs."""
    input:
        src=script("write_sheet.py"),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        images=rules.select_images.output.images,
        answers=lambda wildcards: layout.answer_files(
            study, wildcards.evaluation, wildcards.model, wildcards.target
        ),
    output:
        page="<results>/sheets/{evaluation}/{model}/{target}/runs.html",
    log:
        "<logs>/sheet_of_runs/{evaluation}/{model}/{target}.log",
    benchmark:
        "<benchmarks>/sheet_of_runs/{evaluation}/{model}/{target}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=4000,
        runtime=30,
    params:
        code=lambda wildcards: code("write_sheet.py"),
        settings=lambda wildcards: as_text(
            study.image_settings(wildcards.evaluation, wildcards.target)
        ),
    shell:
        "python {input.src} --settings {params.settings:q} --test {input.test:q}"
        " --images {input.images:q} --answers {input.answers:q} --out {output.page:q}"
        " > {log:q} 2>&1"
