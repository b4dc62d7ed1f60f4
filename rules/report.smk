localrules:
    overview,


rule overview:
    """Write the opening page of the report, and the verdicts on claims as the report shows them."""
    input:
        **COLLECTED,
        src=script("write_overview.py"),
        template=shipped("rules/report/overview.html.jinja"),
        style=shipped("rules/report/style.css"),
        claims=rules.check_claims.output.html,
    output:
        overview="<results>/overview.html",
        claims=report(
            "<results>/report/claims.html",
            caption="report/claims.rst",
            category=chapter("Claims"),
            labels={"Artefact": "Verdicts on the paper's claims", "Use": "on screen"},
        ),
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
        " --claims {input.claims:q} --template {input.template:q} --style {input.style:q}"
        " --out {output.overview:q} --claims-shown {output.claims:q} > {log:q} 2>&1"
