"""A small study whose texts would break a page, a script or a template if they were not escaped."""

from dataclasses import replace
from pathlib import Path

import pictures
import synthetic
from example_study import example_study
from mmpeft.collected import Collected
from mmpeft.study import load_study

# Each breaks out of another context: an element, an attribute, a script, a template.
HOSTILE = (
    "</script><script>window.broken = 'script'</script>",
    "<img src=x onerror=\"window.broken = 'image'\">",
    "'\" onmouseover='window.broken = 1'",
    "{{ 7 * 7 }} **bold** `code`_ |x|",
)
LABEL = f"LLaVA {HOSTILE[0]}{HOSTILE[1]}{HOSTILE[3]}"


def study() -> dict:
    """A main and a size experiment and examples, on one model, whose label is a script."""
    common = {"model": ["mini-llava-7b"], "method": ["adapter", "lora"]}
    config = example_study(
        experiments={
            "main": {**common, "dataset": "all", "connector": ["frozen", "tuned"]},
            "size": {
                **common,
                "dataset": ["mini-scienceqa"],
                "size": {"adapter": [128, 256], "lora": [64, 128]},
                "seed": [21, 42],
            },
        },
        examples={"answers": {"runs": {"experiment": "main"}, "items": 4}},
    )
    config["models"]["mini-llava-7b"]["label"] = LABEL
    return config


def results(config: dict, folder: Path) -> Collected:
    """Results of all runs but one, which failed for a hostile reason, and hostile samples."""
    loaded = load_study(config)
    synthetic.write_records(folder, loaded)
    synthetic.fail(folder, loaded.runs[0], HOSTILE[0])
    data = synthetic.collected(folder, loaded)
    samples = pictures.samples(data.study)
    count = len(samples.answers)
    texts = [HOSTILE[index % len(HOSTILE)] for index in range(count)]
    answers = samples.answers.assign(prediction=texts, question=texts, prompt=texts)
    return replace(data, samples=replace(samples, answers=answers))
