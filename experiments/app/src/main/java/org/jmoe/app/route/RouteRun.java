package org.jmoe.app.route;

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
import org.jmoe.extension.Extensions;
import org.jmoe.layer.Adaptive;
import org.jmoe.layer.Router;
import org.jmoe.layer.RouterContext;
import org.jmoe.layer.RouterContext.GivenDraws;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.RouterTrait;
import org.jmoe.layer.Routing;
import org.jmoe.layer.RoutingException;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.layer.ScoringRouter;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * Runs a route file through the router implementation used in training. Values are computed in
 * float64 for an accurate reply, but experts are compared in float32, as published: scores that are
 * equal in float32 are tied, and the lower expert index wins.
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
   * Routes the tokens of a route file.
   *
   * @param text contents of the file, JSON
   * @param extensions router and loss presets available to the file
   * @return the reply as a JSON tree
   * @throws RouteException if the file is invalid
   */
  public static JsonNode of(String text, Extensions extensions) {
    RouteFile file = RouteParser.parse(text, extensions);
    if (file.input().rows().rows() == 0) {
      return RouteReply.empty(file);
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      return NoGrad.get(() -> new RouteRun(file, manager).reply());
    } catch (RoutingException e) {
      throw new RouteException(e.getMessage() == null ? "routing failed" : e.getMessage(), e);
    }
  }

  private JsonNode reply() {
    int experts = file.input().experts();
    PresetValues values = file.preset().values(file.router().overrides(), experts);
    Capacity capacity = CapacityChoice.of(file);
    Matrix rows = file.input().rows();
    int dim = file.input().logits() == null ? rows.columns() : experts;
    Router router =
        spec(values, capacity)
            .build(dim, experts - zeroExperts(values), Seed.of(0).child(file.preset().name()));
    router.initialize(manager, TYPE, new Shape(1, dim));
    set(router, "gate", file.input().weight());
    set(router, "phi", file.input().phi());
    if (file.input().phi() != null && values.numbers().containsKey(PresetField.SCALE)) {
      parameter(router, "scale")
          .ifPresent(p -> p.getArray().set(new double[] {values.number(PresetField.SCALE)}));
    }
    setBias(router);
    RouterContext context = context(values);
    ParameterStore store = new ParameterStore(manager, false);
    NDArray input = array(rows);
    boolean scores = file.input().logits() != null;
    if (file.given().noise() != null && addsNoise()) {
      NDArray logits =
          file.input().weight() == null
              ? input
              : input.matMul(array(file.input().weight())); // (T, E)
      input = logits.add(array(file.given().noise())); // (T, E)
      scores = true;
    }
    Routing routing =
        scores && router instanceof ScoringRouter gated
            ? gated.routeLogits(store, input, context)
            : router.route(store, input, context);
    return new RouteReply(file, values, capacity, routing, update(router, routing)).json(input);
  }

  /** Returns the number of zero-computation experts, which are the last columns. */
  private int zeroExperts(PresetValues values) {
    double count = values.numbers().getOrDefault(PresetField.ZERO_EXPERTS, 0.0);
    if (count >= file.input().experts()) {
      throw new RouteException(
          "zeroExperts is %d; use fewer than the %d columns, as the last columns are the zero experts"
              .formatted(Math.round(count), file.input().experts()));
    }
    return (int) count;
  }

  /** Returns whether noise is added to the logits because the preset has no noise itself. */
  private boolean addsNoise() {
    boolean own = file.preset().has(RouterTrait.NOISE);
    if (!own && file.input().logits() == null && file.preset().has(RouterTrait.NONLINEAR)) {
      throw new RouteException(
          "preset " + file.preset().name() + " has no noise; give logits to add noise to");
    }
    return !own;
  }

  private RouterSpec spec(PresetValues values, Capacity capacity) {
    return file.input().phi() != null
        ? new SoftMoeRouter.Spec(file.input().slots())
        : file.preset().spec(values, capacity);
  }

  private RouterContext context(PresetValues values) {
    // Draws only what the file requests: no noise unless training is set.
    NDArray noise =
        file.given().noise() == null || addsNoise() ? null : array(file.given().noise()); // (T, E)
    boolean sigma = values.numbers().containsKey(PresetField.NOISE_STD);
    GivenDraws draws =
        new GivenDraws(
            noise,
            sigma && noise != null ? values.number(PresetField.NOISE_STD) : 0,
            file.given().uniform() == null
                ? null
                : manager.create(file.given().uniform().toArray()),
            Boolean.TRUE.equals(file.batch().training()));
    boolean training = file.batch().training() == null || file.batch().training();
    RouterContext context =
        RouterContext.of(training, Seed.of(0).child("route"))
            .withSequences(file.batch().sequences())
            .withGiven(draws);
    if (file.batch().padding() != null) {
      NDArray mask = manager.create(file.batch().padding().toArray()).gt(0); // (T)
      context = context.withPadding(mask);
    }
    return file.batch().tokenIds() == null
        ? context
        : context.withTokenIds(manager.create(file.batch().tokenIds().toArray()));
  }

  private void setBias(Router router) {
    ImmutableDoubleArray bias = file.given().bias();
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

  /** Returns the bias after one update. */
  private Optional<ImmutableDoubleArray> update(Router router, Routing routing) {
    ImmutableLongArray counts = file.given().previousCounts();
    if (!(router instanceof Adaptive adaptive)) {
      if (counts != null) {
        throw new RouteException(
            "preset " + file.preset().name() + " does not update a bias; leave previousCounts out");
      }
      return Optional.empty();
    }
    if (file.preset().has(RouterTrait.ADAPTS_TO_SCORES)) {
      return quantiles(adaptive, routing, router);
    }
    if (counts == null) {
      return Optional.empty();
    }
    adaptive.adapt(manager.create(counts.toArray()), 1);
    return bias(router);
  }

  /** Returns the bias set to the quantiles of this batch. */
  private Optional<ImmutableDoubleArray> quantiles(
      Adaptive adaptive, Routing routing, Router router) {
    if (file.given().previousCounts() != null) {
      throw new RouteException(
          "preset "
              + file.preset().name()
              + " adapts to scores, not counts; leave previousCounts out");
    }
    RoutingSignals signals = routing.signals();
    if (Boolean.FALSE.equals(file.batch().training()) || signals.realTokens() == 0) {
      return Optional.empty();
    }
    adaptive.adapt(adaptive.observe(signals), 1);
    return bias(router);
  }

  private static Optional<ImmutableDoubleArray> bias(Router router) {
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
