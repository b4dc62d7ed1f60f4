rule datasets:
    """Fetch and prepare every dataset of the study, without training on them."""
    input:
        layout.test_files(study),


rule fetch_source:
    """Fetch what datasets are made from, and record or enforce its revision and checksums."""
    input:
        # what is fetched is what the lock file says: an edit of the script fetches nothing again
        src=ancient(script("fetch_source.py")),
    output:
        folder=directory("results/sources/{source}"),
    log:
        "results/sources/logs/{source}.log",
    benchmark:
        "results/sources/benchmarks/{source}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=1440,
    params:
        lock="reference/sources/{source}.json",
    shell:
        "python {input.src} --source {wildcards.source} --lock {params.lock:q}"
        " --out {output.folder:q} > {log:q} 2>&1"


rule prepare_dataset:
    """Write the three splits of a dataset; studies that agree on its sizes share it."""
    input:
        src=script("prepare_dataset.py"),
        sources=lambda wildcards: layout.source_folders(wildcards.dataset),
    output:
        train="results/datasets/{dataset}/{sizes}/train.parquet",
        validation="results/datasets/{dataset}/{sizes}/validation.parquet",
        test="results/datasets/{dataset}/{sizes}/test.parquet",
        record="results/datasets/{dataset}/{sizes}/preparation.json",
    log:
        "results/datasets/{dataset}/{sizes}/prepare_dataset.log",
    benchmark:
        "results/datasets/{dataset}/{sizes}/prepare_dataset.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        # VQAv2 peaks at 2.3 GB: all annotations as Python objects
        mem_mb=lambda wildcards, input: 8000 if input.sources else 2000,
        runtime=lambda wildcards, input: 240 if input.sources else 60,
    params:
        code=lambda wildcards: code_of_data("prepare_dataset.py", dataset=wildcards.dataset),
        settings=lambda wildcards: as_text(
            study.preparation_settings(wildcards.dataset, layout.sizes_in(wildcards.sizes))
        ),
        sources=layout.SOURCES,
        locks=layout.LOCKS,
        out=subpath(output.train, parent=True),
    shell:
        "python {input.src} --settings {params.settings:q} --sources {params.sources:q}"
        " --locks {params.locks:q} --out {params.out:q} > {log:q} 2>&1"
