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
import org.jmoe.block.Norm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.attention.CacheShape;
import org.jspecify.annotations.Nullable;

/**
 * Settings of a {@link LanguageModel}, a transformer with possibly different layers.
 *
 * @param vocabulary number of token ids V
 * @param context maximum sequence length
 * @param extrapolates whether longer sequences are allowed, as rotary embeddings permit
 * @param dim width D
 * @param norm normalization of the residual stream
 * @param normPlacement where layers normalize
 * @param multipliers constant factors
 * @param learnedPositions whether learned position embeddings are added to the token embeddings;
 *     rotary embeddings are part of the attention
 * @param causal whether tokens attend only to earlier tokens (a language model) or to all (a masked
 *     language model)
 * @param tied whether the output projection is the transposed embedding
 * @param dropout on the output of each attention and feed-forward
 * @param documentMask whether tokens attend only within their document, with positions from its
 *     start. Documents end with the separator of {@link
 *     org.jmoe.layer.RecordingStore#withSeparator}; without a separator, a sequence is one document
 * @param layers first to last
 */
public record ModelSpec(
    int vocabulary,
    int context,
    boolean extrapolates,
    int dim,
    Norm.Spec norm,
    NormPlacement normPlacement,
    Multipliers multipliers,
    boolean learnedPositions,
    boolean causal,
    boolean tied,
    double dropout,
    boolean documentMask,
    List<LayerGroup> layers) {
  /** Maximum number of layers, far above any published model. */
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
        "learned positions cannot extrapolate beyond the context; set extrapolates to false");
    layers = ImmutableList.copyOf(layers);
    Preconditions.checkArgument(!layers.isEmpty(), "layers is empty; a model needs at least one");
    long count = layers.stream().mapToLong(g -> (long) g.repeat() * g.blocks().size()).sum();
    Preconditions.checkArgument(
        count <= MAX_LAYERS, "layers must be at most %s, not %s", MAX_LAYERS, count);
    for (LayerGroup group : layers) {
      for (DecoderBlock.Spec block : group.blocks()) {
        block.requireFits(dim, causal);
        Preconditions.checkArgument(
            !documentMask || !block.attention().dependsOnLength(context),
            "documentMask is not supported with rotary frequencies that depend on the length of a"
                + " sequence of %s tokens; choose another rotary.scaling or a smaller context",
            context);
      }
    }
  }

  /**
   * Returns a builder of causal models with RMSNorm (epsilon 1e-5), no dropout and an untied
   * output.
   */
  public static ModelSpecBuilder builder(int vocabulary, int context, int dim) {
    return new ModelSpecBuilder(vocabulary, context, dim);
  }

  /** Returns a builder initialized with these settings. */
  public ModelSpecBuilder toBuilder() {
    return new ModelSpecBuilder(this);
  }

  /** Returns the number of layers. */
  public int layerCount() {
    return layers.stream().mapToInt(LayerGroup::size).reduce(0, Math::addExact);
  }

  /** Returns the individual layers, first to last. */
  public ImmutableList<DecoderBlock.Spec> blocks() {
    return layers.stream()
        .flatMap(group -> Collections.nCopies(group.repeat(), group.blocks()).stream())
        .flatMap(List::stream)
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns whether any layer is an MoE layer. */
  public boolean hasMoe() {
    return firstMoe().isPresent();
  }

  /** Returns the settings of the first MoE layer; empty for a dense model. */
  public Optional<MoeLayer.Spec> firstMoe() {
    return layers.stream()
        .flatMap(group -> group.blocks().stream())
        .map(DecoderBlock.Spec::moe)
        .filter(Objects::nonNull)
        .findFirst();
  }

  /** Returns a copy with every MoE layer changed. */
  public ModelSpec mapMoe(UnaryOperator<MoeLayer.Spec> change) {
    return mapBlocks(
        block -> block.moe() == null ? block : block.withMoe(change.apply(block.moe())));
  }

  /**
   * Returns a copy with another MoE layer in place of each MoE layer, or in every layer if there is
   * none.
   */
  public ModelSpec withMoe(MoeLayer.Spec moe) {
    return hasMoe() ? mapMoe(before -> moe) : mapBlocks(block -> block.withMoe(moe));
  }

  /** Returns a copy with MoE layers at the given indices from 0; other layers are unchanged. */
  public ModelSpec withMoe(MoeLayer.Spec moe, IntPredicate indices) {
    List<DecoderBlock.Spec> blocks = blocks();
    return toBuilder()
        .blocks(
            IntStream.range(0, blocks.size())
                .mapToObj(i -> indices.test(i) ? blocks.get(i).withMoe(moe) : blocks.get(i))
                .toList())
        .build();
  }

  /** Returns a copy with every layer changed. */
  public ModelSpec mapBlocks(UnaryOperator<DecoderBlock.Spec> change) {
    return toBuilder().layers(layers.stream().map(group -> group.map(change)).toList()).build();
  }

  /** Builds the model; names and initial weights of parameters derive from the seed. */
  public LanguageModel build(Seed seed) {
    return build(seed, null);
  }

  /** Builds the model with low-rank adapters on frozen weights; null for none. */
  public LanguageModel build(Seed seed, LowRank.@Nullable Spec lowRank) {
    return new LanguageModel(this, lowRank, seed);
  }

  /** Returns the cache shape per position of each layer. */
  public List<CacheShape> cacheShapes() {
    return blocks().stream().map(block -> block.attention().cacheShape(dim)).toList();
  }

  /** Returns the number of parameters. */
  public long parameters() {
    return count(false);
  }

  /** Returns the number of parameters used per token, including embeddings. */
  public long activeParameters() {
    return count(true);
  }

  private long count(boolean active) {
    long embeddings = (long) vocabulary * dim;
    long total = embeddings + norm.parameters(dim) + (tied ? 0 : embeddings);
    total += learnedPositions ? (long) context * dim : 0;
    total += causal ? 0 : MaskedHead.parameters(norm, dim);
    long layerNorms = normPlacement.perLayer() * norm.parameters(dim);
    for (LayerGroup group : layers) {
      long once =
          group.blocks().stream()
              .mapToLong(block -> block.parameters(dim, layerNorms, active))
              .reduce(0, Math::addExact);
      total = Math.addExact(total, Math.multiplyExact(group.repeat(), once));
    }
    return total;
  }

  /**
   * Returns the floating-point operations per token of a forward pass: two per active weight,
   * excluding token and position embeddings, plus the two attention matmuls over the mean number of
   * attended positions.
   *
   * @param sequence tokens per sequence, at most the context
   */
  public double flopsPerToken(int sequence) {
    long lookups = (long) vocabulary * dim * (tied ? 0 : 1);
    lookups += learnedPositions ? (long) context * dim : 0;
    double attention =
        blocks().stream()
            .map(DecoderBlock.Spec::attention)
            .mapToDouble(
                each -> each.multiplyAddsPerPosition(dim) * attended(each.window(), sequence))
            .sum();
    return 2.0 * (activeParameters() - lookups) + 2 * attention;
  }

  /** Returns the mean number of positions a token attends to, including itself. */
  private double attended(int window, int sequence) {
    long wide = window == 0 ? sequence : Math.min(window, sequence);
    return causal ? (wide * (wide + 1) / 2.0 + (sequence - wide) * wide) / sequence : wide;
  }
}
