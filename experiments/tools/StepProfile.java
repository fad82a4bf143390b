import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.batch.Batches;
import org.jmoe.data.batch.Packing;
import org.jmoe.data.corpus.CorpusSplit;
import org.jmoe.data.corpus.HeldOut;
import org.jmoe.data.corpus.SyntheticCorpus;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.io.OffHeap;
import org.jmoe.tensor.Seed;
import org.jmoe.training.StepReport;
import org.jmoe.training.Trainer;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.evaluation.Evaluator;
import org.jmoe.transformer.LanguageModel;

/**
 * Profile of a training step by engine operation, from the engine's profiler: minimum self time per
 * operation over all steps, and number of calls. Arguments: steps, then overrides of the quickstart
 * preset.
 *
 * <pre>
 * OMP_NUM_THREADS=1 java --add-opens=java.base/java.nio=ALL-UNNAMED -cp experiments/app/target/jmoe.jar \
 *   experiments/tools/StepProfile.java 60 training.precision=BFLOAT16
 * </pre>
 */
public final class StepProfile implements TrainingListener {
  private static final int WARM_UP = 8; // steps

  private record Event(String name, double start, double micros) {}

  private final Path file;
  private final Map<String, Double> minima = new HashMap<>();
  private final Map<String, Integer> calls = new HashMap<>();
  private final int last; // step
  private int steps;

  private StepProfile(Path file, int last) {
    this.file = file;
    this.last = last;
  }

  public static void main(String[] arguments) throws IOException {
    RunJson json = RunJson.standard();
    List<String> changes = new ArrayList<>(List.of(arguments).subList(1, arguments.length));
    int steps = Integer.parseInt(arguments[0]) + WARM_UP;
    changes.addAll(List.of("training.steps=" + steps, "training.evaluateEvery=" + steps));
    RunConfig config =
        json.read(Overrides.apply(json.write(Presets.named("quickstart").config()), changes, json));
    Path folder = Files.createTempDirectory("jmoe-profile");
    Path corpus = folder.resolve("corpus.arrow");
    StepProfile profile = new StepProfile(folder.resolve("profile.json"), steps);
    int sequence = config.training().sequence();
    new SyntheticCorpus(SyntheticCorpus.Spec.of(2, 256, 3).withSequences(512, sequence + 1))
        .write(corpus, true, new HeldOut(0.1, 0));
    try (BufferAllocator allocator = OffHeap.allocator();
        TokenCorpus tokens = TokenCorpus.load(TokenData.open(corpus), allocator);
        NDManager manager = NDManager.newBaseManager()) {
      profile.train(config, tokens.split(0.1, 1), allocator, manager);
    } finally {
      Files.deleteIfExists(corpus);
      Files.deleteIfExists(profile.file);
      Files.deleteIfExists(folder);
    }
    profile.print();
  }

  private void train(
      RunConfig config, CorpusSplit split, BufferAllocator allocator, NDManager manager) {
    int sequence = config.training().sequence();
    int size = config.training().batch();
    Seed seed = Seed.of(config.seed());
    LanguageModel model = config.model().build(seed.child("model"));
    model.initialize(manager, DataType.FLOAT32, new Shape(1, 1));
    Batches held = Batches.sequential(Packing.of(split.validation(), sequence), size, allocator);
    new Trainer(config.training(), model, manager, seed)
        .train(
            Batches.shuffled(Packing.of(split.train(), sequence), size, 1, allocator),
            new Evaluator(model, manager, held, 2),
            this);
  }

  @Override
  public void stepped(StepReport report) {
    if (++steps > WARM_UP) {
      JniUtils.stopProfile(file.toString());
      try {
        add();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    if (steps >= WARM_UP && steps < last) {
      JniUtils.startProfile(false, false, false);
    }
  }

  /** Adds the self time of each event: its duration without nested events. */
  private void add() throws IOException {
    List<Event> events = new ArrayList<>();
    for (JsonNode e : new ObjectMapper().readTree(file.toFile())) {
      if (e.path("ph").asText().equals("X")) {
        events.add(
            new Event(e.get("name").asText(), e.get("ts").asDouble(), e.get("dur").asDouble()));
      }
    }
    events.sort(
        Comparator.comparingDouble(Event::start)
            .thenComparing(Comparator.comparingDouble(Event::micros).reversed()));
    Map<String, Double> self = new HashMap<>();
    Deque<Event> open = new ArrayDeque<>();
    calls.clear();
    for (Event event : events) {
      while (!open.isEmpty() && open.element().start() + open.element().micros() <= event.start()) {
        open.pop();
      }
      if (!open.isEmpty()) {
        self.merge(open.element().name(), -event.micros(), Double::sum);
      }
      self.merge(event.name(), event.micros(), Double::sum);
      calls.merge(event.name(), 1, Integer::sum);
      open.push(event);
    }
    self.forEach((name, micros) -> minima.merge(name, micros, Math::min));
  }

  private void print() {
    double sum = minima.values().stream().mapToDouble(Double::doubleValue).sum();
    System.out.printf("%8.1f ms total%n", sum / 1e3);
    minima.entrySet().stream()
        .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
        .limit(24)
        .forEach(
            e ->
                System.out.printf(
                    "%8.1f ms %5d  %s%n",
                    e.getValue() / 1e3, calls.getOrDefault(e.getKey(), 0), e.getKey()));
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {}
}
