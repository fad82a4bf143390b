"""Makes tiny checkpoints of published families with Transformers, with the outputs that jmoe must reproduce.

    pip install torch transformers
    python experiments/peers/family_fixtures.py experiments/models/src/test/resources/families [NAME ..]
    python experiments/peers/family_fixtures.py --check JMOE FOLDER [NAME ..]

Every case below (or those whose name contains NAME) is a folder: `config.json` and `model.safetensors` as
Transformers saves them, with random weights, norms and biases in bfloat16, and `expected.json`, computed in float32
after loading the folder again: logits without and with left padding, logits and weights of each router, and a greedy
continuation. Configurations are those of published models with sizes cut and all other fields kept; variants change
their switches. To add a family, add its cases. `--check` compares `jmoe logits` on the folders instead.
"""

import json
import os
import shutil
import subprocess
import sys

import torch
import transformers
from safetensors.torch import load_file, save_file
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForImageTextToText

SIZES = dict(
    vocab_size=24,
    hidden_size=16,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=64,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=0,
)
LENGTH = 9
PADDING = 3
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, rope_theta=10000.0)

DENSE = dict(intermediate_size=12)
QWEN = dict(intermediate_size=12, moe_intermediate_size=8, num_experts=6, num_experts_per_tok=2)
SIGMOID = dict(
    intermediate_size=12,
    moe_intermediate_size=8,
    n_routed_experts=8,
    num_experts_per_tok=3,
    n_shared_experts=1,
    n_group=4,
    topk_group=2,
    routed_scaling_factor=2.5,
)
LATENT = dict(
    num_key_value_heads=4, q_lora_rank=6, kv_lora_rank=5, qk_nope_head_dim=6, qk_rope_head_dim=4, v_head_dim=5, head_dim=None
)
OLMO = dict(intermediate_size=8, num_experts=6, num_experts_per_tok=2)
MINIMAX = dict(intermediate_size=8, num_local_experts=8, num_experts_per_tok=3)
EXAONE = dict(intermediate_size=12, moe_intermediate_size=8, num_experts=8, num_experts_per_tok=3, num_shared_experts=1)
ERNIE = dict(
    head_dim=None,
    intermediate_size=12,
    moe_intermediate_size=8,
    moe_num_experts=6,
    moe_k=3,
    moe_num_shared_experts=2,
    moe_layer_start_index=1,
)
GRANITE = dict(head_dim=None, intermediate_size=8, num_local_experts=6, num_experts_per_tok=3)
GRANITE_FACTORS = dict(embedding_multiplier=12.0, logits_scaling=6.0, residual_multiplier=0.22, attention_multiplier=0.015625)
AFMOE = dict(
    intermediate_size=12,
    moe_intermediate_size=8,
    num_experts=8,
    num_experts_per_tok=3,
    num_shared_experts=2,
    num_dense_layers=0,
    route_scale=2.826,
    sliding_window=3,
    global_attn_every_n_layers=4,
)
QWEN_VISION = dict(
    depth=1,
    hidden_size=4,
    intermediate_size=4,
    num_heads=1,
    patch_size=2,
    temporal_patch_size=1,
    spatial_merge_size=1,
    out_hidden_size=16,
    num_position_embeddings=4,
    deepstack_visual_indexes=[0],
)
SECTIONS = dict(rope_type="default", rope_theta=5e6, mrope_section=[2, 1, 1], mrope_interleaved=True)
ARIA = dict(model_type="aria_text", intermediate_size=8, moe_num_experts=6, moe_topk=2, moe_num_shared_experts=2)
ARIA_VISION = dict(
    model_type="idefics3_vision",
    hidden_size=4,
    intermediate_size=4,
    num_hidden_layers=1,
    num_attention_heads=1,
    image_size=4,
    patch_size=2,
)


def nested(text, vision, **fields):
    """A configuration of a text model within a model with a vision tower."""
    text = {key: value for key, value in dict(SIZES, **dict(text, **fields)).items() if value is not None}
    return dict(text_config=text, vision_config=vision)


