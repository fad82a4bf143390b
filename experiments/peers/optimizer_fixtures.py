"""Writes what PyTorch's optimizers compute, for the tests of jmoe's.

    pip install torch
    python experiments/peers/optimizer_fixtures.py experiments/training/src/test/resources/org/jmoe/training/optimizer

Weights and gradients are formulas that both sides evaluate in float64, so a file holds results only. Matrices are
(in, out) as in jmoe and are transposed for PyTorch; each expert of a stack is a parameter of its own. torch.optim.Muon
orthogonalizes in bfloat16; the float32 results are of the same code with the conversion left out.
"""

import json
import math
import sys

import torch

STEPS = 30
SHAPES = {"wide": (4, 6), "tall": (8, 5), "stack": (2, 4, 6), "square": (2, 16, 16)}
BIAS = 5


def values(tensor, step, size):
    return [math.sin(1.3 * tensor + 0.7 * step + 0.37 * i * i + 0.01 * step * i) for i in range(size)]


def muon(scale, nesterov):
    parameters = []
    for t, (name, shape) in enumerate(SHAPES.items()):
        full = torch.tensor(values(t, 0, math.prod(shape)), dtype=torch.float64).float().reshape(shape)
        for e, matrix in enumerate(full if len(shape) == 3 else [full]):
            parameters.append((name, t, e, torch.nn.Parameter(matrix.T.contiguous())))
    bias = torch.nn.Parameter(torch.tensor(values(len(SHAPES), 0, BIAS), dtype=torch.float64).float())
    matrices = torch.optim.Muon(
        [p for *_, p in parameters], lr=0.02, weight_decay=0.1, momentum=0.95, nesterov=nesterov, adjust_lr_fn=scale
    )
    others = torch.optim.AdamW([bias], lr=0.003, betas=(0.9, 0.95), eps=1e-8, weight_decay=0)
    found = {}
    for step in range(1, STEPS + 1):
        for name, t, e, p in parameters:
            shape = SHAPES[name]
            gradient = torch.tensor(values(t, step, math.prod(shape)), dtype=torch.float64).float().reshape(shape)
            p.grad = (gradient[e] if len(shape) == 3 else gradient).T.contiguous()
        bias.grad = torch.tensor(values(len(SHAPES), step, BIAS), dtype=torch.float64).float()
        matrices.step()
        others.step()
        if step in (1, STEPS):
            now = {name: [] for name in SHAPES}
            for name, _, _, p in parameters:
                now[name] += p.detach().T.flatten().tolist()
            now["bias"] = bias.detach().tolist()
            found[str(step)] = now
    return found


def main():
    results = {}
    bfloat16 = torch.Tensor.bfloat16
    for case in ("FLOAT32 JORDAN true", "FLOAT32 JORDAN false", "FLOAT32 MOONLIGHT true", "BFLOAT16 MOONLIGHT true"):
        precision, scale, nesterov = case.split()
        torch.Tensor.bfloat16 = bfloat16 if precision == "BFLOAT16" else lambda self: self.clone()
        results[case] = muon("original" if scale == "JORDAN" else "match_rms_adamw", nesterov == "true")
    short = json.loads(json.dumps(results), parse_float=lambda x: float(f"{float(x):.7g}"))
    with open(sys.argv[1] + "/muon.json", "w") as f:
        f.write("{\n" + ",\n".join(f'"{k}": {json.dumps(v, separators=(",", ":"))}' for k, v in short.items()) + "\n}\n")


if __name__ == "__main__":
    main()
