"""Times Hugging Face Transformers' Mixtral against jmoe: one MoE block, or complete training steps.

    pip install torch transformers
    python experiments/peers/transformers_moe.py layer 2048,128,256,8,2 --jmoe ./jmoe
    python experiments/peers/transformers_moe.py layer --json layer.json --against jmoe1.json jmoe2.json
    python experiments/peers/transformers_moe.py step --against bench.json

Times are minima over interleaved rounds on --threads threads. With --jmoe, processes for the block and for jmoe's
layer alternate, so both run under the same conditions; with --against, ratios are relative to earlier results of
`jmoe bench --layer .. --json FILE` or `jmoe bench --json FILE`.
"""

import argparse
import json
import subprocess
import sys
import time

import torch
import transformers
from transformers import MixtralConfig, MixtralForCausalLM
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

LAYERS = ["4096,512,2048,8,2", "4096,512,512,32,2", "2048,128,512,8,2", "2048,128,128,64,2", "1024,256,512,8,2"]
STEPS = ["128,256,8 16x128", "256,512,8 16x256", "512,1024,16 8x256"]
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
IMPLEMENTATIONS = ["eager", "grouped_mm"]


class Balanced(torch.nn.Module):
    """Runs the gate but returns balanced choices, as in jmoe's benchmark."""

    def __init__(self, gate, tokens, experts, k):
        super().__init__()
        self.gate = gate
        self.register_buffer("choices", (torch.arange(tokens * k) % experts).reshape(tokens, k))

    def forward(self, x):
        logits, _, _ = self.gate(x)
        scores = logits.float().softmax(-1).gather(1, self.choices)
        return logits, scores / scores.sum(-1, keepdim=True), self.choices


def minima(tasks, rounds, warm_up=2):
    """Minimum milliseconds of each task, interleaved."""
    best = [float("inf")] * len(tasks)
    for round_index in range(rounds + warm_up):
        for i, task in enumerate(tasks):
            start = time.perf_counter()
            task()
            if round_index >= warm_up:
                best[i] = min(best[i], (time.perf_counter() - start) * 1e3)
    return best


def forward(module, x):
    with torch.no_grad():
        module(x)


def both(module, x):
    module.zero_grad(set_to_none=True)
    module(x.detach().requires_grad_()).sum().backward()


def layer(shape, dtype, rounds):
    """Forward and forward+backward milliseconds of each implementation."""
    tokens, dim, hidden, experts, k = map(int, shape.split(","))
    tasks = []
    for implementation in IMPLEMENTATIONS:
        config = MixtralConfig(
            hidden_size=dim, intermediate_size=hidden, num_local_experts=experts, num_experts_per_tok=k
        )
        config._experts_implementation = implementation
        torch.manual_seed(1)
        block = MixtralSparseMoeBlock(config)
        for parameter in block.parameters():
            torch.nn.init.normal_(parameter, std=dim**-0.5)
        block.gate = Balanced(block.gate, tokens, experts, k)
        block = block.to(DTYPES[dtype])
        x = torch.randn(1, tokens, dim, dtype=DTYPES[dtype])
        tasks += [lambda b=block, x=x: forward(b, x), lambda b=block, x=x: both(b, x)]
    best = minima(tasks, rounds)
    return {name: best[2 * i : 2 * i + 2] for i, name in enumerate(IMPLEMENTATIONS)}


def jmoe_layer(launcher, shape, dtype, rounds):
    """jmoe's forward and forward+backward milliseconds."""
    command = [launcher, "bench", "--layer", shape, "--precision", dtype, "--rounds", str(rounds), "--json"]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return result["forwardMs"], result["forwardBackwardMs"]


def step(shape, dtype, implementation, rounds):
    """Minimum seconds of a training step of MixtralForCausalLM: balance loss, fused AdamW, norm clipping."""
    sizes, batches = shape.split(" ")
    dim, hidden, experts = map(int, sizes.split(","))
    batch, sequence = map(int, batches.split("x"))
    config = MixtralConfig(
        vocab_size=256, hidden_size=dim, intermediate_size=hidden, num_hidden_layers=4,
        num_attention_heads=max(1, dim // 32), num_key_value_heads=max(1, dim // 32),
        num_local_experts=experts, num_experts_per_tok=2, max_position_embeddings=sequence,
        output_router_logits=True, router_aux_loss_coef=0.01, tie_word_embeddings=True, use_cache=False,
    )  # fmt: skip
    config._experts_implementation = implementation
    torch.manual_seed(1)
    model = MixtralForCausalLM(config)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    ids = torch.randint(0, 256, (batch, sequence))

    def task():
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == "bfloat16"):
            loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    return minima([task], rounds)[0] / 1e3, batch * sequence


