package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.List;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Zero-computation experts for tokens that need little computation (MoE++, Jin et al. 2024, section
 * 3.1), as in the authors' code; used as parts of {@link HeterogeneousExperts}. Routers, balance
 * losses and capacities treat them like other experts. The identity experts of LongCat-Flash, which
 * are never dispatched, are part of its router ({@code LongCatRouter}).
 */
public final class ZeroComputationExperts extends Experts {
  /** Output of an expert. */
  public enum Kind {
    /** {@code 0}: the token passes only through the residual connection. */
    ZERO,
    /** The token {@code x}. */
    COPY,
    /**
     * A mixture of the token and a learned vector, {@code a_1 x + a_2 v} with {@code a = softmax(x
     * W)}.
     */
    CONSTANT
  }

  /**
   * Settings.
   *
   * @param kind output of each expert
   */
  public record Spec(Kind kind) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return experts == 1
          ? new ZeroComputationExperts(kind, dim, seed)
          : new HeterogeneousExperts.Spec(List.of(new HeterogeneousExperts.Part(experts, this)))
              .build(dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return kind == Kind.CONSTANT ? 3L * dim : 0;
    }
  }

  private final Kind kind;
  private final @Nullable Parameter value; // (1, D)
  private final @Nullable Parameter mix; // (1, D, 2)

  private ZeroComputationExperts(Kind kind, int dim, Seed seed) {
    super(seed);
    this.kind = kind;
    boolean constant = kind == Kind.CONSTANT;
    value = constant ? weight("value", new Shape(1, dim), 1) : null;
    mix = constant ? weight("mix", new Shape(1, dim, 2), 1 / Math.sqrt(dim)) : null;
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    if (value == null || mix == null) {
      return kind == Kind.ZERO ? rows.zerosLike() : rows;
    }
    NDArray x = rows.reshape(-1, rows.getShape().tail()); // (n, D)
    NDArray weight = castValue(ps, mix, x, training).squeeze(0); // (D, 2)
    NDArray shares = Ops.softmax(x.matMul(weight)); // (n, 2)
    NDArray vector = castValue(ps, value, x, training); // (1, D)
    NDArray kept = x.mul(shares.get(new NDIndex(":, 0:1"))); // (n, D)
    NDArray added = shares.get(new NDIndex(":, 1:2")).mul(vector); // (n, D)
    return kept.add(added).reshape(rows.getShape());
  }
}
