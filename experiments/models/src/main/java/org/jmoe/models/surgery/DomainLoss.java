package org.jmoe.models.surgery;

import ai.djl.ndarray.NDArray;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jmoe.tensor.TransformerOps;

/**
 * Mean cross-entropy of a model, in nats per token.
 *
 * @param all mean over all tokens
 * @param byDomain mean over the tokens of each domain
 * @param tokens number of tokens evaluated
 */
public record DomainLoss(double all, ImmutableMap<String, Double> byDomain, long tokens) {
  /** Computes the loss of a pass. */
  public static DomainLoss of(DataPass pass) {
    Map<String, double[]> sums = new LinkedHashMap<>(); // nats, tokens
    pass.run(
        (batch, logits, recording, scope, domains) -> {
          NDArray flat = logits.reshape(batch.tokens(), pass.model().spec().vocabulary());
          NDArray targets = batch.targets(scope).reshape(batch.tokens()); // (T)
          float[] nats = TransformerOps.crossEntropy(flat, targets).toFloatArray(); // (T)
          for (int t = 0; t < nats.length; t++) {
            String domain = domains.isEmpty() ? "" : domains.get(batch.domain(t));
            double[] sum = sums.computeIfAbsent(domain, d -> new double[2]);
            sum[0] += nats[t];
            sum[1] += batch.target(t) < 0 ? 0 : 1;
          }
        });
    ImmutableMap.Builder<String, Double> means = ImmutableMap.builder();
    double total = 0;
    double tokens = 0;
    for (Map.Entry<String, double[]> sum : sums.entrySet()) {
      means.put(sum.getKey(), sum.getValue()[0] / sum.getValue()[1]);
      total += sum.getValue()[0];
      tokens += sum.getValue()[1];
    }
    return new DomainLoss(total / tokens, means.buildOrThrow(), Math.round(tokens));
  }

  /** Returns the difference from another measurement on the same data. */
  public DomainLoss minus(DomainLoss other) {
    ImmutableMap.Builder<String, Double> differences = ImmutableMap.builder();
    byDomain.forEach(
        (domain, nats) ->
            differences.put(domain, nats - other.byDomain.getOrDefault(domain, Double.NaN)));
    return new DomainLoss(all - other.all, differences.buildOrThrow(), tokens);
  }
}
