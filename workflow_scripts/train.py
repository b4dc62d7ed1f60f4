"""Fine-tune one run of the grid: adapter, loss curve and record."""

import argparse
import json
import sys
from pathlib import Path

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
    require_gpus()
    from mmpeft.training import Interrupted, fine_tune

    try:
        record = fine_tune(args.settings, args.data, args.out)
    except Interrupted as interruption:
        print(f"{args.out}: {interruption}; the next start continues there", file=sys.stderr)
        sys.exit(128 + interruption.signal_number)
    print(f"{args.out}: {record['status']} {record['reason'] or ''}".rstrip())


if __name__ == "__main__":
    start(main, "models")
