import pytest

from mmpeft.annotation.annotations import COLUMNS, Annotation, key, read_annotations

ONE, TWO = key("d", "1", "a dog"), key("d", "1", "a cat")


HEADER = ",".join(COLUMNS)


def file(folder, *lines, name="a.csv", header=HEADER):
    path = folder / name
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def test_keys_tell_data_sets_images_and_captions_apart():
    keys = {
        key("d", "1", "x"),
        key("e", "1", "x"),
        key("d", "2", "x"),
        key("d", "1", "X"),
        key("d", "1x", ""),
        key("d1", "", "x"),
    }
    assert len(keys) == 6
    assert all(len(one) == 16 and int(one, 16) >= 0 for one in keys)


def test_files_are_read_together(tmp_path):
    files = [
        file(tmp_path, f"{ONE},no,no,", f'{TWO},yes,no,"cat; two, red ;"'),
        # Other case, spaces, and the same judgement again.
        file(tmp_path, f"{ONE} ,No, NO,", name="b.csv"),
    ]
    assert read_annotations(files) == {
        ONE: Annotation(hallucination=False, nothing=False, words=()),
        TWO: Annotation(hallucination=True, nothing=False, words=("cat", "two, red")),
    }
    assert read_annotations([]) == {}


def test_a_byte_order_mark_does_no_harm(tmp_path):
    path = tmp_path / "bom.csv"
    path.write_bytes(b"\xef\xbb\xbf" + file(tmp_path, f"{ONE},no,yes,").read_bytes())
    assert read_annotations([path])[ONE].nothing


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{ONE},maybe,no,", "line 2: hallucination is 'maybe'; legal: yes, no"),
        (f"{ONE},yes,,", "line 2: nothing is ''; legal: yes, no"),
        (f"{ONE},yes", "line 2: nothing is ''; legal: yes, no"),
        (f"{ONE[:-1]},yes,no,", "line 2: key is '[0-9a-f]{15}'; needed: 16 hexadecimal digits"),
        ("1.2E+15,yes,no,", "line 2: key is '1.2E.15'"),
        (f"{ONE},yes,yes,", "line 2: a caption that names nothing cannot hallucinate"),
        (f"{ONE},no,no,cat", "line 2: words are given, but hallucination is no"),
    ],
)
def test_what_no_sheet_writes_is_refused_by_line(tmp_path, line, told):
    with pytest.raises(ValueError, match=told):
        read_annotations([file(tmp_path, line)])


def test_other_columns_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"a.csv: columns \['key', 'verdict'\]; needed: key, hall"):
        read_annotations([file(tmp_path, header="key,verdict")])
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(ValueError, match="columns None"):
        read_annotations([tmp_path / "empty.csv"])


def test_judgements_that_contradict_each_other_are_refused(tmp_path):
    files = [
        file(tmp_path, f"{TWO},no,no,", f"{ONE},no,no,"),
        file(tmp_path, f"{ONE},yes,no,", name="b.csv"),
    ]
    told = rf"b.csv, line 2: {ONE} is judged otherwise than in .*a.csv, line 3"
    with pytest.raises(ValueError, match=told):
        read_annotations(files)
