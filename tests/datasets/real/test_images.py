import io
import struct
import zlib

import pytest
from PIL import Image

import official_layouts
from mmpeft.datasets.real.images import BadImageError, read_image
from mmpeft.datasets.sources.archive import ArchiveError


class Material:
    """One image, or what happens when it is read."""

    def __init__(self, content):
        self.content = content

    def image(self, name):
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(width, height):
    """A small file that claims to be large; its pixels need not be there to be dangerous."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(10**5), 9)
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def text_bomb():
    """A PNG whose compressed comment unpacks to 100 MB."""
    data = official_layouts.picture(1, "PNG")
    comment = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(10**8), 9))
    return data[:33] + comment + data[33:]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_good_image_is_passed_on_as_it_is(kind):
    data = official_layouts.picture(7, kind)

    assert read_image(Material(data), "x") == data


def test_large_photograph_is_good():
    file = io.BytesIO()
    Image.new("L", (4000, 3000)).save(file, "PNG")

    assert read_image(Material(file.getvalue()), "x") == file.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "image 'x' is broken: cannot identify"),
        (b"<html>", "image 'x' is broken: cannot identify"),
        (official_layouts.picture(1)[:-80], "image 'x' is broken: "),
        (official_layouts.picture(1, "PNG")[:-30], "image 'x' is broken: "),
        (png_of(10_000, 10_000), "image 'x' has 10000 x 10000 pixels, over 89478485"),
        (png_of(60_000, 60_000), "image 'x' is a decompression bomb"),
        (text_bomb(), "image 'x' is broken: .*[Dd]ecompress"),
        (KeyError("x"), "image 'x' is missing from its source"),
        (ArchiveError("a.zip: 'x' is broken"), "a.zip: 'x' is broken"),
    ],
)
def test_bad_image_is_named_with_its_fault(content, message):
    with pytest.raises(BadImageError, match=message):
        read_image(Material(content), "x")
