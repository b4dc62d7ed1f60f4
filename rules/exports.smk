localrules:
    exports,


rule exports:
    """Write the results in the layouts of peft's method_comparison and of lmms-eval."""
    input:
        src=script("export.py"),
        grid="<results>/study.json",  # by its path: see `collect`
        records=layout.record_files(study),
        adapters=layout.adapter_folders(study),
        losses=layout.loss_files(study),
        scores=layout.score_files(study),
        evaluations=layout.measure_files(study),
    output:
        exports=directory("<results>/exports"),
    log:
        "<logs>/exports.log",
    benchmark:
        "<benchmarks>/exports.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        code=lambda wildcards: code("export.py"),
        results=subpath(input.grid, parent=True),
    shell:
        "python {input.src} --grid {input.grid:q} --results {params.results:q}"
        " --out {output.exports:q} > {log:q} 2>&1"
