package org.jmoe.planning.model;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.SharedSpec;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Sizes of a transformer.
 *
 * @param name name for display
 * @param dim width D
 * @param outside sizes outside the layers
 * @param groups groups of identical layers; the output projection is applied to the tokens of the
 *     last one
 */
public record ArchitectureSizes(
    String name, int dim, Outside outside, ImmutableList<LayerGroup> groups) {
  /**
   * Sizes outside the layers.
   *
   * @param vocabulary number of token ids V
   * @param tied whether the output projection is the transposed embedding
   * @param positions parameters of learned or relative position embeddings
   * @param norms parameters of the normalisations
   */
  public record Outside(int vocabulary, boolean tied, long positions, long norms) {}

  /** Checks the sizes. */
  public ArchitectureSizes {
    Preconditions.checkArgument(
        dim >= 1 && outside.vocabulary() >= 1,
        "dim and vocabulary must be at least 1, not %s, %s",
        dim,
        outside.vocabulary());
    Preconditions.checkArgument(!groups.isEmpty(), "a model needs at least one layer");
  }

  /** Returns the sizes of a model. */
  public static ArchitectureSizes of(String name, ModelSpec spec) {
    int dim = spec.dim();
    List<LayerGroup> layers =
        spec.blocks().stream()
            .map(
                block ->
                    new LayerGroup(
                        1,
                        1,
                        AttentionSize.of(block.attention(), dim, spec.causal()),
                        spec.normPlacement().perLayer() * spec.norm().parameters(dim),
                        feedForward(block, dim),
                        moe(block.moe(), dim)))
            .toList();
    long positions = spec.learnedPositions() ? (long) spec.context() * dim : 0;
    return new ArchitectureSizes(
        name,
        dim,
        new Outside(spec.vocabulary(), spec.tied(), positions, spec.norm().parameters(dim)),
        alike(layers));
  }

  /** Merges identical layers into groups, in order of first occurrence. */
  private static ImmutableList<LayerGroup> alike(List<LayerGroup> layers) {
    Map<LayerGroup, Integer> counts = new LinkedHashMap<>();
    layers.forEach(layer -> counts.merge(layer, 1, Integer::sum));
    ImmutableList.Builder<LayerGroup> groups = ImmutableList.builder();
    counts.forEach((layer, count) -> groups.add(layer.times(count)));
    return groups.build();
  }

  /** Returns the parameters that every token uses: a dense feed-forward or a shared expert. */
  private static long feedForward(DecoderBlock.Spec block, int dim) {
    MoeLayer.Spec moe = block.moe();
    if (moe != null) {
      SharedSpec shared = moe.shared();
      return shared == null ? 0 : shared.parameters(dim);
    }
    FeedForward.Spec dense = block.feedForward();
    return dense == null ? 0 : dense.parameters(dim);
  }

  private static @Nullable MoeSize moe(MoeLayer.@Nullable Spec spec, int dim) {
    return spec == null ? null : MoeSize.of(spec, dim);
  }

  /** Returns the number of token ids V. */
  public int vocabulary() {
    return outside.vocabulary();
  }

  /** Returns the parameter counts. */
  public ParameterCount parameters() {
    long table = (long) outside.vocabulary() * dim;
    long around = table * (outside.tied() ? 1 : 2) + outside.positions() + outside.norms();
    long dense = 0;
    long routed = 0;
    long active = 0;
    for (LayerGroup group : groups) {
      dense += Math.multiplyExact(group.count(), group.dense());
      routed = Math.addExact(routed, Math.multiplyExact(group.count(), group.routed()));
      active += Math.multiplyExact(group.count(), group.routedActive());
    }
    return new ParameterCount(
        around + dense + routed,
        around + dense + active,
        outside.positions() + (outside.tied() ? 0 : table),
        routed);
  }

  /** Returns the number of layers. */
  public int layers() {
    return groups.stream().mapToInt(LayerGroup::count).sum();
  }

  /** Returns the number of layers with routed experts. */
  public int moeLayers() {
    return groups.stream().filter(g -> g.moe() != null).mapToInt(LayerGroup::count).sum();
  }

  /** Returns the routed experts of the first MoE layer; null for a dense model. */
  public @Nullable MoeSize moe() {
    return groups.stream().map(LayerGroup::moe).filter(moe -> moe != null).findFirst().orElse(null);
  }

  /** Returns whether {@code ways} divides the attention heads of every layer. */
  public boolean headsDivideBy(int ways) {
    return groups.stream().allMatch(g -> g.attention().heads() % ways == 0);
  }

  /** Returns whether {@code ways} divides the experts of every layer. */
  public boolean expertsDivideBy(int ways) {
    return ways == 1
        || (moe() != null
            && groups.stream().allMatch(g -> g.moe() == null || g.moe().experts() % ways == 0));
  }

  /** Returns the fraction of a sequence's tokens that the output projection is applied to. */
  public double outputShare() {
    return groups.get(groups.size() - 1).share();
  }

  /**
   * Returns the FLOPs of the forward pass per token, two per multiply-add (Narayanan et al. 2021,
   * appendix, except that causal attention counts only visible positions, half of their number).
   */
  public double forwardFlops(int sequence) {
    double multiplyAdds = outputShare() * vocabulary() * dim;
    for (LayerGroup group : groups) {
      multiplyAdds +=
          group.count()
              * group.share()
              * (group.denseMultiplyAdds(sequence) + group.routedActive());
    }
    return 2 * multiplyAdds;
  }
}
