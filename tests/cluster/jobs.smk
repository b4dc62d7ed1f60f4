# Single jobs to submit: one file each, named after the rule.


rule gpu:
    """Ends when four of them run, and writes which GPU it has."""
    output:
        "gpu{number}",
    resources:
        gpu=1,
    shell:
        "touch begun{wildcards.number}; until [ -e begun1 -a -e begun2 -a -e begun3 -a -e begun4 ];"
        ' do sleep 0.2; done; echo "$CUDA_VISIBLE_DEVICES" > {output}'


rule none:
    """Writes which GPU it has: none."""
    output:
        "none",
    shell:
        'echo "${{CUDA_VISIBLE_DEVICES-unset}}" > {output}'


rule failing:
    """Writes the reason to its log."""
    output:
        "failing",
    log:
        "failing.log",
    shell:
        "echo the reason of it > {log}; exit 3"


rule flaky:
    """Fails once, and writes the memory of each attempt."""
    output:
        "flaky",
    resources:
        mem_mb=lambda wildcards, attempt: 500 * attempt,
    shell:
        "echo {resources.mem_mb} >> attempts; [ $(wc -l < attempts) -gt 1 ]; cp attempts {output}"


rule late:
    """Never ends in one minute, Slurm's smallest limit, and at once if it has two."""
    output:
        "late",
    resources:
        runtime=lambda wildcards, attempt: attempt,
    shell:
        "[ {resources.runtime} -gt 1 ] || sleep 600; echo {resources.runtime} > {output}"


rule waiting:
    """Ends when the file `go` appears, and writes the Slurm job of each attempt."""
    output:
        "waiting",
    shell:
        "echo $SLURM_JOB_ID >> started; until [ -e go ]; do sleep 0.2; done; cp started {output}"
