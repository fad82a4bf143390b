package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.layer.LayerHook;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.training.run.OpenedModel;
import org.jmoe.transformer.LanguageModel;

/**
 * A pass of a model over data without gradients.
 *
 * @param model the model to run
 * @param manager manager of the model
 * @param data the tokens
 * @param sequence sequence length
 * @param maxBatches maximum number of batches of one sequence, spread evenly over the data
 */
public record DataPass(
    LanguageModel model, NDManager manager, TokenData data, int sequence, long maxBatches) {
  private static final int MAX_SEQUENCE = 1024;

  /** Processes one batch, whose arrays are closed afterwards. */
  public interface Visitor {
    /**
     * Processes a batch.
     *
     * @param logits (B, S, V)
     * @param domains names of the domains of the data
     */
    void visit(
        Batch batch,
        NDArray logits,
        RecordingStore recording,
        NDManager scope,
        List<String> domains);
  }

  /**
   * Returns a pass over all data in sequences of the model's context length, at most 1024 tokens.
   */
  public static DataPass of(OpenedModel opened, TokenData data) {
    return of(opened.model(), opened.manager(), data);
  }

  /** Returns a pass of a model that was not opened from a folder. */
  public static DataPass of(LanguageModel model, NDManager manager, TokenData data) {
    int sequence = Math.min(model.spec().context(), MAX_SEQUENCE);
    return new DataPass(model, manager, data, sequence, Long.MAX_VALUE);
  }

  /** Returns a copy that is limited to a number of sequences. */
  public DataPass atMost(long sequences) {
    return new DataPass(model, manager, data, sequence, sequences);
  }

  /** Runs the model over the data. */
  public void run(Visitor visitor) {
    run((layer, pass) -> {}, visitor);
  }

  /** Runs the model over the data with a hook of each MoE layer. */
  void run(LayerHook hook, Visitor visitor) {
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus corpus = TokenCorpus.load(data, model.spec().vocabulary(), allocator)) {
      Batches batches = Batches.sequential(Packing.of(corpus.all(), sequence), 1, allocator);
      long count = Math.min(maxBatches, batches.perPass());
      NoGrad.get(
          () -> {
            for (long i = 0; i < count; i++) {
              long number = i * batches.perPass() / count;
              try (Batch batch = batches.ofPass(number);
                  NDManager scope = manager.newSubManager()) {
                RecordingStore recording =
                    RecordingStore.ofBatch(new ParameterStore(scope, false), number)
                        .with(hook)
                        .withSeparator(batch.separator());
                NDArray logits = // (B, S, V)
                    model.logits(recording, batch.inputs(scope), null, null, false);
                visitor.visit(batch, logits, recording, scope, corpus.domains());
              }
            }
            return true;
          });
    }
  }
}
