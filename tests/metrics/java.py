"""Tests that run the tokeniser of the official caption evaluation."""

import shutil

import pytest

NEEDS_JAVA = pytest.mark.skipif(shutil.which("java") is None, reason="PTBTokenizer needs Java")
