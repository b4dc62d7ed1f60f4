"""The tables of the paper, in its order, and those that go beyond it."""

from collections.abc import Mapping

from mmpeft.artefacts.kinds import (
    Artefact,
    CaptionTable,
    ComparisonTable,
    ConnectorTable,
    CostTable,
    CoverageTable,
    DocumentTable,
    GradeTable,
    HeadlineTable,
    IntervalTable,
    MatchedTable,
    PairTable,
    PrintTable,
    RankTable,
    ScoreTable,
    TransferTable,
)

_LOCATION_CAPTION = (
    "Score with the modules in the attention, in the MLP or in both, on each VQA data set; "
    "connector tuned."
)
_SIZES = "Size: bottleneck width of Adapter, rank of LoRA, virtual tokens of Prefix."

_WITHIN_NOISE = (
    "Seed noise: half the 95 % interval (Welch's t) of the difference of two equal means; "
    "standard deviations are those over seeds of runs with the same settings, ours and the paper's "
    "(Tables 6 and 14). n/a: one of the two is not known."
)
_ORDERINGS = (
    "Kendall's tau-b: 1 if both have the methods in the same order, -1 if in the opposite one. Of "
    "four methods one order in 24 is right by chance, of three one in 6."
)

_MAIN = ScoreTable(
    id="table01_main",
    title="Main results",
    caption=(
        "Score of each model, method and connector state on each data set "
        "(accuracy, VQA score or CIDEr x 100)."
    ),
    section="Main results",
    experiments=("main",),
    rows=("model", "method", "connector"),
    baselines=True,
)

