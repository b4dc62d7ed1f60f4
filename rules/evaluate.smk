rule evaluate_all:
    """The scores of all runs, of their baselines and of all evaluations."""
    input:
        layout.score_files(study),
        layout.measure_files(study),


rule evaluate:
    """Score the adapter of one run on the test split of its dataset."""
    input:
        src=script("evaluate.py"),
        base=lambda wildcards: layout.base_files(study, study.run(wildcards.run).model),
        test=lambda wildcards: layout.split_file(study, study.run(wildcards.run).dataset, "test"),
        preparation=lambda wildcards: layout.preparation_file(
            study, study.run(wildcards.run).dataset
        ),
        adapter=rules.train.output.adapter,
        record=rules.train.output.record,
    output:
        predictions="<results>/runs/{run}/predictions.parquet",
        scores="<results>/runs/{run}/scores.json",
    log:
        "<logs>/evaluate/{run}.log",
    benchmark:
        "<benchmarks>/evaluate/{run}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: study.evaluate_resources.threads
    resources:
        gpu=study.evaluate_resources.gpu,
        mem_mb=by_attempt(study.evaluate_resources.mem_mb),
        runtime=by_attempt(study.evaluate_resources.runtime),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_run("evaluate.py", wildcards.run),
        settings=lambda wildcards: as_text(study.evaluate_settings(*study.task(wildcards.run))),
        data=subpath(input.test, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "{params.gpus} python {input.src} --settings {params.settings:q} --data {params.data:q}"
        " --adapter {input.adapter:q} --out {params.out:q} > {log:q} 2>&1"


rule evaluate_base:
    """Score an un-tuned base model on a test split."""
    input:
        src=script("evaluate.py"),
        base=lambda wildcards: layout.base_files(study, wildcards.model),
        test=lambda wildcards: layout.split_file(study, wildcards.dataset, "test"),
        preparation=lambda wildcards: layout.preparation_file(study, wildcards.dataset),
    output:
        predictions="<results>/baselines/base/{model}/{dataset}/predictions.parquet",
        scores="<results>/baselines/base/{model}/{dataset}/scores.json",
    log:
        "<logs>/evaluate_base/{model}/{dataset}.log",
    benchmark:
        "<benchmarks>/evaluate_base/{model}/{dataset}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: study.evaluate_resources.threads
    resources:
        gpu=study.evaluate_resources.gpu,
        mem_mb=by_attempt(study.evaluate_resources.mem_mb),
        runtime=by_attempt(study.evaluate_resources.runtime),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_base("evaluate.py", wildcards.model),
        settings=lambda wildcards: as_text(
            study.evaluate_settings(wildcards.model, wildcards.dataset)
        ),
        data=subpath(input.test, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "{params.gpus} python {input.src} --settings {params.settings:q} --data {params.data:q}"
        " --adapter none --out {params.out:q} > {log:q} 2>&1"


rule evaluate_constant:
    """Score the one answer that does best on the training split: what chance would reach."""
    input:
        src=script("evaluate_constant.py"),
        train=lambda wildcards: layout.split_file(study, wildcards.dataset, "train"),
        test=lambda wildcards: layout.split_file(study, wildcards.dataset, "test"),
        preparation=lambda wildcards: layout.preparation_file(study, wildcards.dataset),
    output:
        scores="<results>/baselines/constant/{dataset}/scores.json",
    log:
        "<logs>/evaluate_constant/{dataset}.log",
    benchmark:
        "<benchmarks>/evaluate_constant/{dataset}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        code=lambda wildcards: code_of_data("evaluate_constant.py"),
        settings=lambda wildcards: as_text(study.constant_settings(wildcards.dataset)),
        data=subpath(input.test, parent=True),
        out=subpath(output.scores, parent=True),
    shell:
        "python {input.src} --settings {params.settings:q} --data {params.data:q}"
        " --out {params.out:q} > {log:q} 2>&1"