def read_jmoe(files):
    """Results of jmoe: layer times by (shape, dtype), tokens/s by (step, dtype)."""
    layers, steps = {}, {}
    for file in files:
        with open(file) as f:
            result = json.load(f)
        if isinstance(result, dict) and "forwardMs" in result:
            shape, _, dtype = result["case"].split(" ")[:3]
            layers[shape, dtype.lower()] = result["forwardMs"], result["forwardBackwardMs"]
        for row in result if isinstance(result, list) else result.get("rows", []):
            if row["metric"] == "tokens/s":
                case, dtype = row["case"].rsplit(" ", 1)
                steps[case, dtype.lower()] = row["value"]
    return layers, steps


def layer_rows(args, jmoe):
    rows = []
    for dtype in args.precision:
        for shape in args.cases or LAYERS:
            peer, own = None, jmoe.get((shape, dtype))
            for _ in range(args.turns if args.jmoe else 1):
                result = layer(shape, dtype, args.rounds)
                peer = result if peer is None else {n: [min(a, b) for a, b in zip(peer[n], result[n])] for n in result}
                if args.jmoe:
                    result = jmoe_layer(args.jmoe, shape, dtype, args.rounds)
                    own = result if own is None else tuple(map(min, own, result))
            for name, (f, fb) in peer.items():
                row = {"case": shape, "dtype": dtype, "peer": name, "forwardMs": f, "forwardBackwardMs": fb}
                line = f"{shape:20} {dtype:9} {name:11} {f:8.2f} / {fb:8.2f} ms"
                if own:
                    row |= {"jmoeForwardMs": own[0], "jmoeForwardBackwardMs": own[1]}
                    row |= {"speedUpForward": f / own[0], "speedUpForwardBackward": fb / own[1]}
                    line += f"   jmoe {own[0]:8.2f} / {own[1]:8.2f} ms   {f / own[0]:.2f}x / {fb / own[1]:.2f}x"
                print(line, flush=True)
                rows.append(row)
    return rows


def step_rows(args, jmoe):
    rows = []
    for dtype in args.precision:
        for shape in args.cases or STEPS:
            for name in IMPLEMENTATIONS:
                seconds, tokens = step(shape, dtype, name, args.rounds)
                row = {"case": shape, "dtype": dtype, "peer": name, "tokensPerSecond": tokens / seconds}
                line = f"{shape:20} {dtype:9} {name:11} {tokens / seconds:9.0f} tokens/s"
                own = jmoe.get((shape, dtype))
                if own:
                    row |= {"jmoeTokensPerSecond": own, "speedUp": own * seconds / tokens}
                    line += f"   jmoe {own:9.0f} tokens/s   {row['speedUp']:.2f}x"
                print(line, flush=True)
                rows.append(row)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["layer", "step"])
    parser.add_argument("cases", nargs="*", help="T,D,F,E,k of layers; 'D,F,E BxS' of steps; default: a table")
    parser.add_argument("--precision", nargs="+", choices=list(DTYPES), default=list(DTYPES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--jmoe", metavar="LAUNCHER", help="time the layer of this jmoe, alternating with the block")
    parser.add_argument("--turns", type=int, default=2, help="process runs per case, with --jmoe")
    parser.add_argument("--against", nargs="+", default=[], metavar="FILE", help="output of jmoe bench --json")
    parser.add_argument("--json", metavar="FILE", help="write the rows")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    layers, steps = read_jmoe(args.against)
    rows = layer_rows(args, layers) if args.what == "layer" else step_rows(args, steps)
    if args.json:
        versions = {"torch": torch.__version__, "transformers": transformers.__version__}
        with open(args.json, "w") as f:
            json.dump({"threads": args.threads, "versions": versions, "rows": rows}, f, indent=2)


if __name__ == "__main__":
    sys.exit(main())
