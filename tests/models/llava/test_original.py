import pytest
import torch

from mmpeft.models.llava.original import WrongTower, check_tower, convert, grown, renamed
from models.llava.layouts import (
    TOWER_ID,
    VOCABULARY,
    language_and_projector,
    tower,
    write_original,
    write_tower,
)

OPENAI_SEED, TUNED_SEED = 1, 2


@pytest.fixture
def towers(tmp_path):
    """Folders of ShareGPT4V's tower and of OpenAI's."""
    return write_tower(tmp_path / "own", TUNED_SEED), write_tower(tmp_path / "openai", OPENAI_SEED)


def test_every_weight_finds_its_place(tmp_path, sentencepiece_model, towers):
    checkpoint = write_original(tmp_path / "original", sentencepiece_model)
    own, openai = towers
    converted = convert(checkpoint, own, TOWER_ID, openai).state_dict()
    language, vision = language_and_projector(), tower(TUNED_SEED)
    places = {
        "model.language_model.layers.1.mlp.down_proj.weight": "model.layers.1.mlp.down_proj.weight",
        "model.language_model.layers.0.self_attn.q_proj.weight": (
            "model.layers.0.self_attn.q_proj.weight"
        ),
        "model.language_model.norm.weight": "model.norm.weight",
        "model.multi_modal_projector.linear_1.weight": "model.mm_projector.0.weight",
        "model.multi_modal_projector.linear_1.bias": "model.mm_projector.0.bias",
        "model.multi_modal_projector.linear_2.weight": "model.mm_projector.2.weight",
        "model.multi_modal_projector.linear_2.bias": "model.mm_projector.2.bias",
    }
    for new, old in places.items():
        assert torch.equal(converted[new], language[old].half()), new
    for name in ("model.language_model.embed_tokens.weight", "lm_head.weight"):
        old = name.replace("language_model.", "")
        assert torch.equal(converted[name][:VOCABULARY], language[old].half()), name
    for name, value in vision.items():
        new = name.replace("vision_model", "model.vision_tower")
        assert torch.equal(converted[new], value), new
    # each of them once, but for the buffers that the model computes
    stored = [name for name in language if "inv_freq" not in name]
    assert len(converted) == len(stored) + len(vision)


def test_the_model_computes_with_features_of_the_last_layer_but_one(
    tmp_path, sentencepiece_model, towers
):
    checkpoint = write_original(tmp_path / "original", sentencepiece_model)
    model = convert(checkpoint, towers[0], TOWER_ID, towers[1]).float().eval()
    pixels = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    tower_outputs = model.model.vision_tower(pixels, output_hidden_states=True)
    expected = model.model.multi_modal_projector(tower_outputs.hidden_states[-2][:, 1:])
    found = model.get_image_features(pixels).pooler_output
    torch.testing.assert_close(torch.cat(list(found)), expected[0])


def test_the_tower_of_another_repository_is_refused(tmp_path, sentencepiece_model, towers):
    checkpoint = write_original(tmp_path / "original", sentencepiece_model)
    with pytest.raises(WrongTower, match=r"was trained with Lin-Chen/.*, not with openai/clip"):
        convert(checkpoint, towers[1], "openai/clip-vit-large-patch14-336", towers[1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_of_openai_are_refused_under_any_name(dtype):
    copy = {name: value.to(dtype) for name, value in tower(OPENAI_SEED).items()}
    with pytest.raises(WrongTower, match="holds the weights of OpenAI's CLIP"):
        check_tower(TOWER_ID, TOWER_ID, copy, tower(OPENAI_SEED))


def test_a_tower_tuned_in_its_upper_layers_alone_is_another_one():
    own = tower(OPENAI_SEED)
    own["vision_model.encoder.layers.2.mlp.fc1.weight"] *= 1.05
    check_tower(TOWER_ID, f"elsewhere/{TOWER_ID.partition('/')[2]}", own, tower(OPENAI_SEED))


def test_a_name_without_a_place_is_refused():
    weights = {**language_and_projector(), "model.image_newline": torch.zeros(2)}
    with pytest.raises(ValueError, match=r"model.image_newline belongs neither to the language"):
        renamed(weights)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_hidden_layers": 3}, r"weights do not fit: missing \['model.language_model.layers.2"),
        ({"intermediate_size": 32}, r"down_proj.weight is \[16, 24\], its config says \[16, 32\]"),
        ({"mm_projector_type": "linear"}, "mm_projector_type must be mlp2x_gelu, .* linear"),
        ({"mm_vision_select_layer": -1}, "mm_vision_select_layer must be -2, .* has -1"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(
    tmp_path, sentencepiece_model, towers, changes, message
):
    checkpoint = write_original(tmp_path / "original", sentencepiece_model, **changes)
    with pytest.raises(ValueError, match=message):
        convert(checkpoint, towers[0], TOWER_ID, towers[1])


def test_new_rows_are_never_the_likeliest():
    head = torch.randn(20, 8, generator=torch.Generator().manual_seed(0))
    hidden = torch.randn(500, 8, generator=torch.Generator().manual_seed(1))
    logits = hidden @ grown(head, 24).T
    assert torch.equal(logits[:, :20], hidden @ head.T)
    assert logits.argmax(dim=1).max() < 20
