"""The tables of the paper, in its order, and the coverage of a study."""

from collections.abc import Mapping

from mmpeft.artefacts.kinds import (
    Artefact,
    CaptionTable,
    CostTable,
    CoverageTable,
    DocumentTable,
    GradeTable,
    ScoreTable,
    TransferTable,
)

_LOCATION_CAPTION = (
    "Score with the modules in the attention, in the MLP or in both, on each VQA data set; "
    "connector tuned."
)
_SIZES = "Size: bottleneck width of Adapter, rank of LoRA, virtual tokens of Prefix."

_TABLES: tuple[Artefact, ...] = (
    ScoreTable(
        id="table01_main",
        title="Main results",
        caption=(
            "Score of each model, method and connector state on each data set "
            "(accuracy, VQA score or CIDEr x 100)."
        ),
        section="Main results",
        experiments=("main",),
        rows=("model", "method", "connector"),
        best_within=("model",),
        baselines=True,
    ),
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
        ),
    ),
    CoverageTable(
        id="coverage",
        title="Coverage",
        caption=(
            "How many cells of each experiment and evaluation are scored, and why the others are "
            "not."
        ),
        section="Data",
    ),
)

TABLES: Mapping[str, Artefact] = {table.id: table for table in _TABLES}
