"""How a job starts: which libraries it imports, and where it gets them already imported."""

from mmpeft.startup.client import start
from mmpeft.startup.libraries import import_libraries
from mmpeft.startup.workflow import start_templates

__all__ = ["import_libraries", "start", "start_templates"]
