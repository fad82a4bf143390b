package org.jmoe.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import com.google.common.base.Preconditions;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.tensor.TransformerOps;
import org.jspecify.annotations.Nullable;

/** Normalizes the last axis, with a learned gain. */
public final class Norm extends ShapedBlock {
  /** Normalization statistics. */
  public enum Kind {
    /** Root mean square (Zhang and Sennrich 2019). */
    RMS,
    /** Mean and variance, with a learned bias (Ba et al. 2016). */
    LAYER;

    /** Returns the number of parameters for width D. */
    public long parameters(int dim) {
      return this == RMS ? dim : 2L * dim;
    }
  }

  /**
   * Settings.
   *
   * @param epsilon added to the mean square or variance
   */
  public record Spec(Kind kind, double epsilon) {
    /** Checks epsilon. */
    public Spec {
      Preconditions.checkArgument(
          epsilon >= 0 && Double.isFinite(epsilon),
          "epsilon must be finite and at least 0, not %s",
          epsilon);
    }

    /** Builds a normalization of width D. */
    public Norm build(int dim, Seed seed) {
      return new Norm(this, dim, seed);
    }

    /** Returns the number of parameters for width D. */
    public long parameters(int dim) {
      return kind.parameters(dim);
    }
  }

  private final double epsilon;
  private final Parameter gain; // (D)
  private final @Nullable Parameter bias; // (D)

  private Norm(Spec spec, int dim, Seed seed) {
    super(seed);
    epsilon = spec.epsilon();
    gain = ones("gain", new Shape(dim));
    bias = spec.kind() == Kind.LAYER ? zeros("bias", new Shape(dim)) : null;
  }

  /** Normalizes x (.., D). */
  public NDArray apply(ParameterStore ps, NDArray x, boolean training) {
    NDArray weight = value(ps, gain, x, training); // (D)
    return bias == null
        ? TransformerOps.rmsNorm(x, weight, epsilon)
        : TransformerOps.layerNorm(x, weight, value(ps, bias, x, training), epsilon);
  }

  /** Casts x to the type of the gain: token embeddings may be stored in a lower precision. */
  public NDArray like(ParameterStore ps, NDArray x, boolean training) {
    DataType type = value(ps, gain, x, training).getDataType();
    return x.getDataType() == type ? x : Ops.cast(x, type);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    return new NDList(apply(ps, inputs.head(), training));
  }
}
