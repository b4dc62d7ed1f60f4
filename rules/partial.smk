localrules:
    partial,


rule partial:
    """Render everything from the runs that exist now, gaps marked, into <results>/partial."""
    input:
        src=script("render_partial.py"),
        grid=rules.describe_study.output.grid,
        claims=layout.CLAIMS,
        reported=layout.reported_files(),
    # Without output it runs whenever it is asked for; a benchmark would count as one.
    log:
        "<logs>/render_partial.log",
    conda:
        "../envs/mmpeft.yaml"
    threads: 2
    params:
        artefacts=artefacts(ARTEFACTS),
        results=subpath(input.grid, parent=True),
        datasets=layout.DATASETS,
        reported=lambda wildcards: layout.REPORTED,
    shell:
        "python {input.src} --artefacts {params.artefacts} --grid {input.grid:q}"
        " --results {params.results:q} --datasets {params.datasets:q}"
        " --reported {params.reported:q} --claims {input.claims:q}"
        " --out {params.results:q}/partial --processes {threads} > {log:q} 2>&1"
