"""Compare the Qwen-VL class with a folder of values from the original code.

Prints the largest difference of each quantity. Exit status: 0 all within tolerance, 1 beyond it,
2 the folder cannot be compared.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from transformers.utils import logging

from mmpeft.models.qwen_vl.oracle import TOLERANCES, OracleError, compare


def main() -> int:
    """Print the differences; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="config.json, weights, io.npz, image<i>.png")
    folder = parser.parse_args().folder
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        differences = compare(folder)
    except OracleError as error:
        print(f"check_oracle: {error}", file=sys.stderr)
        return 2
    print(f"{'case':<6}{'quantity':<14}{'largest':>12}{'tolerance':>12}")
    for one in differences:
        verdict = "ok" if one.within else "BEYOND"
        limit = TOLERANCES[one.quantity]
        print(f"{one.case:<6}{one.quantity:<14}{one.largest:>12.3g}{limit:>12.3g}  {verdict}")
    return 0 if all(one.within for one in differences) else 1


if __name__ == "__main__":
    sys.exit(main())
