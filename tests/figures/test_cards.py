import pandas as pd

from mmpeft.figures.cards import judged, scored, status_of


def texts(parts):
    return "".join(text for text, _ in parts)


def marked(parts):
    return [text for text, style in parts if style.marked]


def test_made_up_words_are_marked_where_they_stand():
    said = judged("A red  star and a redder wall, a Red star", ["a red star", "red"])
    assert texts(said) == "✗ A red  star and a redder wall, a Red star"
    assert marked(said) == ["A red  star", "a Red star"]


def test_of_overlapping_words_the_longer_ones_are_marked():
    assert marked(judged("red, a red star", ["red", "a red star"])) == ["red", "a red star"]


def test_signs_in_made_up_words_are_taken_literally():
    assert marked(judged("3 (three) stars", ["(three)"])) == ["(three)"]


def test_a_clean_caption_has_a_tick_and_no_marks():
    said = judged("a red star", [])
    assert texts(said) == "✓ a red star"
    assert marked(said) == []
    assert texts(judged("", [])) == "✓ (no text)"


def test_scores_show_without_colour():
    assert texts(scored("yes", 100.0, percent=True)) == "✓ yes"
    assert texts(scored("yes", 0.0, percent=True)) == "✗ yes"
    assert texts(scored("yes", 30.0, percent=True)) == "30 yes"
    assert texts(scored("a star", 100.0, percent=False)) == "100 a star"
    assert texts(scored("", 0.0, percent=True)) == "✗ (no text)"


def test_gaps_have_their_reason():
    rows = [
        {"run": "a", "status": "failed", "reason": "out of memory"},
        {"run": "b", "status": "missing", "reason": None},
    ]
    results = pd.DataFrame(rows)
    assert status_of(results, run="a") == "failed: out of memory"
    assert status_of(results, run="b") == "missing"
    assert status_of(results, run="c") == "missing"