# name: (model type, fields, changes of the saved config.json)
CASES = {
    "llama": ("llama", DENSE, {}),
    "llama-tied-bias": ("llama", dict(DENSE, tie_word_embeddings=True, attention_bias=True, mlp_bias=False), {}),
    "llama-llama3": (
        "llama",
        dict(
            DENSE,
            num_key_value_heads=4,
            rope_parameters=dict(
                rope_type="llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=16,
                rope_theta=500000.0,
            ),
        ),
        {},
    ),
    "mistral": ("mistral", dict(DENSE, sliding_window=None), {}),
    "mistral-window": ("mistral", dict(DENSE, sliding_window=3), {}),
    "mistral-no-head-dim": ("mistral", dict(DENSE, head_dim=None, sliding_window=None, num_key_value_heads=4), {}),
    "qwen2": ("qwen2", dict(DENSE, head_dim=None), {}),
    "qwen2-tied": ("qwen2", dict(DENSE, head_dim=None, tie_word_embeddings=True), {}),
    "qwen2-window": (
        "qwen2",
        dict(DENSE, head_dim=None, use_sliding_window=True, sliding_window=3, max_window_layers=1),
        {},
    ),
    "qwen3": ("qwen3", DENSE, {}),
    "qwen3-tied": ("qwen3", dict(DENSE, tie_word_embeddings=True, attention_bias=True), {}),
    "qwen3-yarn": ("qwen3", dict(DENSE, rope_parameters=YARN), {}),
    "dots1": ("dots1", dict(SIGMOID, first_k_dense_replace=1, norm_topk_prob=True, sliding_window=None), {}),
    "dots1-window": (
        "dots1",
        dict(SIGMOID, first_k_dense_replace=0, norm_topk_prob=False, sliding_window=3, max_window_layers=1),
        {},
    ),
    "dots1-bias": (
        "dots1",
        dict(SIGMOID, n_group=1, topk_group=1, n_shared_experts=2, first_k_dense_replace=1, attention_bias=True),
        dict(scoring_func="noaux_tc", seq_aux=True, moe_layer_freq=1, rope_scaling=None),
    ),
    "solar-open": ("solar_open", dict(SIGMOID, intermediate_size=None), {}),
    "solar-open-bias": (
        "solar_open",
        dict(SIGMOID, intermediate_size=None, attention_bias=True, tie_word_embeddings=True, n_shared_experts=2),
        {},
    ),
    "solar-open-yarn": (
        "solar_open",
        dict(SIGMOID, intermediate_size=None, norm_topk_prob=False, n_group=1, topk_group=1, rope_parameters=YARN),
        {},
    ),
    "glm4-moe-lite": ("glm4_moe_lite", dict(SIGMOID, **LATENT), {}),
    "glm4-moe-lite-direct": (
        "glm4_moe_lite",
        dict(SIGMOID, **dict(LATENT, q_lora_rank=None), mlp_layer_types=["sparse", "sparse"], n_group=1, topk_group=1),
        {},
    ),
    "glm4-moe-lite-bias": (
        "glm4_moe_lite",
        dict(SIGMOID, **LATENT, attention_bias=True, mlp_layer_types=["sparse", "dense"], rope_interleave=False),
        {},
    ),
    "hy-v3": (
        "hy_v3",
        dict(QWEN, num_experts=8, num_experts_per_tok=3, num_shared_experts=1, router_scaling_factor=2.826),
        {},
    ),
    "hy-v3-all-sparse": (
        "hy_v3",
        dict(QWEN, num_shared_experts=2, mlp_layer_types=["sparse", "sparse"], enable_moe_fp32_combine=False),
        {},
    ),
    "hy-v3-bias": ("hy_v3", dict(QWEN, attention_bias=True, tie_word_embeddings=True, router_scaling_factor=1.0), {}),
    "mellum": ("mellum", dict(QWEN, sliding_window=3, layer_types=["sliding_attention", "full_attention"]), {}),
    "mellum-dense": ("mellum", dict(QWEN, mlp_layer_types=["dense", "sparse"], norm_topk_prob=False), {}),
    "mellum-yarn": (
        "mellum",
        dict(
            QWEN,
            sliding_window=4,
            layer_types=["full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": dict(YARN, rope_theta=500000.0),
                "sliding_attention": dict(rope_type="default", rope_theta=10000.0),
            },
        ),
        {},
    ),
    "olmo2": ("olmo2", dict(DENSE, head_dim=None), {}),
    "olmo2-bias": ("olmo2", dict(DENSE, head_dim=None, attention_bias=True, tie_word_embeddings=True), {}),
    "olmo2-yarn": ("olmo2", dict(DENSE, head_dim=None, num_key_value_heads=4, rope_parameters=YARN), {}),
    "flex-olmo": ("flex_olmo", dict(OLMO, head_dim=None), {}),
    "flex-olmo-bias": ("flex_olmo", dict(OLMO, head_dim=None, norm_topk_prob=True, attention_bias=True), {}),
    "flex-olmo-yarn": ("flex_olmo", dict(OLMO, head_dim=None, num_experts_per_tok=6, rope_parameters=YARN), {}),
    "minimax-m2": (
        "minimax_m2",
        dict(MINIMAX, rope_parameters=dict(rope_type="default", rope_theta=5e6, partial_rotary_factor=0.5)),
        {},
    ),
    "minimax-m2-rotary-dim": (
        "minimax_m2",
        MINIMAX,
        dict(
            rope_parameters=None,
            rope_theta=5000000,
            rotary_dim=4,
            use_qk_norm=True,
            qk_norm_type="per_layer",
            use_routing_bias=True,
            scoring_func="sigmoid",
            attn_type_list=[1, 1],
            shared_intermediate_size=0,
        ),
    ),
    "minimax-m2-whole": ("minimax_m2", dict(MINIMAX, tie_word_embeddings=True, num_experts_per_tok=1), {}),
    "exaone-moe": (
        "exaone_moe",
        dict(EXAONE, num_hidden_layers=4, sliding_window=3, sliding_window_pattern=4, first_k_dense_replace=1),
        {},
    ),
    "exaone-moe-all-sparse": (
        "exaone_moe",
        dict(
            EXAONE,
            sliding_window=4,
            layer_types=["full_attention", "sliding_attention"],
            mlp_layer_types=["sparse", "sparse"],
            n_group=4,
            topk_group=2,
            num_shared_experts=2,
        ),
        {},
    ),
    "exaone-moe-full": (
        "exaone_moe",
        dict(
            EXAONE,
            sliding_window=5,
            layer_types=["full_attention", "full_attention"],
            norm_topk_prob=False,
            tie_word_embeddings=True,
        ),
        {},
    ),
    "ernie4-5-moe": ("ernie4_5_moe", ERNIE, {}),
    "ernie4-5-moe-interval": (
        "ernie4_5_moe",
        dict(ERNIE, num_hidden_layers=4, moe_layer_interval=2, moe_layer_start_index=0, moe_layer_end_index=2),
        {},
    ),
    "ernie4-5-moe-no-shared": (
        "ernie4_5_moe",
        dict(ERNIE, moe_num_shared_experts=0, moe_k=1, tie_word_embeddings=False),
        dict(
            moe_use_aux_free=True,
            moe_capacity=[64, 64, 64],
            moe_gate="topk",
            use_rmsnorm=True,
            is_quantized=False,
            num_nextn_predict_layers=1,
        ),
    ),
    "granitemoe": ("granitemoe", dict(GRANITE, **GRANITE_FACTORS), {}),
    "granitemoe-plain": ("granitemoe", GRANITE, {}),
    "granitemoe-bias": ("granitemoe", dict(GRANITE, **GRANITE_FACTORS, attention_bias=True, tie_word_embeddings=True), {}),
    "granitemoeshared": ("granitemoeshared", dict(GRANITE, **GRANITE_FACTORS, shared_intermediate_size=10), {}),
    "granitemoeshared-none": ("granitemoeshared", dict(GRANITE, **GRANITE_FACTORS, shared_intermediate_size=0), {}),
    "granitemoeshared-tied": (
        "granitemoeshared",
        dict(GRANITE, shared_intermediate_size=6, tie_word_embeddings=True, num_experts_per_tok=1),
        {},
    ),
    "afmoe": ("afmoe", dict(AFMOE, num_hidden_layers=4, mup_enabled=True), {}),
    "afmoe-dense-first": (
        "afmoe",
        dict(AFMOE, layer_types=["full_attention", "sliding_attention"], num_dense_layers=1, num_shared_experts=1),
        {},
    ),
    "afmoe-bias": ("afmoe", dict(AFMOE, attention_bias=True, tie_word_embeddings=True, route_scale=1.0), {}),
    "qwen3-vl-moe": ("qwen3_vl_moe", nested(QWEN, QWEN_VISION, rope_parameters=SECTIONS), {}),
    "qwen3-vl-moe-dense": ("qwen3_vl_moe", nested(QWEN, QWEN_VISION, mlp_only_layers=[0], attention_bias=True), {}),
    "qwen3-vl-moe-tied": (
        "qwen3_vl_moe",
        dict(
            nested(QWEN, QWEN_VISION, moe_intermediate_size=12, num_experts_per_tok=3, tie_word_embeddings=True),
            tie_word_embeddings=True,
        ),
        dict(transposed=True),
    ),
    "aria": ("aria", dict(nested(ARIA, ARIA_VISION), projector_patch_to_query_dict={4: 2}), {}),
    "aria-one-shared": (
        "aria",
        dict(nested(ARIA, ARIA_VISION, moe_num_shared_experts=1, moe_topk=1), projector_patch_to_query_dict={4: 2}),
        {},
    ),
    "aria-bias": (
        "aria",
        dict(nested(ARIA, ARIA_VISION, attention_bias=True, num_key_value_heads=4), projector_patch_to_query_dict={4: 2}),
        {},
    ),
}


