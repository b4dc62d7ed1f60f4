import subprocess
import sys
from pathlib import Path

import mmpeft

CODE = """
import sys
from mmpeft.startup.libraries import UNUSED, import_libraries
import_libraries()
assert {"torch", "peft", "transformers.trainer"} <= sys.modules.keys()
assert not set(UNUSED) & sys.modules.keys(), set(UNUSED) & sys.modules.keys()
import mmpeft.evaluation, mmpeft.measures.job, mmpeft.training
assert not {"datasets", "pandas", "sklearn"} & sys.modules.keys()
import pandas
"""


def test_a_job_starts_without_the_libraries_it_does_not_use():
    subprocess.run([sys.executable, "-c", CODE], check=True, cwd=Path(mmpeft.__file__).parents[1])
