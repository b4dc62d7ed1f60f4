import pytest

from mmpeft.gpus.devices import Device, parse_listing, visible_devices

# As nvidia-smi prints it: a whole GPU, and one divided in two.
LISTING = """\
GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aa11)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-bb22)
  MIG 3g.20gb     Device  0: (UUID: MIG-cc33)
  MIG 4g.20gb     Device  1: (UUID: MIG-cc44)
"""
PRESENT = parse_listing(LISTING)


def test_a_listing_has_whole_gpus_and_the_parts_of_divided_ones():
    assert [
        Device("0", "GPU-aa11", "NVIDIA H100 80GB HBM3"),
        Device("1", "MIG-cc33", "NVIDIA A100-SXM4-40GB MIG 3g.20gb"),
        Device("1", "MIG-cc44", "NVIDIA A100-SXM4-40GB MIG 4g.20gb"),
    ] == PRESENT


@pytest.mark.parametrize(
    ("visible", "usable"),
    [
        (None, ["GPU-aa11", "MIG-cc33", "MIG-cc44"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("0", ["GPU-aa11"]),
        ("1,0", ["MIG-cc33", "MIG-cc44", "GPU-aa11"]),
        ("GPU-aa", ["GPU-aa11"]),
        ("MIG-cc44, 0", ["MIG-cc44", "GPU-aa11"]),
        ("0,GPU-aa11", ["GPU-aa11"]),
        ("0,-1,1", ["GPU-aa11"]),
    ],
)
def test_what_a_process_may_use_is_what_it_inherits(visible, usable):
    assert visible_devices(visible, PRESENT) == usable


def test_ids_stand_for_themselves_where_nothing_is_known_of_the_machine():
    assert visible_devices("3,1", []) == ["3", "1"]
    assert visible_devices(None, []) == []


@pytest.mark.parametrize("entry", ["2", "GPU-zz", "MIG-cc"])
def test_an_id_that_names_no_device_or_several_is_refused(entry):
    with pytest.raises(ValueError, match=f"names '{entry}'; this machine has 0 = GPU-aa11"):
        visible_devices(entry, PRESENT)
