package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.MoeLayer;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.plan.SoftPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Hierarchical mixture of experts (Shazeer et al. 2017, appendix B; Mesh TensorFlow {@code
 * transformer_moe_layer_v2}): each expert is itself an MoE layer. The rank of the outer choice is
 * passed to the inner gate as importance, 1 for a token's first expert, 0.5 for its second and so
 * on, so that gates that use it (GShard's) drop less important tokens first.
 */
public final class MoeExperts extends Experts {
  /**
   * Settings.
   *
   * @param inner the layer of each expert
   */
  public record Spec(MoeLayer.Spec inner) implements ExpertsSpec {
    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return new MoeExperts(this, dim, experts, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return inner.parameters(dim);
    }

    @Override
    public long activeParametersPerExpert(int dim) {
      return inner.activeParameters(dim);
    }
  }

  private final ImmutableList<MoeLayer> layers;

  private MoeExperts(Spec spec, int dim, int experts, Seed seed) {
    super(seed);
    ImmutableList.Builder<MoeLayer> built = ImmutableList.builder();
    for (int e = 0; e < experts; e++) {
      built.add(addChildBlock("expert", spec.inner().build(dim, seed.child(e))));
    }
    layers = built.build();
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    Shape shape = rows.getShape(); // (N, D) or (E, C, D)
    NDArray flat = rows.reshape(-1, shape.tail()); // (N, D)
    NDArray importance = importance(plan, flat); // (N)
    long[] counts = counts(plan);
    NDList outputs = new NDList();
    long start = 0;
    for (int e = 0; e < counts.length; e++) {
      outputs.add(inner(ps, layers.get(e), flat, importance, start, counts[e], training));
      start += counts[e];
    }
    return Ops.concat(outputs, 0).reshape(shape);
  }

  /**
   * Applies one inner layer to its rows, or to a row of padding if it has none, for a zero
   * gradient.
   */
  private static NDArray inner(
      ParameterStore ps,
      MoeLayer layer,
      NDArray rows,
      NDArray importance,
      long start,
      long count,
      boolean training) {
    String range = start + ":" + (start + count);
    NDArray x = count == 0 ? empty(rows) : rows.get(range); // (n, D)
    NDArray weight = count == 0 ? empty(importance) : importance.get(range); // (n)
    NDArray padding = weight.lte(0); // (n)
    weight.setName("importance");
    padding.setName("padding");
    NDArray y = layer.forward(ps, new NDList(x, weight, padding), training).head();
    return count == 0 ? y.get("0:0") : y;
  }

  private static NDArray empty(NDArray like) {
    long[] sizes = like.getShape().getShape().clone();
    sizes[0] = 1;
    return like.getManager().zeros(new Shape(sizes), like.getDataType());
  }

  /** Returns {@code 1 / (1 + k)} for the choice k of each row, 0 for empty slots: (N). */
  private static NDArray importance(DispatchPlan plan, NDArray rows) {
    NDArray place; // (T, K), row of each choice or -1
    if (plan instanceof GroupedPlan grouped) {
      place = grouped.rowOfChoice();
    } else if (plan instanceof SlotPlan slots) {
      place = slots.slotOfChoice();
    } else {
      return rows.getManager().ones(new Shape(rows.getShape().get(0)), rows.getDataType());
    }
    long n = rows.getShape().get(0);
    NDArray column = Ops.positions(place.get("0:1")).broadcast(place.getShape()); // (T, K)
    NDArray later = Ops.shift(Ops.cast(column, rows.getDataType()), 1); // (T, K)
    NDArray value = later.onesLike().div(later).flatten().expandDims(1); // (T K, 1)
    NDArray spare = RoutingOps.fill(place, place.lt(0), (double) n).flatten(); // (T K)
    NDArray zeros = rows.getManager().zeros(new Shape(n + 1, 1), rows.getDataType());
    return Ops.indexAdd(zeros, spare, value).get("0:" + n).flatten();
  }

  private static long[] counts(DispatchPlan plan) {
    if (plan instanceof GroupedPlan grouped) {
      return grouped.counts().toLongArray();
    }
    long[] counts = new long[plan.experts()];
    Arrays.fill(counts, slots(plan));
    return counts;
  }

  private static long slots(DispatchPlan plan) {
    return plan instanceof SlotPlan slots
        ? slots.capacity()
        : ((SoftPlan) plan).toSlots().getShape().get(2);
  }
}
