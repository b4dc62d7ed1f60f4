import os

import pytest
from processes import run, templates

from mmpeft.startup.address import VARIABLE


def test_a_process_costs_time_and_memory():
    cost = run("-c", "print(len(bytearray(400 * 2**20))); sum(range(10**7))")
    assert cost.output == f"{400 * 2**20}\n"
    assert cost.cpu_seconds > 0
    assert cost.wall_seconds > 0
    assert 400 < cost.peak_mib < 2_000


def test_a_process_has_one_thread_the_package_and_what_is_given(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    told = "import mmpeft, os; print(*map(os.environ.get, ('OMP_NUM_THREADS', 'GIVEN')))"
    assert run("-c", told, GIVEN="this").output == "1 this\n"
    assert run("-c", "import sys; print('elsewhere' in str(sys.path))").output == "True\n"


def test_a_process_that_fails_tells_what_it_printed():
    with pytest.raises(RuntimeError, match=r"ended with 3:\nsaid before$"):
        run("-c", "import sys; print('said before'); sys.exit(3)")


def test_templates_are_offered_to_those_who_get_the_variable_alone():
    with templates() as offered:
        assert VARIABLE not in os.environ
        told = f"import os; print(os.path.isdir(os.environ.get({VARIABLE!r}, '')))"
        assert run("-c", told).output == "False\n"
        assert run("-c", told, **offered).output == "True\n"
    assert run("-c", told, **offered).output == "False\n"
