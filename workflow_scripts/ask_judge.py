"""Let a language model behind an endpoint grade the answers of a run: predictions and scores."""

import argparse
import json
from pathlib import Path

from mmpeft.files import alone
from mmpeft.judges.endpoint import Endpoint, Limits
from mmpeft.judges.language_model import LanguageModelJudge
from mmpeft.judges.replies import ReplyStore
from mmpeft.measures.judging import judge_run


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="settings as JSON text")
    parser.add_argument("--limits", type=json.loads, required=True, help="of requests, JSON text")
    parser.add_argument("--test", type=Path, required=True, help="test split, parquet")
    parser.add_argument("--answers", type=Path, required=True, help="folder of the run's answers")
    parser.add_argument("--replies", type=Path, required=True, help="folder to keep replies in")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    asked = args.settings["judge"]
    endpoint = Endpoint(
        asked["base_url"],
        asked["model"],
        limits=Limits(**args.limits),
        store=ReplyStore(args.replies),
    )
    judge = LanguageModelJudge(f"{asked['name']}, {asked['model']}", endpoint)
    with alone(args.out / "judge.lock"):
        record = judge_run(args.settings, args.test, args.answers, judge, args.out)
    print(f"{args.out}: {record['status']} {record['reason'] or json.dumps(record['judging'])}")


if __name__ == "__main__":
    main()
