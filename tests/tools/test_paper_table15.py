import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_table_15_follows_from_the_models():
    done = subprocess.run(
        [sys.executable, "workflow_scripts/tools/paper_table15.py"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": "workflow_scripts"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [line.split() for line in done.stdout.splitlines()]
    # totals, as published: of the index of Qwen's checkpoint, and behind the paper's percentages
    assert ["qwen-vl-chat", "9,656,935,168"] in found
    assert ["llava-1.5-7b", "7,062,902,784"] in found
    assert ["llava-1.5-13b", "13,350,839,296"] in found
    assert ["llava-1.5-7b", "lora", "both", "319,815,680", "340,795,392"] in found
    assert ["llava-1.5-7b", "prefix", "projected", "1,090,867,200", "1,111,846,912"] in found
    # models, of which Qwen twice, x (3 methods x 3 locations, 2 prefixes)
    counted = [words for words in found if len(words) >= 5 and words[-1].count(",") >= 2]
    assert len(counted) == 5 * 11
    rows = [words for words in found if words[:1] == ["LLaVA-v1.5"]]
    assert len(rows) == 16
    assert ["7B", "IA3", "tuned", "0.30571", "0.306"] in [words[1:6] for words in rows]
    assert found[-1][:4] == ["16", "of", "16", "rows"]
