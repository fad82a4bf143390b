package org.jmoe.analysis.intervention;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.data.batch.Batch;
import org.jmoe.io.Progress;
import org.jmoe.layer.LayerHook;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.TransformerOps;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.transformer.LanguageModel;

/**
 * Evaluates a model whose MoE layers are watched or changed by hooks, without gradients, noise or
 * dropout.
 *
 * @param model the model
 * @param manager manager of the model
 * @param data tokens to evaluate on
 */
public record HookedEvaluation(LanguageModel model, NDManager manager, EvaluationData data) {
  /** Chooses the hook of each batch. */
  @FunctionalInterface
  public interface Hooks {
    /** Returns the hook of a batch. */
    LayerHook of(Input input);

    /** Returns hooks that apply these first and then others. */
    default Hooks then(Hooks next) {
      return input -> of(input).then(next.of(input));
    }
  }

  /**
   * A batch before its pass.
   *
   * @param number index of the batch in this evaluation, from 0
   * @param ids (B, S) token ids
   * @param recording of the batch, for passes of other models over it
   */
  public record Input(long number, NDArray ids, RecordingStore recording) {}

  /** Returns hooks that look at nothing and change nothing. */
  public static Hooks none() {
    return input -> (layer, pass) -> {};
  }

  /** Evaluates all batches and returns the loss of each token. */
  public TokenLosses run(Hooks hooks, Progress progress) {
    return NoGrad.get(
        () -> {
          ImmutableList.Builder<TokenLosses.Sequence> sequences = ImmutableList.builder();
          for (long i = 0; i < data.count(); i++) {
            try (Batch batch = data.batch(i);
                NDManager scope = manager.newSubManager()) {
              sequences.addAll(run(i, batch, scope, hooks));
            }
            progress.advance(1);
          }
          return new TokenLosses(sequences.build());
        });
  }

  private List<TokenLosses.Sequence> run(long number, Batch batch, NDManager scope, Hooks hooks) {
    NDArray ids = batch.inputs(scope); // (B, S)
    RecordingStore recording =
        RecordingStore.ofBatch(new ParameterStore(scope, false), number)
            .withSeparator(batch.separator());
    LayerHook hook = hooks.of(new Input(number, ids, recording));
    NDArray logits = model.logits(recording.with(hook), ids, null, null, false); // (B, S, V)
    NDArray rows = logits.reshape(batch.tokens(), model.spec().vocabulary()); // (T, V)
    NDArray targets = batch.targets(scope).reshape(batch.tokens()); // (T)
    float[] nats = TransformerOps.crossEntropy(rows, targets).toFloatArray(); // (T)
    long[] predicted = targets.toLongArray();
    int length = batch.sequenceLength();
    return IntStream.range(0, batch.size())
        .mapToObj(s -> sequence(batch, predicted, nats, s * length, (s + 1) * length))
        .toList();
  }

  private TokenLosses.Sequence sequence(
      Batch batch, long[] targets, float[] nats, int from, int to) {
    List<String> names = data.domains();
    return new TokenLosses.Sequence(
        ImmutableLongArray.copyOf(Arrays.copyOfRange(targets, from, to)),
        ImmutableDoubleArray.copyOf(IntStream.range(from, to).mapToDouble(t -> nats[t])),
        IntStream.range(from, to)
            .mapToObj(t -> names.isEmpty() ? "" : names.get(batch.domain(t)))
            .collect(ImmutableList.toImmutableList()));
  }
}
