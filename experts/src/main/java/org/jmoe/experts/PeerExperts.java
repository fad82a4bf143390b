package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.List;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.RoutingOps;
import org.jmoe.tensor.Seed;

/**
 * Parameter-efficient expert retrieval (He 2024, PEER, arXiv 2407.04153, sections 2.2 and 2.3; read
 * in {@code PEER_pytorch}, an independent implementation): {@code S^2} experts of one neuron, of
 * which each head chooses k by product keys. Both halves of a query are compared with S keys, the k
 * best of each half are combined to k^2 sums, and the k largest sums name the neurons. Their
 * outputs {@code GELU(u_i x) v_i} are weighted by a softmax over the sums and added over all heads.
 * The batch normalization of queries is left out. As the only expert of a layer, it is a PEER
 * layer.
 */
public final class PeerExperts extends Experts {
  /**
   * Settings.
   *
   * @param keys S per half, for S^2 neurons
   * @param heads H that choose independently
   * @param k neurons per head, at most S
   * @param width of half a query
   */
  public record Spec(int keys, int heads, int k, int width) implements ExpertsSpec {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(keys >= 1, "keys must be at least 1, not %s", keys);
      Preconditions.checkArgument(heads >= 1, "heads must be at least 1, not %s", heads);
      Preconditions.checkArgument(
          k >= 1 && k <= keys, "k must be between 1 and keys = %s, not %s", keys, k);
      Preconditions.checkArgument(width >= 1, "width must be at least 1, not %s", width);
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      return experts == 1
          ? new PeerExperts(this, dim, seed)
          : new HeterogeneousExperts.Spec(List.of(new HeterogeneousExperts.Part(experts, this)))
              .build(dim, experts, seed);
    }

    private long retrieval(int dim) {
      return Math.multiplyExact(2L * heads * width, (long) dim + keys);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return Math.addExact(retrieval(dim), Math.multiplyExact(2L * keys * keys, dim));
    }

    @Override
    public long activeParametersPerExpert(int dim) {
      return retrieval(dim) + 2L * heads * k * dim;
    }
  }

  private final Spec spec;
  private final Parameter queries; // (D, 2 H W)
  private final Parameter keys; // (2, H, W, S)
  private final Parameter down; // (S * S, D)
  private final Parameter up; // (S * S, D)

  private PeerExperts(Spec spec, int dim, Seed seed) {
    super(seed);
    this.spec = spec;
    long halves = 2L * spec.heads() * spec.width();
    long neurons = (long) spec.keys() * spec.keys();
    queries = weight("queries", new Shape(dim, halves), 1 / Math.sqrt(dim));
    keys =
        weight(
            "keys",
            new Shape(2, spec.heads(), spec.width(), spec.keys()),
            1 / Math.sqrt(spec.width()));
    down = weight("down", new Shape(neurons, dim), 1 / Math.sqrt(dim));
    up = weight("up", new Shape(neurons, dim), 1 / Math.sqrt(spec.heads() * (double) spec.k()));
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    long dim = rows.getShape().tail();
    NDArray x = rows.reshape(-1, dim); // (n, D)
    long n = x.getShape().get(0);
    if (n == 0) {
      return rows;
    }
    NDList chosen = retrieve(ps, x, training); // (H n, K) each
    NDArray ids = chosen.get(0);
    NDArray weights = Ops.softmax(chosen.get(1)); // (H n, K)
    NDArray each = // (H n, 1, D)
        x.expandDims(0).broadcast(spec.heads(), n, dim).reshape(-1, 1, dim);
    NDArray inner = // (H n, K)
        Ops.rowsOf(ids, castValue(ps, down, x, training)).mul(each).sum(new int[] {2});
    NDArray hidden = inner.mul(RoutingOps.normalCdf(inner)).mul(weights); // (H n, K), GELU
    NDArray outputs = // (H n, D)
        Ops.rowsOf(ids, castValue(ps, up, x, training))
            .mul(hidden.expandDims(2))
            .sum(new int[] {1});
    return outputs.reshape(spec.heads(), n, dim).sum(new int[] {0}).reshape(rows.getShape());
  }

  /** Returns the neurons of each head and token, and their sums; (H n, K) each. */
  private NDList retrieve(ParameterStore ps, NDArray x, boolean training) {
    long n = x.getShape().get(0);
    int k = spec.k();
    NDArray halves = // (2, H, n, W)
        x.matMul(castValue(ps, queries, x, training))
            .reshape(n, 2, spec.heads(), spec.width())
            .transpose(1, 2, 0, 3);
    NDArray similar = // (2 H n, S)
        halves.matMul(castValue(ps, keys, x, training)).reshape(-1, spec.keys());
    NDArray best = Ops.top(similar, k); // (2 H n, k)
    NDArray scores = similar.gather(best, 1).reshape(2, -1, k); // (2, H n, k)
    NDArray places = best.reshape(2, -1, k); // (2, H n, k)
    NDIndex first = new NDIndex("0");
    NDIndex second = new NDIndex("1");
    NDArray sums = // (H n, k * k)
        scores
            .get(first)
            .expandDims(2)
            .add(scores.get(second).expandDims(1))
            .reshape(-1, (long) k * k);
    NDArray neurons = // (H n, k * k), S i + j
        RoutingOps.scoped(
                places.get(second).expandDims(1).broadcast(sums.getShape().get(0), k, k),
                places.get(first).expandDims(2).broadcast(sums.getShape().get(0), k, k),
                spec.keys())
            .reshape(-1, (long) k * k);
    NDArray largest = Ops.top(sums, k); // (H n, K)
    return new NDList(neurons.gather(largest, 1), sums.gather(largest, 1));
  }
}
