package org.jmoe.routing.expertchoice;

import ai.djl.ndarray.NDArray;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.Selection;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Checks;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Token rounding (Guo et al. 2025, SonicMoE, arXiv 2512.14080, algorithm 4; {@code
 * benchmarks/moe-token-rounding.py}): after softmax top-k, each expert rounds its number of tokens
 * to a multiple of the tile of a grouped matmul. Rounding down drops the chosen tokens with the
 * lowest weight, rounding up adds the tokens with the highest probability of those that did not
 * choose the expert. Weights of choices are divided by their sum before; added tokens have their
 * probability as weight. In training only, because it looks at all tokens of a batch; evaluation is
 * top-k.
 */
public final class TokenRoundingRouter extends GatedRouter {
  /** How the number of tokens of an expert is rounded. */
  public enum Rounding {
    /** To the nearest multiple; half a tile goes to the even multiple, as in PyTorch. */
    NEAREST,
    /** Up. */
    UP,
    /** Down. */
    DOWN;

    private NDArray tiles(NDArray share) {
      return switch (this) {
        case NEAREST -> share.round();
        case UP -> share.ceil();
        case DOWN -> share.floor();
      };
    }
  }

  /**
   * Settings.
   *
   * @param k experts per token before rounding
   * @param tile tokens per tile; 128 upstream
   * @param rounding of the number of tokens
   */
  public record Spec(int k, int tile, Rounding rounding) implements RouterSpec {
    /** Checks the numbers. */
    public Spec {
      Checks.k(k);
      Preconditions.checkArgument(tile >= 1, "tile must be at least 1, not %s", tile);
    }

    @Override
    public Router build(int dim, int experts, Seed seed) {
      Checks.k(k, experts);
      return new TokenRoundingRouter(this, dim, experts, seed);
    }

    @Override
    public int activeExperts(int experts) {
      return k;
    }

    @Override
    public boolean causal() {
      return false;
    }
  }

  /** The published settings of this router. */
  public static final ImmutableList<RouterPreset> PRESETS =
      ImmutableList.of(
          RouterPreset.of(
              "token-rounding",
              "Guo et al. 2025, SonicMoE: token rounding",
              ImmutableMap.of(PresetField.K, 8.0, PresetField.TILE, 128.0),
              (v, c) -> new Spec(v.k(), (int) v.number(PresetField.TILE), Rounding.NEAREST)));

  private final Spec spec;

  private TokenRoundingRouter(Spec spec, int dim, int experts, Seed seed) {
    super(dim, experts, seed);
    this.spec = spec;
  }

  @Override
  protected Routing route(NDArray logits, RouterContext context) {
    NDArray probs = Ops.softmax(logits); // (T, E)
    NDArray ranked = Ops.top(probs, context.training() ? experts() : spec.k()); // (T, E or K)
    NDArray each = probs.gather(ranked, 1); // (T, E or K)
    NDArray other = Ops.remainder(Ops.positions(ranked), ranked.getShape().get(1)).gte(spec.k());
    NDArray chosen = RoutingOps.fill(each, other, 0); // (T, E or K)
    NDArray share = chosen.div(chosen.sum(new int[] {1}, true)); // (T, E or K)
    if (!context.training()) {
      return Routing.of(logits, probs, ranked, share, Capacity.dropless(), context);
    }
    NDArray weights = share.add(RoutingOps.fill(each, other.logicalNot(), 0)); // (T, E)
    NDArray place = // (T, E), the position of each expert in its token's ranking
        Ops.stableSort(ranked, false).get(1);
    NDArray taken = taken(weights.stopGradient(), other, place, context); // (T, E)
    NDArray choices = RoutingOps.fill(ranked, taken.logicalNot(), -1); // (T, E)
    Selection selection = Selection.of(logits, probs, choices, weights);
    return Routing.of(selection, Capacity.dropless(), context);
  }

  /** Marks the choices (T, E) that are among the rounded number of tokens of their expert. */
  private NDArray taken(NDArray weights, NDArray other, NDArray place, RouterContext context) {
    NDArray priority = weights.sub(Ops.cast(other, weights.getDataType())); // (T, E)
    NDArray ofExpert = priority.gather(place, 1); // (T, E), column e is expert e
    NDArray chose = Ops.cast(other.logicalNot(), weights.getDataType()).gather(place, 1); // (T, E)
    NDArray padding = context.padding(); // (T)
    if (padding != null) {
      ofExpert = Ops.fillRows(ofExpert, padding, -2); // below every priority
      chose = Ops.fillRows(chose, padding, 0);
    }
    NDArray frequency = Ops.scale(chose.sum(new int[] {0}), 1.0 / spec.tile()); // (E)
    NDArray allowed = Ops.scale(spec.rounding().tiles(frequency), spec.tile()); // (E)
    NDArray order = Ops.stableSort(ofExpert.transpose(), true).get(1); // (E, T)
    NDArray rank = Ops.stableSort(order, false).get(1).transpose(); // (T, E)
    NDArray within = Ops.cast(rank, weights.getDataType()).lt(allowed); // (T, E)
    NDArray ranked = Ops.stableSort(place, false).get(1); // (T, E), the experts in each ranking
    NDArray taken = Ops.cast(within, place.getDataType()).gather(ranked, 1).gt(0); // (T, E)
    return padding == null ? taken : taken.logicalAnd(padding.logicalNot().expandDims(1));
  }
}
