"""Compares checkpoints written by jmoe with Transformers: all tensors are found and logits agree.

    python check_roundtrip.py JMOE FOLDER [FOLDER ..]

JMOE is the launcher. Each folder is opened by Transformers in float32 and by `jmoe logits`; the
maximum absolute difference of the logits must be below the tolerance. Missing, unexpected and
mismatched weights are failures too.
"""

import json
import os
import subprocess
import sys
import tempfile

import torch
import transformers

TOLERANCE = 2e-5


def check(jmoe: str, folder: str) -> float:
    model, info = transformers.AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True
    )
    for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if info.get(kind):
            raise SystemExit(f"{folder}: {kind} {sorted(info[kind])[:3]}")
    model.eval()
    torch.manual_seed(1)
    ids = torch.randint(0, model.config.vocab_size, (2, min(12, model.config.max_position_embeddings)))
    with torch.no_grad():
        expected = model(input_ids=ids).logits
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump({"ids": ids.tolist()}, file)
        file.flush()
        reply = subprocess.run(
            [jmoe, "logits", folder, "--ids", file.name], capture_output=True, text=True, check=True
        )
    actual = torch.tensor(json.loads(reply.stdout)["logits"])
    return float((expected - actual).abs().max())


def main() -> None:
    torch.set_num_threads(2)
    jmoe, folders = os.path.abspath(sys.argv[1]), sys.argv[2:]
    if not folders:
        raise SystemExit(__doc__)
    worst = 0.0
    for folder in folders:
        difference = check(jmoe, folder)
        worst = max(worst, difference)
        print(f"{'ok' if difference < TOLERANCE else 'FAILED'} {difference:.1e} {folder}")
    if not worst < TOLERANCE:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
