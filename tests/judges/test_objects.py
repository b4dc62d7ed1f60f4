import pytest

from mmpeft.judges.objects import CATEGORIES, OTHERWISE, objects_in, unreferenced_objects


def test_the_categories_are_those_of_coco():
    assert len(CATEGORIES) == 80
    assert all(category in objects_in(f"one {category} here") for category in CATEGORIES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A man and two dogs.", {"person": "man", "dog": "dogs"}),
        (
            "BUSES, benches, knives, canoes",
            {
                "bus": "buses",
                "bench": "benches",
                "knife": "knives",
                "boat": "canoes",
            },
        ),
        ("babies, ponies and ties", {"person": "babies", "horse": "ponies", "tie": "ties"}),
        (
            "The men's bikes and a dog’s ball",
            {
                "person": "men",
                "bicycle": "bikes",
                "dog": "dog",
                "sports ball": "ball",
            },
        ),
        # The longest phrase is read, and names one thing.
        ("a teddy bear on a fire truck", {"teddy bear": "teddy bear", "truck": "fire truck"}),
        ("a hot dog", {"hot dog": "hot dog"}),
        (
            "a cell phone by the tennis rackets",
            {
                "cell phone": "cell phone",
                "tennis racket": "tennis rackets",
            },
        ),
        ("a baseball player", {"person": "baseball player"}),
        # The first words for a category stand for it.
        ("a girl, a boy and a woman", {"person": "girl"}),
        ("a red house under the sky", {}),
        ("catalogue, carpet, busy", {}),
        ("", {}),
    ],
)
def test_objects_in(text, expected):
    assert objects_in(text) == expected


@pytest.mark.parametrize("phrase", [part.strip() for part in OTHERWISE.split(",")])
def test_words_that_mean_something_else(phrase):
    assert objects_in(f"a {phrase}") == {}


def test_what_no_reference_names_is_found():
    references = ["A boy rides his bike.", "A kid on a bicycle in front of a car."]
    assert unreferenced_objects("A child cycles past automobiles.", references) == ()
    assert unreferenced_objects("A boy walks two dogs past a bus.", references) == ("dogs", "bus")
    assert unreferenced_objects("A lonely hill.", references) == ()
    assert unreferenced_objects("A dog.", []) == ("dog",)
