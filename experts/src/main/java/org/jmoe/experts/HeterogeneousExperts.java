package org.jmoe.experts;

import ai.djl.ndarray.NDArray;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jmoe.layer.Experts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.plan.DispatchPlan;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.Seed;

/**
 * Experts that may differ, one block each: in width (HMoE, Wang et al. 2024), in activation, or
 * including zero-computation experts (MoE++, Jin et al. 2024). Expert e is named {@code experts/e},
 * also in files. Identical experts are faster as one stack, such as {@link FeedForwardExperts}.
 */
public final class HeterogeneousExperts extends Experts {
  /**
   * Consecutive experts with equal settings.
   *
   * @param count number of experts
   * @param expert settings of each
   */
  public record Part(int count, ExpertsSpec expert) {
    /** Checks the count. */
    public Part {
      Preconditions.checkArgument(count >= 1, "count must be at least 1, not %s", count);
    }
  }

  /**
   * Settings.
   *
   * @param parts in the order of the experts; the counts sum to the number of experts
   */
  public record Spec(List<Part> parts) implements ExpertsSpec {
    /** Checks that the list is not empty. */
    public Spec {
      parts = ImmutableList.copyOf(parts);
      Preconditions.checkArgument(
          !parts.isEmpty(), "parts is empty; list the experts as {count, expert}");
    }

    /** Creates settings from one spec per expert. */
    public static Spec of(ExpertsSpec... experts) {
      return new Spec(Arrays.stream(experts).map(expert -> new Part(1, expert)).toList());
    }

    /** Returns the settings of each expert, (E). */
    List<ExpertsSpec> each() {
      return parts.stream()
          .<ExpertsSpec>flatMap(p -> Collections.nCopies(p.count(), p.expert()).stream())
          .toList();
    }

    private long count() {
      return parts.stream().mapToLong(Part::count).sum();
    }

    @Override
    public Experts build(int dim, int experts, Seed seed) {
      requireFits(dim, experts);
      return new HeterogeneousExperts(this, dim, seed);
    }

    @Override
    public void requireFits(int dim, int experts) {
      Preconditions.checkArgument(
          count() == experts,
          "parts has %s experts, but the layer has %s; change a count or the layer's experts",
          count(),
          experts);
      parts.forEach(part -> part.expert().requireFits(dim, 1));
    }

    private long sum(ToLongFunction<ExpertsSpec> each) {
      return parts.stream()
          .mapToLong(p -> Math.multiplyExact(p.count(), each.applyAsLong(p.expert())))
          .reduce(0, Math::addExact);
    }

    /** Returns the rounded mean over the experts. */
    @Override
    public long parametersPerExpert(int dim) {
      return Math.round((double) sum(e -> e.parameters(dim, 1)) / count());
    }

    /** Returns the rounded mean over the experts. */
    @Override
    public long activeParametersPerExpert(int dim) {
      return activeParameters(dim, 1);
    }

    @Override
    public long parameters(int dim, int experts) {
      requireFits(dim, experts);
      return sum(e -> e.parameters(dim, 1));
    }

    /** Assumes that all experts are chosen equally often. */
    @Override
    public long activeParameters(int dim, int used) {
      return Math.round((double) used * sum(e -> e.activeParameters(dim, 1)) / count());
    }
  }

  private final ImmutableList<Experts> experts; // with one expert each
  private final Spans spans; // one expert each

  private HeterogeneousExperts(Spec spec, int dim, Seed seed) {
    super(seed);
    ImmutableList.Builder<Experts> built = ImmutableList.builder();
    List<ExpertsSpec> each = spec.each();
    for (int e = 0; e < each.size(); e++) {
      built.add(addChildBlock("expert", each.get(e).build(dim, 1, seed.child(e))));
    }
    experts = built.build();
    spans = Spans.of(ImmutableIntArray.copyOf(IntStream.range(0, each.size())));
  }

  @Override
  public NDArray forward(
      ParameterStore ps, NDArray rows, DispatchPlan plan, boolean training, Seed draws) {
    long[] sizes = // (E) of the first axis
        plan instanceof GroupedPlan grouped
            ? grouped.counts().toLongArray()
            : LongStream.generate(() -> 1).limit(experts.size()).toArray();
    List<NDArray> parts = spans.cut(rows, sizes); // (n, D) or (1, C, D) each
    List<NDArray> outputs = new ArrayList<>();
    for (int e = 0; e < sizes.length; e++) {
      Experts expert = experts.get(e);
      NDArray projected = expert.projectIn(ps, parts.get(e), training); // (n, L) or (1, C, L)
      NDArray y = expert.forward(ps, projected, plan.ofExpert(e), training, draws.child(e));
      outputs.add(expert.projectOut(ps, y, training)); // (n, D) or (1, C, D)
    }
    return spans.join(outputs, sizes); // as rows
  }
}
