"""Write the data card of every real dataset, with what has been fetched and prepared here.

python workflow_scripts/tools/write_data_cards.py docs/data-cards
"""

import argparse
from pathlib import Path

from mmpeft.datasets.cards import card
from mmpeft.datasets.real.catalogue import REAL
from mmpeft.files import write_text
from mmpeft.study import layout


def main() -> None:
    """Translate the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="folder of the cards")
    out = parser.parse_args().out
    for name in REAL:
        write_text(out / f"{name}.md", card(name, Path(layout.LOCKS), Path(layout.DATASETS)))


if __name__ == "__main__":
    main()
