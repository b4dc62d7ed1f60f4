import os

from mmpeft.study import interpreter


def test_the_interpreters_folder_comes_first_and_once():
    environment = {"PATH": os.pathsep.join(("/usr/bin", "/env/bin"))}

    interpreter.put_first_on_path("/env/bin/python", environment)
    interpreter.put_first_on_path("/env/bin/python", environment)

    assert environment["PATH"] == os.pathsep.join(("/env/bin", "/usr/bin"))


def test_missing_packages(monkeypatch):
    monkeypatch.setattr(interpreter, "NEEDED", ("json", "no_such_package"))

    assert interpreter.missing_packages() == ["no_such_package"]
