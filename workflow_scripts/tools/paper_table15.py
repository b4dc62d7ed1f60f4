"""Count the parameters of the paper's models and methods, and hold Table 15 against them.

Models of full size are built without weights. Prints the totals, the trainable parameters of every
model, method, location and connector of `studies/paper.yaml`, and each row of Table 15 as computed
and as printed. Exit status: 0 all rows within tolerance, 1 beyond it.
"""

import argparse
import csv
import sys
from pathlib import Path

import yaml

from mmpeft.startup import import_libraries

ROOT = Path(__file__).resolve().parents[2]
# LLaVA in the vocabulary of Vicuna, without the rows that llava-hf adds.
VOCABULARY = {"llava": 32_000, "qwen_vl": None}
PRINTED = {"LLaVA-v1.5 7B": "llava-1.5-7b", "LLaVA-v1.5 13B": "llava-1.5-13b"}
# What the released code means by the same words (docs/fidelity.md).
RELEASED_QWEN = {
    "connector_definition": "paper_code",
    "module_variants": {"adapter": "released_code", "lora": "released_code"},
}
PROJECTED_PREFIX = {"name": "prefix", "location": None, "size": 20, "prefix_projection": True}


def main() -> int:
    """Print the three tables; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--study", type=Path, default=ROOT / "studies" / "paper.yaml")
    study_file = parser.parse_args().study
    import_libraries()
    from mmpeft.methods.census import census
    from mmpeft.study import load_study
    from mmpeft.verification.paper_costs import cost_row

    study = load_study(yaml.safe_load(study_file.read_text(encoding="utf-8")))
    methods = [*study.outline_settings()["methods"], PROJECTED_PREFIX]
    counts = {}
    for name, spec in study.config.models.items():
        model = {"family": spec.family, "base": ROOT / "reference" / "architectures" / name}
        counts[name] = census(model, methods, VOCABULARY[spec.family])
        if spec.family == "qwen_vl":
            counts[f"{name}, released code"] = census({**model, **RELEASED_QWEN}, methods)

    print("Parameters of the models (LLaVA: original vocabulary)\n")
    for name, counted in counts.items():
        print(f"  {name:<28}{counted[0].base:>16,}")
    print("\nTrainable parameters\n")
    print(f"  {'model':<28}{'method':<10}{'location':<10}{'connector frozen':>18}{'tuned':>18}")
    for name, counted in counts.items():
        for one, method in zip(counted, methods, strict=True):
            place = "projected" if method.get("prefix_projection") else one.location or "-"
            frozen, tuned = one.trainable("frozen"), one.trainable("tuned")
            print(f"  {name:<28}{one.method:<10}{place:<10}{frozen:>18,}{tuned:>18,}")

    with (ROOT / "reference/paper/table15_parameters_flops.csv").open(encoding="utf-8") as file:
        printed = list(csv.DictReader(file))
    default = {}
    for name in PRINTED.values():
        for one in counts[name]:  # of each method its default location stands first
            default.setdefault((name, one.method), one)
    rows = [
        cost_row(line, default[PRINTED[line["model"]], line["method"].lower()]) for line in printed
    ]
    print("\nTable 15: trainable parameters in percent; FLOPs back-solved: N_t is the number of")
    print("tokens that gives the printed training FLOPs, from which those of inference follow\n")
    print(
        f"  {'model':<16}{'method':<9}{'connector':<10}"
        f"{'computed':>9}{'printed':>9}{'difference':>12}"
        f"{'N_t':>9}{'inference':>12}{'printed':>12}{'difference':>12}"
    )
    for row in rows:
        print(
            f"  {row.model:<16}{row.method:<9}{row.connector:<10}{row.computed_percent:>9.5f}"
            f"{row.printed_percent:>9.3f}{row.percent_difference:>+12.5f}{row.tokens:>9.0f}"
            f"{row.inference_flops:>12.4e}{row.printed_inference_flops:>12.3e}"
            f"{100 * row.flops_difference:>+11.4f}%{'' if row.within else '  BEYOND'}"
        )
    fitting = sum(row.within for row in rows)
    print(f"\n{fitting} of {len(rows)} rows within 0.001 point and 0.05 %")
    return 0 if fitting == len(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
