package org.jmoe.layer;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * A parameter store that also takes down what the MoE layers of one forward pass tell it, and gives
 * that pass its randomness. The store is the one argument that every DJL block hands down
 * unchanged, so a layer can be observed in any stack without a global, a field or a changed
 * signature. Use one for each pass.
 */
public final class RecordingStore extends ParameterStore {
  private static final Seed EVALUATION = Seed.of(0);

  private final ParameterStore delegate;
  private final Seed draws;
  private final Precision precision;
  private final boolean dropsUndefined;
  private final ExpertStrategy strategy;
  private final boolean servesPadding;
  private final @Nullable LayerObserver observer;
  private final Map<String, RoutingSignals> signals;
  private final Map<String, Long> dropped;
  private final Map<String, Long> moved;

  /**
   * A recording of one pass.
   *
   * @param delegate holds the parameters
   * @param draws this pass's randomness, such as {@code seed.child("step").child(42)}
   */
  public RecordingStore(ParameterStore delegate, Seed draws) {
    this(delegate, draws, Precision.FLOAT32, false);
  }

  /** A recording of one pass whose large products are computed in the given precision. */
  public RecordingStore(ParameterStore delegate, Seed draws, Precision precision) {
    this(delegate, draws, precision, false);
  }

  /**
   * A recording of one pass.
   *
   * @param precision of the large products
   * @param dropsUndefined whether a token whose router logits are NaN or infinite goes through no
   *     expert, in place of an exception
   */
  public RecordingStore(
      ParameterStore delegate, Seed draws, Precision precision, boolean dropsUndefined) {
    this(delegate, draws, precision, dropsUndefined, ExpertStrategy.CHEAPEST, false, null);
  }

  private RecordingStore(
      ParameterStore delegate,
      Seed draws,
      Precision precision,
      boolean dropsUndefined,
      ExpertStrategy strategy,
      boolean servesPadding,
      @Nullable LayerObserver observer) {
    super(delegate.getManager(), false);
    this.delegate = delegate;
    this.draws = draws;
    this.precision = precision;
    this.dropsUndefined = dropsUndefined;
    this.strategy = strategy;
    this.servesPadding = servesPadding;
    this.observer = observer;
    signals = new LinkedHashMap<>();
    dropped = new LinkedHashMap<>();
    moved = new LinkedHashMap<>();
  }

  /**
   * A recording of one batch of an evaluation: what routers draw is a function of the batch's
   * number, so that each batch has draws of its own and evaluations repeat bit for bit.
   *
   * @param batch its number in a pass over the data
   */
  public static RecordingStore ofBatch(ParameterStore delegate, long batch) {
    return new RecordingStore(delegate, EVALUATION.child("batch").child(batch));
  }

  /** The same recording over another store. */
  private RecordingStore(RecordingStore recording, ParameterStore delegate) {
    super(delegate.getManager(), false);
    this.delegate = delegate;
    draws = recording.draws;
    precision = recording.precision;
    dropsUndefined = recording.dropsUndefined;
    strategy = recording.strategy;
    servesPadding = recording.servesPadding;
    observer = recording.observer;
    signals = recording.signals;
    dropped = recording.dropped;
    moved = recording.moved;
  }

  /**
   * A store that gives other values of some parameters.
   *
   * @param change makes it of a store that holds the parameters; a recording stays the outermost
   */
  public static ParameterStore over(ParameterStore ps, UnaryOperator<ParameterStore> change) {
    return ps instanceof RecordingStore recording
        ? new RecordingStore(recording, change.apply(recording.delegate))
        : change.apply(ps);
  }

  /** A recording of the same pass, empty, in which experts are computed in the given way. */
  public RecordingStore with(ExpertStrategy chosen) {
    return new RecordingStore(
        delegate, draws, precision, dropsUndefined, chosen, servesPadding, observer);
  }

  /** A recording of the same pass, empty, in which somebody sees what each layer computes. */
  public RecordingStore with(LayerObserver watching) {
    return new RecordingStore(
        delegate, draws, precision, dropsUndefined, strategy, servesPadding, watching);
  }

