package org.jmoe.transformer;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link LanguageModel}: a pre-norm transformer whose layers need not be alike,
 * trained here or published elsewhere.
 *
 * @param vocabulary number of token ids V
 * @param context longest sequence that it is made for
 * @param extrapolates whether longer sequences are computed too, as rotary positions allow
 * @param dim width D
 * @param norm every normalisation of the residual stream
 * @param learnedPositions whether a learned vector for each position is added to the embeddings;
 *     rotary positions belong to the attention
 * @param causal whether a token sees only earlier ones (a language model), or all (a masked one)
 * @param tied whether the output projection is the embedding's transpose
 * @param dropout on the output of each attention and feed-forward
 * @param layers first to last
 */
public record ModelSpec(
    int vocabulary,
    int context,
    boolean extrapolates,
    int dim,
    Norm.Spec norm,
    boolean learnedPositions,
    boolean causal,
    boolean tied,
    double dropout,
    List<LayerGroup> layers) {
  /** Most layers of a model; nothing that is published comes near. */
  public static final int MAX_LAYERS = 1 << 16;

  /** Checks that the parts fit together. */
  public ModelSpec {
    Preconditions.checkArgument(
        vocabulary >= 1 && context >= 1 && dim >= 1,
        "vocabulary, context and dim must be at least 1, not %s, %s, %s",
        vocabulary,
        context,
        dim);
    Preconditions.checkArgument(
        dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, not %s", dropout);
    Preconditions.checkArgument(
        !extrapolates || !learnedPositions,
        "learned positions end with the context; set extrapolates to false");
    layers = ImmutableList.copyOf(layers);
    Preconditions.checkArgument(!layers.isEmpty(), "layers is empty; a model needs at least one");
    long count = layers.stream().mapToLong(g -> (long) g.repeat() * g.blocks().size()).sum();
    Preconditions.checkArgument(
        count <= MAX_LAYERS, "a model has at most %s layers, got %s", MAX_LAYERS, count);
    for (LayerGroup group : layers) {
      for (DecoderBlock.Spec block : group.blocks()) {
        block.requireFits(dim, causal);
      }
    }
  }

  /** A builder of causal models with RMSNorm at 1e-5, no dropout and an output of its own. */
  public static ModelSpecBuilder builder(int vocabulary, int context, int dim) {
    return new ModelSpecBuilder(vocabulary, context, dim);
  }

  /** A builder that starts from these settings. */
  public ModelSpecBuilder toBuilder() {
    return new ModelSpecBuilder(this);
  }

  /** Number of layers. */
  public int layerCount() {
    return layers.stream().mapToInt(LayerGroup::size).reduce(0, Math::addExact);
  }

  /** The layers one by one, first to last. */
  public ImmutableList<DecoderBlock.Spec> blocks() {
    return layers.stream()
        .flatMap(group -> Collections.nCopies(group.repeat(), group.blocks()).stream())
        .flatMap(List::stream)
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether any layer is an MoE layer. */
  public boolean hasMoe() {
    return firstMoe().isPresent();
  }

  /** The first MoE layer's settings; none for a dense model. */
  public Optional<MoeLayer.Spec> firstMoe() {
    return layers.stream()
        .flatMap(group -> group.blocks().stream())
        .map(DecoderBlock.Spec::moe)
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** The same with every MoE layer changed. */
  public ModelSpec mapMoe(UnaryOperator<MoeLayer.Spec> change) {
    return mapBlocks(
        block -> block.moe() == null ? block : block.withMoe(change.apply(block.moe())));
  }

  /**
   * The same with other MoE layers: in all places of MoE layers, or in all layers if it has none.
   */
  public ModelSpec withMoe(MoeLayer.Spec moe) {
    return hasMoe() ? mapMoe(before -> moe) : mapBlocks(block -> block.withMoe(moe));
  }

  /** The same with MoE layers in some places, counted from 0, and the others as they are. */
  public ModelSpec withMoe(MoeLayer.Spec moe, IntPredicate places) {
    List<DecoderBlock.Spec> blocks = blocks();
    return toBuilder()
        .blocks(
            IntStream.range(0, blocks.size())
                .mapToObj(i -> places.test(i) ? blocks.get(i).withMoe(moe) : blocks.get(i))
                .toList())
        .build();
  }

  /** The same with every layer changed. */
  public ModelSpec mapBlocks(UnaryOperator<DecoderBlock.Spec> change) {
    return toBuilder().layers(layers.stream().map(group -> group.map(change)).toList()).build();
  }

  /** Builds the model; parameters are named and drawn below the seed. */
  public LanguageModel build(Seed seed) {
    return build(seed, null);
  }

  /** Builds the model with low-rank changes of its weights, which are frozen; null for none. */
  public LanguageModel build(Seed seed, LowRank.@Nullable Spec lowRank) {
    return new LanguageModel(this, lowRank, seed);
  }

  /** What a cache keeps of each position, layer by layer. */
  public List<CacheShape> cacheShapes() {
    return blocks().stream().map(block -> block.attention().cacheShape(dim)).toList();
  }

  /** All parameters. */
  public long parameters() {
    return count(false);
  }

  /** Parameters that take part in computing one token, embeddings included. */
  public long activeParameters() {
    return count(true);
  }

  private long count(boolean active) {
    long embeddings = (long) vocabulary * dim;
    long total = embeddings + norm.parameters(dim) + (tied ? 0 : embeddings);
    total += learnedPositions ? (long) context * dim : 0;
    total += causal ? 0 : MaskedHead.parameters(norm, dim);
    for (LayerGroup group : layers) {
      long once =
          group.blocks().stream()
              .mapToLong(block -> block.parameters(dim, norm, active))
              .reduce(0, Math::addExact);
      total = Math.addExact(total, Math.multiplyExact(group.repeat(), once));
    }
    return total;
  }

  /**
   * Floating-point operations per token of the forward pass over a sequence of full context: two
   * for each active weight outside the embeddings of tokens and positions, which are looked up, and
   * attention's two matmuls over the mean number of positions seen.
   */
  public long flopsPerToken() {
    long lookups = (long) vocabulary * dim * (tied ? 0 : 1);
    lookups += learnedPositions ? (long) context * dim : 0;
    long attention =
        blocks().stream()
            .map(DecoderBlock.Spec::attention)
            .mapToLong(each -> each.productsPerPosition(dim) * seen(each.window()))
            .sum();
    return 2 * (activeParameters() - lookups) + 2 * attention;
  }

  /** Positions that a token sees on average, itself included: of the first w the i-th sees i. */
  private long seen(int window) {
    long wide = window == 0 ? context : Math.min(window, context);
    return causal ? (wide * (wide + 1) / 2 + (context - wide) * wide) / context : wide;
  }
}
