import base64
import hashlib
import html
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from PIL import UnidentifiedImageError

from mmpeft.annotation.annotations import Annotation, key, read_annotations
from mmpeft.annotation.sheet import MAX_SIDE, Item, sheet
from mmpeft.datasets.mini.generate import generate_row
from mmpeft.datasets.schema import decode_image

IMAGE = generate_row("mini-flickr30k", "test", 0)["image"]
NASTY = "<script>document.title = 'taken'</script> \"quoted\" &amp; </p>"
SAID = ["a dog", "a cat", NASTY, "=SUM(A1)", ""]


class Page(HTMLParser):
    """The elements of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]


def item(**changes) -> Item:
    return Item(**{"id": NASTY, "image": IMAGE, "references": [NASTY], "captions": SAID} | changes)


def page(*items: Item) -> str:
    return sheet(f"Captions {NASTY}", 'captions" onload="x', "flickr30k", items)


def test_every_different_caption_stands_once_under_its_key():
    parsed = Page(page(item(captions=[*SAID, "a dog"]), item(id="2", captions=["a dog"])))
    keys = [one["data-key"] for one in parsed.all("div") if "data-key" in one]
    assert len(keys) == 6
    assert set(keys[:5]) == {key("flickr30k", NASTY, text) for text in SAID}
    assert keys[5] == key("flickr30k", "2", "a dog")
    # The order within an image follows from the keys alone, and so tells nothing.
    assert keys[:5] == sorted(keys[:5])
    assert page(item()) == page(item(captions=SAID[::-1]))


def test_sheets_of_other_captions_are_kept_in_another_place():
    stores = [
        Page(text).all("body")[0]["data-store"]
        for text in (page(item()), page(item(captions=SAID[::-1])), page(item(captions=SAID[:2])))
    ]
    assert stores[0] == stores[1] != stores[2]


def test_text_of_data_sets_and_models_is_text():
    parsed = Page(page(item()))
    assert len(parsed.all("script")) == 1
    (body,) = parsed.all("body")
    assert body["data-sheet"] == 'captions" onload="x'
    assert body.keys() == {"data-sheet", "data-store"}
    assert parsed.text.count(NASTY) == 5  # title, heading, image, reference, caption
    assert not [
        name for _, attributes in parsed.elements for name in attributes if name[:2] == "on"
    ]


def test_the_page_allows_its_own_script_alone():
    text = page(item())
    (policy,) = (one["content"] for one in Page(text).all("meta") if "http-equiv" in one)
    assert policy.startswith("default-src 'none'; img-src data:; ")
    for tag in ("style", "script"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "http://" not in text
    assert "https://" not in text


def test_images_are_encoded_anew_and_small():
    large = generate_row("mini-flickr30k", "test", 1)["image"]
    picture = decode_image(large).resize((2000, 1000))
    encoded = io.BytesIO()
    picture.save(encoded, "PNG")
    (shown,) = Page(page(item(image=encoded.getvalue()))).all("img")
    kind, _, data = shown["src"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert decode_image(base64.b64decode(data)).size == (MAX_SIDE, MAX_SIDE // 2)
    with pytest.raises(UnidentifiedImageError):
        page(item(image=b"<svg onload='x'/>"))


def test_a_sheet_without_captions_says_so():
    assert "There is nothing to judge yet." in page()


CHROMIUM = shutil.which("chromium")
if CHROMIUM:

    def in_browser(tmp_path, text: str) -> str:
        """The page as the browser has it after its scripts have run."""
        file = tmp_path / "sheet.html"
        file.write_text(text, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        done = subprocess.run(
            [CHROMIUM, *options, profile, file.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    def with_script(text: str, script: str) -> str:
        return text.replace("</body>", f"<script>{script}</script></body>")

    def without_policy(text: str) -> str:
        return re.sub(r"<meta http-equiv=.*?>", "", text)

    def test_no_other_script_runs(tmp_path):
        shown = in_browser(tmp_path, with_script(page(item()), "document.title = 'taken'"))
        assert "0 of 5 captions judged" in shown
        assert "<title>taken" not in shown

    def test_what_is_ticked_is_what_is_read(tmp_path):
        """Ticks boxes as a person does, and loads what it has saved."""
        names = {text: key("flickr30k", NASTY, text) for text in SAID}
        script = f"""
            const names = {json.dumps(list(names.values()))};
            const card = (n) => document.querySelector("[data-key='" + names[n] + "']");
            const type = (n, words) => {{
              field(card(n), "words").value = words;
              field(card(n), "words").dispatchEvent(new Event("input", {{bubbles: true}}));
            }};
            field(card(0), "judged").click();
            field(card(1), "hallucination").click();
            type(2, 'a "cat"; =two,');
            field(card(3), "hallucination").click();
            field(card(3), "nothing").click();
            field(card(4), "nothing").click();
            field(card(4), "judged").click();
            const saved = asCsv();
            for (const one of judged()) field(one, "judged").click();
            const cleared = asCsv();
            take(fromCsv(saved));
            document.body.innerHTML = "<pre></pre><i></i>";
            document.querySelector("pre").textContent = saved;
            const result = [cleared.trim(), asCsv() === saved];
            document.querySelector("i").textContent = result;
        """
        shown = in_browser(tmp_path, with_script(without_policy(page(item())), script))
        saved = html.unescape(re.search(r"<pre>(.*?)</pre>", shown, re.DOTALL)[1])
        assert "<i>key,hallucination,nothing,words,true</i>" in shown
        file = tmp_path / "saved.csv"
        file.write_text(saved, encoding="utf-8")
        false = Annotation(hallucination=True, nothing=False, words=())
        assert read_annotations([file]) == {
            names["a dog"]: Annotation(hallucination=False, nothing=False, words=()),
            names["a cat"]: false,
            names[NASTY]: Annotation(hallucination=True, nothing=False, words=('a "cat"', "=two,")),
            names["=SUM(A1)"]: Annotation(hallucination=False, nothing=True, words=()),
        }