  /** A recording of the same pass, empty, in which experts serve padding too, as upstream's do. */
  public RecordingStore servingPadding() {
    return new RecordingStore(delegate, draws, precision, dropsUndefined, strategy, true, observer);
  }

  /** How many tokens each router dropped because their logits were undefined, by its path. */
  public Map<String, Long> dropped() {
    return Collections.unmodifiableMap(dropped);
  }

  /** Bytes that the experts of each layer sent from device to device, by their path. */
  public Map<String, Long> movedBytes() {
    return Collections.unmodifiableMap(moved);
  }

  /** Tells of bytes sent from device to device to the recording, if there is one. */
  public static void recordMoved(ParameterStore ps, String experts, long bytes) {
    if (ps instanceof RecordingStore recording) {
      recording.moved.merge(experts, bytes, Long::sum);
    }
  }

  static boolean dropsUndefined(ParameterStore ps) {
    return ps instanceof RecordingStore recording && recording.dropsUndefined;
  }

  static void recordDropped(ParameterStore ps, String router, long tokens) {
    if (ps instanceof RecordingStore recording) {
      recording.dropped.merge(router, tokens, Long::sum);
    }
  }

  /** What each layer told, in the order of the pass. */
  public Map<String, RoutingSignals> signals() {
    return Collections.unmodifiableMap(signals);
  }

  /** Tells a layer's signals to the recording, if there is one. */
  static void record(ParameterStore ps, String layer, RoutingSignals told) {
    if (ps instanceof RecordingStore recording) {
      RoutingSignals earlier = recording.signals.putIfAbsent(layer, told);
      Preconditions.checkState(
          earlier == null,
          "two layers of one pass are named '%s'; build each from a seed with a name of its own",
          layer);
    }
  }

  /** Tells what a layer computed to the recording's observer, if there is one. */
  static void observe(ParameterStore ps, MoeLayer layer, Supplier<LayerPass> pass) {
    if (ps instanceof RecordingStore recording && recording.observer != null) {
      recording.observer.computed(layer, pass.get());
    }
  }

  /** The precision of this pass; float32 without a recording. */
  public static Precision precision(ParameterStore ps) {
    return ps instanceof RecordingStore recording ? recording.precision : Precision.FLOAT32;
  }

  /** How experts are computed in this pass; the cheapest way without a recording. */
  public static ExpertStrategy strategy(ParameterStore ps) {
    return ps instanceof RecordingStore recording ? recording.strategy : ExpertStrategy.CHEAPEST;
  }

  /** Whether experts serve padding in this pass; not without a recording. */
  public static boolean servesPadding(ParameterStore ps) {
    return ps instanceof RecordingStore recording && recording.servesPadding;
  }

  /**
   * The randomness of this pass. Without a recording, as in a stock DJL trainer without {@link
   * org.jmoe.djl.RecordingModel}, it is drawn from the engine's generator, which {@code
   * Engine.setRandomSeed} governs.
   */
  public static Seed draws(ParameterStore ps, boolean training) {
    if (ps instanceof RecordingStore recording) {
      return recording.draws;
    }
    if (!training) {
      return EVALUATION;
    }
    try (NDArray drawn =
        ps.getManager().randomInteger(0, Integer.MAX_VALUE, new Shape(1), DataType.INT64)) {
      return Seed.of(drawn.getLong());
    }
  }

  @Override
  public void setParameterServer(ParameterServer server, Device[] devices) {
    delegate.setParameterServer(server, devices);
  }

  @Override
  public void updateAllParameters() {
    delegate.updateAllParameters();
  }

  @Override
  public NDArray getValue(Parameter parameter, Device device, boolean training) {
    return delegate.getValue(parameter, device, training);
  }

  @Override
  public NDManager getManager() {
    return delegate.getManager();
  }

  @Override
  public void sync() {
    delegate.sync();
  }
}
