import json

import numpy as np

from mmpeft.datasets.mini.scene import Scene, Thing, read_scene, sample_scene

SCENE = Scene(
    (
        Thing("circle", "red", "big", 0),
        Thing("star", "blue", "small", 1),
        Thing("circle", "green", "small", 3),
    )
)


def test_position_row_and_column():
    assert [(t.position, t.row, t.column) for t in SCENE.things] == [
        ("top left", 0, 0),
        ("top right", 0, 1),
        ("bottom right", 1, 1),
    ]


def test_counts_and_unique_things():
    assert SCENE.count(shape="circle") == 2
    assert SCENE.count(shape="circle", colour="red") == 1
    assert SCENE.count() == 3
    assert [t.colour for t in SCENE.unique_by("shape")] == ["blue"]
    assert SCENE.at(2) is None


def test_neighbours_share_a_row_or_a_column():
    relations = {(a.colour, relation, b.colour) for a, relation, b in SCENE.neighbours()}
    assert relations == {
        ("red", "left of", "blue"),
        ("blue", "right of", "red"),
        ("blue", "above", "green"),
        ("green", "below", "blue"),
    }


def test_sampled_scenes_are_lawful_and_reproducible():
    rng = np.random.default_rng(5)
    scenes = [sample_scene(rng) for _ in range(200)]
    for scene in scenes:
        quadrants = [t.quadrant for t in scene.things]
        assert quadrants == sorted(set(quadrants))
    assert {len(scene.things) for scene in scenes} == {1, 2, 3, 4}
    assert scenes[0] == sample_scene(np.random.default_rng(5))


def test_a_scene_is_read_back_from_its_graph():
    assert read_scene(json.loads(json.dumps(SCENE.graph()))) == SCENE
