import pytest

import synthetic_evaluations
from mmpeft import samples
from mmpeft.verification import sample_mismatches


@pytest.fixture
def study():
    return synthetic_evaluations.study()


@pytest.fixture
def folder(tmp_path, study):
    return synthetic_evaluations.write_records(tmp_path / "results", study)


@pytest.fixture
def collected(tmp_path, study, folder):
    datasets = synthetic_evaluations.write_datasets(tmp_path / "datasets", study)
    drawn = samples.collect(study.manifest(), folder, datasets)
    return samples.records(drawn), list(drawn.images)


@pytest.fixture
def faults(study, folder, collected):
    """What is found after samples or images were changed in place."""

    def found():
        return sample_mismatches(*collected, study.manifest(), folder)

    return found


def of(rows, kind):
    return next(sample for sample in rows if sample["kind"] == kind)


def test_samples_that_were_just_collected_agree(faults):
    assert faults() == []


@pytest.mark.parametrize("kind", ["run", "evaluation", "base"])
def test_an_answer_that_differs_is_found(collected, faults, kind):
    of(collected[0], kind)["prediction"] = "never said"
    (found,) = faults()
    assert "prediction of" in found
    assert "samples.parquet has 'never said'" in found


def test_a_judgement_that_differs_is_found(collected, faults):
    of(collected[0], "evaluation")["hallucinated"] = ["a dragon"]
    (found,) = faults()
    assert "hallucinated of" in found


def test_a_judged_answer_that_is_left_out_is_found(collected, faults):
    collected[0].remove(of(collected[0], "evaluation"))
    (found,) = faults()
    assert "1 judged answers are not in samples.parquet" in found


def test_a_run_that_is_left_out_is_found(collected, faults):
    run = of(collected[0], "run")["run"]
    collected[0][:] = [
        sample for sample in collected[0] if (sample["kind"], sample["run"]) != ("run", run)
    ]
    assert any(f"runs/{run}" in found and "no answer of it" in found for found in faults())


def test_an_answer_to_no_question_is_found(collected, faults):
    of(collected[0], "run")["id"] = "test-999999"
    assert any("no answer to test-999999" in found for found in faults())


def test_predictions_that_are_gone_are_found(collected, folder, faults):
    run = of(collected[0], "run")["run"]
    (folder / "runs" / run / "predictions.parquet").unlink()
    (found,) = faults()
    assert "does not exist, samples.parquet has answers of it" in found


def test_images_are_those_of_the_samples(collected, faults):
    gone = collected[1].pop()
    collected[1].append("mini-mmhal/test-999999")
    assert faults() == [
        f"image {gone}: not in sample_images.parquet",
        "image mini-mmhal/test-999999: of no sample",
    ]
