"""The sheet on which people judge captions: one HTML page that needs nothing but a browser.

Each image stands once, with its reference captions and all different captions that models gave it,
in an order that tells nothing about the models. What comes from data sets and models is escaped,
images are decoded and encoded anew, and the page allows itself no script but its own and no
connection to anywhere.
"""

import base64
import hashlib
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmpeft.annotation.annotations import key
from mmpeft.annotation.page import SCRIPT, STYLE
from mmpeft.datasets.schema import decode_image

# Longest side of an image on the sheet, in pixels.
MAX_SIDE = 480

_GUIDE = """
<p>A caption hallucinates if it names something that the image does not show: an object, a colour, \
a number, an action, a place. What it leaves out, or says vaguely, is no hallucination. The \
reference captions are other people's; they help, but need not be complete.</p>
<p>Tick <b>judged</b> for a caption without fault, <b>hallucination</b> for one that names what is \
not there, <b>names nothing</b> for one that says nothing about any image. You may type its false \
words as they stand in the caption, with ; between several. Save from time to time: the file that \
you save is the result. It can be loaded here again to go on.</p>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An image to judge captions of; `image` is encoded."""

    id: str
    image: bytes
    references: Sequence[str]
    captions: Sequence[str]


def sheet(title: str, name: str, dataset: str, items: Iterable[Item]) -> str:
    """The page as text; `name` is that of the file of annotations it saves, without ending.

    Raises PIL.UnidentifiedImageError for an image that cannot be decoded.
    """
    items = list(items)
    sections = [
        _section(item, dataset, f"Image {number} of {len(items)}")
        for number, item in enumerate(items, start=1)
    ]
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_source(STYLE)}'; "
        f"script-src '{_source(SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )
    shown = html.escape(title)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{shown}</title>
<style>{STYLE}</style>
</head>
<body data-sheet="{html.escape(name)}" data-store="{_store(dataset, items)}">
<header>
<h1>{shown}</h1>
<span id="progress"></span>
<button id="next" type="button">Next one to judge</button>
<label class="file">Load a file<input id="load" type="file" accept=".csv"></label>
<button id="save" type="button">Save as file</button>
</header>
<div class="guide">{_GUIDE}</div>
<main>
{"".join(sections) or "<p>There is nothing to judge yet.</p>"}
</main>
<script>{SCRIPT}</script>
</body>
</html>
"""


def _store(dataset: str, items: Sequence[Item]) -> str:
    """Where the browser keeps judgements: sheets of other captions have another place."""
    keys = sorted(key(dataset, item.id, text) for item in items for text in item.captions)
    return hashlib.sha256("".join(keys).encode()).hexdigest()[:16]


def _section(item: Item, dataset: str, heading: str) -> str:
    references = "".join(f"<li>{html.escape(text)}</li>" for text in item.references)
    by_key = {key(dataset, item.id, text): text for text in item.captions}
    captions = "".join(_caption(name, by_key[name]) for name in sorted(by_key))
    return f"""<section>
<div><img src="data:image/jpeg;base64,{_picture(item.image)}" alt="">
<h2>{heading}: {html.escape(item.id)}</h2></div>
<div><h3>Reference captions</h3><ul>{references}</ul>
<h3>Captions to judge</h3>
{captions}</div>
</section>
"""


def _caption(name: str, text: str) -> str:
    boxes = "".join(
        f'<label><input type="checkbox" name="{field}" autocomplete="off"> {label}</label>'
        for field, label in (
            ("judged", "judged"),
            ("hallucination", "hallucination"),
            ("nothing", "names nothing"),
        )
    )
    shown = html.escape(text) or "<i>(no text)</i>"
    return f"""<div class="caption" data-key="{name}">
<p>{shown}</p>
{boxes}
<label>false words <input type="text" name="words" autocomplete="off"></label>
</div>
"""


def _picture(data: bytes) -> str:
    image = decode_image(data)
    image.thumbnail((MAX_SIDE, MAX_SIDE))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=88)
    return base64.b64encode(encoded.getvalue()).decode("ascii")


def _source(text: str) -> str:
    """How a content security policy names a script or style by its content."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
