"""Fine-tune one run of the grid: adapter, loss curve and record."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmpeft.files import alone
from mmpeft.gpus import require_gpus
from mmpeft.startup import import_libraries, start


def main() -> None:
    """Translate the command line; ends with status 128 + signal after an interruption."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--data", type=Path, required=True, help="folder of the dataset's splits")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    args = parser.parse_args()
    import_libraries()
    gpus = require_gpus()
    from mmpeft.training.processes import in_processes

    with alone(args.out / "train.lock"):
        in_processes(max(gpus, 1), train, args.settings, args.data, args.out)


def train(settings: Mapping[str, Any], data: Path, out: Path) -> None:
    """Train, in this process and those beside it; the first one says how it ended."""
    from mmpeft.training import Interrupted, fine_tune
    from mmpeft.training.processes import is_first

    try:
        record = fine_tune(settings, data, out)
    except Interrupted as interruption:
        if is_first():
            print(f"{out}: {interruption}; the next start continues there", file=sys.stderr)
        sys.exit(128 + interruption.signal_number)
    if is_first():
        print(f"{out}: {record['status']} {record['reason'] or ''}".rstrip())


if __name__ == "__main__":
    start(main, "models")
