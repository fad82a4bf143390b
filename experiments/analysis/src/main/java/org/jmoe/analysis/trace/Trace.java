package org.jmoe.analysis.trace;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.analysis.BatchChoices;
import org.jmoe.layer.LayerPass;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.tensor.NoGrad;
import org.jmoe.tensor.Seed;
import org.jmoe.transformer.LanguageModel;
import org.jspecify.annotations.Nullable;

/**
 * Path of every token through every MoE layer of a model: chosen experts, their weights, drops, and
 * contributions to the output.
 *
 * @param layers layers in model order, without layers inside experts
 */
public record Trace(ImmutableList<TracedLayer> layers) {
  /**
   * Traces rows of tokens through one forward pass, without gradients, noise or dropout.
   *
   * @param ids rows of equal length
   * @param mask rows of 1 for tokens and 0 for padding; empty for no padding
   * @throws IllegalArgumentException if there is no token or no MoE layer
   */
  public static Trace of(
      LanguageModel model,
      NDManager manager,
      List<ImmutableLongArray> ids,
      List<ImmutableLongArray> mask) {
    Preconditions.checkArgument(
        !ids.isEmpty() && !ids.get(0).isEmpty(), "no tokens to trace; pass at least one");
    return NoGrad.get(
        () -> {
          try (NDManager scope = manager.newSubManager()) {
            NDArray tokens = array(scope, ids); // (B, S)
            NDArray padding = mask.isEmpty() ? null : array(scope, mask).eq(0); // (B, S)
            return of(model, scope, tokens, padding);
          }
        });
  }

  private static Trace of(
      LanguageModel model, NDManager scope, NDArray ids, @Nullable NDArray padding) {
    long[] flat = ids.toLongArray();
    int length = Math.toIntExact(ids.getShape().get(1));
    List<TracedLayer> layers = new ArrayList<>();
    RecordingStore recording =
        new RecordingStore(new ParameterStore(scope, false), Seed.of(0))
            .with(
                (layer, pass) -> {
                  if (!MoeLayer.isInsideExpert(layer.path())) {
                    layers.add(layer(layer.path(), pass, flat, length));
                  }
                });
    model.logits(recording, ids, padding, null, false);
    Preconditions.checkArgument(
        !layers.isEmpty(), "the model has no MoE layer, so there is nothing to trace");
    return new Trace(ImmutableList.copyOf(layers));
  }

  private static TracedLayer layer(String path, LayerPass pass, long[] ids, int length) {
    BatchChoices choices = new BatchChoices(pass.routing().signals(), false);
    OutputShares shares = new OutputShares(pass);
    ImmutableList.Builder<TracedToken> tokens = ImmutableList.builder();
    for (int t = 0; t < ids.length; t++) {
      tokens.add(token(choices, shares, t, (int) ids[t], length));
    }
    return new TracedLayer(
        path, pass.routing().signals().experts(), pass.shared() != null, tokens.build());
  }

  private static TracedToken token(
      BatchChoices choices, OutputShares shares, int t, int id, int length) {
    ImmutableList.Builder<TracedChoice> traced = ImmutableList.builder();
    double identities = 0;
    for (int i = 0; i < choices.k(); i++) {
      int expert = choices.expert(t, i);
      if (expert >= 0) {
        identities += shares.isIdentity(expert) ? choices.weight(t, i) : 0;
        traced.add(
            new TracedChoice(
                expert, choices.weight(t, i), choices.kept(t, i), shares.ofChoice(t, i, expert)));
      }
    }
    return new TracedToken(
        t / length,
        t % length,
        id,
        traced.build(),
        shares.ofShared(t),
        shares.ofSelf(t, identities));
  }

  private static NDArray array(NDManager scope, List<ImmutableLongArray> rows) {
    long[] flat = rows.stream().flatMapToLong(ImmutableLongArray::stream).toArray();
    return scope.create(flat, new Shape(rows.size(), rows.get(0).length()));
  }
}
