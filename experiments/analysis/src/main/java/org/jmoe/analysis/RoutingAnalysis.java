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
import org.jmoe.analysis.labels.LabelShuffles;
import org.jmoe.analysis.labels.LabelledTokens;
import org.jmoe.analysis.labels.Labelling;
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
 * What all routers of a model do with some data.
 *
 * <pre>{@code
 * RoutingAnalysis found = RoutingAnalysis.of(model, manager, batches, Spec.of(labellings));
 * found.layers().get(0).specialisations().get(0).measured().score();
 * }</pre>
 *
 * @param tokens that were routed
 * @param layers in the order of the model
 * @param overlaps of each two layers that are not soft
 * @param inner paths of MoE layers inside experts: they see some tokens only and are left out
 */
public record RoutingAnalysis(
    long tokens,
    ImmutableList<LayerAnalysis> layers,
    ImmutableList<LayerOverlap> overlaps,
    ImmutableSet<String> inner) {
  private static final int SAMPLE = 1024;

  /**
   * What is asked.
   *
   * @param batches most batches, spread evenly over the data
   * @param labellings that experts are held against
   * @param typical most typical tokens an expert
   * @param minimum choices of an expert for a token, below which that is not typical
   * @param contexts most places an expert
   * @param seed of the shuffles and the sample
   */
  public record Spec(
      long batches,
      ImmutableList<Labelling> labellings,
      int typical,
      long minimum,
      int contexts,
      long seed) {
    /** Checks the numbers. */
    public Spec {
      Preconditions.checkArgument(batches >= 1, "batches must be at least 1, not %s", batches);
      Preconditions.checkArgument(typical >= 0, "typical must be at least 0, not %s", typical);
      Preconditions.checkArgument(minimum >= 1, "minimum must be at least 1, not %s", minimum);
      Preconditions.checkArgument(contexts >= 0, "contexts must be at least 0, not %s", contexts);
    }

    /** All data; eight typical tokens of at least ten choices and three places an expert. */
    public static Spec of(List<Labelling> labellings) {
      return new Spec(Long.MAX_VALUE, ImmutableList.copyOf(labellings), 8, 10, 3, 0);
    }

    /** The same on fewer batches. */
    public Spec withBatches(long most) {
      return new Spec(most, labellings, typical, minimum, contexts, seed);
    }
  }

  /**
   * Runs a model over data, without gradients, noise or dropout.
   *
   * @throws IllegalArgumentException when no layer routes anything
   */
  public static RoutingAnalysis of(
      LanguageModel model, NDManager manager, Batches batches, Spec spec) {
    return of(model, manager, batches, spec, Progress.none());
  }

  /** The same with progress in batches. */
  public static RoutingAnalysis of(
      LanguageModel model, NDManager manager, Batches batches, Spec spec, Progress progress) {
    return NoGrad.get(() -> new Passes(model, manager, batches, spec).run(progress));
  }

  /** One layer by its path. */
  public LayerAnalysis layer(String path) {
    return layers.stream()
        .filter(l -> l.layer().equals(path))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no layer " + path + " was analysed"));
  }

  /** The work itself. */
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

    /** The number in the pass of the i-th batch that is looked at. */
    private long number(long i) {
      return i * batches.perPass() / count;
    }

    RoutingAnalysis run(Progress progress) {
      List<LabelShuffles> shuffles = shuffles();
      for (long i = 0; i < count; i++) {
        try (Batch batch = batch(i)) {
          add(batch, number(i), shuffles);
          tokens += batch.tokens();
        }
        Preconditions.checkArgument(
            !collectors.isEmpty(), "the model has no MoE layer, so there is no routing to look at");
        progress.advance(1);
      }
      Map<String, ExpertSimilarity> similar = ExpertSimilarity.of(model, manager, batches);
      ImmutableList.Builder<LayerAnalysis> layers = ImmutableList.builder();
      collectors.forEach(
          (layer, collector) ->
              layers.add(collector.result(Objects.requireNonNull(similar.get(layer)))));
      return new RoutingAnalysis(tokens, layers.build(), overlaps(), ImmutableSet.copyOf(inner));
    }

    /** Chance needs to know beforehand how many tokens have which label; the data alone say it. */
    private List<LabelShuffles> shuffles() {
      List<long[]> totals = new ArrayList<>();
      spec.labellings().forEach(labelling -> totals.add(new long[labelling.labels().size()]));
      for (long i = 0; i < count && !totals.isEmpty(); i++) {
        try (Batch batch = batch(i)) {
          for (int l = 0; l < totals.size(); l++) {
            for (int label : LabelledTokens.labels(spec.labellings().get(l), batch)) {
              if (label >= 0) {
                totals.get(l)[label]++;
              }
            }
          }
        }
      }
      List<LabelShuffles> shuffles = new ArrayList<>();
      for (int l = 0; l < totals.size(); l++) {
        shuffles.add(new LabelShuffles(totals.get(l), spec.seed() + l));
      }
      return shuffles;
    }

    private void add(Batch batch, long number, List<LabelShuffles> shuffles) {
      List<LabelledTokens> labelled = new ArrayList<>();
      for (int l = 0; l < shuffles.size(); l++) {
        labelled.add(LabelledTokens.of(spec.labellings().get(l), batch, shuffles.get(l)));
      }
      List<TokenSample.Entry> entries = sample.next(batch.tokens());
      try (NDManager scope = manager.newSubManager()) {
        RecordingStore recording = RecordingStore.ofBatch(new ParameterStore(scope, false), number);
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
