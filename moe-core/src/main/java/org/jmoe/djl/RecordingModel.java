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
 * Wraps a model so that it also outputs its routing signals: those of each MoE layer are appended
 * to the model's outputs as named arrays, for the losses, evaluators and listeners of any DJL
 * trainer.
 */
public final class RecordingModel extends AbstractBlock {
  private final Block body;

  /** Wraps a model. */
  public RecordingModel(Block body) {
    this.body = addChildBlock("body", body);
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore ps, NDList inputs, boolean training, PairList<String, Object> params) {
    RecordingStore recording = new RecordingStore(ps, RecordingStore.draws(ps, training));
    NDList outputs = new NDList(body.forward(recording, inputs, training, params));
    recording.signals().forEach((layer, signals) -> outputs.addAll(signals.toList(layer)));
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