_TABLES: tuple[Artefact, ...] = (
    _MAIN,
    ScoreTable(
        id="table02_location_llava",
        title="Location of the modules in LLaVA",
        caption=_LOCATION_CAPTION,
        section="Module location",
        experiments=("location_llava",),
        rows=("model", "method", "location"),
    ),
    ScoreTable(
        id="table03_data_scale",
        title="Amount of training data",
        caption=(
            "Score with low, medium and high resources: nested random subsets of each training "
            "set; connector tuned."
        ),
        section="Data scale",
        experiments=("data_scale",),
        rows=("model", "samples", "method"),
        best_within=("samples",),
    ),
    TransferTable(
        id="table04_generalisation",
        title="Generalisation",
        caption=(
            "Score of models trained on one data set and tested on another, after each of the "
            "epochs closest to the smallest validation loss."
        ),
        section="Over-fitting",
        evaluations=("transfer",),
        rows=("model", "method", "dataset", "target"),
    ),
    GradeTable(
        id="table05_mmhal",
        title="Answers to questions that invite hallucination",
        caption=(
            "Mean grade (0 to 6) of all answers and of each type of question, and the share of "
            "hallucinated answers (0 to 1), after fine-tuning on one data set."
        ),
        section="Hallucination",
        evaluations=("mmhal",),
        rows=("model", "dataset", "method"),
        columns={
            "mmhal_score": "Overall score ↑",
            "mmhal_hallucination_rate": "Hallucination rate ↓",
            "mmhal_attribute": "Attribute",
            "mmhal_adversarial": "Adversarial",
            "mmhal_comparison": "Comparison",
            "mmhal_counting": "Counting",
            "mmhal_relation": "Relation",
            "mmhal_environment": "Environment",
            "mmhal_holistic": "Holistic",
            "mmhal_other": "Other",
        },
        lowest=("mmhal_hallucination_rate",),
        best_within=("model", "dataset"),
    ),
    ScoreTable(
        id="table06_size",
        title="Stability by number of trainable parameters",
        caption=f"Mean ± standard deviation of the score over seeds. {_SIZES}",
        section="Stability",
        experiments=("size",),
        rows=("model", "method", "size"),
        best_within=("model", "method"),
        spread=True,
    ),
    CaptionTable(
        id="table07_hallucinated_captions",
        title="Hallucinated captions",
        caption=(
            "Captions per 100 that name something that is not in the image, after some of the "
            "epochs of a fine-tuning; the images are those that the un-tuned base captions without "
            "hallucination."
        ),
        section="Hallucination",
        evaluations=("captions",),
        rows=("model", "dataset", "method"),
    ),
    DocumentTable(
        id="table08_datasets",
        title="Data sets",
        caption="Task, metric, type and number of samples of each data set of this study.",
        section="Set-up",
        content="datasets",
        notes=(
            "The paper's Table 8 prints VQAv2 as unseen and VizWiz as seen; its Section 4.1 and "
            "all its results have it the other way round, as shown here.",
            "ScienceQA: models are trained on questions with and without an image; SQA (img) is "
            "the score on the test questions with one, SQA (all) that on all of them.",
        ),
    ),
    DocumentTable(
        id="table09_seen_data",
        title="Data that the models have seen",
        caption="What the paper's models were trained on before any fine-tuning of a study.",
        section="Set-up",
        content="seen_data",
        notes=(
            "The paper then fine-tunes each model in full on one mixture of OKVQA, VQAv2 and "
            "OCRVQA (its Appendix A.2), so that these three are seen.",
        ),
    ),
    DocumentTable(
        id="table10_prompts",
        title="Prompts",
        caption=(
            "What the user says beside the image; {Question} and choices are those of the sample."
        ),
        section="Set-up",
        content="prompts",
        notes=(
            "The request for a caption is one of ten, fixed for each image.",
            "Where a question of ScienceQA has a context, that goes before the question.",
            'The paper\'s Table 10 also prints "Question: {Question}" under general VQA; no data '
            "set uses it.",
        ),
    ),
    DocumentTable(
        id="table11_hyperparameters",
        title="Models and hyper-parameters",
        caption=(
            "Parts of the paper's models, and how this study trains. A value in brackets is the "
            "paper's label of the value before it, where the two differ."
        ),
        section="Set-up",
        content="hyperparameters",
        notes=(
            "The paper's Table 11 prints the rows of visual encoder and language model the wrong "
            "way round, Vicuna-v1.5-7B for the 13B model, and ViT-G/16 for Qwen-VL's encoder, "
            "whose patches are 14 pixels wide; corrected here.",
            "Gradient accumulation for Qwen-VL is 1 in the paper's Table 11 and 8 in its released "
            "code; the global batch is the same.",
            "The size and location of a method are those of the main experiment; the paper gives "
            "dropout and alpha in its released code only.",
        ),
    ),
    ScoreTable(
        id="table12_visual_encoder",
        title="Visual encoder frozen or tuned",
        caption="Score with a frozen and with a tuned visual encoder; connector tuned.",
        section="Visual encoder",
        experiments=("visual_encoder",),
        rows=("model", "method", "visual_encoder"),
    ),
    ScoreTable(
        id="table13_location_qwen",
        title="Location of the modules in Qwen-VL",
        caption=_LOCATION_CAPTION,
        section="Module location",
        experiments=("location_qwen",),
        rows=("model", "method", "location"),
    ),
    ScoreTable(
        id="table14_learning_rate",
        title="Stability by learning rate",
        caption="Mean ± standard deviation of the score over seeds.",
        section="Stability",
        experiments=("learning_rate",),
        rows=("model", "method", "learning_rate"),
        best_within=("model", "method"),
        spread=True,
    ),
    CostTable(
        id="table15_cost",
        title="Parameters and FLOPs",
        caption=(
            "Parameters that a method trains, floating-point operations by the paper's formulas, "
            "and the average score of Table 1."
        ),
        section="Cost",
        experiments=("main",),
        rows=("model", "method", "connector"),
        columns=("trainable", "total", "share", "train_flops", "inference_flops", "score"),
        notes=(
            "All parameters: of the model, with those that the method adds.",
            "Training FLOPs: (2 P_frozen + 4 P_trainable) N_t, with N_t all tokens read and "
            "answered in training. Inference FLOPs: 2 (P_non-embedding + n_layer d_model N_t), "
            "with N_t all tokens of the test set. Means over data sets.",
        ),
    ),
    CostTable(
        id="table15_measured",
        title="Measured time and memory",
        caption="What the trainings and scorings behind Table 15 took, measured.",
        section="Cost",
        experiments=("main",),
        sources=("run",),
        rows=("model", "method", "connector"),
        columns=(
            "train_seconds",
            "train_rate",
            "train_memory",
            "train_gpu_memory",
            "test_seconds",
            "test_rate",
            "test_memory",
            "test_gpu_memory",
        ),
        notes=(
            "Seconds: mean over data sets, without start-up and loading of the model; training "
            "includes the validation loss. Samples/s: all samples over all seconds. Memory: the "
            "largest of all data sets, of the whole process; 1 GB = 1e9 bytes.",
            "Each training and each scoring was timed once, with whatever else the machine did: no "
            "spread is known, and small differences say nothing.",
        ),
    ),
    MatchedTable(
        id="matched_pairs",
        title="Methods of equal size",
        caption=(
            "Pairs of methods at the sizes at which they train about equally many parameters, of "
            "those that the size experiment has; connector tuned."
        ),
        section="Fair comparison",
        experiments=("size",),
        sources=("run",),
        factor=2.0,
    ),
    HeadlineTable(
        id="headline",
        title="Which method",
        caption=(
            "Average score over all data sets of each method and connector state, by model and "
            "over all models."
        ),
        section="Main results",
        experiments=("main",),
        of=_MAIN,
    ),
    RankTable(
        id="statistics_ranks",
        title="Mean ranks of methods",
        caption="Rank of each method, 1 the best, averaged over data sets; ties share their rank.",
        section="Statistics",
        experiments=("main",),
        rows=("model", "connector"),
    ),
    PairTable(
        id="statistics_comparisons",
        title="Paired comparisons of methods",
        caption=(
            "Score of the first method less that of the second on the same test items, in points, "
            "with its 95 % confidence interval."
        ),
        section="Statistics",
        experiments=("main",),
        sources=("run",),
        rows=("model", "connector"),
    ),
    IntervalTable(
        id="statistics_scores",
        title="Scores with their uncertainty",
        caption=(
            "Mean of the runs of each cell of each experiment and evaluation, their sample "
            "standard deviation and number, and the 95 % confidence interval of the mean."
        ),
        section="Statistics",
    ),
    CoverageTable(
        id="coverage",
        title="Coverage",
        caption=(
            "What each experiment and evaluation varies, how many of its cells are scored, and why "
            "the others are not."
        ),
        section="Data",
    ),
    ConnectorTable(
        id="connector_gain",
        title="Gain from tuning the connector",
        caption=(
            "Mean score of each method over models and data sets with the connector frozen and "
            "tuned: the numbers of Figure 2 and their difference, in points."
        ),
        section="Main results",
        experiments=("main",),
    ),
    ComparisonTable(
        id="compared_tables",
        title="Ours and reported, by table",
        caption="How far the scores of this study lie from those that the paper reports.",
        section="Comparison",
        content="tables",
        notes=(
            "Differences: ours less reported, over all cells with a reported number; – if one of "
            "ours is a gap. Units are those of the measure: points, grades (0 to 6), a share of "
            "answers, captions per 100, per cent of all parameters.",
            _WITHIN_NOISE,
            _ORDERINGS,
        ),
    ),
    ComparisonTable(
        id="compared_orderings",
        title="Order of the methods, ours and reported",
        caption="Methods from best to worst, for each line of results that have three or more.",
        section="Comparison",
        content="orderings",
        notes=(_ORDERINGS,),
    ),
    ComparisonTable(
        id="compared_scores",
        title="Ours and reported, cell by cell",
        caption=(
            "Each score of this study beside the one that the paper reports for its labels; also "
            "the shares of trainable parameters."
        ),
        section="Comparison",
        content="scores",
        notes=(_WITHIN_NOISE,),
    ),
    PrintTable(
        id="printed_misprints",
        title="Misprints",
        caption="Printed values that contradict what the paper prints elsewhere, each by a rule.",
        section="Print",
        content="misprints",
        notes=(
            "Average of its parts: it differs from their mean by more than rounding allows. Grade "
            "of twelve answers: no mean of twelve whole grades rounds to it. Same run, other "
            "table: one run has two scores. Registry: it is not what Section 4.1 and all results, "
            "or the models themselves, have.",
        ),
    ),
    PrintTable(
        id="printed_inconsistencies",
        title="Inconsistencies",
        caption="Pairs of printed results that cannot both come from the runs described.",
        section="Print",
        content="inconsistencies",
        notes=(
            "Run outside its mean: the single run of seed 42 lies further from the mean of runs "
            "that include it than sqrt(n - 1) standard deviations and rounding allow. Same runs, "
            "other table: one set of runs has two means or standard deviations.",
        ),
    ),
    PrintTable(
        id="printed_averages",
        title="Printed averages, recomputed",
        caption="Each printed average beside the mean of the printed values that it is of.",
        section="Print",
        content="averages",
        notes=("Within rounding: half a unit of the average and half a unit of its parts.",),
    ),
    PrintTable(
        id="printed_pixels",
        title="Not reported numerically",
        caption="Figures whose values the paper gives as pixels only; none of them is digitised.",
        section="Print",
        content="not_reported",
        notes=(),
    ),
)

TABLES: Mapping[str, Artefact] = {table.id: table for table in _TABLES}
