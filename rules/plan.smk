localrules:
    plan,


rule plan:
    """Print jobs, GPU-hours and memory of the study as estimated, and what it lacks; 1 if anything."""
    input:
        src=script("plan.py"),
    # Without output it runs whenever it is asked for; a benchmark would count as one.
    log:
        "<logs>/plan.log",
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        config=lambda wildcards: yaml.safe_dump(plain(config), sort_keys=False),
    shell:
        "python {input.src} --config {params.config:q} > {log:q} 2>&1"
        " || status=$?; cat {log:q}; exit ${{status:-0}}"
