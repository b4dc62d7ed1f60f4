import pytest

from mmpeft.epochs import (
    epochs_to_measure,
    minimum_epoch,
    nearest_to_minimum,
    validation_losses,
)

LOSSES = """step,epoch,split,loss,learning_rate
1,0.5,train,9.0,0.01
2,1.0,train,8.0,0.01
2,1.0,validation,5.0,
3,1.5,train,7.0,0.01
4,2.0,train,6.0,0.01
4,2.0,validation,3.0,
6,3.0,validation,4.0,
"""


def at(minimum, epochs=12):
    """Losses with their minimum at that epoch."""
    return {epoch: float(abs(epoch - minimum)) for epoch in range(1, epochs + 1)}


@pytest.fixture
def file(tmp_path):
    (tmp_path / "loss.csv").write_text(LOSSES)
    return tmp_path / "loss.csv"


def test_validation_losses_are_read_by_epoch(file):
    assert validation_losses(file) == {1: 5.0, 2: 3.0, 3: 4.0}


@pytest.mark.parametrize(
    ("minimum", "count", "chosen"),
    [
        (6, 1, [6]),
        (6, 3, [5, 6, 7]),
        # Of two epochs at one distance the later one comes first.
        (6, 2, [6, 7]),
        (6, 4, [5, 6, 7, 8]),
        # Next to an end they lie on one side.
        (1, 4, [1, 2, 3, 4]),
        (2, 4, [1, 2, 3, 4]),
        (11, 4, [9, 10, 11, 12]),
        (12, 4, [9, 10, 11, 12]),
        (5, 12, list(range(1, 13))),
    ],
)
def test_epochs_next_to_the_minimum(minimum, count, chosen):
    assert nearest_to_minimum(at(minimum), count) == chosen


def test_of_equal_minima_the_first_counts():
    assert minimum_epoch({1: 3.0, 2: 1.0, 3: 2.0, 4: 1.0}) == 2


def test_the_distance_is_in_epochs_and_not_in_loss():
    assert nearest_to_minimum({1: 1.1, 2: 9.0, 3: 1.0, 4: 8.0, 5: 1.2}, 3) == [2, 3, 4]


def test_too_few_epochs_are_an_error():
    with pytest.raises(ValueError, match="asked for 5 epochs, the run has 4"):
        nearest_to_minimum(at(2, epochs=4), 5)


def test_a_list_is_taken_as_it_is_and_the_losses_decide_otherwise(file):
    assert epochs_to_measure([3, 6], file) == [3, 6]
    assert epochs_to_measure({"nearest_to_minimum": 2}, file) == [2, 3]
