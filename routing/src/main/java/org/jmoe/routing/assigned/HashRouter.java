package org.jmoe.routing.assigned;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.primitives.ImmutableLongArray;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.ExpertSlots;
import org.jmoe.routing.ScoreFunction;
import org.jmoe.routing.TopKSpec;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Hash layers (Roller et al. 2021, section 3.1): the experts of a token are determined by its id,
 * {@code id mod E} and the next k - 1, or by a table from ids to experts; each has weight {@code 1
 * / k}. DeepSeek-V4 uses a table with learned weights, normalized to sum 1.
 */
public final class HashRouter extends GatedRouter {
  /**
   * Settings.
   *
   * @param k experts per token
   * @param table k experts per id, id by id; empty for {@code id mod E}
   * @param learned whether the weights are the square root softplus of the gate
   * @param capacity of the experts
   */
  public record Spec(int k, ImmutableLongArray table, boolean learned, Capacity capacity)
      implements TopKSpec {
    /** Checks the table. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(
          table.length() % k == 0,
          "the table length %s must be a multiple of k = %s",
          table.length(),
          k);
    }

    /** Returns settings with the expert {@code id mod E}. */
    public static Spec of() {
      return new Spec(1, ImmutableLongArray.of(), false, Capacity.dropless());
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new HashRouter(this, dim, experts, seed);
    }

    @Override
    public ImmutableSet<RouterTrait> traits() {
      return ImmutableSet.of(RouterTrait.COUPLED, RouterTrait.TOKEN_IDS);
    }

    @Override
    public Spec withK(int other) {
      Preconditions.checkArgument(
          table.isEmpty() || other == k,
          "Cannot set k: the table of this HashRouter lists %s experts per token id.",
          k);
      return new Spec(other, table, learned, capacity);
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
                  "hash",
                  "Roller et al. 2021, Hash Layers",
                  ImmutableMap.of(PresetField.K, 1.0),
                  (v, c) -> new Spec(v.k(), ImmutableLongArray.of(), false, c))
              .withCapacity(PublishedCapacity.MEGATRON, DropOrder.K_MAJOR));

  private final Spec spec;

  private HashRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray ids = context.tokenIds(); // (T)
    if (ids == null) {
      throw new RoutingException(
          path() + ": hash routing requires token ids; pass the layer an input named ids");
    }
    NDArray choices = choices(Ops.cast(ids, DataType.INT64), logits); // (T, K)
    NDArray scores = RoutingOps.sqrtSoftplus(logits); // (T, E)
    NDArray weights =
        spec.learned()
            ? ScoreFunction.normalised(scores.gather(choices, 1))
            : Ops.scale(Ops.cast(choices.onesLike(), logits.getDataType()), 1.0 / spec.k());
    NDArray probs = // (T, E)
        spec.learned() ? ScoreFunction.normalised(scores) : Ops.softmax(logits);
    return Routing.of(logits, probs, choices, weights, spec.capacity(), context);
  }

  private NDArray choices(NDArray ids, NDArray logits) {
    long rows = spec.table().length() / spec.k();
    NDArray first = rows == 0 ? ids : Ops.remainder(ids, rows);
    NDArray column = ExpertSlots.expertIds(logits).get(new NDIndex(":, 0:{}", spec.k())); // (T, K)
    if (rows == 0) {
      return Ops.remainder(first.expandDims(1).add(column), experts());
    }
    NDArray table = ids.getManager().create(spec.table().toArray()).reshape(rows * spec.k(), 1);
    NDArray row =
        RoutingOps.scoped(column, first.expandDims(1).broadcast(column.getShape()), spec.k());
    NDArray experts = Ops.rows(Ops.cast(table, DataType.FLOAT64), row).squeeze(2); // (T, K)
    return Ops.cast(experts, DataType.INT64);
  }
}
