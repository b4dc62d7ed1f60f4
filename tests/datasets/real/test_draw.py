from mmpeft.datasets.real.draw import Pool
from mmpeft.datasets.real.question import Question


def questions(number, images=None):
    return [
        Question(id=f"q{index}", image=f"i{index % (images or number)}", question="?")
        for index in range(number)
    ]


def ids(drawn):
    return [one.id for one in drawn]


def test_smaller_draws_lie_in_larger_ones():
    drawn = [set(ids(Pool("vqav2", questions(500)).draw(size))) for size in (10, 50, 100, 200)]

    assert [len(one) for one in drawn] == [10, 50, 100, 200]
    assert drawn[0] < drawn[1] < drawn[2] < drawn[3]


def test_draws_depend_on_ids_and_dataset_and_not_on_the_order_of_files():
    forwards = Pool("vqav2", questions(100)).draw(10)
    backwards = Pool("vqav2", reversed(questions(100))).draw(10)
    other = Pool("ocrvqa", questions(100)).draw(10)

    assert set(ids(forwards)) == set(ids(backwards)) != set(ids(other))


def test_draw_is_the_recorded_one():
    """A changed seed or hash would make another dataset of the same name."""
    assert ids(Pool("vqav2", questions(1000)).draw(5)) == ["q238", "q458", "q493", "q722", "q972"]


def test_questions_come_in_the_order_of_their_source():
    drawn = Pool("vqav2", questions(100)).draw(20)
    numbers = [int(name[1:]) for name in ids(drawn)]

    assert numbers == sorted(numbers)
    assert ids(Pool("vqav2", questions(30)).draw(30)) == [f"q{n}" for n in range(30)]


def test_nothing_is_drawn_twice():
    pool = Pool("vqav2", questions(100))

    first, second, rest = (set(ids(pool.draw(size))) for size in (30, 30, 100))

    assert len(first | second | rest) == 100
    assert len(rest) == 40
    assert len(pool) == 0


def test_images_can_be_left_out():
    pool = Pool("vqav2", questions(60, images=20))
    first = pool.draw(10)
    pool.leave_out({one.image for one in first})
    second = pool.draw(100)

    assert second
    assert not {one.image for one in first} & {one.image for one in second}
