from mmpeft.models.hub import wanted

SETTINGS = ["config.json", "tokenizer.model", "qwen.tiktoken", "merges.txt", "chat_template.jinja"]


def test_pickled_weights_only_where_there_are_no_others():
    pickled = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"]
    safe = ["model-00001-of-00001.safetensors"]
    assert wanted([*SETTINGS, *pickled]) == [*SETTINGS, *pickled]
    assert wanted([*SETTINGS, *pickled, *safe]) == [*SETTINGS, *safe]


def test_no_code_no_other_frameworks_nothing_further_down():
    others = [
        "README.md",
        "modeling_qwen.py",
        "tf_model.h5",
        "training_args.bin",
        "optimizer.bin",
        "onnx/config.json",
    ]
    assert wanted([*others, "config.json"]) == ["config.json"]
