"""The checkout that is measured; importing this puts its package and tests on the path."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "workflow_scripts"
sys.path[:0] = [str(SCRIPTS), str(ROOT / "tests")]