def sized(fields):
    """The fields with the common sizes; fields of None are left out."""
    if "text_config" in fields:
        return fields
    return {key: value for key, value in dict(SIZES, **fields).items() if value is not None or key == "sliding_window" or key == "q_lora_rank"}


def randomised(model):
    """The model with random weights that are exact in bfloat16."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, value in list(model.named_parameters()) + list(model.named_buffers()):
            if "inv_freq" in name or not value.is_floating_point():
                continue
            drawn = torch.randn(value.shape, generator=generator)
            if "norm" in name and not name.endswith("bias"):
                drawn = 1 + 0.1 * drawn
            elif "bias" in name:
                drawn = 0.1 * drawn
            elif "embed" in name:
                drawn = 0.7 * drawn
            else:
                drawn = drawn * 0.3
            value.copy_(drawn.bfloat16().float())
    return model


def rounded(tensor):
    return [[round(x, 6) for x in row] for row in tensor.float().tolist()]


def record(model):
    """Records logits and weights of each router: (T, E) each."""
    found = {}

    def dense(index, weights, experts):
        weights = weights.reshape(-1, weights.shape[-1]) if weights.dim() > 1 else weights
        return torch.zeros(index.shape[0], experts).scatter(1, index, weights.float())

    def experts_hook(name):
        def hook(module, args, kwargs):
            values = list(args) + list(kwargs.values())
            tensors = [v for v in values if torch.is_tensor(v)]
            index = next(v for v in tensors if not v.is_floating_point())
            weights = next(v for v in tensors if v.is_floating_point() and v.shape[-1] == index.shape[-1] and v.dim() == 2)
            found.setdefault(name, {})["chosen"] = (index, weights)

        return hook

    def router_hook(name):
        def hook(module, args, output):
            outputs = output if isinstance(output, (tuple, list)) else [output]
            first = outputs[0]  # some routers return logits first, others indices first and logits last
            found.setdefault(name, {})["logits"] = first if first.is_floating_point() else outputs[-1]

        return hook

    handles = []
    for name, module in model.named_modules():
        end = name.rsplit(".", 1)[-1]
        block = name.rsplit(".", 1)[0]
        if end == "experts":
            handles.append(module.register_forward_pre_hook(experts_hook(block), with_kwargs=True))
        elif end in ("gate", "router"):
            handles.append(module.register_forward_hook(router_hook(block)))
    return found, handles, dense


def opened(folder, model_type):
    auto = AutoModelForCausalLM
    config = AutoConfig.from_pretrained(folder)
    if hasattr(config, "text_config"):
        auto = AutoModelForImageTextToText
    model, info = auto.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info.get(kind):
            raise SystemExit(f"{folder}: {kind} {sorted(info[kind])[:3]}")
    return model.eval()


def create(folder, model_type, fields, changes):
    shutil.rmtree(folder, ignore_errors=True)
    config = AutoConfig.for_model(model_type, **sized(fields))
    auto = AutoModelForImageTextToText if "text_config" in fields else AutoModelForCausalLM
    model = randomised(auto.from_config(config, dtype=torch.float32))
    model.to(torch.bfloat16).save_pretrained(folder)
    for extra in ("generation_config.json",):
        if os.path.exists(os.path.join(folder, extra)):
            os.remove(os.path.join(folder, extra))
    path = os.path.join(folder, "config.json")
    saved = json.load(open(path))
    for key, value in changes.items():
        if key == "transposed":  # the layout of the hub, which Transformers reads but does not write
            file = os.path.join(folder, "model.safetensors")
            tensors = load_file(file)
            for name in [name for name in tensors if ".mlp.experts." in name]:
                tensors[name] = tensors[name].transpose(1, 2).contiguous()
            save_file(tensors, file, metadata={"format": "pt"})
        elif value is None:
            saved.pop(key, None)
        else:
            saved[key] = value
    json.dump(saved, open(path, "w"), indent=1, sort_keys=True)

    model = opened(folder, model_type)
    torch.manual_seed(2)
    ids = torch.randint(3, SIZES["vocab_size"], (2, LENGTH))
    mask = torch.ones_like(ids)
    mask[1, :PADDING] = 0
    found, handles, dense = record(model)
    with torch.no_grad():
        logits = model(input_ids=ids).logits
        routers = []
        for name, output in found.items():
            if "logits" in output and "chosen" in output:
                index, weights = output["chosen"]
                router = output["logits"].reshape(-1, output["logits"].shape[-1])
                routers.append(
                    {"block": name, "logits": rounded(router), "weights": rounded(dense(index, weights, router.shape[-1]))}
                )
        for handle in handles:
            handle.remove()
        masked = model(input_ids=ids, attention_mask=mask).logits
        greedy = model.generate(
            ids[:1], max_new_tokens=6, do_sample=False, eos_token_id=None, pad_token_id=0
        )[0, LENGTH:]
    expected = {
        "transformers": transformers.__version__,
        "ids": ids.tolist(),
        "mask": mask.tolist(),
        "logits": [rounded(row) for row in logits],
        "masked_logits": [rounded(masked[b, mask[b] == 1]) for b in range(2)],
        "routers": routers,
        "greedy": greedy.tolist(),
    }
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file, separators=(",", ":"))
    print(f"{os.path.basename(folder)}: logits to {logits.abs().max():.2f}, {len(routers)} routers")


def check(jmoe, folder):
    """Largest difference of jmoe's logits."""
    expected = json.load(open(os.path.join(folder, "expected.json")))
    path = os.path.join(folder, "ids.tmp")
    json.dump({"ids": expected["ids"]}, open(path, "w"))
    try:
        reply = subprocess.run(
            [jmoe, "logits", folder, "--ids", path], capture_output=True, text=True, check=True
        )
    finally:
        os.remove(path)
    return float((torch.tensor(json.loads(reply.stdout)["logits"]) - torch.tensor(expected["logits"])).abs().max())


def main():
    torch.set_num_threads(1)
    checked = sys.argv[1] == "--check"
    jmoe, root, names = (sys.argv[2], sys.argv[3], sys.argv[4:]) if checked else (None, sys.argv[1], sys.argv[2:])
    for name, case in CASES.items():
        if names and not any(each in name for each in names):
            continue
        folder = os.path.join(root, name)
        if checked:
            print(f"{name}: {check(os.path.abspath(jmoe), folder):.2e}")
        else:
            create(folder, *case)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    main()
