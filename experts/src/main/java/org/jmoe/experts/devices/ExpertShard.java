package org.jmoe.experts.devices;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.training.initializer.Initializer;
import ai.djl.util.PairList;
import com.google.common.primitives.ImmutableIntArray;
import org.jmoe.block.PartInitializer;
import org.jmoe.block.SeededInitializer;
import org.jmoe.block.ShapedBlock;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.GroupSizes;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/** The experts of one device: E' rows of each weight stack. */
final class ExpertShard extends ShapedBlock {
  private final FeedForwardExperts.Spec spec;
  private final NamedDevice device;
  private final ImmutableIntArray ids; // (E')
  private final int experts; // E
  private final Parameter in; // (E', D, H), or (E', D, 2H) gated, gate first
  private final @Nullable Parameter inBias; // (E', H), or (E', 2H) gated
  private final Parameter out; // (E', H, D)
  private final @Nullable Parameter outBias; // (E', D)

  /**
   * Creates a shard of the stacks named by the seed.
   *
   * @param experts E of the full stacks
   * @param ids the experts of this shard
   */
  ExpertShard(
      FeedForwardExperts.Spec spec,
      int dim,
      int experts,
      ImmutableIntArray ids,
      NamedDevice device,
      Seed seed) {
    super(seed);
    this.spec = spec;
    this.device = device;
    this.ids = ids;
    this.experts = experts;
    int hidden = spec.hidden();
    int columns = spec.activation().columns(hidden);
    in = drawn("in", 1 / Math.sqrt(dim), dim, columns);
    inBias = spec.bias() ? blank("in_bias", columns) : null;
    out = drawn("out", 1 / Math.sqrt(hidden), hidden, dim);
    outBias = spec.bias() ? blank("out_bias", dim) : null;
  }

  private Parameter drawn(String name, double std, long... shape) {
    Initializer full = new SeededInitializer(seed().child(name), std);
    return part(name, Parameter.Type.WEIGHT, full, new Shape(shape));
  }

  private Parameter blank(String name, long... shape) {
    return part(name, Parameter.Type.BIAS, Initializer.ZEROS, new Shape(shape));
  }

  private Parameter part(String name, Parameter.Type type, Initializer full, Shape each) {
    return parameter(
        name + "@" + device,
        type,
        new Shape(ids.length()).addAll(each),
        new PartInitializer(full, new Shape(experts).addAll(each), ids, device));
  }

  NamedDevice device() {
    return device;
  }

  ImmutableIntArray ids() {
    return ids;
  }

  /** Returns any array on the device. */
  NDArray anchor() {
    return in.getArray();
  }

  /** Returns the piece of a named stack. */
  NamedTensor.Piece piece(String name) {
    Parameter parameter =
        getDirectParameters().values().stream()
            .filter(p -> p.getName().equals(seed().child(name + "@" + device).path()))
            .findFirst()
            .orElseThrow();
    return new NamedTensor.Piece(parameter, ids, device);
  }

  /**
   * Computes the experts on their rows, with the strategy and dropout masks of the full stack.
   *
   * @param rows (N', D) sorted by expert, or (E', C, D), on the device
   * @param counts (E') rows of each expert, on the CPU; null for slots
   * @param full group sizes of all experts
   */
  NDArray compute(
      ParameterStore ps,
      NDArray rows,
      @Nullable NDArray counts,
      GroupSizes full,
      boolean training,
      Seed draws) {
    double dropout = training ? spec.dropout() : 0;
    // Not read through the parameter store, which supports only one device.
    FeedForwardWeights weights =
        FeedForwardWeights.of(
                spec.activation(),
                in.getArray(),
                valueOrNone(inBias, rows),
                out.getArray(),
                valueOrNone(outBias, rows))
            .withDropout(dropout, draws)
            .withPrecision(RecordingStore.precision(ps))
            .withStrategy(RecordingStore.strategy(ps));
    if (counts != null) {
      return ExpertOps.groupedPart(rows, counts, weights, ids, full); // (N', D)
    }
    return dropout == 0
        ? ExpertOps.paddedExperts(rows, weights)
        : ExpertOps.paddedPart(rows, weights, ids, experts); // (E', C, D)
  }

  /** Returns a bias, or a stack with zero columns for no bias. */
  private NDArray valueOrNone(@Nullable Parameter bias, NDArray rows) {
    return bias == null
        ? rows.getManager().zeros(new Shape(ids.length(), 0), rows.getDataType(), rows.getDevice())
        : bias.getArray();
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    throw new UnsupportedOperationException(path() + ": a shard is part of ShardedExperts");
  }
}
