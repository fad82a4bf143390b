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
 * Merges experts of an opened checkpoint: each becomes the weighted mean of its group. Hidden units
 * have no order, so those of each expert are first matched with those of the expert that it is
 * merged into, by the assignment with the largest sum of products of their weights (Ainsworth et
 * al. 2022, weight matching).
 *
 * @param hub the checkpoint, which stays as it is
 * @param aligned whether hidden units are matched
 * @param tied whether the router stays as it is and all experts of a group become the same (M-SMoE,
 *     Li et al. 2024); otherwise one expert of a group stays with its router column
 */
public record ExpertMerging(HubModel hub, boolean aligned, boolean tied) {
  private static final String[] SIDES = {"in", "in_bias", "out", "out_bias"};

  /**
   * Merges.
   *
   * @param groups for each MoE layer (E) the expert that each is merged into, itself for those that
   *     stay; equally many stay in each layer
   * @param weights for each MoE layer (E) what each expert counts in its group; all 0 for alike
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
        "every MoE layer needs a group for each expert and as many groups as the others");
    Preconditions.checkArgument(
        tied || left >= k,
        "%s experts are fewer than the %s that each token uses; keep more",
        left,
        k);
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
                scope, arrays, DecoderTensors.ours(number), groups.get(layer), weights.get(layer));
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

  /** The stacks of the experts that stay. */
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

  /** One expert's arrays, as a part of the scope. */
  private static Map<String, NDArray> expert(
      NDManager scope, Map<String, NDArray> stacks, long expert) {
    Map<String, NDArray> one = new HashMap<>();
    stacks.forEach(
        (side, stack) ->
            one.put(side, ExpertSurgery.rows(scope, stack, new long[] {expert}).squeeze(0)));
    return one;
  }

  /** An expert with its hidden units in the order of those of another that they are most like. */
  private static Map<String, NDArray> matched(
      NDManager scope, Map<String, NDArray> like, Map<String, NDArray> own) {
    NDArray products = units(like).matMul(units(own).transpose()); // (H, H)
    int hidden = Math.toIntExact(products.getShape().get(0));
    int[] order = LinearAssignment.largest(products.toFloatArray(), hidden);
    long[] rows = Arrays.stream(order).asLongStream().toArray();
    Map<String, NDArray> turned = new HashMap<>(own);
    turned.computeIfPresent("out", (side, out) -> Ops.rowsOf(scope.create(rows), out));
    for (String side : new String[] {"in", "in_bias"}) {
      turned.computeIfPresent(side, (name, in) -> columns(scope, in, rows));
    }
    return turned;
  }

  /** All weights of each hidden unit: (H, 2D + D and biases). */
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

  /** The columns of (.., halves H), in each half in the given order. */
  private static NDArray columns(NDManager scope, NDArray in, long[] order) {
    NDArray units = in.reshape(-1, order.length).transpose(); // (H, .. halves)
    return Ops.rowsOf(scope.create(order), units).transpose().reshape(in.getShape());
  }
}
