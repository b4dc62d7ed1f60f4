from mmpeft.models.mini.recipe import RECIPES


rule bases:
    """Fetch and prepare every model of the study, without training it."""
    input:
        layout.model_files(study),


rule rebuild_bases:
    """Rebuild the mini bases of the study from scratch, beside the shipped ones."""
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


rule download_checkpoint:
    """Download a checkpoint from the model hub, and record or enforce its revision and checksums."""
    input:
        # what is fetched is what the lock file says: an edit of the script fetches nothing again
        src=ancient(script("download_checkpoint.py")),
    output:
        checkpoint=directory("results/downloads/{hub}"),
    log:
        "results/downloads/logs/{hub}.log",
    benchmark:
        "results/downloads/benchmarks/{hub}.tsv"
    wildcard_constraints:
        hub=r"[\w.-]+/[\w.-]+",
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=240,
    params:
        lock="reference/sources/{hub}.json",
    shell:
        "python {input.src} --hub {wildcards.hub:q} --lock {params.lock:q}"
        " --out {output.checkpoint:q} > {log:q} 2>&1"


rule prepare_base:
    """Make a downloaded checkpoint a base: weights, tokenizer and images as in the original."""
    input:
        unpack(lambda wildcards: layout.checkpoint_files(study, wildcards.model)),
        src=script("prepare_base.py"),
    output:
        base=directory("results/bases/{model}"),
    log:
        "results/bases/logs/{model}.log",
    benchmark:
        "results/bases/benchmarks/{model}.tsv"
    wildcard_constraints:
        model=one_of(layout.published(study)),
    conda:
        "../envs/mmpeft.yaml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=64000,
        runtime=60,
    params:
        code=lambda wildcards: code_of_base("prepare_base.py", wildcards.model),
        family=lambda wildcards: study.config.models[wildcards.model].family,
        hubs=lambda wildcards: as_text(study.hubs(wildcards.model)),
        downloads=layout.DOWNLOADS,
        locks=layout.LOCKS,
    shell:
        "python {input.src} --family {params.family:q} --hubs {params.hubs:q}"
        " --downloads {params.downloads:q} --locks {params.locks:q} --out {output.base:q}"
        " > {log:q} 2>&1"


rule fine_tune_seen:
    """Fine-tune a whole base on the mixture of seen datasets; all runs of the study start there."""
    input:
        src=script("fine_tune_seen.py"),
        base=lambda wildcards: layout.published_files(study, wildcards.model),
        splits=layout.mixed_files(study),
        preparations=layout.mixed_preparation_files(study),
    output:
        base=directory("<results>/bases/{model}"),
    log:
        "<logs>/fine_tune_seen/{model}.log",
    benchmark:
        "<benchmarks>/fine_tune_seen/{model}.tsv"
    wildcard_constraints:
        model=one_of(study.models if study.config.seen_mixture else ()),
    conda:
        "../envs/mmpeft.yaml"
    threads: study.seen_resources.threads
    resources:
        gpu=study.seen_resources.gpu,
        mem_mb=by_attempt(study.seen_resources.mem_mb),
        runtime=by_attempt(study.seen_resources.runtime),
    params:
        gpus=with_gpus,
        code=lambda wildcards: code_of_base("fine_tune_seen.py", wildcards.model),
        settings=lambda wildcards: as_text(study.seen_settings(wildcards.model)),
        data=lambda wildcards, input: list(dict.fromkeys(os.path.dirname(f) for f in input.splits)),
    shell:
        "{params.gpus} python {input.src} --settings {params.settings:q} --data {params.data:q}"
        " --out {output.base:q} > {log:q} 2>&1"
