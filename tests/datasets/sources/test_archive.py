import io
import zipfile

import pytest

from mmpeft.datasets.sources.archive import Archive, ArchiveError


def written(tmp_path, members, name="some.zip"):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members:
            archive.writestr(member, data)
    return path


def linked(name):
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member


def test_files_are_read_by_path_or_by_name(tmp_path):
    path = written(tmp_path, [("a/", b""), ("a/x.jpg", b"1"), ("__MACOSX/a/._x.jpg", b"2")])

    assert Archive(path).names == ["a/x.jpg"]
    assert Archive(path).read("a/x.jpg", 1) == b"1"
    assert Archive(path, by_name=True).read("x.jpg", 1) == b"1"
    assert [file.name for file in tmp_path.iterdir()] == ["some.zip"]


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("../../evil.txt", "leaves its folder"),
        ("a/../../evil.txt", "leaves its folder"),
        ("/etc/evil.txt", "has an absolute or foreign path"),
        ("C:/evil.txt", "has an absolute or foreign path"),
        ("a\\..\\evil.txt", "has an absolute or foreign path"),
        (linked("link.jpg"), "is a link"),
    ],
)
def test_unsafe_members_are_named_and_the_archive_refused(tmp_path, member, reason):
    path = written(tmp_path, [("good.txt", b""), (member, b"/etc/passwd")])

    with pytest.raises(ArchiveError, match=f"some.zip: member .*{reason}"):
        Archive(path)


def test_what_is_no_archive_is_shown(tmp_path):
    path = tmp_path / "page.zip"
    path.write_bytes(b"<!DOCTYPE html><p>Sign in")

    with pytest.raises(ArchiveError, match=r"page\.zip: .*starts with b'<!DOCTYPE html>"):
        Archive(path)


def test_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = written(tmp_path, [("bomb.jpg", bytes(10**6))])

    assert path.stat().st_size < 2000
    with pytest.raises(ArchiveError, match=r"'bomb\.jpg' unpacks to 1000000 bytes, over 999"):
        Archive(path).read("bomb.jpg", 999)


def test_member_that_lies_about_its_size_yields_no_more_than_it_declares(tmp_path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.jpg", bytes(10**6))
    size = (10**6).to_bytes(4, "little")
    path = tmp_path / "lies.zip"
    path.write_bytes(file.getvalue().replace(size, (10).to_bytes(4, "little")))

    with pytest.raises(ArchiveError, match=r"'bomb\.jpg' is broken: Bad CRC-32"):
        Archive(path).read("bomb.jpg", 999)


def test_broken_member_is_named(tmp_path):
    path = written(tmp_path, [("x.jpg", bytes(range(256)) * 40)])
    data = bytearray(path.read_bytes())
    data[60:70] = bytes(10)
    path.write_bytes(data)

    with pytest.raises(ArchiveError, match=r"'x\.jpg' is broken"):
        Archive(path).read("x.jpg", 10**6)


def test_unknown_and_repeated_names(tmp_path):
    with pytest.raises(KeyError):
        Archive(written(tmp_path, [("x.jpg", b"1")])).read("y.jpg", 1)
    twice = written(tmp_path, [("a/x.jpg", b"1"), ("b/x.jpg", b"2")])
    with pytest.raises(ArchiveError, match=r"'x\.jpg' occurs twice"):
        Archive(twice, by_name=True)
