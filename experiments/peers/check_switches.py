"""Compares config options of six architectures with Transformers on random checkpoints.

    python check_switches.py JMOE [NAME ..]

JMOE is the launcher. For every case below (or those whose name contains NAME), Transformers saves a
tiny model with random weights, norms and biases. `jmoe logits` must return the same logits, for one
row without and one with left padding, and `jmoe generate` the same greedy continuation. Errors of
jmoe or Transformers are reported as failures.
"""

import json
import os
import subprocess
import sys
import tempfile

import torch
import transformers

TOLERANCE = 2e-5  # relative to max(1, largest logit)

COMMON = dict(
    vocab_size=61,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=64,
    initializer_range=0.2,
)
MIXTRAL = dict(intermediate_size=24, num_local_experts=5, num_experts_per_tok=2, num_key_value_heads=2)
QWEN2 = dict(
    intermediate_size=40,
    moe_intermediate_size=24,
    shared_expert_intermediate_size=28,
    num_experts=6,
    num_experts_per_tok=3,
    num_key_value_heads=2,
)
QWEN3 = dict(
    intermediate_size=40, moe_intermediate_size=24, num_experts=6, num_experts_per_tok=3, num_key_value_heads=2, head_dim=16
)
OLMOE = dict(intermediate_size=24, num_experts=6, num_experts_per_tok=3, num_key_value_heads=4)
DEEPSEEK = dict(
    intermediate_size=40,
    moe_intermediate_size=24,
    n_routed_experts=8,
    num_experts_per_tok=3,
    n_shared_experts=1,
    n_group=4,
    topk_group=2,
    first_k_dense_replace=1,
    q_lora_rank=12,
    kv_lora_rank=16,
    qk_nope_head_dim=8,
    qk_rope_head_dim=4,
    v_head_dim=10,
    num_key_value_heads=4,
)
GPT_OSS = dict(
    intermediate_size=24,
    num_local_experts=6,
    num_experts_per_tok=3,
    num_key_value_heads=2,
    head_dim=16,
    sliding_window=4,
)
BASES = dict(
    mixtral=MIXTRAL, qwen2_moe=QWEN2, qwen3_moe=QWEN3, olmoe=OLMOE, deepseek_v3=DEEPSEEK, gpt_oss=GPT_OSS
)
YARN = dict(rope_type="yarn", factor=4.0, original_max_position_embeddings=16, rope_theta=10000.0)

# Architecture and overrides of the settings above.
CASES = [
    ("mixtral", {}),
    ("mixtral", dict(tie_word_embeddings=True)),
    ("mixtral", dict(sliding_window=3)),
    ("mixtral", dict(head_dim=12)),
    ("mixtral", dict(num_key_value_heads=1, num_experts_per_tok=1)),
    ("mixtral", dict(num_experts_per_tok=5, hidden_act="gelu")),
    ("mixtral", dict(num_local_experts=1, num_experts_per_tok=1)),
    ("mixtral", dict(rope_parameters=dict(rope_type="linear", factor=2.0, rope_theta=5000.0))),
    ("qwen2_moe", {}),
    ("qwen2_moe", dict(norm_topk_prob=True)),
    ("qwen2_moe", dict(qkv_bias=False, tie_word_embeddings=True)),
    ("qwen2_moe", dict(mlp_only_layers=[0])),
    ("qwen2_moe", dict(decoder_sparse_step=2)),
    ("qwen2_moe", dict(use_sliding_window=True, sliding_window=3, max_window_layers=2)),
    ("qwen2_moe", dict(use_sliding_window=True, sliding_window=3, max_window_layers=0)),
    ("qwen2_moe", dict(rope_parameters=YARN)),
    ("qwen3_moe", {}),
    ("qwen3_moe", dict(norm_topk_prob=True)),
    ("qwen3_moe", dict(attention_bias=True, head_dim=8)),
    ("qwen3_moe", dict(mlp_only_layers=[1], tie_word_embeddings=True)),
    ("qwen3_moe", dict(decoder_sparse_step=2, num_hidden_layers=3)),
    ("qwen3_moe", dict(use_sliding_window=True, sliding_window=3)),
    ("qwen3_moe", dict(rope_parameters=dict(rope_type="dynamic", factor=2.0, rope_theta=10000.0), max_position_embeddings=8)),
    ("olmoe", {}),
    ("olmoe", dict(norm_topk_prob=True, clip_qkv=0.5)),
    ("olmoe", dict(attention_bias=True, num_key_value_heads=2)),
    ("olmoe", dict(tie_word_embeddings=True, rms_norm_eps=1e-3)),
    ("deepseek_v3", {}),
    ("deepseek_v3", dict(n_group=1, topk_group=1)),
    ("deepseek_v3", dict(q_lora_rank=None)),
    ("deepseek_v3", dict(first_k_dense_replace=0, n_shared_experts=2)),
    ("deepseek_v3", dict(first_k_dense_replace=2)),
    ("deepseek_v3", dict(norm_topk_prob=False, routed_scaling_factor=1.5)),
    ("deepseek_v3", dict(attention_bias=True, rope_interleave=False)),
    ("deepseek_v3", dict(rope_parameters={**YARN, "mscale": 1.0, "mscale_all_dim": 0.7})),
    ("deepseek_v3", dict(rms_norm_eps=1e-3, tie_word_embeddings=True)),
    ("gpt_oss", {}),
    ("gpt_oss", dict(tie_word_embeddings=True, num_experts_per_tok=1)),
    ("gpt_oss", dict(attention_bias=False)),
    ("gpt_oss", dict(layer_types=["full_attention", "sliding_attention"])),
    ("gpt_oss", dict(rope_parameters=dict(rope_type="default", rope_theta=9000.0))),
]


