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
 * Weights of a dense run for a model with experts (sparse upcycling, Komatsuzaki et al. 2022):
 * every expert is a copy of the feed-forward that it takes the place of, the router is new. As the
 * weights of a token's experts sum to 1, the model computes at first what the dense one did.
 *
 * <p>Where experts are G times narrower, G neighbours hold the G parts of the feed-forward and
 * share their router column (virtual groups of He et al. 2024), so that they are chosen together,
 * each with 1 / G of the group's weight. Their output product is G times the dense one's, which
 * keeps the sum for any activation.
 *
 * @param file the dense run's {@code model.safetensors}
 * @param sha256 of its content
 * @param dense the dense run's model
 */
public record UpcycledWeights(String file, String sha256, ModelSpec dense)
    implements InitialWeights {
  private static final String DENSE = "/feed_forward/";
  private static final String EXPERTS = "/moe/experts/";
  private static final String GATE = "/moe/router/gate";

  /** Checks that the weights are of a dense model. */
  public UpcycledWeights {
    Preconditions.checkArgument(!dense.hasMoe(), "the dense model has experts already");
  }

  /** The weights in a file, as they are now. */
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
   * The parts that each feed-forward falls into.
   *
   * @throws IllegalArgumentException naming what keeps a model from computing the same as the dense
   *     one
   */
  int parts(ModelSpec spec) {
    MoeLayer.Spec moe = spec.firstMoe().orElse(null);
    FeedForward.Spec feedForward = feedForward(dense);
    if (moe == null
        || moe.shared() != null
        || !(moe.expert() instanceof FeedForwardExperts.Spec expert)
        || !(moe.router() instanceof TopKRouter.Spec router)) {
      throw new IllegalArgumentException(
          "upcycling needs feed-forward experts behind a TopKRouter and no shared expert");
    }
    int parts = Math.max(1, feedForward.hidden() / expert.hidden());
    Preconditions.checkArgument(
        router.normalise() && router.scalingFactor() == 1,
        "upcycling needs weights that sum to 1: a router that normalises and does not scale");
    Preconditions.checkArgument(
        parts * expert.hidden() == feedForward.hidden(),
        "experts of width %s are no parts of a feed-forward of width %s",
        expert.hidden(),
        feedForward.hidden());
    Preconditions.checkArgument(
        moe.experts() % parts == 0 && router.k() % parts == 0,
        "%s parts of each feed-forward must divide the %s experts and the %s of a token",
        parts,
        moe.experts(),
        router.k());
    Preconditions.checkArgument(
        expert.activation() == feedForward.activation() && !expert.bias() && expert.dropout() == 0,
        "experts must be %s without bias or dropout, as the dense feed-forward",
        feedForward.activation());
    return parts;
  }

  /**
   * The feed-forward of every layer of a dense model.
   *
   * @throws IllegalArgumentException when they differ from layer to layer
   */
  public static FeedForward.Spec feedForward(ModelSpec dense) {
    List<FeedForward.Spec> all =
        dense.blocks().stream().map(DecoderBlock.Spec::feedForward).distinct().toList();
    FeedForward.Spec first = all.get(0);
    if (all.size() != 1 || first == null) {
      throw new IllegalArgumentException("upcycling needs feed-forwards alike in every layer");
    }
    return first;
  }

  @Override
  public String place() {
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

  /** Checks a parameter before any is written. */
  private static void requireCounterpart(
      Parameter parameter, Map<String, NDArray> from, int parts) {
    String name = parameter.getName();
    if (name.endsWith(GATE)) {
      return;
    }
    NDArray source = from.get(name.replace(EXPERTS, DENSE));
    Preconditions.checkArgument(source != null, "the dense model has no parameter for %s", name);
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
        "%s has shape %s where the dense model gives it %s",
        name,
        shape,
        wanted);
  }

  private NDArray value(
      String name, NDArray target, Map<String, NDArray> from, int parts, NDManager scope) {
    long[] shape = target.getShape().getShape();
    if (name.endsWith(GATE)) { // (D, E), the columns of a group alike
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
