# The complete mini study as it was run and recorded: all that its tables and figures need.
RECORD = "reference/mini"
REBUILT = "results/recorded"


localrules:
    recorded,


rule recorded:
    """Every table and figure of the complete mini study from its record, without training."""
    input:
        [f"{RECORD}/{os.path.basename(file)}" for file in COLLECTED.values()],
        src=script("render_recorded.py"),
    output:
        expand(f"{REBUILT}/tables/{{table}}.{{format}}", table=TABLES, format=TABLE_FORMATS),
        expand(f"{REBUILT}/figures/{{figure}}.{{format}}", figure=FIGURES, format=FIGURE_FORMATS),
    log:
        f"{REBUILT}/render_recorded.log",
    benchmark:
        f"{REBUILT}/render_recorded.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        code=code("render_recorded.py"),
        record=RECORD,
        out=REBUILT,
    shell:
        "python {input.src} --collected {params.record:q} --out {params.out:q} > {log:q} 2>&1"
