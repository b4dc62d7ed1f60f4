"""Write the opening page of a study's report from its collected files."""

import argparse
from pathlib import Path

from mmpeft.artefacts import ARTEFACTS
from mmpeft.startup import start


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", nargs="*", choices=sorted(ARTEFACTS), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--claims", type=Path, nargs="?", help="page with verdicts on claims")
    parser.add_argument("--template", type=Path, required=True, help="the page, as Jinja template")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    from mmpeft import collected
    from mmpeft.files import write_text
    from mmpeft.report.overview import overview

    data = collected.read(args.collected)
    folder = args.collected.as_posix()
    write_text(args.out, overview(data, args.artefacts, folder, args.template, args.claims))


if __name__ == "__main__":
    start(main, "rendering")
