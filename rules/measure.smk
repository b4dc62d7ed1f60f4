rule select_images:
    """Choose the images that a base captions without hallucination, for its runs to caption."""
    input:
        src=script("select_images.py"),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        captions="<results>/baselines/base/{model}/{target}/predictions.parquet",
        record="<results>/baselines/base/{model}/{target}/scores.json",
        annotations=lambda wildcards: layout.annotation_files(study, wildcards.evaluation, "base"),
    output:
        images="<results>/images/{evaluation}/{model}/{target}.json",
    log:
        "<logs>/select_images/{evaluation}/{model}/{target}.log",
    benchmark:
        "<benchmarks>/select_images/{evaluation}/{model}/{target}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        code=lambda wildcards: code_of_data("select_images.py", measure="captions"),
        settings=lambda wildcards: as_text(
            study.image_settings(wildcards.evaluation, wildcards.target)
        ),
        captions=subpath(input.captions, parent=True),
    shell:
        "python {input.src} --settings {params.settings:q} --test {input.test:q}"
        " --captions {params.captions:q} --annotations {input.annotations:q}"
        " --out {output.images:q} > {log:q} 2>&1"


rule evaluate_epochs:
    """Measure one run on a dataset beside its own, after the epochs that an evaluation names."""
    input:
        src=script("evaluate_epochs.py"),
        base=lambda wildcards: layout.base_files(study, study.run(wildcards.run).model),
        test=lambda wildcards: layout.split_file(study, wildcards.target, "test"),
        preparation=lambda wildcards: layout.preparation_file(study, wildcards.target),
        adapter=rules.train.output.adapter,
        loss=rules.train.output.loss,
        record=rules.train.output.record,
        images=lambda wildcards: layout.images_to_caption(
            study, wildcards.evaluation, wildcards.target, wildcards.run
        ),
    output:
        predictions="<results>/evaluations/{evaluation}/{target}/{run}/predictions.parquet",
        scores="<results>/evaluations/{evaluation}/{target}/{run}/scores.json",
    log:
        "<logs>/evaluate_epochs/{evaluation}/{target}/{run}.log",
    benchmark:
        "<benchmarks>/evaluate_epochs/{evaluation}/{target}/{run}.tsv"
    wildcard_constraints:
        evaluation=one_of(set(study.config.evaluations) - set(study.judged_afterwards)),
    conda:
        "../envs/mmpeft.yaml"
    threads: study.evaluate_resources.threads
    resources:
        gpu=study.evaluate_resources.gpu,
        mem_mb=by_attempt(study.evaluate_resources.mem_mb),
        runtime=lambda wildcards, attempt: (
            study.evaluate_resources.runtime * measurement(wildcards).places * attempt
        ),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_run(
            "evaluate_epochs.py", wildcards.run, measurement(wildcards).spec.measure
        ),
        settings=lambda wildcards: as_text(study.measure_settings(measurement(wildcards))),
        run=subpath(input.adapter, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "{params.gpus} python {input.src} --settings {params.settings:q} --test {input.test:q}"
        " --run {params.run:q} --images {input.images:q} --out {params.out:q} > {log:q} 2>&1"
