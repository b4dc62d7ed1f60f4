localrules:
    render_figure,


rule figures:
    """All figures of the study."""
    input:
        expand(
            "<results>/figures/{figure}.{format}", figure=artefacts(FIGURES), format=FIGURE_FORMATS
        ),


rule render_figure:
    """Render one figure in every format from what was collected."""
    input:
        **COLLECTED,
        src=script("render_figure.py"),
    output:
        svg=in_report("<results>/figures/{figure}.svg", "on screen"),
        pdf=in_report("<results>/figures/{figure}.pdf", "to save"),
        png="<results>/figures/{figure}.png",
        caption="<results>/report/captions/{figure}.html",
    log:
        "<logs>/render_figure/{figure}.log",
    benchmark:
        "<benchmarks>/render_figure/{figure}.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        collected=subpath(input.results, parent=True),
        code=lambda wildcards: code("render_figure.py"),
        out=subpath(output.svg, parent=True),
    shell:
        "python {input.src} --figure {wildcards.figure} --collected {params.collected:q}"
        " --out {params.out:q} --caption {output.caption:q} > {log:q} 2>&1"
