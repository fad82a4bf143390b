package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import java.util.Arrays;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.plan.SlotPlan;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.Ops;

/**
 * Replaces the output of experts, for the tokens routed to them, by given outputs, for example
 * those of another text or another checkpoint (activation patching). Valid as long as the batch of
 * its source.
 *
 * @param source (G, T, D) output of each expert of the group, in order, for each token, see {@link
 *     org.jmoe.layer.MoeLayer#everyExpert}
 */
public record PatchOutput(ExpertGroup group, NDArray source) implements Intervention {
  @Override
  public NDArray outputs(String layer, DispatchPlan plan, NDArray outputs) {
    if (!layer.equals(group.layer())) {
      return outputs;
    }
    group.requireBelow(plan.experts());
    requireWidth(outputs);
    NDArray result = outputs;
    int number = 0;
    for (int expert : group.experts()) {
      NDArray tokens = source.get(number++); // (T, D)
      if (plan instanceof GroupedPlan grouped) {
        long[] counts = grouped.counts().toLongArray();
        long first = Arrays.stream(counts, 0, expert).sum();
        NDArray of = grouped.tokenOfRow().get(range(first, counts[expert])); // (n)
        result = replaced(result, first, counts[expert], Ops.rows(tokens, of));
      } else if (plan instanceof SlotPlan slots) {
        NDArray of = slots.tokenOfSlot().get(range(expert, 1)); // (1, C)
        result = replaced(result, expert, 1, ExpertOps.slotRows(tokens, of));
      } else {
        throw new RoutingException(
            "%s: cannot patch, because the experts of Soft MoE compute mixtures of tokens"
                .formatted(group));
      }
    }
    return result;
  }

  private void requireWidth(NDArray outputs) {
    long width = outputs.getShape().tail();
    if (source.getShape().tail() != width) {
      throw new RoutingException(
          "%s: cannot patch outputs of width %d with outputs of width %d"
              .formatted(group, width, source.getShape().tail()));
    }
  }

  private static NDArray replaced(NDArray rows, long first, long count, NDArray with) {
    long end = rows.getShape().get(0);
    NDList parts = new NDList();
    if (first > 0) {
      parts.add(rows.get(range(0, first)));
    }
    if (count > 0) {
      parts.add(Ops.cast(with, rows.getDataType()));
    }
    if (first + count < end) {
      parts.add(rows.get(range(first + count, end - first - count)));
    }
    return parts.size() == 1 ? parts.get(0) : Ops.concat(parts, 0);
  }

  private static NDIndex range(long first, long count) {
    return new NDIndex("%d:%d".formatted(first, first + count));
  }
}
