# The study as it was run and recorded: all that its tables, figures and verdicts need.
localrules:
    recorded,


rule recorded:
    """Every table and figure of the study, and verdicts, from its record: nothing is trained."""
    input:
        [f"reference/{study.name}/{os.path.basename(file)}" for file in COLLECTED.values()],
        src=script("render_recorded.py"),
        claims=layout.CLAIMS,
    output:
        expand(
            "<results>/recorded/tables/{table}.{format}",
            table=artefacts(TABLES),
            format=TABLE_FORMATS,
        ),
        expand(
            "<results>/recorded/figures/{figure}.{format}",
            figure=artefacts(FIGURES),
            format=FIGURE_FORMATS,
        ),
        claims="<results>/recorded/claims.html",
    log:
        "<logs>/render_recorded.log",
    benchmark:
        "<benchmarks>/render_recorded.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 2
    params:
        artefacts=artefacts(ARTEFACTS),
        code=lambda wildcards: code("render_recorded.py"),
        out=subpath(output.claims, parent=True),
        record=subpath(input[0], parent=True),
    shell:
        "python {input.src} --artefacts {params.artefacts} --collected {params.record:q}"
        " --claims {input.claims:q} --out {params.out:q} --processes {threads} > {log:q} 2>&1"
