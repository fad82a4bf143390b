package org.jmoe.plan;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.Arrays;
import org.jmoe.tensor.Axes;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;

/**
 * Dropless plan: one row per choice, sorted by expert, with any number of rows per expert
 * (MegaBlocks, Gale et al. 2022, section 5).
 *
 * @param tokenOfRow (N) token of each row, ascending within an expert
 * @param counts (E) rows per expert, on the CPU
 * @param rowOfChoice (T, K) row of each choice, -1 for none
 * @param weights (T, K) weight of each choice's output
 */
public record GroupedPlan(NDArray tokenOfRow, NDArray counts, NDArray rowOfChoice, NDArray weights)
    implements DispatchPlan {

  /** Checks the shape of the weights. */
  public GroupedPlan {
    Axes.require(weights, "weights", "T K", rowOfChoice.getShape().getShape());
  }

  /**
   * Sorts the choices by expert.
   *
   * @param experts (T, K) of int64, -1 for no expert
   * @param weights (T, K)
   * @param expertCount E
   */
  public static GroupedPlan of(NDArray experts, NDArray weights, int expertCount) {
    NDList grouped = ExpertOps.group(experts, expertCount); // (N), (E), (T, K)
    return new GroupedPlan(grouped.get(0), grouped.get(1), grouped.get(2), weights);
  }

  @Override
  public int experts() {
    return Math.toIntExact(counts.size());
  }

  @Override
  public NDArray dispatch(NDArray tokens) {
    return Ops.rows(tokens, tokenOfRow); // (N, D)
  }

  @Override
  public NDArray combine(NDArray outputs) {
    return ExpertOps.weightedSum(outputs, rowOfChoice, weights); // (T, D)
  }

  @Override
  public NDArray ofChoices(NDArray outputs) {
    return ExpertOps.slotRows(outputs, rowOfChoice); // (T, K, D)
  }

  @Override
  public GroupedPlan ofExpert(int expert) {
    long[] sizes = counts.toLongArray();
    long first = Arrays.stream(sizes, 0, expert).sum();
    return new GroupedPlan(
        tokenOfRow.get("%d:%d".formatted(first, first + sizes[expert])),
        counts.get("%d:%d".formatted(expert, expert + 1)),
        RoutingOps.within(rowOfChoice, first, sizes[expert]),
        weights);
  }
}
