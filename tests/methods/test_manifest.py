import json

from methods.cases import settings
from mmpeft.methods import attach, trainable_manifest
from tiny_models import FAMILIES, model


def test_lists_every_trained_tensor_with_shape_and_group():
    base = model("qwen_vl")
    total = sum(parameter.numel() for parameter in base.parameters())
    tuned = attach(base, FAMILIES["qwen_vl"], settings("lora", "mlp", connector="tuned"))
    manifest = json.loads(json.dumps(trainable_manifest(tuned, FAMILIES["qwen_vl"])))

    assert manifest["groups"] == {"method": 2 * 2 * 3 * 44, "connector": 1344, "visual_encoder": 0}
    assert manifest["trainable"] == sum(manifest["groups"].values())
    assert manifest["total"] == total + manifest["groups"]["method"]
    shapes = {one["name"]: (one["shape"], one["group"]) for one in manifest["tensors"]}
    layer = "base_model.model.transformer.h.1.mlp.w1"
    assert shapes[f"{layer}.lora_A.default.weight"] == ([2, 16], "method")
    assert shapes[f"{layer}.lora_B.default.weight"] == ([28, 2], "method")
    query = "base_model.model.transformer.visual.attn_pool.query"
    assert shapes[query] == ([4, 16], "connector")
