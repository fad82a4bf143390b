package org.jmoe.training.config;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import com.google.common.base.Preconditions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.FusedUpdates;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;

/**
 * Weights of a dense run for an MoE model (sparse upcycling, Komatsuzaki et al. 2022): every expert
 * is a copy of the feed-forward layer that it replaces, and the router is newly initialized. Since
 * the routing weights of a token sum to 1, the model initially computes the same function as the
 * dense one.
 *
 * <p>If experts are G times narrower, G consecutive experts contain the G parts of the feed-forward
 * layer and share their router column (virtual groups of He et al. 2024), so they are selected
 * together, each with 1 / G of the group's weight. Their output matrices are scaled by G, which
 * preserves the sum for any activation.
 *
 * @param file the dense run's {@code model.safetensors}
 * @param sha256 SHA-256 of its content
 * @param dense the dense run's model
 */
public record UpcycledWeights(String file, String sha256, ModelSpec dense)
    implements InitialWeights {
  private static final String DENSE = "/feed_forward/";
  private static final String EXPERTS = "/moe/experts/";
  private static final String GATE = "/moe/router/gate";

  /** Checks that the source model is dense. */
  public UpcycledWeights {
    Preconditions.checkArgument(
        !dense.hasMoe(),
        "upcycling needs the weights of a dense model, but this model has MoE layers");
  }

  /** Returns the weights in a file, with its current digest. */
  public static UpcycledWeights of(Path file, ModelSpec dense) {
    return new UpcycledWeights(file.toString(), RunWeights.of(file).sha256(), dense);
  }

  @Override
  public @Nullable ModelSpec architecture() {
    return null;
  }

  @Override
  public InitialWeights savedIn(Path other) {
    return RunWeights.of(other);
  }

  /**
   * Returns the number of parts into which each feed-forward layer is split.
   *
   * @throws IllegalArgumentException if the MoE model would not compute the same function as the
   *     dense one
   */
  int parts(ModelSpec spec) {
    MoeLayer.Spec moe = spec.firstMoe().orElse(null);
    FeedForward.Spec feedForward = feedForward(dense);
    if (moe == null
        || moe.shared() != null
        || !(moe.expert() instanceof FeedForwardExperts.Spec expert)
        || !(moe.router() instanceof TopKRouter.Spec router)) {
      throw new IllegalArgumentException(
          "upcycling needs feed-forward experts, a TopKRouter and no shared expert");
    }
    int parts = Math.max(1, feedForward.hidden() / expert.hidden());
    Preconditions.checkArgument(
        router.normalise() && router.scalingFactor() == 1,
        "upcycling needs routing weights that sum to 1: set normalise to true and scalingFactor to"
            + " 1");
    Preconditions.checkArgument(
        parts * expert.hidden() == feedForward.hidden(),
        "expert width %s must divide feed-forward width %s",
        expert.hidden(),
        feedForward.hidden());
    Preconditions.checkArgument(
        moe.experts() % parts == 0 && router.k() % parts == 0,
        "the number of parts per feed-forward, %s, must divide experts = %s and k = %s",
        parts,
        moe.experts(),
        router.k());
    Preconditions.checkArgument(
        expert.activation() == feedForward.activation() && !expert.bias() && expert.dropout() == 0,
        "experts must have activation %s, no bias and no dropout, like the dense feed-forward",
        feedForward.activation());
    return parts;
  }

  /**
   * Returns the feed-forward spec shared by all layers of a dense model.
   *
   * @throws IllegalArgumentException if they differ from layer to layer
   */
  public static FeedForward.Spec feedForward(ModelSpec dense) {
    List<FeedForward.Spec> all =
        dense.blocks().stream().map(DecoderBlock.Spec::feedForward).distinct().toList();
    FeedForward.Spec first = all.get(0);
    if (all.size() != 1 || first == null) {
      throw new IllegalArgumentException("upcycling needs the same feed-forward in every layer");
    }
    return first;
  }

  @Override
  public String location() {
    return file;
  }

  @Override
  public void load(LanguageModel model, NDManager manager) {
    int parts = parts(model.spec());
    try (NDManager scope = manager.newSubManager()) {
      LanguageModel source = dense.build(Seed.of(0).child(model.path()));
      source.initialize(scope, DataType.FLOAT32, new Shape(1, 1));
      new RunWeights(file, sha256).load(source, scope);
      Map<String, NDArray> from = new HashMap<>();
      for (Parameter parameter : source.getParameters().values()) {
        from.put(parameter.getName(), parameter.getArray());
      }
      model.baseParameters().forEach(parameter -> requireCounterpart(parameter, from, parts));
      for (Parameter parameter : model.baseParameters()) {
        NDArray target = parameter.getArray();
        NDArray value = NoGrad.get(() -> value(parameter.getName(), target, from, parts, scope));
        FusedUpdates.copyAll(List.of(target), List.of(value));
      }
    }
  }

  /** Checks the shape of a parameter before any parameter is written. */
  private static void requireCounterpart(
      Parameter parameter, Map<String, NDArray> from, int parts) {
    String name = parameter.getName();
    if (name.endsWith(GATE)) {
      return;
    }
    NDArray source = from.get(name.replace(EXPERTS, DENSE));
    Preconditions.checkArgument(
        source != null, "the dense model has no parameter that corresponds to %s", name);
    Shape shape = parameter.getArray().getShape();
    Shape wanted = source.getShape();
    if (name.contains(EXPERTS)) {
      shape = shape.slice(1); // (D, H / parts) or (H / parts, D) of each expert
      int split = name.endsWith("/out") ? 0 : 1;
      wanted = // (D, H) or (H, D) of the feed-forward
          split == 0
              ? new Shape(wanted.get(0) / parts, wanted.get(1))
              : new Shape(wanted.get(0), wanted.get(1) / parts);
    }
    Preconditions.checkArgument(
        shape.equals(wanted),
        "%s has shape %s, but the dense model needs shape %s",
        name,
        shape,
        wanted);
  }

  private NDArray value(
      String name, NDArray target, Map<String, NDArray> from, int parts, NDManager scope) {
    long[] shape = target.getShape().getShape();
    if (name.endsWith(GATE)) { // (D, E), with equal columns within a group
      long[] first = LongStream.range(0, shape[1]).map(e -> e - e % parts).toArray();
      return Ops.rowsOf(scope.create(first), target.transpose()).transpose();
    }
    if (!name.contains(EXPERTS)) {
      return source(name, from);
    }
    NDArray whole = source(name.replace(EXPERTS, DENSE), from);
    long halves = feedForward(dense).activation().columns(1); // gate and up, or one
    NDArray split = // (parts, ..)
        name.endsWith("/out")
            ? Ops.scale(whole, parts).reshape(parts, shape[1] * shape[2])
            : whole
                .reshape(shape[1], halves, parts, shape[2] / halves)
                .transpose(2, 0, 1, 3)
                .reshape(parts, shape[1] * shape[2]);
    long[] part = LongStream.range(0, shape[0]).map(e -> e % parts).toArray();
    return Ops.rowsOf(scope.create(part), split).reshape(target.getShape());
  }

  private static NDArray source(String name, Map<String, NDArray> from) {
    return Objects.requireNonNull(from.get(name), name);
  }
}
