rule train_all:
    """All fine-tuning runs of the study, unscored."""
    input:
        layout.record_files(study),


rule train:
    """Fine-tune one run: its adapter, its loss curve and, written last, its record."""
    input:
        src=script("train.py"),
        base=lambda wildcards: layout.base_files(study, study.run(wildcards.run).model),
        train=lambda wildcards: layout.split_file(study, study.run(wildcards.run).dataset, "train"),
        validation=lambda wildcards: layout.split_file(
            study, study.run(wildcards.run).dataset, "validation"
        ),
        preparation=lambda wildcards: layout.preparation_file(
            study, study.run(wildcards.run).dataset
        ),
    output:
        adapter=directory("<results>/runs/{run}/adapter"),
        loss="<results>/runs/{run}/loss.csv",
        record="<results>/runs/{run}/train.json",
    log:
        "<logs>/train/{run}.log",
    benchmark:
        "<benchmarks>/train/{run}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: study.train_resources.threads
    resources:
        gpu=study.train_resources.gpu,
        mem_mb=by_attempt(study.train_resources.mem_mb),
        runtime=by_attempt(study.train_resources.runtime),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_run("train.py", wildcards.run),
        settings=lambda wildcards: as_text(study.train_settings(study.run(wildcards.run))),
        data=subpath(input.train, parent=True),
        out=subpath(output.record, parent=True),
    shell:
        "{params.gpus} python {input.src} --settings {params.settings:q} --data {params.data:q}"
        " --out {params.out:q} > {log:q} 2>&1"
