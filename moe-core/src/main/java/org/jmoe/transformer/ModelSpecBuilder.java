package org.jmoe.transformer;

import com.google.common.collect.ImmutableList;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.util.List;
import org.jmoe.block.Norm;

/** Builder of {@link ModelSpec}; see {@link ModelSpec#builder}. */
public final class ModelSpecBuilder {
  private int vocabulary;
  private int context;
  private int dim;
  private boolean extrapolates;
  private Norm.Spec norm = new Norm.Spec(Norm.Kind.RMS, 1e-5);
  private NormPlacement normPlacement = NormPlacement.INPUT;
  private Multipliers multipliers = Multipliers.NONE;
  private boolean learnedPositions;
  private boolean causal = true;
  private boolean tied;
  private double dropout;
  private boolean documentMask;
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
    normPlacement = spec.normPlacement();
    multipliers = spec.multipliers();
    learnedPositions = spec.learnedPositions();
    causal = spec.causal();
    tied = spec.tied();
    dropout = spec.dropout();
    documentMask = spec.documentMask();
    layers = ImmutableList.copyOf(spec.layers());
  }

  /** Sets the number of token ids V. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder vocabulary(int size) {
    vocabulary = size;
    return this;
  }

  /** Sets the maximum sequence length. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder context(int length) {
    context = length;
    return this;
  }

  /** Sets the width D. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder dim(int width) {
    dim = width;
    return this;
  }

  /** Sets whether sequences longer than the context are allowed. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder extrapolates(boolean longer) {
    extrapolates = longer;
    return this;
  }

  /** Sets the normalization of the residual stream. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder norm(Norm.Kind kind, double epsilon) {
    norm = new Norm.Spec(kind, epsilon);
    return this;
  }

  /** Sets where layers normalize. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder normPlacement(NormPlacement place) {
    normPlacement = place;
    return this;
  }

  /** Sets constant factors. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder multipliers(Multipliers factors) {
    multipliers = factors;
    return this;
  }

  /** Sets whether learned position embeddings are added to the token embeddings. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder learnedPositions(boolean learned) {
    learnedPositions = learned;
    return this;
  }

  /** Sets whether tokens attend only to earlier tokens. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder causal(boolean earlierOnly) {
    causal = earlierOnly;
    return this;
  }

  /** Sets whether the output projection is the transposed embedding. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder tied(boolean shared) {
    tied = shared;
    return this;
  }

  /** Sets the dropout on the output of each attention and feed-forward. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder dropout(double rate) {
    dropout = rate;
    return this;
  }

  /** Sets whether tokens attend only within their document. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder documentMask(boolean masked) {
    documentMask = masked;
    return this;
  }

  /** Sets the layers as groups. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder layers(List<LayerGroup> groups) {
    layers = ImmutableList.copyOf(groups);
    return this;
  }

  /** Sets identical layers. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder layers(int count, DecoderBlock.Spec block) {
    return layers(List.of(new LayerGroup(count, List.of(block))));
  }

  /** Sets individual layers, first to last. */
  @CanIgnoreReturnValue
  public ModelSpecBuilder blocks(List<DecoderBlock.Spec> blocks) {
    return layers(LayerGroup.of(blocks));
  }

  /**
   * Builds the settings.
   *
   * @throws IllegalArgumentException if they are inconsistent
   */
  public ModelSpec build() {
    return new ModelSpec(
        vocabulary,
        context,
        extrapolates,
        dim,
        norm,
        normPlacement,
        multipliers,
        learnedPositions,
        causal,
        tied,
        dropout,
        documentMask,
        layers);
  }
}
