"""Write the opening page of a study's report, and the page of claims as the report shows it."""

import argparse
from pathlib import Path

from mmpeft.artefacts import ARTEFACTS
from mmpeft.startup import start


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--artefacts", nargs="*", choices=sorted(ARTEFACTS), required=True)
    parser.add_argument("--collected", type=Path, required=True, help="folder of collected files")
    parser.add_argument("--claims", type=Path, required=True, help="page with verdicts on claims")
    parser.add_argument("--template", type=Path, required=True, help="the page, as Jinja template")
    parser.add_argument("--style", type=Path, required=True, help="style sheet of the report")
    parser.add_argument("--claims-shown", type=Path, required=True, help="its copy for the report")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    args = parser.parse_args()
    from mmpeft import collected
    from mmpeft.files import write_text
    from mmpeft.report.overview import overview, without_links

    data, claims = collected.read(args.collected), args.claims.read_text(encoding="utf-8")
    page = overview(
        data,
        args.artefacts,
        folder=args.collected.as_posix(),
        template=args.template.read_text(encoding="utf-8"),
        style=args.style.read_text(encoding="utf-8"),
        claims=claims,
    )
    write_text(args.out, page)
    write_text(args.claims_shown, without_links(claims))


if __name__ == "__main__":
    start(main, "rendering")
