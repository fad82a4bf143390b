package org.jmoe.layer;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableSet;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.jmoe.block.CarriedStates;
import org.jmoe.block.DelegatingStore;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.jmoe.tensor.Seed;
import org.jspecify.annotations.Nullable;

/**
 * A parameter store that also records the routing signals of one forward pass and provides its
 * random seed and settings. The store is the only argument that every DJL block passes down
 * unchanged, so layers can be observed in any model without globals or changed signatures. Use one
 * instance per pass.
 */
public final class RecordingStore extends DelegatingStore {
  private static final Seed EVALUATION = Seed.of(0);
  private static final PassSettings UNRECORDED =
      PassSettings.of(EVALUATION, Precision.FLOAT32, false);

  private final PassSettings settings;
  private final Map<String, RoutingSignals> signals;
  private final Map<String, Long> dropped;
  private final Map<String, Long> moved;
  private final CarriedStates states;

  /**
   * Creates a recording of one pass in float32.
   *
   * @param draws seed of this pass, such as {@code seed.child("step").child(42)}
   */
  public RecordingStore(ParameterStore delegate, Seed draws) {
    this(delegate, draws, Precision.FLOAT32, false);
  }

  /** As above, with large matmuls in a precision. */
  public RecordingStore(ParameterStore delegate, Seed draws, Precision precision) {
    this(delegate, draws, precision, false);
  }

  /**
   * Creates a recording of one pass.
   *
   * @param precision of the large matmuls
   * @param dropsNonFinite whether tokens with non-finite router logits are routed to no expert
   *     instead of throwing an exception
   */
  public RecordingStore(
      ParameterStore delegate, Seed draws, Precision precision, boolean dropsNonFinite) {
    this(delegate, PassSettings.of(draws, precision, dropsNonFinite));
  }

  private RecordingStore(ParameterStore delegate, PassSettings settings) {
    super(delegate);
    this.settings = settings;
    signals = new LinkedHashMap<>();
    dropped = new LinkedHashMap<>();
    moved = new LinkedHashMap<>();
    states = new CarriedStates();
  }

  /**
   * Creates a recording of one evaluation batch. Its seed is a function of the batch number, so
   * that batches have different draws and evaluations are bit-exactly repeatable.
   *
   * @param batch number in a pass over the data
   */
  public static RecordingStore ofBatch(ParameterStore delegate, long batch) {
    return new RecordingStore(delegate, EVALUATION.child("batch").child(batch));
  }

  /** Copies a recording, with another delegate. */
  private RecordingStore(RecordingStore recording, ParameterStore delegate) {
    super(delegate);
    settings = recording.settings;
    signals = recording.signals;
    dropped = recording.dropped;
    moved = recording.moved;
    states = recording.states;
  }

  /**
   * Wraps a store so that it returns other values for some parameters.
   *
   * @param change wraps a store; a recording stays outermost
   */
  public static ParameterStore over(ParameterStore ps, UnaryOperator<ParameterStore> change) {
    return ps instanceof RecordingStore recording
        ? new RecordingStore(recording, change.apply(recording.delegate()))
        : change.apply(ps);
  }

  /** Returns an empty recording of the same pass with another expert strategy. */
  public RecordingStore with(ExpertStrategy chosen) {
    return new RecordingStore(delegate(), settings.with(chosen));
  }

  /** Returns an empty recording of the same pass with a hook, which may combine several. */
  public RecordingStore with(LayerHook newHook) {
    return new RecordingStore(delegate(), settings.with(newHook));
  }

  /** Returns an empty recording of the same pass that routes padding too, as upstream. */
  public RecordingStore servingPadding() {
    return new RecordingStore(delegate(), settings.servingPadding());
  }

  /**
   * Returns an empty recording of the same pass over sequences in which a token ends each document
   * (empty for one document per sequence); {@code ModelSpec.documentMask} depends on it.
   */
  public RecordingStore withSeparator(OptionalInt id) {
    return new RecordingStore(delegate(), settings.with(id));
  }

  /** Returns an empty recording of the same pass that keeps further arrays for losses. */
  public RecordingStore with(ImmutableSet<AuxLoss.Input> inputs) {
    return new RecordingStore(delegate(), settings.with(inputs));
  }

