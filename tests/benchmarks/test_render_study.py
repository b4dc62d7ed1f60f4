import render_study
from studies import shipped

from mmpeft.artefacts import FIGURES, TABLES
from mmpeft.study import load_study


def test_collects_and_renders_as_the_rules_do(tmp_path, monkeypatch):
    few = ((TABLES, "headline"), (FIGURES, "figure02_seen_unseen"))
    for name, (declared, one) in zip(("TABLES", "FIGURES"), few, strict=True):
        monkeypatch.setattr(render_study, name, {one: declared[one]})
    study = load_study(shipped("smoke"))
    render_study.make_up(study, tmp_path)
    assert render_study.collect(tmp_path).cpu_seconds > 0
    together, each = render_study.render_in_forks(study, tmp_path, 1)
    assert set(each) == {"claims", "headline", "figure02_seen_unseen", "overview"}
    assert together > sum(each.values()) > 0
    for made in ("tables/headline.md", "figures/figure02_seen_unseen.png", "claims.html"):
        assert (tmp_path / made).stat().st_size
    assert (tmp_path / "models.json").is_file()
    monkeypatch.setattr(render_study, "ARTEFACTS", {"headline": TABLES["headline"]})
    assert render_study.render_by_one_script(study, tmp_path, 2).cpu_seconds > 0
    ours, partial = (
        (tmp_path / folder / "tables/headline.csv").read_text() for folder in ("", "partial")
    )
    assert ours == partial
