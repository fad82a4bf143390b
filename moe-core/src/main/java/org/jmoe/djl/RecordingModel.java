package org.jmoe.djl;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import org.jmoe.layer.RecordingStore;

/**
 * Wraps a model so that in training it also outputs its routing signals: those of each MoE layer
 * are appended to the model's outputs as named arrays, for the losses, evaluators and listeners of
 * any DJL trainer. Outside of training, as in a {@code Predictor}, it outputs what the model
 * outputs.
 */
public final class RecordingModel extends AbstractBlock {
  /** Name of the first output if signals were left out. */
  static final String WITHOUT_SIGNALS = "without-signals";

  private final Block body;
  private final boolean always;

  /** Wraps a model. */
  public RecordingModel(Block body) {
    this(body, false);
  }

  private RecordingModel(Block body, boolean always) {
    this.body = addChildBlock("body", body);
    this.always = always;
  }

  /**
   * Wraps a model whose routing signals are also needed outside of training, for example by an
   * evaluator on validation data.
   */
  public static RecordingModel always(Block body) {
    return new RecordingModel(body, true);
  }

  /** Returns the wrapped model. */
  public Block body() {
    return body;
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    RecordingStore recording = new RecordingStore(ps, RecordingStore.draws(ps, training));
    NDList outputs = new NDList(body.forward(recording, inputs, training, params));
    if (training || always) {
      recording
          .signals()
          .forEach((layer, signals) -> outputs.addAll(SignalList.of(signals, layer)));
    } else {
      outputs.head().setName(WITHOUT_SIGNALS);
    }
    return outputs;
  }

  @Override
  protected void initializeChildBlocks(NDManager manager, DataType dataType, Shape... inputShapes) {
    body.initialize(manager, dataType, inputShapes);
  }

  /** Returns the shapes of the outputs of the wrapped model. */
  @Override
  public Shape[] getOutputShapes(Shape[] inputShapes) {
    return body.getOutputShapes(inputShapes);
  }
}
