package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.plan.GroupedPlan;
import org.jmoe.tensor.ExpertOps;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.FeedForwardWeights;
import org.jmoe.tensor.Gradients;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.Seed;

/** Layer to time, with its expert matmuls alone on sorted input as a lower bound. */
final class LayerRig implements AutoCloseable {
  private final LayerCase layerCase;
  private final Seed seed = Seed.of(1);
  private final NDManager manager = NDManager.newBaseManager();
  private final MoeLayer layer;
  private final NDArray tokens; // (T, D)
  private final NDArray counts; // (E)
  private final NDArray rows; // (E, C, D) if balanced, otherwise (N, D)
  private final List<NDArray> parameters;
  private final List<NDArray> matrices; // of the experts

  LayerRig(LayerCase layerCase) {
    this.layerCase = layerCase;
    layer = layerCase.layer().build(layerCase.dim(), seed.child("moe"));
    layer.initialize(manager, DataType.FLOAT32, new Shape(1, layerCase.dim()));
    NDArray like = manager.zeros(new Shape(layerCase.tokens(), layerCase.dim()));
    tokens = Ops.normal(like, seed.child("tokens"));
    GroupedPlan plan = plan();
    counts = plan.counts();
    NDArray sorted = plan.dispatch(tokens); // (N, D)
    long each = sorted.getShape().get(0) / layerCase.experts();
    rows = batched() ? sorted.reshape(layerCase.experts(), each, layerCase.dim()) : sorted;
    parameters =
        layer.getParameters().values().stream()
            .filter(Parameter::requiresGradient)
            .map(Parameter::getArray)
            .toList();
    matrices = List.of(parameter("/in"), parameter("/out"));
  }

  private GroupedPlan plan() {
    long[] chosen =
        layerCase.skew().choices(layerCase.tokens(), layerCase.experts(), layerCase.k());
    Shape shape = new Shape(layerCase.tokens(), layerCase.k());
    NDArray choices = manager.create(chosen).reshape(shape); // (T, K)
    return GroupedPlan.of(choices, manager.ones(shape), layerCase.experts());
  }

  private boolean batched() {
    return layerCase.skew() == Skew.BALANCED
        && layerCase.tokens() * layerCase.k() % layerCase.experts() == 0;
  }

  /** Returns the milliseconds of a forward pass of the layer. */
  double forward() {
    return forward(this::layer, tokens);
  }

  /** Returns the milliseconds of a forward and backward pass of the layer. */
  double forwardBackward() {
    return both(this::layer, tokens, parameters);
  }

  /** Returns the milliseconds of the expert matmuls alone, forward. */
  double matmuls() {
    return forward(this::matmulsOf, rows);
  }

  /** Returns the milliseconds of the expert matmuls alone, forward and backward. */
  double matmulsForwardBackward() {
    return both(this::matmulsOf, rows, matrices);
  }

  /** Returns the milliseconds of the router alone, from tokens to plan. */
  double router() {
    return forward(this::routed, tokens);
  }

  private NDArray layer(NDArray x) {
    return layer.forward(store(x), new NDList(x), true).head();
  }

  private NDArray routed(NDArray x) {
    Router router =
        (Router)
            layer.getChildren().values().stream()
                .filter(Router.class::isInstance)
                .findFirst()
                .orElseThrow();
    return router.route(store(x), x, RouterContext.of(true, seed)).signals().weights();
  }

  private RecordingStore store(NDArray x) {
    ParameterStore plain = new ParameterStore(x.getManager(), false);
    return new RecordingStore(plain, seed, layerCase.precision()).with(layerCase.strategy());
  }

  private NDArray matmulsOf(NDArray x) {
    NDArray none = x.getManager().zeros(new Shape(layerCase.experts(), 0));
    FeedForwardWeights weights =
        FeedForwardWeights.of(layerCase.activation(), matrices.get(0), none, matrices.get(1), none)
            .withPrecision(layerCase.precision())
            .withStrategy(ExpertStrategy.GROUPED);
    return batched()
        ? ExpertOps.paddedExperts(x, weights)
        : ExpertOps.groupedExperts(x, counts, weights);
  }

  private NDArray parameter(String end) {
    return layer.getParameters().values().stream()
        .filter(p -> p.getName().endsWith(end))
        .findFirst()
        .orElseThrow()
        .getArray();
  }

  private static double forward(UnaryOperator<NDArray> work, NDArray input) {
    return NoGrad.get(
        () -> {
          try (NDManager scope = input.getManager().newSubManager()) {
            NDArray x = input.reshape(input.getShape());
            x.attach(scope);
            long start = System.nanoTime();
            work.apply(x).close();
            return (System.nanoTime() - start) / 1e6;
          }
        });
  }

  private static double both(UnaryOperator<NDArray> work, NDArray input, List<NDArray> weights) {
    try (NDManager scope = input.getManager().newSubManager()) {
      NDArray x = Ops.scale(input, 1); // a new leaf that requires a gradient
      x.attach(scope);
      x.setRequiresGradient(true);
      List<NDArray> inputs = new ArrayList<>(weights);
      inputs.add(x);
      return Gradients.recording(
          () -> {
            long start = System.nanoTime();
            Gradients.of(scope, work.apply(x), inputs);
            return (System.nanoTime() - start) / 1e6;
          });
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
