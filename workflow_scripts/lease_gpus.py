"""Run a command on GPUs that no other job of this machine uses, and on no others."""

import argparse
import os
import sys

from mmpeft.gpus import GpusUnavailable, devices_of_machine, run_with_gpus


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gpus", type=int, required=True, help="number of GPUs")
    parser.add_argument("command", nargs="+", help="after --")
    args = parser.parse_args()
    try:
        run_with_gpus(args.command, args.gpus, devices_of_machine(), os.environ)
    except (GpusUnavailable, ValueError, RuntimeError) as error:
        sys.exit(f"lease_gpus.py: {error}")


if __name__ == "__main__":
    main()
