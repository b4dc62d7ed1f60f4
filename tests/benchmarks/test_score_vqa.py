import score_vqa


def test_both_variants_are_scored(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["score_vqa.py", "--questions", "50"])
    score_vqa.main()
    rows = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()[2:]]
    assert [row[:2] for row in rows] == [["none", "50"], ["evalai", "50"]]
    assert all(0 < float(row[3]) < 100 for row in rows)
