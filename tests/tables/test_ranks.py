import paper
from mmpeft import tables
from mmpeft.artefacts import TABLES

RANKS = TABLES["statistics_ranks"]


def test_methods_of_the_paper_are_ranked_within_each_data_set():
    table = tables.build(paper.collected("table1_main", "main"), RANKS)
    assert table.columns == ("Adapter", "LoRA", "IA3", "Prefix", "Data sets", "p")
    cells = dict(table.rows)["LLaVA-1.5-7B", "frozen"]
    # by hand, from the first, third, fifth and seventh line of Table 1
    assert [cell.number for cell in cells[:5]] == [2.375, 2.25, 3.125, 2.25, 8]
    assert [cell.bold for cell in cells[:4]] == [False, True, False, True]
    assert 0 < cells[5].number <= 1


def test_there_is_no_p_where_n_does_not_allow_one():
    data = paper.collected("table1_main", "main")
    one = data.results[data.results["dataset_label"] == "VizWiz"]
    table = tables.build(type(data)(one, data.losses, data.study), RANKS)
    assert {cells[-1].text for _, cells in table.rows} == {"n/a (n=1)"}


def test_two_methods_are_ranked_without_a_test():
    data = paper.collected("table1_main", "main")
    two = data.results[data.results["method_label"].isin(["LoRA", "IA3"])]
    table = tables.build(type(data)(two, data.losses, data.study), RANKS)
    assert table.columns == ("LoRA", "IA3", "Data sets", "p")
    assert {cells[-1].text for _, cells in table.rows} == {"n/a (2 methods)"}
