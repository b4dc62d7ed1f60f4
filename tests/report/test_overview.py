import re
from dataclasses import replace

import pytest

from mmpeft.artefacts import ARTEFACTS, FIGURES, TABLES
from mmpeft.report.overview import overview, without_links
from mmpeft.tables import formats
from mmpeft.tables.model import Cell, Table
from workflow_tree import ROOT

TEMPLATE, STYLE = (
    (ROOT / "rules/report" / name).read_text(encoding="utf-8")
    for name in ("overview.html.jinja", "style.css")
)


def page(data, artefacts=tuple(ARTEFACTS), claims=None):
    return overview(
        data,
        artefacts,
        folder="results/synthetic",
        template=TEMPLATE,
        style=STYLE,
        claims=claims,
    )


@pytest.fixture
def claims():
    """A page of claims with two links, one of them to what no study has."""
    evidence = Cell("Table 1", link="tables/table01_main.html"), Cell("?", link="tables/none.html")
    table = Table(
        id="claims",
        title="Claims",
        caption="Each claim & its verdict.",
        labels=("Claim",),
        columns=("Verdict", "Evidence", "More"),
        rows=((("LoRA > IA3",), (Cell("supported"), *evidence)),),
        notes=(),
    )
    return formats.as_html(table)


def headings(text):
    return re.findall(r"<h2>(.*?)</h2>", text)


def facts(text):
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text))


def test_it_states_question_study_headline_coverage_and_contents(sweeps):
    text = page(sweeps)
    assert "Which way of parameter-efficient fine-tuning" in text
    assert headings(text) == ["The study", "Coverage", "Headline", "Contents", "Workflow"]
    assert "<b>synthetic</b>" in text


def test_facts_are_those_of_the_study(sweeps):
    found = facts(page(sweeps))
    runs = sweeps.results[sweeps.results["kind"] == "run"]["run"].nunique()
    assert found["Fine-tuning runs"] == f"{runs} of {runs} scored"
    assert found["Models"] == "LLaVA-1.5-7B (mini-llava-7b), Qwen-VL-Chat (mini-qwen-vl)"
    assert "Adapter (bottleneck size 256, here 16)" in found["Methods"]
    assert found["Methods"].endswith("IA3, Prefix (virtual tokens 20, here 8)")
    assert found["Data sets, seen"] == "OKVQA (60 to train on, 50 to test)"
    assert found["Seeds"] == "21, 42, 63"
    assert found["Training time"] == f"{round(runs * 4 / 60)} minutes in all"
    assert found["Trained on"] == "Processor of a test, 1 thread"


def test_before_anything_has_run_it_says_so(nothing):
    found = facts(page(nothing))
    assert found["Fine-tuning runs"].startswith("0 of ")
    assert found["Fine-tuning runs"].endswith(" missing")
    assert found["Data sets, seen"] == "OKVQA (60 to train on)"
    assert not {"Training time", "Trained on"} & set(found)


def test_of_reported_numbers_it_says_that_nothing_was_trained(reported):
    text = page(reported, artefacts=("coverage", "headline"))
    assert "Every number is one that the paper prints" in text
    assert "of its own trainings" not in text
    known = (reported.results["kind"] == "run") & reported.results["headline"]
    scored = known & (reported.results["status"] == "ok")
    cells = f"{scored.sum():,} of {known.sum():,} cells of its experiments are reported"
    assert facts(text)["Scores"] == cells
    assert not {"Fine-tuning runs", "Training time"} & set(facts(text))


def test_contents_open_every_artefact_of_the_study(sweeps):
    text = page(sweeps)
    files = re.findall(r'results\["(.*?)"\]\.data_uri', text)
    assert set(files) == {
        *(f"results/synthetic/tables/{name}.html" for name in TABLES),
        *(f"results/synthetic/figures/{name}.svg" for name in FIGURES),
    }
    assert len(files) == len(ARTEFACTS)


def test_a_study_without_the_main_experiment_has_no_headline(sweeps):
    text = page(sweeps, artefacts=("coverage",))
    assert headings(text) == ["The study", "Coverage", "Contents", "Workflow"]
    assert len(re.findall(r"\.data_uri", text)) == 1


def test_claims_are_taken_up_from_their_page(sweeps, claims):
    text = page(sweeps, claims=claims)
    assert headings(text)[1:4] == ["Coverage", "Headline", "Claims of the paper"]
    assert "LoRA &gt; IA3" in text
    assert text.count("<html") == 0


def test_links_of_claims_open_what_the_report_has(sweeps, claims):
    cells = re.findall(r"<td.*?</td>", page(sweeps, claims=claims), re.DOTALL)
    (known,) = (one for one in cells if "Table 1<" in one)
    assert 'results["results/synthetic/tables/table01_main.html"].data_uri' in known
    assert any("<a>?</a>" in re.sub(r"\s+", "", one) for one in cells)
    (unknown,) = (
        one
        for one in re.findall(
            r"<td.*?</td>", page(sweeps, artefacts=("coverage",), claims=claims), re.DOTALL
        )
        if "Table 1<" in one
    )
    assert "<a>Table 1</a>" in unknown


def test_the_chapter_of_claims_has_no_links(claims):
    shown = without_links(claims)
    assert claims.count("<a ") == 2
    assert not re.search(r"</?a\b", shown)
    assert "Table 1" in shown


def test_what_is_no_page_is_refused(sweeps):
    with pytest.raises(ValueError, match="claims are not a page"):
        page(sweeps, claims="supported")


def test_texts_of_a_study_are_escaped(sweeps):
    set_up = sweeps.study["set_up"]
    models = [{**set_up["models"][0], "label": "<script>alert(1)</script>"}]
    study = {**sweeps.study, "study": "a<b", "set_up": {**set_up, "models": models}}
    text = page(replace(sweeps, study=study))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<b>a&lt;b</b>" in text
