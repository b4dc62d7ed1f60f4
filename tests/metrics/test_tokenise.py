from pathlib import Path

import pytest

from metrics.java import NEEDS_JAVA
from mmpeft.metrics.tokenise import PYTHON, default_tokeniser

CAPTIONS = (Path(__file__).parent / "captions.txt").read_text(encoding="utf-8").splitlines()

# What Stanford CoreNLP 3.4.1 makes of them, punctuation dropped; checked below where there is Java.
CASES = {
    "A man riding a horse.": "a man riding a horse",
    "A dog's ball; it doesn't roll, can't it?": "a dog 's ball it does n't roll ca n't it",
    "They're here, I'd say we've won't": "they 're here i 'd say we 've wo n't",
    "the boys' ball": "the boys ball",
    "“quoted” and 'single' and ‘curly’": "quoted and single and curly",
    # The official list of punctuation has brackets in capitals only, so these stay.
    "a man (left) [sic]": "a man -lrb- left -rrb- -lsb- sic -rsb-",
    "black/white t-shirt, and/or a jack-in-the-box": (
        "black/white t-shirt and/or a jack-in-the-box"
    ),
    "1,000 people at 12:30, 2.5 miles, 3rd place": "1,000 people at 12:30 2.5 miles 3rd place",
    "costs $5 or 100% at 10:30pm": "costs $ 5 or 100 % at 10:30 pm",
    "number #7 and #tag": "number # 7 and #tag",
    "Mr. and Mrs. Smith on Main St. vs. Dr. Jones": "mr. and mrs. smith on main st. vs. dr. jones",
    "No. 7 says no.": "no. 7 says no",
    "in the U.S. at 5 p.m.": "in the u.s. at 5 p.m.",
    "plan b.": "plan b.",
    "wait... what -- now – then — end": "wait what now then end",
    "stop! why? what?!": "stop why what ?!",
    "cannot gonna gotta wanna gimme lemme 'tis": (
        "can not gon na got ta wan na gim me lem me 't is"
    ),
    "o'clock rock 'n' roll ma'am y'all": "o'clock rock 'n' roll ma'am y' all",
    "café naïve 日本": "café naïve 日本",
    "1 1/2 cups and ½ cup": "1 1/2 cups and 1/2 cup",
    "one, two,three ,four": "one two three four",
    "A 3-year-old  child\ton a 4x4\nin mud": "a 3-year-old child on a 4x4 in mud",
    "": "",
    "?!": "?!",
    ".": "",
}


@pytest.mark.parametrize("caption", CASES)
def test_python(caption):
    assert PYTHON.run([caption]) == [CASES[caption].split()]


def test_without_java_the_python_tokeniser_runs(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert default_tokeniser() is PYTHON
    assert "Python" in PYTHON.name


def test_a_broken_java_stops_the_scoring(monkeypatch, tmp_path):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho no virtual machine >&2\nexit 3\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(RuntimeError, match=r"no virtual machine; repair Java or take it off PATH"):
        default_tokeniser().run(["a dog"])


def test_a_java_that_loses_lines_stops_the_scoring(monkeypatch, tmp_path):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\ncat > /dev/null\nprintf 'a dog'\n", encoding="utf-8")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(RuntimeError, match="returned 1 lines for 2 captions"):
        default_tokeniser().run(["a dog", "a cat"])


@NEEDS_JAVA
def test_java():
    tokeniser = default_tokeniser()
    assert "Java" in tokeniser.name
    captions = list(CASES)
    # Repeated and reordered: each distinct caption is sent once.
    expected = [CASES[caption].split() for caption in [*captions, *reversed(captions)]]
    assert tokeniser.run([*captions, *reversed(captions)]) == expected


@NEEDS_JAVA
def test_line_separators_of_all_kinds_stay_in_their_caption():
    captions = ["a\u2028b", "c\rd", "e\x85f", "g\x0bh"]
    expected = [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
    assert default_tokeniser().run(captions) == PYTHON.run(captions) == expected


@NEEDS_JAVA
def test_python_agrees_with_java_on_all_captions_but_one():
    pairs = zip(default_tokeniser().run(CAPTIONS), PYTHON.run(CAPTIONS), strict=True)
    differing = [
        caption for caption, (java, python) in zip(CAPTIONS, pairs, strict=True) if java != python
    ]
    assert len(CAPTIONS) == 40
    # Java keeps the capitals of "R&B" together, but splits "r&b".
    assert differing == ["The mother & her kid wait for the R&B concert @ the park."]
