localrules:
    failures,


rule failures:
    """Print which jobs have no result, why, and the command that tries just those again."""
    input:
        src=script("list_failures.py"),
        grid=rules.describe_study.output.grid,
    # Without output it runs whenever it is asked for; a benchmark would count as one.
    log:
        "<logs>/list_failures.log",
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        results=subpath(input.grid, parent=True),
        call=sys.argv[1:],
    shell:
        "python {input.src} --grid {input.grid:q} --results {params.results:q}"
        " -- {params.call:q} > {log:q} 2>&1"
        " && cat {log:q}"
