localrules:
    describe_study,
    describe_models,
    collect,


rule describe_study:
    """List the cells of the study: which run fills them, and how the paper calls their values."""
    input:
        src=script("describe_study.py"),
    output:
        grid="<results>/study.json",
    log:
        "<logs>/describe_study.log",
    benchmark:
        "<benchmarks>/describe_study.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        code=lambda wildcards: code("describe_study.py"),
        grid=text_digest(as_text(study.manifest())),
        # Depends on output, hence never a reason to run again: `grid` says what matters of it.
        config=lambda wildcards, output: yaml.safe_dump(plain(config), sort_keys=False),
    shell:
        "python {input.src} --config {params.config:q} --out {output.grid:q} > {log:q} 2>&1"


rule describe_models:
    """List what the models of the study are made of, and where its methods sit in them."""
    input:
        src=script("describe_models.py"),
        bases=layout.outlined_files(study),
    output:
        models="<results>/models.json",
    log:
        "<logs>/describe_models.log",
    benchmark:
        "<benchmarks>/describe_models.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        code=lambda wildcards: code("describe_models.py"),
        settings=as_text(study.outline_settings()),
    shell:
        "python {input.src} --settings {params.settings:q} --out {output.models:q} > {log:q} 2>&1"


rule collect:
    """Gather all records into tidy files: all that tables and figures read."""
    input:
        src=script("collect.py"),
        # By its path: beside `rules.*`, Snakemake's time goes by the square of long lists.
        grid="<results>/study.json",
        records=layout.record_files(study),
        scores=layout.score_files(study),
        evaluations=layout.measure_files(study),
        losses=layout.loss_files(study),
        choices=layout.image_files(study),
        tests=layout.test_files(study),
        reported=layout.reported_files(),
    output:
        parquet="<results>/results.parquet",
        csv=report(
            "<results>/results.csv",
            caption="report/results.rst",
            category=chapter("Data"),
            labels={"Artefact": "All results, one row each", "Use": "to save"},
        ),
        losses="<results>/losses.parquet",
        item_scores="<results>/items.parquet",
        samples="<results>/samples.parquet",
        images="<results>/sample_images.parquet",
        reported="<results>/reported.parquet",
    log:
        "<logs>/collect.log",
    benchmark:
        "<benchmarks>/collect.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        code=lambda wildcards: code("collect.py"),
        results=subpath(output.parquet, parent=True),
        datasets=lambda wildcards: layout.DATASETS,
        reported=lambda wildcards: layout.REPORTED,
    shell:
        "python {input.src} --grid {input.grid:q} --results {params.results:q}"
        " --datasets {params.datasets:q} --reported {params.reported:q} --out {params.results:q}"
        " > {log:q} 2>&1"


# All that a table or figure is made of.
COLLECTED = {
    "grid": rules.describe_study.output.grid,
    "models": rules.describe_models.output.models,
    "results": rules.collect.output.parquet,
    "losses": rules.collect.output.losses,
    "item_scores": rules.collect.output.item_scores,
    "samples": rules.collect.output.samples,
    "images": rules.collect.output.images,
    "reported": rules.collect.output.reported,
}
