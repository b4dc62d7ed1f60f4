localrules:
    write_study,
    plan,


rule write_study:
    """Write down the study as it was called for: as text on a command line it would hide the plan."""
    input:
        src=script("write_study.py"),
    output:
        study=temp("<results>/plan.yaml"),
    log:
        "<logs>/write_study.log",
    benchmark:
        "<benchmarks>/write_study.tsv"
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    params:
        config=lambda wildcards: yaml.safe_dump(plain(config), sort_keys=False),
    shell:
        "python {input.src} --config {params.config:q} --out {output.study:q} > {log:q} 2>&1"


rule plan:
    """Print jobs, GPU-hours and memory of the study as estimated, and what it lacks; 1 if anything."""
    input:
        src=script("plan.py"),
        study=rules.write_study.output.study,
    # Without output it runs whenever it is asked for; a benchmark would count as one. The log, which
    # Snakemake shows after a failure, does not have the plan once more.
    log:
        "<logs>/plan.log",
    retries: 0
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    shell:
        "python {input.src} --study {input.study:q} 2> {log:q}"