def randomize(model: torch.nn.Module) -> None:
    """Fills all parameters and buffers with random values, since Transformers initializes some with zeros or ones."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, parameter in list(model.named_parameters()) + list(model.named_buffers()):
            if "inv_freq" in name:
                continue
            if parameter.dim() == 1 and "norm" in name:
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
            elif parameter.dim() == 1:
                parameter.copy_(0.3 * torch.randn_like(parameter))
            elif parameter.is_floating_point():
                parameter.copy_(0.2 * torch.randn_like(parameter))


def last_line(reply: subprocess.CompletedProcess) -> str:
    return (reply.stderr.strip().splitlines() or ["no message"])[-1]


def run(jmoe: str, command: str, folder: str, request: dict, *more: str) -> subprocess.CompletedProcess:
    file = os.path.join(folder, "request.json")
    with open(file, "w") as out:
        json.dump(request, out)
    return subprocess.run([jmoe, command, folder, "--ids", file, *more], capture_output=True, text=True)


def check(jmoe: str, kind: str, switches: dict) -> str:
    settings = {**COMMON, **BASES[kind], **switches}
    config = transformers.AutoConfig.for_model(kind, **settings)
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    randomize(model)
    ids = torch.randint(0, settings["vocab_size"], (2, 13))
    mask = torch.ones_like(ids)
    mask[1, :4] = 0
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        model.save_pretrained(folder)
        expected = model(input_ids=ids, attention_mask=mask).logits
        reply = run(jmoe, "logits", folder, {"ids": ids.tolist(), "mask": mask.tolist()})
        if reply.returncode != 0:
            return "ERROR " + last_line(reply)
        actual = torch.tensor(json.loads(reply.stdout)["logits"])
        difference = ((actual - expected).abs().amax(-1) * mask).max().item()
        worst = difference / max(1.0, expected.abs().max().item())
        reply = run(jmoe, "generate", folder, {"ids": ids[:1].tolist()}, "--tokens", "6", "--temperature", "0")
        if reply.returncode != 0:
            return "ERROR " + last_line(reply)
        after = json.loads(reply.stdout)["continuation"][0]
        expected_ids = ids[:1]
        for _ in range(6):  # without a cache, to check jmoe's cache
            best = model(input_ids=expected_ids, use_cache=False).logits[0, -1].argmax()
            expected_ids = torch.cat([expected_ids, best[None, None]], 1)
        expected_ids = expected_ids[0, ids.shape[1]:].tolist()
        if after != expected_ids:
            return f"CONTINUES {after} instead of {expected_ids} (logits {worst:.1e})"
        return f"{'ok' if worst < TOLERANCE else 'DIFFERS'} {worst:.1e}"


def main() -> None:
    torch.set_num_threads(2)
    jmoe, names = sys.argv[1], sys.argv[2:]
    failed = 0
    for kind, switches in CASES:
        name = f"{kind} {switches}"
        if names and not any(part in name for part in names):
            continue
        try:
            result = check(jmoe, kind, switches)
        except Exception as fault:  # errors of Transformers are failures
            result = f"TRANSFORMERS {type(fault).__name__}: {str(fault).splitlines()[0]}"
        failed += not result.startswith("ok")
        print(f"{result:14} {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
