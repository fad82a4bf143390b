package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.tensor.Ops;

/**
 * Changes the experts of an opened checkpoint and writes the result to a new folder. The columns
 * and biases of the router are changed accordingly.
 */
public final class ExpertSurgery {
  static final String EXPERTS = "moe/experts/";
  private static final String ROUTER = "moe/router/";

  private final HubModel hub;

  /** Creates an operation on a checkpoint, which is not modified. */
  public ExpertSurgery(HubModel hub) {
    this.hub = hub;
  }

  /**
   * Keeps some experts of each layer. The result equals the original model with the router logits
   * of the other experts set to minus infinity.
   *
   * @param kept for each MoE layer in order, the experts to keep, ascending; all layers keep the
   *     same number
   */
  public void prune(ImmutableList<ImmutableLongArray> kept, HubExport target) {
    MoeLayer.Spec moe = moe();
    int count = kept.get(0).length();
    int k = moe.router().activeExperts(moe.experts());
    if (kept.size() != hub.plan().moeLayers().size()
        || kept.stream().anyMatch(layer -> layer.length() != count)) {
      throw new IllegalArgumentException("Every MoE layer must keep the same number of experts.");
    }
    if (count < k) {
      throw new IllegalArgumentException(
          "Cannot keep %d experts: each token uses %d; keep more.".formatted(count, k));
    }
    refuseGroups("pruned");
    write(
        target,
        count,
        k,
        (scope, arrays) -> {
          int at = 0;
          for (int layer : hub.plan().moeLayers()) {
            choose(scope, arrays, DecoderTensors.parameterPrefix(layer), kept.get(at++).toArray());
          }
        });
  }

  /**
   * Splits each expert into {@code parts} fine-grained experts of a fraction of its width
   * (DeepSeekMoE, Dai et al. 2024, section 3.1). The number of experts and the number of experts
   * per token are multiplied by {@code parts}. The parts of an expert share its router column, so
   * that they are selected together and the output is unchanged.
   */
  public void split(int parts, HubExport target) {
    MoeLayer.Spec moe = moe();
    refuseGroups("split");
    long[] repeated =
        LongStream.range(0, (long) moe.experts() * parts).map(e -> e / parts).toArray();
    int k = moe.router().activeExperts(moe.experts());
    write(
        target,
        moe.experts() * parts,
        k * parts,
        (scope, arrays) -> {
          for (int layer : hub.plan().moeLayers()) {
            String name = DecoderTensors.parameterPrefix(layer);
            for (String side : new String[] {"in", "in_bias", "out", "out_bias"}) {
              arrays.computeIfPresent(
                  name + EXPERTS + side,
                  (key, array) ->
                      side.startsWith("in")
                          ? splitColumns(array, parts)
                          : side.equals("out")
                              ? splitRows(array, parts, shrinks() ? parts : 1)
                              : rows(scope, array, repeated));
            }
            routers(scope, arrays, name, repeated);
          }
        });
  }

  /**
   * Returns whether duplicating a router column divides the weight of its expert by {@code parts}.
   */
  private boolean shrinks() {
    return !(moe().router() instanceof DeepSeekV3Router.Spec router) || router.normalise();
  }

  /** Changes the parameters of the new checkpoint. */
  interface Change {
    void apply(NDManager scope, Map<String, NDArray> arrays);
  }

  void write(HubExport target, int experts, int k, Change change) {
    try (NDManager scope = hub.manager().newSubManager()) {
      Map<String, NDArray> arrays = HubExport.arrays(hub.model(), "");
      change.apply(scope, arrays);
      target.write(hub, arrays, config -> resize(config, experts, k, arrays));
    }
  }

  private void resize(ObjectNode config, int experts, int k, Map<String, NDArray> arrays) {
    ModelFamily family = hub.family();
    ExpertFields fields =
        family
            .expertFields()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "The model family %s defines no expertFields(), which changing the number of experts needs; implement it."
                            .formatted(family.name())));
    String first = DecoderTensors.parameterPrefix(hub.plan().moeLayers().get(0)) + EXPERTS + "out";
    long hidden = Objects.requireNonNull(arrays.get(first)).getShape().get(1); // of (E, H, D)
    SharedSpec shared = moe().shared();
    fields.write(config, experts, k, hidden, shared == null ? 0 : shared.parameters(1) / 3);
  }

  MoeLayer.Spec moe() {
    return hub.plan()
        .spec()
        .firstMoe()
        .orElseThrow(() -> new IllegalArgumentException("The model has no experts."));
  }

  void refuseGroups(String what) {
    Groups groups =
        moe().router() instanceof DeepSeekV3Router.Spec router
            ? router.groups()
            : moe().router() instanceof DeepSeekV2Router.Spec other
                ? other.groups()
                : Groups.none();
    if (groups.count() != groups.kept()) {
      throw new IllegalArgumentException(
          "The experts form %d groups, whose scores would change if experts were %s; use a model without groups."
              .formatted(groups.count(), what));
    }
  }

  private static void choose(
      NDManager scope, Map<String, NDArray> arrays, String name, long[] ids) {
    for (String side : new String[] {"in", "in_bias", "out", "out_bias"}) {
      arrays.computeIfPresent(name + EXPERTS + side, (key, array) -> rows(scope, array, ids));
    }
    routers(scope, arrays, name, ids);
  }

  /** Selects the router columns and biases of the given experts. */
  static void routers(NDManager scope, Map<String, NDArray> arrays, String name, long[] ids) {
    arrays.computeIfPresent(
        name + ROUTER + "gate",
        (key, gate) -> rows(scope, gate.transpose(), ids).transpose()); // (D, E')
    arrays.computeIfPresent(name + ROUTER + "bias", (key, bias) -> rows(scope, bias, ids));
  }

  /** Returns the given entries of the first axis. */
  static NDArray rows(NDManager scope, NDArray array, long[] ids) {
    long[] shape = array.getShape().getShape().clone();
    NDArray flat = array.reshape(shape[0], -1); // (E, ..)
    shape[0] = ids.length;
    return Ops.rowsOf(scope.create(ids), flat).reshape(new Shape(shape));
  }

  /** Splits (E, .., 2H), gate and up halves, into (E parts, .., 2H / parts). */
  private static NDArray splitColumns(NDArray array, int parts) {
    long[] shape = array.getShape().getShape().clone();
    long experts = shape[0];
    long width = shape[shape.length - 1] / 2;
    if (width % parts != 0) {
      throw new IllegalArgumentException(
          "Cannot split experts of width %d into %d parts; use a divisor.".formatted(width, parts));
    }
    NDArray split = array.reshape(experts, -1, 2, parts, width / parts); // (E, D, 2, P, h)
    NDArray permuted = split.transpose(0, 3, 1, 2, 4); // (E, P, D, 2, h)
    shape[0] = experts * parts;
    shape[shape.length - 1] = 2 * width / parts;
    return permuted.reshape(new Shape(shape));
  }

  /** Splits (E, H, D) into (E parts, H / parts, D) and multiplies by a factor. */
  private static NDArray splitRows(NDArray array, int parts, double factor) {
    long[] shape = array.getShape().getShape().clone();
    NDArray split = array.reshape(shape[0] * parts, shape[1] / parts, shape[2]);
    return Ops.scale(split, factor);
  }
}
