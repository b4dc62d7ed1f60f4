from mmpeft.models.mini.recipe import RECIPES


rule bases:
    """Rebuild the mini bases of the study beside the shipped ones."""
    input:
        expand("results/bases/{model}", model=[name for name in study.models if name in RECIPES]),


rule pretrain:
    """Pre-train a mini base by its recipe; goes on where an interrupted one stopped."""
    input:
        src=script("pretrain.py"),
        start=lambda wildcards: layout.pretrained(RECIPES[wildcards.model].start),
    output:
        base=directory("results/bases/{model}"),
    log:
        "results/bases/logs/{model}.log",
    benchmark:
        "results/bases/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=one_of(RECIPES),
    conda:
        "../envs/mmpeft.yaml"
    threads: 2
    resources:
        gpu=0,
        mem_mb=4000,
        runtime=600,
    params:
        gpus=with_gpus,
        code=lambda wildcards: code("pretrain.py"),
        start=lambda wildcards, input: f"--start {input.start}" if input.start else "",
    shell:
        "{params.gpus} python {input.src} --model {wildcards.model} {params.start}"
        " --out {output.base:q} > {log:q} 2>&1"


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
        mem_mb=2000,
        runtime=240,
    params:
        hub=lambda wildcards: layout.hubs(study)[wildcards.model],
    shell:
        "python {input.src} --hub {params.hub:q} --out {output.base:q} > {log:q} 2>&1"
