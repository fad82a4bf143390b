package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.hub.HubExport;
import org.jmoe.models.hub.HubModel;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;

/**
 * Merges experts of an opened checkpoint into the weighted mean of each group. Because the order of
 * hidden units is arbitrary, the units of each expert are first aligned with those of the expert it
 * is merged into, by the permutation that maximizes the inner product of their weights (weight
 * matching, Ainsworth et al. 2022).
 *
 * @param hub the checkpoint, which is not modified
 * @param aligned whether to align hidden units
 * @param tied whether to keep the router and make all experts of a group identical (M-SMoE, Li et
 *     al. 2024); otherwise one expert per group is kept with its router column
 */
public record ExpertMerging(HubModel hub, boolean aligned, boolean tied) {
  private static final String[] SIDES = {"in", "in_bias", "out", "out_bias"};

  /**
   * Merges the experts and writes the result.
   *
   * @param groups for each MoE layer, (E): the expert that each expert is merged into, or its own
   *     index if it is kept; all layers keep the same number
   * @param weights for each MoE layer, (E): the weight of each expert in its group; equal weights
   *     if all are 0
   */
  public void write(
      ImmutableList<ImmutableLongArray> groups,
      ImmutableList<ImmutableDoubleArray> weights,
      HubExport target) {
    ExpertSurgery surgery = new ExpertSurgery(hub);
    int experts = surgery.moe().experts();
    int k = surgery.moe().router().activeExperts(experts);
    long left = kept(groups.get(0)).length;
    Preconditions.checkArgument(
        groups.size() == hub.plan().moeLayers().size()
            && groups.stream().allMatch(group -> group.length() == experts)
            && groups.stream().allMatch(group -> kept(group).length == left),
        "Every MoE layer needs a group for each expert and the same number of groups.");
    Preconditions.checkArgument(
        tied || left >= k, "Cannot keep %s experts: each token uses %s; keep more.", left, k);
    if (!tied) {
      surgery.refuseGroups("merged");
    }
    surgery.write(
        target,
        tied ? experts : Math.toIntExact(left),
        k,
        (scope, arrays) -> {
          for (int layer = 0; layer < groups.size(); layer++) {
            int number = hub.plan().moeLayers().get(layer);
            merge(
                scope,
                arrays,
                DecoderTensors.parameterPrefix(number),
                groups.get(layer),
                weights.get(layer));
          }
        });
  }

  private static long[] kept(ImmutableLongArray group) {
    return LongStream.range(0, group.length()).filter(e -> group.get((int) e) == e).toArray();
  }

  private void merge(
      NDManager scope,
      Map<String, NDArray> arrays,
      String name,
      ImmutableLongArray group,
      ImmutableDoubleArray weights) {
    long[] kept = kept(group);
    Map<String, NDArray> merged =
        NoGrad.get(() -> merged(scope, stacks(arrays, name), kept, group, weights));
    long[] places = group.stream().map(e -> Arrays.binarySearch(kept, e)).toArray();
    merged.forEach(
        (side, array) ->
            arrays.put(
                name + ExpertSurgery.EXPERTS + side,
                tied ? ExpertSurgery.rows(scope, array, places) : array));
    if (!tied) {
      ExpertSurgery.routers(scope, arrays, name, kept);
    }
  }

  private static Map<String, NDArray> stacks(Map<String, NDArray> arrays, String name) {
    Map<String, NDArray> stacks = new HashMap<>();
    for (String side : SIDES) {
      NDArray stack = arrays.get(name + ExpertSurgery.EXPERTS + side);
      if (stack != null) {
        stacks.put(side, stack);
      }
    }
    return stacks;
  }

  /** Returns the stacks of the kept experts. */
  private Map<String, NDArray> merged(
      NDManager scope,
      Map<String, NDArray> stacks,
      long[] kept,
      ImmutableLongArray group,
      ImmutableDoubleArray weights) {
    Map<String, NDList> means = new HashMap<>();
    for (long stays : kept) {
      int[] members =
          IntStream.range(0, group.length()).filter(e -> group.get(e) == stays).toArray();
      double total = Arrays.stream(members).mapToDouble(weights::get).sum();
      Map<String, NDArray> first = expert(scope, stacks, stays);
      Map<String, NDArray> mean = new HashMap<>();
      for (int e : members) {
        double share = total == 0 ? 1.0 / members.length : weights.get(e) / total;
        Map<String, NDArray> own = expert(scope, stacks, e);
        Map<String, NDArray> alike = aligned && e != stays ? matched(scope, first, own) : own;
        alike.forEach((side, array) -> mean.merge(side, Ops.scale(array, share), NDArray::add));
      }
      mean.forEach((side, array) -> means.computeIfAbsent(side, s -> new NDList()).add(array));
    }
    Map<String, NDArray> result = new HashMap<>();
    means.forEach((side, list) -> result.put(side, NDArrays.stack(list)));
    return result;
  }

  /** Returns the arrays of one expert, attached to the scope. */
  private static Map<String, NDArray> expert(
      NDManager scope, Map<String, NDArray> stacks, long expert) {
    Map<String, NDArray> one = new HashMap<>();
    stacks.forEach(
        (side, stack) ->
            one.put(side, ExpertSurgery.rows(scope, stack, new long[] {expert}).squeeze(0)));
    return one;
  }

  /** Returns an expert with its hidden units permuted to match those of another expert. */
  private static Map<String, NDArray> matched(
      NDManager scope, Map<String, NDArray> like, Map<String, NDArray> own) {
    NDArray products = units(like).matMul(units(own).transpose()); // (H, H)
    int hidden = Math.toIntExact(products.getShape().get(0));
    int[] order = LinearAssignment.largest(products.toFloatArray(), hidden);
    long[] rows = Arrays.stream(order).asLongStream().toArray();
    Map<String, NDArray> permuted = new HashMap<>(own);
    permuted.computeIfPresent("out", (side, out) -> Ops.rowsOf(scope.create(rows), out));
    for (String side : new String[] {"in", "in_bias"}) {
      permuted.computeIfPresent(side, (name, in) -> columns(scope, in, rows));
    }
    return permuted;
  }

  /** Returns all weights of each hidden unit, including biases, (H, 3D + biases). */
  private static NDArray units(Map<String, NDArray> expert) {
    NDArray out = Objects.requireNonNull(expert.get("out")); // (H, D)
    long hidden = out.getShape().get(0);
    List<NDArray> all = new ArrayList<>();
    all.add(out);
    for (String side : new String[] {"in", "in_bias"}) {
      NDArray in = expert.get(side); // (.., halves H)
      if (in != null) {
        long halves = in.getShape().get(in.getShape().dimension() - 1) / hidden;
        all.add(in.reshape(-1, halves, hidden).transpose(2, 0, 1).reshape(hidden, -1));
      }
    }
    return Ops.concat(new NDList(all), 1);
  }

  /** Permutes the columns of (.., halves H) within each half. */
  private static NDArray columns(NDManager scope, NDArray in, long[] order) {
    NDArray units = in.reshape(-1, order.length).transpose(); // (H, .. halves)
    return Ops.rowsOf(scope.create(order), units).transpose().reshape(in.getShape());
  }
}
