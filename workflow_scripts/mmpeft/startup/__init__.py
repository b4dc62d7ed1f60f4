"""How a job starts: which libraries it imports, and where it gets them already imported."""

from mmpeft.startup.client import start
from mmpeft.startup.folder import Left, hold
from mmpeft.startup.libraries import import_libraries
from mmpeft.startup.same_study import same_study
from mmpeft.startup.workflow import start_templates

__all__ = ["Left", "hold", "import_libraries", "same_study", "start", "start_templates"]
