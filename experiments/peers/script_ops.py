"""Runs jmoe's tensor operations in PyTorch on CPU or GPU, without a JVM.

    pip install torch
    jmoe export-ops ops.pt
    python experiments/peers/script_ops.py ops.pt 4096,512,512,32,2 --device cuda

Compares outputs and gradients of a layer of SwiGLU experts, from choices to outputs, with a plain loop on the CPU,
and times the layer against its expert matmuls alone. On a GPU, counts host synchronizations. Also times the weighted
sum of the script, which has a fixed summation order, against index_add_, which does not.
"""

import argparse
import time
import warnings

import torch

SWIGLU = 3
CODES = {"float32": 0, "bfloat16": 15, "float16": 5}


def forward(ops, x, choices, weights, w1, w2, precision):
    none = torch.zeros(w1.shape[0], 0, device=x.device)  # (E, 0), no bias
    tokens, counts, position = ops.group(choices, [float(w1.shape[0])])  # (N), (E), (T, K)
    rows = ops.rows(x, tokens)  # (N, D)
    numbers = [float(SWIGLU), 0.0, 0.0, float(CODES[precision]), 0.0]
    y = ops.grouped_experts(rows, counts, w1, none, w2, none, numbers)  # (N, D)
    return ops.weighted_sum(y, position, weights)  # (T, D)


def matmuls_only(rows, w1, w2, precision):
    kind = getattr(torch, precision)
    outputs = []
    for x, a, b in zip(rows.to(kind), w1.to(kind), w2.to(kind)):  # (n, D), (D, 2H), (H, D)
        left, right = (x @ a).chunk(2, -1)
        outputs.append((torch.nn.functional.silu(left) * right) @ b)
    return torch.stack(outputs).to(rows.dtype)


def loop(x, choices, weights, w1, w2):
    y = torch.zeros_like(x)
    for e in range(w1.shape[0]):
        token, place = (choices == e).nonzero(as_tuple=True)
        left, right = (x[token] @ w1[e]).chunk(2, -1)
        out = (torch.nn.functional.silu(left) * right) @ w2[e]
        y = y.index_add(0, token, out * weights[token, place, None])
    return y


def both(task, leaves):
    return torch.autograd.grad(task().sum(), leaves)


def minima(device, rounds, tasks):
    """Minimum milliseconds of each task, interleaved."""
    best = [float("inf")] * len(tasks)
    for round_index in range(rounds + 3):
        for i, task in enumerate(tasks):
            if device.type == "cuda":
                torch.cuda.synchronize()
            start = time.perf_counter()
            task()
            if device.type == "cuda":
                torch.cuda.synchronize()
            if round_index >= 3:
                best[i] = min(best[i], (time.perf_counter() - start) * 1e3)
    return best


def syncs(device, task):
    if device.type != "cuda":
        return "-"
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        torch.cuda.set_sync_debug_mode("warn")
        task()
        torch.cuda.set_sync_debug_mode("default")
    return str(sum("synchroniz" in str(w.message) for w in found))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ops", help="file written by jmoe export-ops")
    parser.add_argument("cases", nargs="+", help="T,D,F,E,k")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", nargs="+", default=["float32", "bfloat16"], choices=CODES)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    device = torch.device(args.device)
    ops = torch.jit.load(args.ops, map_location=device)
    print(f"PyTorch {torch.__version__} on {torch.cuda.get_device_name() if device.type == 'cuda' else 'CPU'}")
    for case in args.cases:
        t, d, f, e, k = map(int, case.split(","))
        torch.manual_seed(0)
        x = torch.randn(t, d)
        w1 = torch.randn(e, d, 2 * f) / d**0.5
        w2 = torch.randn(e, f, d) / f**0.5
        choices = (torch.arange(t * k) % e).reshape(t, k)  # (T, K), balanced
        weights = torch.rand(t, k)
        leaves_cpu = [a.requires_grad_() for a in (x.clone(), w1.clone(), w2.clone())]
        expected = loop(leaves_cpu[0], choices, weights, *leaves_cpu[1:])
        expected_gradients = torch.autograd.grad(expected.sum(), leaves_cpu)
        leaves = [a.detach().to(device).requires_grad_() for a in (x, w1, w2)]
        choices, weights = choices.to(device), weights.to(device)
        rows = leaves[0].detach()[choices.flatten().sort(stable=True).indices // k].reshape(e, -1, d).requires_grad_()
        for precision in args.precision:
            layer = lambda: forward(ops, leaves[0], choices, weights, leaves[1], leaves[2], precision)
            matmuls = lambda: matmuls_only(rows, leaves[1], leaves[2], precision)
            found = layer()
            gradients = torch.autograd.grad(found.sum(), leaves)
            error = max(
                ((a.detach().cpu() - b).norm() / b.norm()).item()
                for a, b in zip([found, *gradients], [expected.detach(), *expected_gradients])
            )
            limit = 1e-5 if precision == "float32" else 2e-2
            with torch.no_grad():
                one = minima(device, args.rounds, [layer, matmuls])
            two = minima(device, args.rounds, [lambda: both(layer, leaves), lambda: both(matmuls, [rows, *leaves[1:]])])
            print(
                f"{case:20s} {precision:9s} relative error {error:.1e} {'ok' if error <= limit else 'TOO LARGE'}"
                f"  layer {one[0]:8.3f} / {two[0]:8.3f} ms  matmuls {one[1]:8.3f} / {two[1]:8.3f} ms"
                f"  efficiency {one[1] / one[0]:.2f} / {two[1] / two[0]:.2f}  syncs {syncs(device, layer)}"
            )
            if error > limit:
                raise SystemExit(1)
        outputs = torch.randn(t * k, d, device=device)
        tokens, _, position = ops.group(choices, [float(e)])
        sorted_weights = torch.empty(t * k, device=device).scatter_(0, position.flatten(), weights.flatten())[:, None]
        with torch.no_grad():
            fixed, free = minima(
                device,
                5 * args.rounds,
                [
                    lambda: ops.weighted_sum(outputs, position, weights),
                    lambda: torch.zeros(t, d, device=device).index_add_(0, tokens, outputs * sorted_weights),
                ],
            )
        print(f"{case:20s} weighted sum in fixed order {fixed:.3f} ms, with index_add_ {free:.3f} ms")


if __name__ == "__main__":
    main()
