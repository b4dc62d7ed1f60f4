"""The report in a real browser: every chapter and artefact, no errors, hostile texts as texts."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from hostile import HOSTILE, LABEL
from mmpeft.artefacts import ARTEFACTS
from mmpeft.artefacts.kinds import SECTIONS
from mmpeft.report import entries
from mmpeft.study import Study, layout, load_study

pytestmark = pytest.mark.study

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
# No sandbox within a container, and no traffic of the browser's own.
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SHOWN = "div.h-screen.overflow-auto"  # what the report has on the right
SIDE = "nav.h-screen"  # and on the left
LISTED = f"{SIDE} tbody tr"  # the entries of a chapter


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.fail("no browser to test the report with: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=list(FLAGS), chromium_sandbox=False
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser, report) -> Iterator[Page]:
    """The opened report; whatever a test does with it, it complains of nothing."""
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url[:200]))
    page.on("request", lambda request: _note_foreign(request.url, complaints))
    page.goto(report.as_uri())
    page.locator("#overview").wait_for()
    yield page
    assert complaints == []
    assert [frame.evaluate("window.broken ?? null") for frame in page.frames] == [None] * len(
        page.frames
    )
    page.close()


def _note_foreign(url: str, complaints: list[str]) -> None:
    if not url.startswith(("file:", "data:", "blob:")):
        complaints.append(f"asks for {url}")


@pytest.fixture(scope="module")
def artefacts(study) -> list[str]:
    return layout.artefacts_of(study, ARTEFACTS)


@pytest.fixture(scope="module")
def study(tree) -> Study:
    return load_study(yaml.safe_load((tree / "config.yaml").read_text(encoding="utf-8")))


def text_of(locator: Locator) -> str:
    """The text as a reader sees it, without space at its ends."""
    return locator.inner_text().strip()


def chapter_link(page: Page, section: str) -> Locator:
    """The entry of the menu that opens a chapter."""
    return page.locator(f"{SIDE} li a", has_text=re.compile(rf"\. {section}$"))


def open_chapter(page: Page, section: str) -> list[str]:
    """Open a chapter by the menu; returns the names of what it lists."""
    chapter_link(page, section).click()
    page.locator(LISTED).first.wait_for()
    return [text_of(row.locator("td").first) for row in page.locator(LISTED).all()]


def check_shown(page: Page) -> None:
    """What is on the right is an image with pixels, or a table with columns and a caption."""
    picture, frame = page.locator(f"{SHOWN} img"), page.locator(f"{SHOWN} iframe")
    picture.or_(frame).wait_for()
    if picture.count():
        loaded = "image => image.decode().then(() => image.naturalWidth)"
        assert picture.evaluate(loaded) > 0
        return
    shown = frame.element_handle().content_frame()
    shown.wait_for_selector("caption")
    assert shown.locator("thead th").count() > 0
    assert shown.evaluate("window.broken ?? null") is None


def test_it_opens_with_the_question_the_study_and_the_headline(page):
    overview = page.locator("#overview")
    assert text_of(overview.locator("h1")).startswith("Which way of parameter-efficient")
    headings = [text_of(heading) for heading in overview.locator("h2").all()]
    assert headings == [
        "The study",
        "Coverage",
        "Headline",
        "Claims of the paper",
        "Contents",
        "Workflow",
    ]
    told = page.locator("caption", has_text="each method and connector state")
    headline = overview.locator("table", has=told)
    lines = [text_of(line) for line in headline.locator("tbody tr").all()]
    assert len(lines) == 1 + 2 * 2
    assert headline.locator("td.gap").count() == 2
    box = overview.bounding_box()
    assert box["y"] >= 0, "its top can be seen"
    assert box["width"] > 800


def test_every_chapter_lists_and_shows_what_the_study_has(page, artefacts):
    seen = 0
    for section in SECTIONS:
        names = [
            entries.name(ARTEFACTS[one]) for one in artefacts if ARTEFACTS[one].section == section
        ]
        if section == "Claims":
            names = ["Verdicts on the paper's claims"]
        if not names:
            assert chapter_link(page, section).count() == 0
            continue
        listed = open_chapter(page, section)
        assert set(names) <= set(listed)
        for row in page.locator(LISTED).all():
            look = row.locator("a").first
            if look.get_attribute("download") is None:
                look.click()
                check_shown(page)
                seen += 1
        page.locator(f"{SIDE} nav").get_by_text("Results", exact=True).click()
    assert seen == len(artefacts) + 1, "the artefacts and the claims"


def test_chapters_and_figures_are_in_the_order_of_their_numbers(page):
    numbers = [
        int(text.split(".")[0])
        for text in page.locator(f"{SIDE} li a").all_inner_texts()
        if "." in text
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 9
    listed = open_chapter(page, "Set-up")
    tables = [int(name.split("·")[0].removeprefix("Table")) for name in listed if "Table" in name]
    assert tables == [8, 9, 10, 11]


def test_tables_can_be_saved(page, tree):
    open_chapter(page, "Main results")
    page.get_by_text("to save", exact=True).click()
    row = page.locator(LISTED, has_text="Table").first
    with page.expect_download() as download:
        row.locator("a").first.click()
    written = tree / "results/example/tables/table01_main.csv"
    assert Path(download.value.path()).read_bytes() == written.read_bytes()


def test_contents_open_every_artefact_with_its_caption(page, artefacts):
    links = page.locator("#overview nav a")
    assert links.count() == len(artefacts)
    for index in range(links.count()):
        name = text_of(links.nth(index))
        links.nth(index).click()
        check_shown(page)
        panel = page.locator(f"{SIDE} > div")
        assert name in text_of(panel.locator("tbody tr td").first)
        panel.locator("nav a").first.click()  # home
        page.locator("#overview").wait_for()


def test_evidence_of_a_claim_opens_in_the_report(page):
    link = page.locator("#overview .claims a", has_text=re.compile(r"^Table 1$")).first
    link.click()
    check_shown(page)
    panel = page.locator(f"{SIDE} > div")
    assert "Main results" in text_of(panel.locator("tbody tr td").first)


def test_the_chapter_of_claims_has_no_dead_links(page):
    open_chapter(page, "Claims")
    page.locator(LISTED).first.locator("a").first.click()
    shown = page.locator(f"{SHOWN} iframe").element_handle().content_frame()
    shown.wait_for_selector("caption")
    assert shown.locator("td", has_text="Table 1").count() > 0
    assert shown.locator("a").count() == 0


def test_the_opening_page_has_its_style_by_itself(page, tree):
    page.goto((tree / "results/example/overview.html").as_uri())
    size = page.locator("#overview h2").first.evaluate("one => getComputedStyle(one).borderBottom")
    assert size.startswith("2px solid")


def test_a_caption_states_methods_items_and_seeds(page):
    page.locator("#overview nav a", has_text="Table").and_(
        page.locator("a", has_text="Main results")
    ).click()
    caption = text_of(page.locator(f"{SIDE} li.prose"))
    assert "Methods: Adapter, LoRA. Test items: 50 of SQA (img), OKVQA." in caption
    assert "Seeds: 42 (n = 1 for each setting)." in caption


def test_hostile_texts_are_shown_as_texts(page, tree):
    overview = text_of(page.locator("#overview"))
    assert LABEL in overview
    assert f"{HOSTILE[0]} (1)" in overview, "the reason of a failure"
    page.locator("#overview nav a", has_text="Main results").first.click()
    assert LABEL in text_of(page.locator(f"{SIDE} li.prose"))
    for file in (tree / "results/example/tables").glob("*.html"):
        page.goto(file.as_uri())
        assert page.evaluate("window.broken ?? null") is None


def test_the_workflow_and_the_statistics_are_shown(page):
    page.locator("#rulegraph canvas").wait_for()
    page.locator(SIDE).get_by_text("Statistics", exact=True).click()
    page.locator(f"{SHOWN} canvas").first.wait_for()
    page.locator(SIDE).get_by_text("Workflow", exact=True).click()
    page.locator("#overview").wait_for()
