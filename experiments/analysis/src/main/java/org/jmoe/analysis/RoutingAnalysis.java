package org.jmoe.analysis;

import ai.djl.ndarray.NDManager;
import ai.djl.training.ParameterStore;
import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jmoe.analysis.labels.LabelledTokens;
import org.jmoe.analysis.labels.PermutationBaseline;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.batch.Batches;
import org.jmoe.io.Progress;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RecordingStore;
import org.jmoe.layer.RoutingSignals;
import org.jmoe.metrics.ExpertOverlap;
import org.jmoe.tensor.NoGrad;
import org.jmoe.transformer.LanguageModel;

/**
 * * Routing statistics of every MoE layer of a model over a data set.
 *
 * <pre>{@code
 * RoutingAnalysis found = RoutingAnalysis.of(model, manager, batches, Spec.of(labels));
 * found.layers().get(0).specialisations().get(0).measured().score();
 * }</pre>
 *
 * @param tokens number of routed tokens
 * @param layers statistics per layer, in model order
 * @param overlaps agreement of each pair of layers that are not soft
 * @param inner paths of MoE layers inside experts, which see only some tokens and are left out
 */
public record RoutingAnalysis(
    long tokens,
    ImmutableList<LayerAnalysis> layers,
    ImmutableList<LayerOverlap> overlaps,
    ImmutableSet<String> inner) {
  private static final int SAMPLE = 1024;

  /**
   * Options of an analysis.
   *
   * @param batches maximum number of batches, spread evenly over the data
   * @param labels sets of labels to measure specialisation by
   * @param typical maximum number of typical tokens per expert
   * @param minimum minimum choices of an expert for a token to be typical
   * @param contexts maximum number of contexts per expert
   * @param seed seed of the permutations and the sample
   */
  public record Spec(
      long batches,
      ImmutableList<TokenLabels> labels,
      int typical,
      long minimum,
      int contexts,
      long seed) {
    /** Checks the values. */
    public Spec {
      Preconditions.checkArgument(batches >= 1, "batches must be at least 1, not %s", batches);
      Preconditions.checkArgument(typical >= 0, "typical must be at least 0, not %s", typical);
      Preconditions.checkArgument(minimum >= 1, "minimum must be at least 1, not %s", minimum);
      Preconditions.checkArgument(contexts >= 0, "contexts must be at least 0, not %s", contexts);
    }

    /**
     * Returns options for all data, with eight typical tokens of at least ten choices and three
     * contexts per expert.
     */
    public static Spec of(List<TokenLabels> labels) {
      return new Spec(Long.MAX_VALUE, ImmutableList.copyOf(labels), 8, 10, 3, 0);
    }

    /** Returns these options with at most {@code maxBatches} batches. */
    public Spec withBatches(long maxBatches) {
      return new Spec(maxBatches, labels, typical, minimum, contexts, seed);
    }
  }

  /**
   * Analyses the routing of a model over data, without gradients, noise or dropout.
   *
   * @throws IllegalArgumentException if the model has no MoE layer
   */
  public static RoutingAnalysis of(
      LanguageModel model, NDManager manager, Batches batches, Spec spec) {
    return of(model, manager, batches, spec, Progress.none());
  }

  /** Like {@link #of(LanguageModel, NDManager, Batches, Spec)}, reporting progress in batches. */
  public static RoutingAnalysis of(
      LanguageModel model, NDManager manager, Batches batches, Spec spec, Progress progress) {
    return NoGrad.get(() -> new Passes(model, manager, batches, spec).run(progress));
  }

  /** Returns the statistics of the layer with this path. */
  public LayerAnalysis layer(String path) {
    return layers.stream()
        .filter(l -> l.layer().equals(path))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "unknown layer "
                        + path
                        + "; analysed layers: "
                        + layers.stream().map(LayerAnalysis::layer).toList()));
  }

  /** State of one analysis. */
  private static final class Passes {
    private final LanguageModel model;
    private final NDManager manager;
    private final Batches batches;
    private final Spec spec;
    private final long count;
    private final TokenSample sample;
    private final Map<String, LayerCollector> collectors = new LinkedHashMap<>();
    private final Set<String> inner = new TreeSet<>();
    private long tokens;

    Passes(LanguageModel model, NDManager manager, Batches batches, Spec spec) {
      this.model = model;
      this.manager = manager;
      this.batches = batches;
      this.spec = spec;
      count = Math.min(spec.batches(), batches.perPass());
      sample = new TokenSample(SAMPLE, spec.seed());
    }

    private Batch batch(long i) {
      return batches.ofPass(number(i));
    }

    /** Returns the index within the pass of the i-th analysed batch. */
    private long number(long i) {
      return i * batches.perPass() / count;
    }

    RoutingAnalysis run(Progress progress) {
      List<PermutationBaseline> shuffles = shuffles();
      for (long i = 0; i < count; i++) {
        try (Batch batch = batch(i)) {
          add(batch, number(i), shuffles);
          tokens += batch.tokens();
        }
        Preconditions.checkArgument(
            !collectors.isEmpty(), "the model has no MoE layer, so there is no routing to analyse");
        progress.advance(1);
      }
      Map<String, ExpertSimilarity> similar = ExpertSimilarity.of(model, manager, batches);
      ImmutableList.Builder<LayerAnalysis> layers = ImmutableList.builder();
      collectors.forEach(
          (layer, collector) ->
              layers.add(collector.result(Objects.requireNonNull(similar.get(layer)))));
      return new RoutingAnalysis(tokens, layers.build(), overlaps(), ImmutableSet.copyOf(inner));
    }

    /**
     * The permutation baseline needs the label totals in advance, hence an extra pass over the
     * data.
     */
    private List<PermutationBaseline> shuffles() {
      List<long[]> totals = new ArrayList<>();
      spec.labels().forEach(kind -> totals.add(new long[kind.labels().size()]));
      for (long i = 0; i < count && !totals.isEmpty(); i++) {
        try (Batch batch = batch(i)) {
          for (int l = 0; l < totals.size(); l++) {
            for (int label : LabelledTokens.labels(spec.labels().get(l), batch)) {
              if (label >= 0) {
                totals.get(l)[label]++;
              }
            }
          }
        }
      }
      List<PermutationBaseline> shuffles = new ArrayList<>();
      for (int l = 0; l < totals.size(); l++) {
        shuffles.add(new PermutationBaseline(totals.get(l), spec.seed() + l));
      }
      return shuffles;
    }

    private void add(Batch batch, long number, List<PermutationBaseline> shuffles) {
      List<LabelledTokens> labelled = new ArrayList<>();
      for (int l = 0; l < shuffles.size(); l++) {
        labelled.add(LabelledTokens.of(spec.labels().get(l), batch, shuffles.get(l)));
      }
      List<TokenSample.Entry> entries = sample.next(batch.tokens());
      try (NDManager scope = manager.newSubManager()) {
        RecordingStore recording =
            RecordingStore.ofBatch(new ParameterStore(scope, false), number)
                .withSeparator(batch.separator());
        model.logits(recording, batch.inputs(scope), null, null, false); // (B, S, V), unused
        recording
            .signals()
            .forEach((layer, signals) -> add(layer, signals, batch, labelled, entries));
      }
    }

    private void add(
        String layer,
        RoutingSignals signals,
        Batch batch,
        List<LabelledTokens> labelled,
        List<TokenSample.Entry> entries) {
      if (MoeLayer.isInsideExpert(layer)) {
        inner.add(layer);
        return;
      }
      collectors
          .computeIfAbsent(
              layer, p -> new LayerCollector(p, signals, spec, model.spec().vocabulary()))
          .add(signals, batch, labelled, entries);
    }

    private ImmutableList<LayerOverlap> overlaps() {
      List<Map.Entry<String, LayerCollector>> hard =
          collectors.entrySet().stream().filter(c -> !c.getValue().isSoft()).toList();
      ImmutableList.Builder<LayerOverlap> overlaps = ImmutableList.builder();
      for (int a = 0; a < hard.size(); a++) {
        for (int b = a + 1; b < hard.size(); b++) {
          overlaps.add(
              new LayerOverlap(
                  hard.get(a).getKey(),
                  hard.get(b).getKey(),
                  ExpertOverlap.of(
                      hard.get(a).getValue().sample(), hard.get(b).getValue().sample())));
        }
      }
      return overlaps.build();
    }
  }
}