  /** Returns whether a loss of this pass uses an array; false without a recording. */
  public static boolean keeps(ParameterStore ps, AuxLoss.Input input) {
    return settings(ps).inputs().contains(input);
  }

  /** Returns the number of tokens dropped for non-finite logits, by router path. */
  public Map<String, Long> dropped() {
    return Collections.unmodifiableMap(dropped);
  }

  /** Returns the bytes moved between devices, by the path of the experts. */
  public Map<String, Long> movedBytes() {
    return Collections.unmodifiableMap(moved);
  }

  /** Records bytes moved between devices, if the store is a recording. */
  public static void recordMoved(ParameterStore ps, String experts, long bytes) {
    if (ps instanceof RecordingStore recording) {
      recording.moved.merge(experts, bytes, Long::sum);
    }
  }

  /** Returns a store of the same parameters that carries states from layer to layer. */
  public static ParameterStore carrying(ParameterStore ps) {
    return ps instanceof RecordingStore ? ps : new RecordingStore(ps, UNRECORDED);
  }

  /** Carries a state (T, ..) of a router, given by path, to the later layers of the pass. */
  public static void carry(ParameterStore ps, String name, String router, NDArray state) {
    Preconditions.checkState(
        ps instanceof RecordingStore,
        "%s carries a state between layers; wrap the model in new RecordingModel(model)",
        router);
    ((RecordingStore) ps).states.put(name, router, state);
  }

  /** Returns the state that the routers of earlier layers carried; null for none. */
  public static @Nullable NDArray carried(ParameterStore ps, String name, String router) {
    return ps instanceof RecordingStore recording ? recording.states.get(name, router) : null;
  }

  /** Returns the states that the layers so far carry to the next. */
  public CarriedStates states() {
    return states;
  }

  private static PassSettings settings(ParameterStore ps) {
    return ps instanceof RecordingStore recording ? recording.settings : UNRECORDED;
  }

  static boolean dropsNonFinite(ParameterStore ps) {
    return settings(ps).dropsNonFinite();
  }

  static void recordDropped(ParameterStore ps, String router, long tokens) {
    if (ps instanceof RecordingStore recording) {
      recording.dropped.merge(router, tokens, Long::sum);
    }
  }

  /** Returns the signals of each layer in forward order. */
  public Map<String, RoutingSignals> signals() {
    return Collections.unmodifiableMap(signals);
  }

  /** Records the signals of a layer, if the store is a recording. */
  static void record(ParameterStore ps, String layer, RoutingSignals current) {
    if (ps instanceof RecordingStore recording) {
      RoutingSignals earlier = recording.signals.putIfAbsent(layer, current);
      Preconditions.checkState(
          earlier == null,
          "two layers are named '%s'; build each layer from a seed with a unique path",
          layer);
    }
  }

  /** Returns the hook of this pass; null for none. */
  static @Nullable LayerHook hook(ParameterStore ps) {
    return settings(ps).hook();
  }

  /** Returns the precision of this pass; float32 without a recording. */
  public static Precision precision(ParameterStore ps) {
    return settings(ps).precision();
  }

  /** Returns the expert strategy of this pass; the cheapest without a recording. */
  public static ExpertStrategy strategy(ParameterStore ps) {
    return settings(ps).strategy();
  }

  /** Returns whether padding tokens are routed in this pass; false without a recording. */
  public static boolean servesPadding(ParameterStore ps) {
    return settings(ps).servesPadding();
  }

  /** Returns the id of the token that ends a document; empty without a recording. */
  public static OptionalInt separator(ParameterStore ps) {
    return settings(ps).separator();
  }

  /**
   * Returns the seed of this pass. Without a recording, as in a DJL trainer without {@link
   * org.jmoe.djl.RecordingModel}, it is drawn from the engine's generator, which is seeded by
   * {@code Engine.setRandomSeed}.
   */
  public static Seed draws(ParameterStore ps, boolean training) {
    if (ps instanceof RecordingStore recording) {
      return recording.settings.draws();
    }
    if (!training) {
      return EVALUATION;
    }
    try (NDArray drawn =
        ps.getManager().randomInteger(0, Integer.MAX_VALUE, new Shape(1), DataType.INT64)) {
      return Seed.of(drawn.getLong());
    }
  }
}
