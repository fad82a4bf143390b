package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.Quantisation;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Feed-forward experts with quantized, frozen weights; gradients flow through them. Each projection
 * has low-rank factors of rank 0, {@code in_down} (E, D, 0), {@code in_up} (E, 0, C) and the same
 * for {@code out}, which {@link org.jmoe.transformer.LowRank} replaces by trained factors (QLoRA,
 * Dettmers et al. 2023, equation 5).
 */
public final class QuantisedExperts extends Experts {
  /**
   * Settings.
   *
   * @param expert settings of the experts
   * @param form quantization of the weights
   */
  public record Spec(FeedForwardExperts.Spec expert, Quantisation form) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new QuantisedExperts(this, dim, experts, seed);
    }

    /** Counts the weights before quantization. */
    @Override
    public long parametersPerExpert(int dim) {
      return expert.parametersPerExpert(dim);
    }
  }

  /** Quantized weights of one projection. */
  private record Stored(
      Parameter codes,
      Parameter scales,
      Parameter coarse,
      Parameter down, // (E, D, 0)
      Parameter up, // (E, 0, C)
      int in,
      int out) {}

  private final Spec spec;
  private final int count;
  private final Stored in;
  private final @Nullable Parameter inBias; // (E, C)
  private final Stored out;
  private final @Nullable Parameter outBias; // (E, D)

  private QuantisedExperts(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    this.spec = spec;
    this.count = experts;
    int hidden = spec.expert().hidden();
    int columns = spec.expert().activation().columns(hidden);
    boolean bias = spec.expert().bias();
    in = stored("in", dim, columns);
    inBias = bias ? state("in_bias", new Shape(experts, columns)) : null;
    out = stored("out", hidden, dim);
    outBias = bias ? state("out_bias", new Shape(experts, dim)) : null;
  }

  private Stored stored(String name, int inputs, int outputs) {
    Quantisation form = spec.form();
    boolean bytes = form == Quantisation.INT8;
    long[] axes = form.codes(inputs, outputs);
    long[] shape = new long[axes.length + 1];
    shape[0] = count;
    System.arraycopy(axes, 0, shape, 1, axes.length);
    return new Stored(
        state(name + "_codes", new Shape(shape), bytes ? DataType.INT8 : DataType.UINT8),
        state(
            name + "_scales",
            new Shape(count, form.scales(inputs, outputs)),
            bytes ? DataType.FLOAT32 : DataType.INT8),
        state(name + "_coarse", new Shape(count, form.coarse(inputs, outputs))),
        state(name + "_down", new Shape(count, inputs, 0)),
        state(name + "_up", new Shape(count, 0, outputs)),
        inputs,
        outputs);
  }

  /**
   * Quantizes and stores the weights of a projection.
   *
   * @param side {@code in} or {@code out}
   * @param stack (E, D, C) or (E, H, D) of float32
   */
  public void load(String side, NDArray stack) {
    Stored target = side(side);
    NDList codes = spec.form().of(stack);
    List<NDArray> targets = new ArrayList<>(List.of(array(target.codes()), array(target.scales())));
    if (codes.size() > 2) {
      targets.add(array(target.coarse()));
    }
    FusedUpdates.copyAll(targets, codes);
    codes.close();
  }

  /** Dequantizes the weights of a projection, (E, D, C) or (E, H, D). */
  public NDArray dequantise(String side, NDManager scope) {
    Stored of = side(side);
    return spec.form()
        .dequantise(
            scope.zeros(new Shape(0)),
            array(of.codes()),
            array(of.scales()),
            array(of.coarse()),
            of.in(),
            of.out());
  }

  /** Returns the shape of the weights of a projection. */
  public Shape shape(String side) {
    return new Shape(count, side(side).in(), side(side).out());
  }

  private Stored side(String side) {
    Preconditions.checkArgument(
        side.equals("in") || side.equals("out"), "the projection must be in or out, not %s", side);
    return side.equals("in") ? in : out;
  }

  private static NDArray array(Parameter parameter) {
    return parameter.getArray();
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    Shape shape = rows.getShape(); // (N, D) or (E, C, D)
    NDArray flat = rows.reshape(-1, shape.tail()); // (N, D)
    NDArray counts = // (E)
        plan instanceof GroupedPlan grouped
            ? grouped.counts()
            : rows.getManager()
                .create(LongStream.generate(() -> shape.get(1)).limit(count).toArray());
    NDArray y =
        spec.form()
            .experts(
                flat,
                counts,
                new Quantisation.Stack(
                    spec.expert().activation(),
                    values(ps, in, rows, training),
                    bias(ps, inBias, rows, training),
                    values(ps, out, rows, training),
                    bias(ps, outBias, rows, training),
                    spec.expert().hidden()),
                training);
    return y.reshape(shape);
  }

  private static NDList values(ParameterStore ps, Stored of, NDArray rows, boolean training) {
    return new NDList(
        value(ps, of.codes(), rows, training),
        value(ps, of.scales(), rows, training),
        value(ps, of.coarse(), rows, training),
        value(ps, of.down(), rows, training),
        value(ps, of.up(), rows, training));
  }

  private NDArray bias(
      ParameterStore ps, @Nullable Parameter bias, NDArray rows, boolean training) {
    return bias == null
        ? rows.getManager().zeros(new Shape(count, 0), rows.getDataType())
        : value(ps, bias, rows, training);
  }
}
