package org.jmoe.catalog.trial;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Model of Chen et al. 2022, equations 3.1 to 3.3: {@code F(x) = softmax(h)_m f_m(x)} for the
 * expert m with the largest noisy {@code h = sum_p x_p Theta}, where {@code f_m = sum_j sum_p
 * s(<w_mj, x_p>)} and s is the cube or the identity.
 */
final class ClusterModel implements AutoCloseable {
  private static final double TINY = 1e-12;

  private final int experts;
  private final boolean cubic;
  private final NDManager manager;
  private final NDArray router; // (d, M)
  private final NDArray filters; // (M, d, J)

  ClusterModel(int experts, int filters, boolean cubic, double init, Seed seed, NDManager parent) {
    this.experts = experts;
    this.cubic = cubic;
    manager = parent.newSubManager();
    int width = ClusterData.WIDTH;
    router = manager.zeros(new Shape(width, experts));
    NDArray zeros = manager.zeros(new Shape(experts, width, filters));
    this.filters = Ops.scale(Ops.normal(zeros, seed.child("filters")), init / Math.sqrt(width));
    zeros.close();
    router.setRequiresGradient(true);
    this.filters.setRequiresGradient(true);
  }

  /**
   * Returns the scores, whose signs are the predicted labels.
   *
   * @param x (N, P d)
   * @param noise router noise; null for none
   * @return (N, 1)
   */
  NDArray scores(NDArray x, @Nullable Seed noise, NDManager scope) {
    NDArray rows = x.reshape(x.getShape()); // (N, P d)
    rows.attach(scope);
    if (experts == 1) {
      return expert(rows, 0);
    }
    NDArray logits = logits(rows); // (N, M)
    NDArray choices = largest(logits, noise); // (N, 1)
    NDArray weights = logits.softmax(-1).gather(choices, 1); // (N, 1)
    GroupedPlan plan = GroupedPlan.of(choices, weights, experts);
    NDArray sorted = plan.dispatch(rows); // (N, P d)
    long[] counts = plan.counts().toLongArray(); // (M)
    NDList outputs = new NDList();
    long from = 0;
    for (int m = 0; m < experts; m++) {
      if (counts[m] > 0) {
        outputs.add(expert(sorted.get(new NDIndex("{}:{}", from, from + counts[m])), m));
      }
      from += counts[m];
    }
    return plan.combine(Ops.concat(outputs, 0)); // (N, 1)
  }

  /** Returns the expert of each sample, on the host. */
  long[] choices(NDArray x, @Nullable Seed noise) {
    if (experts == 1) {
      return new long[Math.toIntExact(x.getShape().get(0))];
    }
    try (NDManager scope = manager.newSubManager()) {
      NDArray rows = x.reshape(x.getShape()); // (N, P d)
      rows.attach(scope);
      return largest(logits(rows), noise).toLongArray();
    }
  }

  private static NDArray largest(NDArray logits, @Nullable Seed noise) {
    NDArray clean = logits.stopGradient(); // (N, M)
    return Ops.top(noise == null ? clean : clean.add(Ops.uniform(clean, noise)), 1); // (N, 1)
  }

  private NDArray logits(NDArray rows) {
    return rows.reshape(-1, ClusterData.PATCHES, ClusterData.WIDTH) // (N, P, d)
        .sum(new int[] {1}) // (N, d)
        .matMul(router); // (N, M)
  }

  /** Applies one expert to rows (n, P d): (n, 1). */
  private NDArray expert(NDArray rows, int m) {
    NDArray weight = filters.get(m); // (d, J)
    weight.attach(rows.getManager());
    NDArray z = rows.reshape(-1, ClusterData.WIDTH).matMul(weight); // (n P, J)
    NDArray activated = cubic ? z.mul(z).mul(z) : z; // (n P, J)
    return activated.reshape(rows.getShape().get(0), -1).sum(new int[] {1}, true); // (n, 1)
  }

  /** Takes a gradient step on a loss; each expert's gradient is divided by its norm. */
  void update(double rate, double routerRate, NDArray loss, NDManager scope) {
    List<NDArray> gradients = Gradients.of(scope, loss, List.of(filters, router));
    NDArray gradient = gradients.get(0); // (M, d, J)
    NDArray norm = gradient.square().sum(new int[] {1, 2}, true).sqrt(); // (M, 1, 1)
    filters.subi(Ops.scale(gradient.div(Ops.shift(norm, TINY)), rate));
    if (experts > 1) {
      router.subi(Ops.scale(gradients.get(1), routerRate)); // (d, M)
    }
  }

  /** Returns a host copy of the filters, (M, d, J). */
  float[] filters() {
    return NoGrad.get(() -> Ops.cast(filters, DataType.FLOAT32).toFloatArray());
  }

  @Override
  public void close() {
    manager.close();
  }
}
