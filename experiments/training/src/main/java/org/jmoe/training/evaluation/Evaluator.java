package org.jmoe.training.evaluation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.metrics.LoadReport;
import org.jmoe.metrics.LoadTally;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Ops;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.transformer.LanguageModel;

/** Evaluates a model on held-out batches in data order, without gradients, noise or dropout. */
public final class Evaluator {
  private final LanguageModel model;
  private final NDManager manager;
  private final Batches batches;
  private final int domains;

  /**
   * Creates an evaluator.
   *
   * @param domains number of domains in the batches
   * @throws IllegalArgumentException if the model needs a separator and the data have none
   */
  public Evaluator(LanguageModel model, NDManager manager, Batches batches, int domains) {
    Preconditions.checkArgument(
        !model.spec().documentMask() || batches.packing().corpus().separator().isPresent(),
        "the model attends within documents (model.documentMask), but the data state no separator;"
            + " specify it with --separator");
    this.model = model;
    this.manager = manager;
    this.batches = batches;
    this.domains = domains;
  }

  /** Evaluates on at most {@code maxBatches} batches, spread evenly over the data. */
  public Evaluation run(long maxBatches) {
    return NoGrad.get(() -> measure(Math.min(maxBatches, batches.perPass())));
  }

  private Evaluation measure(long count) {
    double sum = 0;
    long tokens = 0;
    double textBytes = 0;
    Map<String, LoadTally> layers = new LinkedHashMap<>();
    for (long i = 0; i < count; i++) {
      long number = i * batches.perPass() / count;
      try (Batch batch = batches.ofPass(number)) {
        sum += measure(batch, number, layers);
        tokens += batch.targets();
        textBytes += batch.textBytes();
      }
    }
    if (tokens == 0) {
      throw new IllegalArgumentException(
          "none of the held-out tokens count in the loss: labels or a loss mask exclude all of"
              + " them; hold out other data");
    }
    Map<String, LoadReport> loads = new LinkedHashMap<>();
    layers.forEach((layer, tally) -> loads.put(layer, tally.report()));
    return new Evaluation(sum / tokens, tokens, textBytes, loads);
  }

  /** Returns the total loss of a batch, in nats. */
  private double measure(Batch batch, long number, Map<String, LoadTally> layers) {
    try (NDManager scope = manager.newSubManager()) {
      ParameterStore parameters = new ParameterStore(scope, false);
      RecordingStore recording =
          RecordingStore.ofBatch(parameters, number).withSeparator(batch.separator());
      NDArray ids = batch.inputs(scope); // (B, S)
      LayerwiseForward forward = new LayerwiseForward(model, recording, ids, scope, false);
      NDArray x = forward.embed(); // (B, S, D)
      for (int layer = 0; layer < model.spec().layerCount(); layer++) {
        try (NDArray input = x) {
          x = forward.layer(layer, input);
        }
      }
      NDArray logits = forward.head(x); // (B, S, V)
      NDArray nats =
          TransformerOps.crossEntropy(
              logits.reshape(batch.tokens(), model.spec().vocabulary()),
              batch.targets(scope).reshape(batch.tokens())); // (T)
      NDArray labels = scope.create(batch.domains()); // (T)
      forward
          .signals()
          .forEach(
              (layer, signals) -> {
                LoadTally tally =
                    layers.computeIfAbsent(
                        layer, k -> new LoadTally(layer, signals.experts(), domains));
                if (MoeLayer.isInsideExpert(layer)) {
                  tally.add(
                      signals); // a subset of the batch's tokens in another order, so domains are
                  // unknown
                } else {
                  tally.add(signals, labels);
                }
              });
      return Ops.sum(nats);
    }
  }
}
