localrules:
    check_claims,


rule check_claims:
    """Say of each claim of the paper whether the results support it."""
    input:
        **COLLECTED,
        src=script("check_claims.py"),
        claims=layout.CLAIMS,
    output:
        html="<results>/claims.html",
        json=report(
            "<results>/claims.json",
            caption="report/claims.rst",
            category=chapter("Claims"),
            labels={"Artefact": "Verdicts on the paper's claims", "Use": "to save"},
        ),
        md="<results>/claims.md",
    log:
        "<logs>/check_claims.log",
    benchmark:
        "<benchmarks>/check_claims.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        collected=subpath(input.results, parent=True),
        code=lambda wildcards: code("check_claims.py"),
        out=subpath(output.html, parent=True),
    shell:
        "python {input.src} --claims {input.claims:q} --collected {params.collected:q}"
        " --out {params.out:q} > {log:q} 2>&1"
