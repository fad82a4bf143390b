package org.jmoe.view.data;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jmoe.io.arrow.ArrowRecords;
import org.jmoe.training.results.MetricsReader;
import org.jmoe.training.results.MetricsRow;
import org.jmoe.training.results.RunDirectory;
import org.jspecify.annotations.Nullable;

/**
 * Metrics of a run by step, updated as {@code metrics.jsonl} grows. Runs of earlier versions, which
 * do not have that file, are read from {@code metrics.arrow}.
 */
public final class Curves {
  private static final int SPARK = 60; // points of a sparkline

  private final RunDirectory run;
  private final MetricsReader reader;
  private Buckets steps = new Buckets();
  private Buckets evaluations = new Buckets();
  private LoadHistory loads = new LoadHistory();
  private String error = "";
  private long version;

  /** Creates empty curves; {@link #refresh} reads them. */
  public Curves(RunDirectory run) {
    this.run = run;
    reader = new MetricsReader(run.metricsLog());
  }

  /** Returns a version number that changes with the curves. */
  public synchronized long version() {
    return version;
  }

  /** Reads the lines added since the last call. */
  public synchronized void refresh() {
    long before = steps.rows() + evaluations.rows();
    boolean cut = false;
    String problem = "";
    try {
      if (isFile(run.metricsLog())) {
        if (reader.rewound()) {
          clear();
          cut = true;
        }
        reader.read(this::add);
      } else if (before == 0 && isFile(run.metrics())) {
        readTable();
      }
    } catch (RuntimeException e) {
      problem = Sentences.of(e);
    }
    boolean grown = before != steps.rows() + evaluations.rows();
    version += cut || grown || !problem.equals(error) ? 1 : 0;
    error = problem;
  }

  private void clear() {
    steps = new Buckets();
    evaluations = new Buckets();
    loads = new LoadHistory();
  }

  private static boolean isFile(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }

  private boolean add(MetricsRow row) {
    Buckets to = row.kind() == MetricsRow.Kind.STEP ? steps : evaluations;
    to.row();
    to.put("step", (double) row.step());
    to.put("tokens", (double) row.tokens());
    to.put("seconds", row.seconds());
    put(to, "nats", row.nats());
    put(to, "gradientNorm", row.gradientNorm());
    put(to, "learningRate", row.learningRate());
    put(to, "tokensPerSecond", row.tokensPerSecond());
    row.losses().forEach((name, value) -> to.put("loss " + name, value));
    row.maxOverMean().forEach((layer, value) -> to.put("load " + layer, value));
    row.choices().forEach((layer, choices) -> loads.add(row.step(), layer, choices));
    return true;
  }

  private static void put(Buckets to, String name, @Nullable Double value) {
    if (value != null) {
      to.put(name, value);
    }
  }

  /** Columns as RunRecorder writes them: step, split, tokens, seconds, nats, .., losses. */
  private void readTable() {
    ArrowRecords table = ArrowRecords.read(run.metrics());
    for (Object[] row : table.rows()) {
      Buckets to = "validation".equals(row[1]) ? evaluations : steps;
      to.row();
      for (int i = 0; i < row.length; i++) {
        if (row[i] instanceof Number number) {
          to.put(column(i, table.fields().get(i).getName()), number.doubleValue());
        }
      }
    }
    if (isFile(run.routing())) {
      loads.read(run.routing());
    }
  }

  private static String column(int index, String name) {
    return name.equals("rate") ? "learningRate" : index > 6 ? "loss " + name : name;
  }

  /** Returns the curves as JSON. */
  public synchronized ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("error", error);
    steps.write(node.putObject("steps"));
    evaluations.write(node.putObject("evaluations"));
    return node;
  }

  /** Returns the load of each expert of a layer over the steps; the first layer if it is empty. */
  public synchronized ObjectNode loads(String layer) {
    return loads.json(layer);
  }

  /** Returns a few points of the training loss. */
  public synchronized ArrayNode spark() {
    double[] means = steps.means("nats");
    ArrayNode points = JsonNodeFactory.instance.arrayNode();
    int count = Math.min(SPARK, means.length);
    for (int i = 0; i < count; i++) {
      int from = i * means.length / count;
      int to = (i + 1) * means.length / count;
      double sum = 0;
      for (int at = from; at < to; at++) {
        sum += means[at];
      }
      Buckets.add(points, sum / (to - from));
    }
    return points;
  }

  /** Returns the metrics of the latest step and evaluation, if any. */
  public synchronized ObjectNode last() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    put(node, "steps", steps, "step");
    put(node, "tokens", steps, "tokens");
    put(node, "seconds", steps, "seconds");
    put(node, "nats", steps, "nats");
    put(node, "heldOut", evaluations, "nats");
    put(node, "tokensPerSecond", steps, "tokensPerSecond");
    node.put("error", error);
    return node;
  }

  private static void put(ObjectNode to, String key, Buckets from, String column) {
    double last = from.last(column);
    if (Double.isFinite(last)) {
      to.put(key, last);
    }
  }
}
