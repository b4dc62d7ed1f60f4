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
        html=report(
            "<results>/tables/{table}.html",
            caption="captions/artefact.rst",
            category=lambda wildcards: TABLES[wildcards.table].section,
            labels=lambda wildcards: labels_of(TABLES[wildcards.table], "html"),
        ),
        csv=report(
            "<results>/tables/{table}.csv",
            caption="captions/artefact.rst",
            category=lambda wildcards: TABLES[wildcards.table].section,
            labels=lambda wildcards: labels_of(TABLES[wildcards.table], "csv"),
        ),
        tex=report(
            "<results>/tables/{table}.tex",
            caption="captions/artefact.rst",
            category=lambda wildcards: TABLES[wildcards.table].section,
            labels=lambda wildcards: labels_of(TABLES[wildcards.table], "tex"),
        ),
        md="<results>/tables/{table}.md",
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
        caption=lambda wildcards: TABLES[wildcards.table].caption,
    shell:
        "python {input.src} --table {wildcards.table} --collected {params.collected:q}"
        " --out {params.out:q} > {log:q} 2>&1"
