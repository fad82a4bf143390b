package org.jmoe.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Ops;

/**
 * Multiplies the outputs of experts by a factor; 0 ablates them with the routing unchanged.
 *
 * @param factor any finite number
 */
public record ScaleOutput(ExpertGroup group, double factor) implements Intervention {
  /** Checks that the factor is finite. */
  public ScaleOutput {
    if (!Double.isFinite(factor)) {
      throw new IllegalArgumentException(
          "%s: a factor must be finite, not %s".formatted(group, factor));
    }
  }

  @Override
  public NDArray outputs(String layer, DispatchPlan plan, NDArray outputs) {
    if (!layer.equals(group.layer())) {
      return outputs;
    }
    group.requireBelow(plan.experts());
    double[] factors = new double[plan.experts()];
    Arrays.fill(factors, 1);
    group.experts().forEach(e -> factors[e] = factor);
    boolean grouped = plan instanceof GroupedPlan;
    double[] each =
        grouped ? perRow(factors, ((GroupedPlan) plan).counts().toLongArray()) : factors;
    Shape shape = grouped ? new Shape(each.length, 1) : new Shape(each.length, 1, 1);
    NDArray scale = outputs.getManager().create(each).reshape(shape); // (N, 1) or (E, 1, 1)
    return outputs.mul(Ops.cast(scale, outputs.getDataType()));
  }

  private static double[] perRow(double[] factors, long[] counts) {
    double[] rows = new double[Math.toIntExact(Arrays.stream(counts).sum())];
    int row = 0;
    for (int e = 0; e < counts.length; e++) {
      Arrays.fill(rows, row, row += (int) counts[e], factors[e]);
    }
    return rows;
  }
}
