package org.jmoe.transformer;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;

/** Names the settings of a {@link ModelSpec}; begin with {@link ModelSpec#builder}. */
public final class ModelSpecBuilder {
  private int vocabulary;
  private int context;
  private int dim;
  private boolean extrapolates;
  private Norm.Spec norm = new Norm.Spec(Norm.Kind.RMS, 1e-5);
  private boolean learnedPositions;
  private boolean causal = true;
  private boolean tied;
  private double dropout;
  private ImmutableList<LayerGroup> layers = ImmutableList.of();

  ModelSpecBuilder(int vocabulary, int context, int dim) {
    this.vocabulary = vocabulary;
    this.context = context;
    this.dim = dim;
  }

  ModelSpecBuilder(ModelSpec spec) {
    vocabulary = spec.vocabulary();
    context = spec.context();
    dim = spec.dim();
    extrapolates = spec.extrapolates();
    norm = spec.norm();
    learnedPositions = spec.learnedPositions();
    causal = spec.causal();
    tied = spec.tied();
    dropout = spec.dropout();
    layers = ImmutableList.copyOf(spec.layers());
  }

  /** Number of token ids V. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder vocabulary(int size) {
    vocabulary = size;
    return this;
  }

  /** Longest sequence. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder context(int length) {
    context = length;
    return this;
  }

  /** Width D. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder dim(int width) {
    dim = width;
    return this;
  }

  /** Whether sequences longer than the context are computed too. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder extrapolates(boolean longer) {
    extrapolates = longer;
    return this;
  }

  /** The normalisations of the residual stream. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder norm(Norm.Kind kind, double epsilon) {
    norm = new Norm.Spec(kind, epsilon);
    return this;
  }

  /** Whether a learned vector for each position is added to the embeddings. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder learnedPositions(boolean learned) {
    learnedPositions = learned;
    return this;
  }

  /** Whether a token sees only earlier ones. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder causal(boolean earlierOnly) {
    causal = earlierOnly;
    return this;
  }

  /** Whether the output projection is the embedding's transpose. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder tied(boolean shared) {
    tied = shared;
    return this;
  }

  /** Dropout on the output of each attention and feed-forward. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder dropout(double rate) {
    dropout = rate;
    return this;
  }

  /** The layers as groups. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder layers(List<LayerGroup> groups) {
    layers = ImmutableList.copyOf(groups);
    return this;
  }

  /** Layers that are alike. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder layers(int count, DecoderBlock.Spec block) {
    return layers(List.of(new LayerGroup(count, List.of(block))));
  }

  /** The layers one by one, first to last. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder blocks(List<DecoderBlock.Spec> blocks) {
    return layers(LayerGroup.of(blocks));
  }

  /**
   * The settings.
   *
   * @throws IllegalArgumentException when they do not fit together
   */
  public ModelSpec build() {
    return new ModelSpec(
        vocabulary,
        context,
        extrapolates,
        dim,
        norm,
        learnedPositions,
        causal,
        tied,
        dropout,
        layers);
  }
}
