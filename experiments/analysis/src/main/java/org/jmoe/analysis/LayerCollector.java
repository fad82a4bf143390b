package org.jmoe.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.analysis.labels.LabelCounts;
import org.jmoe.analysis.labels.LabelSpecialisation;
import org.jmoe.analysis.labels.LabelledTokens;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.data.batch.Batch;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.GateReport;
import org.jmoe.metrics.LoadReport;
import org.jspecify.annotations.Nullable;

/**
 * Accumulates the routing statistics of one layer over batches; memory is independent of the amount
 * of data.
 */
final class LayerCollector {
  private final String layer;
  private final boolean soft;
  private final RoutingAnalysis.Spec spec;
  private final ImmutableList<LabelCounts> labels;
  private final TokenCounts tokens;
  private final ImmutableList<TopContexts> contexts;
  private final PairCounts pairs;
  private final List<BitSet> sample = new ArrayList<>();
  private @Nullable LoadReport load;
  private @Nullable GateReport gate;
  private double violations;
  private long batches;

  /** Creates a collector from a layer's first signals, which determine whether it is soft. */
  LayerCollector(String layer, RoutingSignals first, RoutingAnalysis.Spec spec, int vocabulary) {
    this.layer = layer;
    this.spec = spec;
    soft = BatchChoices.isSoft(first);
    int experts = first.experts();
    labels =
        spec.labels().stream()
            .map(kind -> new LabelCounts(experts, kind.labels().size()))
            .collect(ImmutableList.toImmutableList());
    tokens = new TokenCounts(vocabulary, experts);
    contexts =
        IntStream.range(0, experts)
            .mapToObj(e -> new TopContexts(spec.contexts()))
            .collect(ImmutableList.toImmutableList());
    pairs = new PairCounts(experts);
  }

  /**
   * Adds a batch.
   *
   * @param labelled its tokens with each set of labels
   * @param entries tokens that enter the sample
   */
  void add(
      RoutingSignals signals,
      Batch batch,
      List<LabelledTokens> labelled,
      List<TokenSample.Entry> entries) {
    BatchChoices choices = new BatchChoices(signals, soft);
    LoadReport now = soft ? weights(signals, choices) : LoadReport.of(layer, signals);
    GateReport sure = GateReport.of(layer, signals);
    load = load == null ? now : load.plus(now);
    gate = gate == null ? sure : gate.plus(sure);
    violations += now.maxViolation();
    batches++;
    for (int t = 0; t < choices.tokens(); t++) {
      count(choices, t, batch, labelled);
      if (!soft) {
        pairs.add(choices, t);
      }
    }
    for (TokenSample.Entry entry : entries) {
      join(entry.place(), experts(choices, entry.token()));
    }
  }

  private void count(BatchChoices choices, int token, Batch batch, List<LabelledTokens> labelled) {
    for (int i = 0; i < choices.k(); i++) {
      int expert = choices.expert(token, i);
      if (expert < 0) {
        continue;
      }
      long amount = choices.amount(token, i);
      for (int l = 0; l < labelled.size(); l++) {
        labels.get(l).add(expert, labelled.get(l), token, amount);
      }
      tokens.add((int) batch.input(token), expert, amount);
      if (choices.kept(token, i)) {
        contexts.get(expert).offer(choices.weight(token, i), batch, token);
      }
    }
  }

  private static BitSet experts(BatchChoices choices, int token) {
    BitSet set = new BitSet();
    for (int i = 0; i < choices.k(); i++) {
      if (choices.expert(token, i) >= 0) {
        set.set(choices.expert(token, i));
      }
    }
    return set;
  }

  private void join(int place, BitSet set) {
    if (place == sample.size()) {
      sample.add(set);
    } else {
      sample.set(place, set);
    }
  }

  /** Returns the load of a soft layer: weights instead of choices. */
  private LoadReport weights(RoutingSignals signals, BatchChoices choices) {
    LoadReport counted = LoadReport.of(layer, signals);
    long[] sums = new long[signals.experts()];
    for (int t = 0; t < choices.tokens(); t++) {
      for (int i = 0; i < choices.k(); i++) {
        if (choices.expert(t, i) >= 0) {
          sums[choices.expert(t, i)] += choices.amount(t, i);
        }
      }
    }
    ImmutableLongArray all = ImmutableLongArray.copyOf(sums);
    return new LoadReport(layer, counted.tokens(), all, all, counted.expertsPerToken());
  }

  boolean isSoft() {
    return soft;
  }

  /** Returns the experts of each token of the sample. */
  List<BitSet> sample() {
    return sample;
  }

  LayerAnalysis result(ExpertSimilarity similarity) {
    if (load == null || gate == null) {
      throw new IllegalStateException(layer + ": no batch was added before result()");
    }
    ImmutableList.Builder<LabelSpecialisation> measured = ImmutableList.builder();
    for (int l = 0; l < labels.size(); l++) {
      TokenLabels kind = spec.labels().get(l);
      measured.add(new LabelSpecialisation(kind.name(), kind.labels(), labels.get(l).measure()));
    }
    return new LayerAnalysis(
        layer,
        soft,
        load,
        violations / batches,
        gate,
        measured.build(),
        tokens.typical(
            spec.typical(), soft ? spec.minimum() * LayerAnalysis.MILLIONTHS : spec.minimum()),
        contexts.stream().map(TopContexts::best).collect(ImmutableList.toImmutableList()),
        soft ? ImmutableList.of() : pairs.counts(),
        similarity);
  }
}
