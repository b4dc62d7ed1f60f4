rule prepare_dataset:
    """Write the three splits of a dataset; studies that agree on its sizes share it."""
    input:
        src=script("prepare_dataset.py"),
    output:
        train="results/datasets/{dataset}/{sizes}/train.parquet",
        validation="results/datasets/{dataset}/{sizes}/validation.parquet",
        test="results/datasets/{dataset}/{sizes}/test.parquet",
    log:
        "results/datasets/{dataset}/{sizes}/prepare_dataset.log",
    benchmark:
        "results/datasets/{dataset}/{sizes}/prepare_dataset.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=60,
    params:
        code=lambda wildcards: code_of_data("prepare_dataset.py"),
        sizes=lambda wildcards: as_text(layout.sizes_in(wildcards.sizes)),
        out=subpath(output.train, parent=True),
    shell:
        "python {input.src} --dataset {wildcards.dataset} --sizes {params.sizes:q}"
        " --out {params.out:q} > {log:q} 2>&1"
