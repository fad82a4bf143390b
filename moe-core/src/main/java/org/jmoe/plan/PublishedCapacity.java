package org.jmoe.plan;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Capacity formulas of published systems, in exact decimal arithmetic. (DeepSpeed's {@code ceil} of
 * a float32 product returns 31 for 100 tokens, 4 experts and a factor of 1.2, where the exact
 * result is 30.) T tokens in the scope, E experts, k choices per token, f capacity factor; {@code
 * int} truncates.
 */
public enum PublishedCapacity implements CapacityRule {
  /** {@code ceil(T k f / E)} (Megatron-LM {@code moe_utils.get_capacity}). */
  MEGATRON {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return divide(times(factor, tokens, k), experts, RoundingMode.CEILING);
    }
  },
  /** {@code max(ceil(T k f / E), 4)} (DeepSpeed {@code sharded_moe._capacity}, min_capacity 4). */
  DEEPSPEED {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return Math.max(MEGATRON.slots(tokens, k, experts, factor), 4);
    }
  },
  /** {@code ceil(T k f / E)}, rounded up to a multiple of 4 (V-MoE {@code compute_capacity}). */
  VMOE {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return toMultipleOf4(MEGATRON.slots(tokens, k, experts, factor));
    }
  },
  /** {@code max(round(T f / E), 4)}, ties to even, independent of k (flaxformer). */
  FLAXFORMER {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return Math.max(divide(times(factor, tokens, 1), experts, RoundingMode.HALF_EVEN), 4);
    }
  },
  /**
   * {@code int(T f / E)}, or 4 if that is 0, rounded up to a multiple of 4. Independent of k:
   * callers double the factor for two choices (lingvo {@code Top2GatingOnLogits}).
   */
  LINGVO {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      long slots = divide(times(factor, tokens, 1), experts, RoundingMode.DOWN);
      return slots == 0 ? 4 : toMultipleOf4(slots);
    }
  },
  /** {@code max(min(T, int(T f / E)), 4)} (Mesh TensorFlow {@code moe.py}; st-moe-pytorch). */
  MESH {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      long slots = divide(times(factor, tokens, 1), experts, RoundingMode.DOWN);
      return Math.max(Math.min(tokens, slots), 4);
    }
  },
  /** {@code int(f k T / E)}; 0 means no limit (MegaBlocks {@code layers/moe.py}). */
  MEGABLOCKS {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      long slots = divide(times(factor, tokens, k), experts, RoundingMode.DOWN);
      return slots == 0 ? UNLIMITED : slots;
    }
  },
  /**
   * {@code k int(f ceil(T / E))}. A factor of 0 means no limit; a negative factor means its
   * absolute value, reduced to the number of slots in use (Tutel {@code extract_critical}).
   */
  TUTEL {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      if (factor.signum() == 0) {
        return UNLIMITED;
      }
      return Math.multiplyExact(
          k, times(factor.abs(), even(tokens, experts), 1).toBigInteger().longValueExact());
    }
  },
  /**
   * {@code int(f ceil(T / E))} in training and {@code ceil(T / 4)} in evaluation (fairseq {@code
   * top1gate.py}).
   */
  FAIRSEQ_TOP1 {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return times(factor, even(tokens, experts), 1).toBigInteger().longValueExact();
    }

    @Override
    public long evaluationSlots(long tokens, int k, int experts, BigDecimal factor) {
      return even(tokens, 4);
    }
  },
  /**
   * {@code 2 ceil(T / E)} in training and {@code ceil(T / 4)} in evaluation, independent of f
   * (fairseq {@code top2gate.py}; NLLB).
   */
  FAIRSEQ_TOP2 {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return 2 * even(tokens, experts);
    }

    @Override
    public long evaluationSlots(long tokens, int k, int experts, BigDecimal factor) {
      return even(tokens, 4);
    }
  },
  /** {@code int(ceil(f T) k / E)} (FastMoE {@code gshard_gate.py}). */
  FASTMOE_GSHARD {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return divide(times(factor, tokens, 1), 1, RoundingMode.CEILING) * k / experts;
    }
  },
  /** {@code ceil(f T / E)} (FastMoE {@code switch_gate.py}). */
  FASTMOE_SWITCH {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return MEGATRON.slots(tokens, 1, experts, factor);
    }
  },
  /** {@code ceil(k T f / E)} (MindSpore's MoE). */
  MINDSPORE {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return MEGATRON.slots(tokens, k, experts, factor);
    }
  },
  /** {@code int(int(T / E) f)} (Praxis {@code expert_choice_gating_on_logits}). */
  PRAXIS_V1 {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return times(factor, tokens / experts, 1).toBigInteger().longValueExact();
    }
  },
  /** {@code int(T f / E)}, rounded up to a multiple of 4 (Praxis's second expert choice). */
  PRAXIS_V2 {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return toMultipleOf4(divide(times(factor, tokens, 1), experts, RoundingMode.DOWN));
    }
  },
  /** {@code round(f T / E)}, ties to even (V-MoE's {@code soft_moe/router.py}). */
  SOFT_MOE {
    @Override
    public long slots(long tokens, int k, int experts, BigDecimal factor) {
      return divide(times(factor, tokens, 1), experts, RoundingMode.HALF_EVEN);
    }
  };

  private static final BigDecimal MAX = BigDecimal.valueOf(Long.MAX_VALUE);

  private static BigDecimal times(BigDecimal factor, long tokens, int k) {
    return factor.multiply(BigDecimal.valueOf(Math.multiplyExact(tokens, (long) k)));
  }

  /** Returns the exact quotient, rounded. */
  private static long divide(BigDecimal dividend, long divisor, RoundingMode rounding) {
    return dividend.divide(BigDecimal.valueOf(divisor), 0, rounding).min(MAX).longValueExact();
  }

  private static long even(long tokens, long parts) {
    return Math.floorDiv(tokens + parts - 1, parts);
  }

  private static long toMultipleOf4(long slots) {
    return Math.floorDiv(slots + 3, 4L) * 4;
  }
}
