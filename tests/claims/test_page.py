import json
import re
from html.parser import HTMLParser

import pytest

import paper
from mmpeft import claims
from mmpeft.claims.config import Claim
from workflow_tree import ROOT

FILE = ROOT / "reference/claims.yaml"
FORMATS = ("md", "html", "json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("claims")
    claims.write(paper.everything(), claims.load(FILE), folder)
    return folder


def claim(**changes):
    reading = {
        "reading": "a <b>reading</b>",
        "of": {"experiment": "main"},
        "predicate": {"kind": "best", "best": {"method": "LoRA"}},
    }
    base = {"id": "one", "source": "Table 1", "text": "<i>LoRA</i> | best", "readings": [reading]}
    return Claim(**base | {"artefact": "table01_main"} | changes)


class Links(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag == "a":
            self.found.append(dict(attrs)["href"])


def test_all_formats_say_the_same_of_every_claim(folder):
    data = json.loads((folder / "claims.json").read_text())
    assert [one["id"] for one in data["claims"]] == [one.id for one in claims.load(FILE)]
    assert sum(data["counts"].values()) == len(data["claims"])
    shown = (folder / "claims.md").read_text()
    assert re.findall(r"\*\*(supported|not supported|not enough data)\*\*", shown) == [
        one["verdict"] for one in data["claims"]
    ]
    assert f"{data['counts']['supported']} supported" in shown


def test_an_effect_comes_with_its_bound_and_says_that_it_has_no_interval(folder):
    data = {one["id"]: one for one in json.loads((folder / "claims.json").read_text())["claims"]}
    deciding = data["ia3_unseen_gain"]["readings"][0]["deciding"]
    assert deciding["effect"] == pytest.approx(15.035)
    assert (deciding["bound"], deciding["unit"], deciding["interval"]) == (15, "points", None)
    assert deciding["no_interval"] == "no item scores"
    line = next(
        line for line in (folder / "claims.md").read_text().splitlines() if "more than 15" in line
    )
    assert "(bound 15) | no CI | 1 |" in line


def test_a_relative_claim_shows_the_growth_and_its_bound(folder):
    data = {one["id"]: one for one in json.loads((folder / "claims.json").read_text())["claims"]}
    gain = data["low_to_medium_gain"]["readings"][0]
    growth = {one["name"]: one["effect"] for one in gain["comparisons"]}
    # Section 5 of the paper has over 10 % for all four methods
    expected = {"Adapter": 13.3, "LoRA": 10.2, "IA3": 14.3, "Prefix": 16.4}
    assert growth == pytest.approx(expected, abs=0.2)
    deciding = gain["deciding"]
    assert (deciding["name"], deciding["bound"], deciding["unit"]) == ("LoRA", 10, "per cent")
    assert deciding["verdict"] == "supported"
    lines = (folder / "claims.md").read_text().splitlines()
    (line,) = (line for line in lines if "relative gain of the mean" in line)
    assert re.search(r"\| \+10\.\d % \(bound 10 %\) \| no CI \|", line)


def test_links_lead_to_the_artefacts(folder):
    links = Links((folder / "claims.html").read_text()).found
    assert "tables/table01_main.html" in links
    assert "figures/figure04_generalisation.svg" in links


def test_a_claim_without_cells_has_no_link_and_says_what_is_missing(tmp_path):
    other = claim(readings=[claim().readings[0].model_copy(update={"where": {"model": ["GPT"]}})])
    claims.write(paper.collected("table1_main", "main"), [other], tmp_path)
    (one,) = json.loads((tmp_path / "claims.json").read_text())["claims"]
    assert (one["verdict"], one["link"]) == ("not enough data", None)
    assert "no cell of model GPT" in (tmp_path / "claims.md").read_text()
    assert Links((tmp_path / "claims.html").read_text()).found == []


def test_texts_are_escaped(tmp_path):
    claims.write(paper.collected("table1_main", "main"), [claim()], tmp_path)
    page = (tmp_path / "claims.html").read_text()
    assert "&lt;i&gt;LoRA&lt;/i&gt; | best" in page
    assert "<b>reading</b>" not in page
    assert "<i>LoRA</i> \\| best" in (tmp_path / "claims.md").read_text()
