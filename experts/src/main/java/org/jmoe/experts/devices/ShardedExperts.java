package org.jmoe.experts.devices;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jmoe.device.DeviceException;
import org.jmoe.device.NamedDevice;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.Spans;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RecordingStore;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.GroupSizes;
import org.jmoe.tensor.NamedTensor;
import org.jmoe.tensor.Seed;

/**
 * {@link FeedForwardExperts} sharded over several devices (expert parallelism, GShard, Lepikhin et
 * al. 2020, section 3), in one process and one autograd graph. Each device has only the parameters
 * of its experts, receives one block of rows and returns one. Results, names and values of the
 * weights equal those of unsharded experts.
 */
public final class ShardedExperts extends Experts implements NamedTensor.Holder {
  /**
   * Settings.
   *
   * @param expert settings of the experts
   * @param placement of experts on devices
   * @param transport of rows between devices
   */
  public record Spec(FeedForwardExperts.Spec expert, Placement placement, Transport transport)
      implements ExpertsSpec {
    /** Uses copies by the engine. */
    public Spec(FeedForwardExperts.Spec expert, Placement placement) {
      this(expert, placement, Transport.direct());
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      Preconditions.checkArgument(
          placement.experts() == experts,
          "the placement has %s experts, but the layer has %s",
          placement.experts(),
          experts);
      return new ShardedExperts(this, dim, seed);
    }

    @Override
    public long parametersPerExpert(int dim) {
      return expert.parametersPerExpert(dim);
    }
  }

  private final Spec spec;
  private final int dim;
  private final ImmutableList<ExpertShard> shards; // of devices with experts
  private final Spans spans;

  private ShardedExperts(Spec spec, int dim, Seed seed) {
    super(seed);
    this.spec = spec;
    this.dim = dim;
    int experts = spec.placement().experts();
    int[] shardOfExpert = new int[experts];
    ImmutableList.Builder<ExpertShard> built = ImmutableList.builder();
    int count = 0;
    for (NamedDevice device : spec.placement().devices()) {
      ImmutableIntArray ids = spec.placement().expertsOn(device);
      if (!ids.isEmpty()) {
        for (int i = 0; i < ids.length(); i++) {
          shardOfExpert[ids.get(i)] = count;
        }
        ExpertShard shard = new ExpertShard(spec.expert(), dim, experts, ids, device, seed);
        built.add(addChildBlock("shard", shard));
        count++;
      }
    }
    shards = built.build();
    spans = Spans.of(ImmutableIntArray.copyOf(shardOfExpert));
  }

  /** Returns the placement. */
  public Placement placement() {
    return spec.placement();
  }

  @Override
  public List<NamedTensor> tensors() {
    int hidden = spec.expert().hidden();
    int columns = spec.expert().activation().columns(hidden);
    ImmutableList.Builder<NamedTensor> tensors = ImmutableList.builder();
    tensors.add(tensor("in", dim, columns));
    if (spec.expert().bias()) {
      tensors.add(tensor("in_bias", columns));
    }
    tensors.add(tensor("out", hidden, dim));
    if (spec.expert().bias()) {
      tensors.add(tensor("out_bias", dim));
    }
    return tensors.build();
  }

  private NamedTensor tensor(String name, long... each) {
    return new NamedTensor(
        seed().child(name).path(),
        new Shape(placement().experts()).addAll(new Shape(each)),
        shards.stream().map(s -> s.piece(name)).toList());
  }

  /**
   * Sends all blocks first, then computes, then receives the results, so that asynchronous devices
   * work concurrently.
   */
  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    long[] one = new long[placement().experts()];
    Arrays.fill(one, 1);
    NDArray counts = plan instanceof GroupedPlan grouped ? grouped.counts() : null; // (E)
    long[] perExpert = counts == null ? one : counts.toLongArray();
    GroupSizes full = GroupSizes.of(perExpert);
    long[] sizes = spans.sizes(perExpert);
    List<NDArray> blocks = spans.cut(rows, sizes); // (N', D) or (E', C, D) each
    List<NDArray> shares = counts == null ? null : spans.cut(counts, spans.sizes(one)); // (E')

    List<NDArray> sent = each(s -> send(blocks.get(s), shards.get(s)));
    List<NDArray> outputs =
        each(
            s -> {
              NDArray share = shares == null ? null : shares.get(s); // (E')
              return shards.get(s).compute(ps, sent.get(s), share, full, training, draws);
            });
    List<NDArray> back = each(s -> receive(outputs.get(s), rows, shards.get(s)));
    long moved = 0;
    for (int s = 0; s < shards.size(); s++) {
      moved += isHome(shards.get(s)) ? 0 : bytes(blocks.get(s)) + bytes(outputs.get(s));
    }
    RecordingStore.recordMoved(ps, path(), moved);
    return spans.join(back, sizes); // as rows
  }

  /** Work of one shard. */
  @FunctionalInterface
  private interface Work {
    NDArray of(int shard);
  }

  /** Runs work for each shard; failures are reported with the device. */
  private List<NDArray> each(Work work) {
    List<NDArray> results = new ArrayList<>();
    for (int s = 0; s < shards.size(); s++) {
      try {
        results.add(work.of(s));
      } catch (EngineException e) {
        throw DeviceException.on(shards.get(s).device(), path(), e);
      }
    }
    return results;
  }

  private boolean isHome(ExpertShard shard) {
    return shard.device().equals(placement().home());
  }

  private NDArray send(NDArray block, ExpertShard shard) {
    return isHome(shard) ? block : spec.transport().copy(block, shard.anchor(), shard.device());
  }

  private NDArray receive(NDArray output, NDArray rows, ExpertShard shard) {
    return isHome(shard) ? output : spec.transport().copy(output, rows, placement().home());
  }

  private static long bytes(NDArray array) {
    return array.size() * array.getDataType().getNumOfBytes();
  }
}
