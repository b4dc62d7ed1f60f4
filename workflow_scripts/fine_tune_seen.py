"""Fine-tune a whole base on the mixture of seen datasets, before any run starts from it."""

import argparse
import json
import sys
from pathlib import Path

from mmpeft.files import alone
from mmpeft.gpus import require_gpus
from mmpeft.startup import import_libraries


def main() -> None:
    """Translate the command line; ends with status 128 + signal after an interruption."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument(
        "--data", type=Path, nargs="+", required=True, help="folders of the datasets' splits"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the new base")
    args = parser.parse_args()
    import_libraries()
    require_gpus()
    from mmpeft.training import Interrupted
    from mmpeft.training.seen import fine_tune_seen

    try:
        with alone(args.out.with_name(f"{args.out.name}.lock")):
            failure = fine_tune_seen(args.settings, args.data, args.out)
    except Interrupted as interruption:
        print(f"{args.out}: {interruption}; the next start continues there", file=sys.stderr)
        sys.exit(128 + interruption.signal_number)
    print(f"{args.out}: {'ok' if failure is None else f'{failure.status} {failure.reason}'}")


if __name__ == "__main__":
    main()
