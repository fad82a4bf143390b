package org.jmoe.experiments.route;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Optional;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.GatedRouter;
import org.jmoe.layer.GivenDraws;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.SoftMoeRouter;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Runs a route file through the very router that trains. Numbers are computed in float64, so that
 * every digit of the reply is right, but experts are compared in float32, as published: two scores
 * that float32 cannot tell apart are a tie, which the lower expert wins.
 */
public final class RouteRun {
  private static final DataType TYPE = DataType.FLOAT64;

  private final RouteFile file;
  private final NDManager manager;

  private RouteRun(RouteFile file, NDManager manager) {
    this.file = file;
    this.manager = manager;
  }

  /**
   * Routes what a file says.
   *
   * @param text JSON
   * @return the reply as a JSON tree
   * @throws RouteException naming place, value and fix
   */
  public static JsonNode of(String text) {
    RouteFile file = RouteParser.parse(text);
    if (file.rows().rows() == 0) {
      return RouteReply.empty(file);
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      return NoGrad.get(() -> new RouteRun(file, manager).reply());
    } catch (RoutingException e) {
      throw new RouteException(e.getMessage() == null ? "no routing" : e.getMessage(), e);
    }
  }

  private JsonNode reply() {
    int experts = file.experts();
    PresetValues values = file.preset().values(file.overrides(), experts);
    Capacity capacity = CapacityChoice.of(file);
    Matrix rows = file.rows();
    int dim = file.logits() == null ? rows.columns() : experts;
    Router router =
        spec(values, capacity).build(dim, experts, Seed.of(0).child(file.preset().name()));
    router.initialize(manager, TYPE, new Shape(1, dim));
    set(router, "gate", file.weight());
    set(router, "phi", file.phi());
    if (file.phi() != null && values.numbers().containsKey(PresetField.SCALE)) {
      parameter(router, "scale")
          .ifPresent(p -> p.getArray().set(new double[] {values.number(PresetField.SCALE)}));
    }
    setBias(router);
    RouterContext context = context(values);
    ParameterStore store = new ParameterStore(manager, false);
    NDArray input = array(rows);
    Routing routing =
        file.logits() != null && router instanceof GatedRouter gated
            ? gated.routeLogits(store, input, context)
            : router.route(store, input, context);
    return new RouteReply(file, values, capacity, routing, update(router, routing)).json(input);
  }

  private RouterSpec spec(PresetValues values, Capacity capacity) {
    return file.phi() != null
        ? new SoftMoeRouter.Spec(file.slots())
        : file.preset().spec(values, capacity);
  }

  private RouterContext context(PresetValues values) {
    // Nothing is drawn that the file did not ask for: without a word on training there is no noise.
    Matrix given = Boolean.FALSE.equals(file.training()) ? null : file.noise();
    NDArray noise = given == null ? null : array(given); // (T, E)
    boolean sigma = values.numbers().containsKey(PresetField.NOISE_STD);
    GivenDraws draws =
        new GivenDraws(
            noise,
            sigma && given != null ? values.number(PresetField.NOISE_STD) : 0,
            file.uniform() == null ? null : manager.create(file.uniform().toArray()),
            Boolean.TRUE.equals(file.training()));
    boolean training = file.training() == null || file.training();
    RouterContext context =
        RouterContext.of(training, Seed.of(0).child("route"))
            .withSequences(file.sequences())
            .withGiven(draws);
    if (file.padding() != null) {
      NDArray mask = manager.create(file.padding().toArray()).gt(0); // (T)
      context = context.withPadding(mask);
    }
    return file.tokenIds() == null
        ? context
        : context.withTokenIds(manager.create(file.tokenIds().toArray()));
  }

  private void setBias(Router router) {
    ImmutableDoubleArray bias = file.bias();
    if (bias == null) {
      return;
    }
    Parameter parameter =
        parameter(router, "bias")
            .orElseThrow(
                () ->
                    new RouteException(
                        "preset " + file.preset().name() + " has no bias; leave bias out"));
    parameter.getArray().set(bias.toArray());
  }

  /** The bias after one update from the given counts, or from this batch for quantiles. */
  private Optional<ImmutableDoubleArray> update(Router router, Routing routing) {
    ImmutableLongArray counts = file.previousCounts();
    if (!(router instanceof Adaptive adaptive)) {
      if (counts != null) {
        throw new RouteException(
            "preset " + file.preset().name() + " updates no bias; leave previousCounts out");
      }
      return Optional.empty();
    }
    boolean quantile = file.preset().name().equals("quantile");
    if (quantile ? Boolean.FALSE.equals(file.training()) : counts == null) {
      return Optional.empty();
    }
    NDArray total = // (E)
        quantile || counts == null
            ? adaptive.observe(routing.signals())
            : manager.create(counts.toArray());
    adaptive.adapt(total, 1);
    return parameter(router, "bias")
        .map(p -> ImmutableDoubleArray.copyOf(p.getArray().toDoubleArray()));
  }

  private void set(Router router, String name, @Nullable Matrix value) {
    if (value != null) {
      parameter(router, name).ifPresent(p -> p.getArray().set(value.values().toArray()));
    }
  }

  private static Optional<Parameter> parameter(Router router, String name) {
    for (Pair<String, Parameter> pair : router.getParameters()) {
      if (pair.getValue().getName().endsWith("/" + name)) {
        return Optional.of(pair.getValue());
      }
    }
    return Optional.empty();
  }

  private NDArray array(Matrix matrix) {
    return manager.create(matrix.values().toArray(), new Shape(matrix.rows(), matrix.columns()));
  }
}
