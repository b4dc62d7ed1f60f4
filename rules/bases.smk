rule bases:
    """Rebuild the mini bases of the study beside the shipped ones."""
    input:
        expand("results/bases/{model}", model=layout.mini_models(study)),


rule pretrain:
    """Pre-train a mini base; goes on where an interrupted pre-training stopped."""
    input:
        src=script("pretrain.py"),
    output:
        base=directory("results/bases/{model}"),
    log:
        "results/bases/logs/{model}.log",
    benchmark:
        "results/bases/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=r"mini-[a-z0-9-]+",
    conda:
        "../envs/mmpeft.yaml"
    threads: 2
    resources:
        gpu=0,
        mem_mb=growing(4000),
        runtime=growing(600),
    params:
        code=lambda wildcards: code("pretrain.py"),
    shell:
        "python {input.src} --model {wildcards.model} --out {output.base:q} > {log:q} 2>&1"


rule fetch_base:
    """Fetch the weights of a real base model from its hub."""
    input:
        src=script("fetch_base.py"),
    output:
        base=directory("results/bases/{model}"),
    log:
        "results/bases/logs/{model}.log",
    benchmark:
        "results/bases/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=one_of(layout.hubs(study)),
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=growing(2000),
        runtime=growing(240),
    params:
        hub=lambda wildcards: layout.hubs(study)[wildcards.model],
    shell:
        "python {input.src} --hub {params.hub:q} --out {output.base:q} > {log:q} 2>&1"
