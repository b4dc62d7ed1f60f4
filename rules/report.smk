localrules:
    overview,


rule overview:
    """Write the opening page of the report from what was collected."""
    input:
        **COLLECTED,
        src=script("write_overview.py"),
        template=shipped("rules/report/overview.html.jinja"),
        claims=rules.check_claims.output.html,
    output:
        overview="<results>/overview.html",
    log:
        "<logs>/overview.log",
    benchmark:
        "<benchmarks>/overview.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        artefacts=[*artefacts(TABLES), *artefacts(FIGURES)],
        collected=subpath(input.results, parent=True),
        code=lambda wildcards: code("write_overview.py"),
    shell:
        "python {input.src} --artefacts {params.artefacts} --collected {params.collected:q}"
        " --claims {input.claims:q} --template {input.template:q} --out {output.overview:q}"
        " > {log:q} 2>&1"
