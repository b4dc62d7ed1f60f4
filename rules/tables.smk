localrules:
    render_table,


rule tables:
    """All tables of the study."""
    input:
        expand("<results>/tables/{table}.{format}", table=artefacts(TABLES), format=TABLE_FORMATS),


rule render_table:
    """Render one table in every format from what was collected."""
    input:
        **COLLECTED,
        src=script("render_table.py"),
    output:
        html=in_report("<results>/tables/{table}.html", "on screen"),
        csv=in_report("<results>/tables/{table}.csv", "to save"),
        tex="<results>/tables/{table}.tex",
        md="<results>/tables/{table}.md",
        caption="<results>/report/captions/{table}.html",
    log:
        "<logs>/render_table/{table}.log",
    benchmark:
        "<benchmarks>/render_table/{table}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        collected=subpath(input.results, parent=True),
        code=lambda wildcards: code("render_table.py"),
        out=subpath(output.html, parent=True),
    shell:
        "python {input.src} --table {wildcards.table} --collected {params.collected:q}"
        " --out {params.out:q} --caption {output.caption:q} > {log:q} 2>&1"
