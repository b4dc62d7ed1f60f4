"""Take over what people have said of the captions of a run: predictions and scores."""

import argparse
import json
from pathlib import Path

from mmpeft.judges.annotators import caption_judge
from mmpeft.measures.judging import judge_run


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--test", type=Path, required=True, help="test split, parquet")
    parser.add_argument("--answers", type=Path, required=True, help="folder of the run's captions")
    parser.add_argument(
        "--annotations", type=Path, nargs="*", default=[], help="judgements of people, CSV"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    judge = caption_judge(
        args.settings["judge"]["name"], args.settings["dataset"]["name"], args.annotations
    )
    record = judge_run(args.settings, args.test, args.answers, judge, args.out)
    waiting = sum("reason" in one for one in record["epochs"])
    print(f"{args.out}: {record['status']} {waiting} epochs wait for judgements")


if __name__ == "__main__":
    main()
