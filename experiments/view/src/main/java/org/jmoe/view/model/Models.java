package org.jmoe.view.model;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Objects;
import java.util.Optional;
import org.jmoe.analysis.LayerAnalysis;
import org.jmoe.analysis.RoutingAnalysis;
import org.jmoe.analysis.labels.TokenLabels;
import org.jmoe.analysis.labels.TokenTexts;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.checkpoint.CheckpointStore;
import org.jmoe.training.checkpoint.SavedCheckpoint;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.EvaluationSpec;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;

/**
 * Models opened by the page: at most two in memory, used by one request at a time. Types in
 * configurations come from the extensions given by the user, never from a run folder.
 */
public final class Models implements AutoCloseable {
  private static final int MAX_OPEN = 2; // to compare
  private static final int MAX_ANALYSES = 32;
  private static final long TOKENS = 16_384; // of an analysis
  private static final int TYPICAL = 12;
  private static final int CONTEXTS = 6;
  private static final int MINIMUM = 5; // choices for a token to be typical

  private final RunJson json;
  private final @Nullable Path data;
  private final @Nullable String tokenizer;
  private final Deque<Opened> open = new ArrayDeque<>(); // the most recently used first
  private final Cache<Key, ImmutableList<LayerProfile>> analyses =
      CacheBuilder.newBuilder().maximumSize(MAX_ANALYSES).build();

  private record Opened(Path path, OpenedModel model, @Nullable TextTokenizer tokenizer) {
    void close() {
      if (tokenizer != null) {
        tokenizer.close();
      }
      model.close();
    }
  }

  private record Key(Path path, long step) {}

  /**
   * Creates an empty cache of models.
   *
   * @param json reads the configurations
   * @param data tokens to analyse published checkpoints on; null for none
   * @param tokenizer name of the tokenizer; null for each model's own
   */
  public Models(RunJson json, @Nullable Path data, @Nullable String tokenizer) {
    this.json = json;
    this.data = data;
    this.tokenizer = tokenizer;
  }

  /** Returns the steps of the checkpoints of a run, ascending; empty for a published checkpoint. */
  public ImmutableList<Long> steps(Path folder) {
    return new CheckpointStore(new RunDirectory(folder).checkpoints())
        .all().stream()
            .map(SavedCheckpoint::step)
            .sorted()
            .collect(ImmutableList.toImmutableList());
  }

  /**
   * Traces a text through the experts.
   *
   * @param step checkpoint of a run; 0 for the last one
   * @throws ConfigException if the model has no tokenizer or the text is empty
   */
  public synchronized TextTrace trace(Path folder, long step, String text) {
    Opened opened = use(folder, step);
    if (opened.tokenizer() == null) {
      throw new ConfigException(folder + " does not specify a tokenizer; set --tokenizer");
    }
    return TextTrace.of(opened.model(), opened.tokenizer(), text);
  }

  /**
   * Analyzes the layers of a run on its held-out data, or of a published checkpoint on the given
   * data.
   *
   * @param step checkpoint of a run; 0 for the last one
   */
  public synchronized ImmutableList<LayerProfile> profiles(Path folder, long step) {
    long wanted = step == 0 ? steps(folder).stream().reduce(0L, (a, b) -> b) : step;
    Key key = new Key(folder, wanted);
    ImmutableList<LayerProfile> known = analyses.getIfPresent(key);
    if (known == null) {
      known = analyse(use(folder, wanted));
      analyses.put(key, known);
    }
    return known;
  }

  private ImmutableList<LayerProfile> analyse(Opened opened) {
    OpenedModel model = opened.model();
    EvaluationSpec all = model.evaluation(model.steps().isEmpty() ? data() : null);
    long batches = Math.max(1, TOKENS / ((long) all.batch() * all.sequence()));
    try (EvaluationData tokens =
        EvaluationData.open(
            all.withBatches(Math.min(batches, all.batches())), model.model().spec().vocabulary())) {
      TokenTexts texts =
          opened.tokenizer() == null ? TokenTexts.unknown() : TokenTexts.of(opened.tokenizer());
      RoutingAnalysis.Spec asked =
          new RoutingAnalysis.Spec(
              tokens.count(), TokenLabels.standard(tokens, texts), TYPICAL, MINIMUM, CONTEXTS, 0);
      RoutingAnalysis found =
          RoutingAnalysis.of(model.model(), model.manager(), tokens.batches(), asked);
      ImmutableList.Builder<LayerProfile> profiles = ImmutableList.builder();
      for (LayerAnalysis layer : found.layers()) {
        profiles.add(LayerProfile.of(layer, texts));
      }
      return profiles.build();
    }
  }

  private @Nullable TokenData data() {
    return data == null ? null : TokenFormats.of(json.extensions()).open(data);
  }

  private Opened use(Path folder, long step) {
    Opened opened = find(folder).orElseGet(() -> load(folder));
    OpenedModel model = opened.model();
    long wanted =
        step == 0 && !model.steps().isEmpty()
            ? Objects.requireNonNull(model.steps().get(model.steps().size() - 1))
            : step;
    if (wanted != 0 && wanted != model.step()) {
      model.use(wanted);
    }
    return opened;
  }

  private Optional<Opened> find(Path folder) {
    for (Iterator<Opened> each = open.iterator(); each.hasNext(); ) {
      Opened opened = each.next();
      if (opened.path().equals(folder)) {
        each.remove();
        open.addFirst(opened);
        return Optional.of(opened);
      }
    }
    return Optional.empty();
  }

  private Opened load(Path folder) {
    while (open.size() >= MAX_OPEN) {
      open.removeLast().close();
    }
    OpenedModel model = ModelFolder.of(folder, json).open(ModelChange.none());
    Opened opened;
    try {
      opened = new Opened(folder, model, tokenizer(model));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
    open.addFirst(opened);
    return opened;
  }

  private @Nullable TextTokenizer tokenizer(OpenedModel model) {
    String name = tokenizer == null ? model.tokenizer().orElse(null) : tokenizer;
    if (name == null) {
      return null;
    }
    TextTokenizer found = TextTokenizer.open(name);
    int vocabulary = model.model().spec().vocabulary();
    if (found.vocabulary() > vocabulary) {
      String message =
          "the tokenizer %s has %d ids, but the model of %s has %d; set another with --tokenizer"
              .formatted(found.name(), found.vocabulary(), model.folder(), vocabulary);
      found.close();
      throw new ConfigException(message);
    }
    return found;
  }

  @Override
  public synchronized void close() {
    open.forEach(Opened::close);
    open.clear();
  }
}
