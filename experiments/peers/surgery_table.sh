#!/bin/bash
# Trains small models on the default corpus, applies surgery to them, and prints the held-out loss
# before and after as a Markdown table.
#
#   surgery_table.sh JMOE FOLDER [STEPS]
#
# JMOE is the launcher. FOLDER is created for the models and must not exist.
set -euo pipefail
J=$(realpath "$1")
D=$2
STEPS=${3:-400}
mkdir "$D"
cd "$D"
DATA=$("$J" data corpus | tail -1)
SMALL=(--preset smoke --set training.steps="$STEPS" --set training.evaluateEvery="$STEPS" --set training.checkpoint.every="$STEPS")
SHORT=(--set training.steps=100 --set training.evaluateEvery=100 --set training.checkpoint.every=100)
ON=(--data "$DATA" --held-out --batches 512)
CALIBRATE=(--data "$DATA" --sequences 512)

say() { echo "surgery_table: $*" >&2; }
nats() { "$J" evaluate "$@" --json | sed -n 's/.*"nats" : \([0-9.]*\).*/\1/p'; }
mib() { cat "$1"/*.safetensors | wc -c | awk '{printf "%.2f", $1 / 1048576}'; }
# row NAME MIB BEFORE AFTER
row() { awk -v n="$1" -v m="$2" -v b="$3" -v a="$4" 'BEGIN {printf "| %s | %s | %.4f | %.4f | %+.4f |\n", n, m, b, a, a - b}'; }

say "training $STEPS steps with 8 experts and dense"
"$J" train "${SMALL[@]}" --set model.moe.experts=8 --out moe >/dev/null 2>&1
"$J" train "${SMALL[@]}" --set model.moe=null --set 'training.losses=[]' --out dense >/dev/null 2>&1
"$J" export moe hf >/dev/null
BASE=$(nats hf "${ON[@]}")
SIZE=$(mib hf)

echo "| operation | MiB | before | after | change |"
echo "|---|---|---|---|---|"
say "splitting"
"$J" split hf split --parts 2 >/dev/null
row "split into 16 experts of half the width" "$(mib split)" "$BASE" "$(nats split "${ON[@]}")"
for how in frequency reap; do
  say "pruning by $how"
  "$J" prune hf "prune-$how" --keep 6 --by $how "${CALIBRATE[@]}" >/dev/null
  row "prune to 6 experts by $how" "$(mib "prune-$how")" "$BASE" "$(nats "prune-$how" "${ON[@]}")"
done
for how in "" --unaligned --plain --tied; do
  say "merging $how"
  "$J" merge hf "merge$how" --keep 6 $how "${CALIBRATE[@]}" >/dev/null
  row "merge to 6 experts${how:+ ($how)}" "$(mib "merge$how")" "$BASE" "$(nats "merge$how" "${ON[@]}")"
done
for k in 1 3 4 8; do
  say "k = $k"
  row "$k experts per token instead of 2" "$SIZE" "$BASE" "$(nats hf "${ON[@]}" --k $k)"
done
for factor in 1 1.5; do
  say "capacity $factor"
  row "capacity factor $factor in evaluation" "$SIZE" "$BASE" "$(nats hf "${ON[@]}" --capacity $factor)"
done
"$J" export hf half --type BFLOAT16 >/dev/null
row "stored as bfloat16" "$(mib half)" "$BASE" "$(nats half "${ON[@]}")"
for form in int8 nf4; do
  say "$form"
  row "experts in $form" "$SIZE on disk" "$BASE" "$(nats hf "${ON[@]}" --expert-weights $form)"
done
say "fine-tuning"
"$J" train --init moe "${SHORT[@]}" --out tuned >/dev/null 2>&1
row "100 more steps, all weights" "$SIZE" "$BASE" "$("$J" export tuned tuned-hf >/dev/null; nats tuned-hf "${ON[@]}")"
"$J" train --init moe "${SHORT[@]}" --freeze router --out frozen >/dev/null 2>&1
row "100 more steps, router frozen" "$SIZE" "$BASE" "$("$J" export frozen frozen-hf >/dev/null; nats frozen-hf "${ON[@]}")"
"$J" train --init moe "${SHORT[@]}" --lora 'r=8,alpha=16,targets=experts|attention' --set training.optimizer.rate=1e-3 --out lora >/dev/null 2>&1
row "100 steps of LoRA, rank 8, merged" "$SIZE" "$BASE" "$("$J" export lora lora-hf >/dev/null; nats lora-hf "${ON[@]}")"
"$J" train --preset smoke --init hf --expert-weights nf4 --lora 'r=8,alpha=16,targets=attention' "${SHORT[@]}" --set training.optimizer.rate=1e-3 --out qlora >/dev/null 2>&1
row "100 steps of LoRA, rank 8, on nf4 experts (QLoRA)" "$SIZE" "$BASE" "$("$J" export qlora qlora-hf >/dev/null; nats qlora-hf "${ON[@]}")"
say "upcycling"
DENSE=$(nats dense)
"$J" upcycle dense up --experts 8 >/dev/null
row "upcycle the dense model to 8 experts (against its own loss)" "" "$DENSE" "$(nats up)"
"$J" upcycle dense fine --experts 8 --parts 2 >/dev/null
row "upcycle the dense model to 16 experts of half the width" "" "$DENSE" "$(nats fine)"
say "distilling"
"$J" distill --teacher moe "${SMALL[@]}" --set model.moe=null --set 'training.losses=[]' --out student >/dev/null 2>&1
row "distill the MoE model into the dense one" "" "$DENSE" "$(nats student)"
