package org.jmoe.training.results;

import com.google.common.collect.Streams;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jmoe.io.arrow.ArrowTable;
import org.jmoe.layer.LossTerm;
import org.jmoe.metrics.LoadReport;
import org.jmoe.training.Distillation;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.TrainingSpec;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.evaluation.Evaluation;

/** Records a run's metrics and expert loads as Arrow tables. */
public final class RunRecorder implements TrainingListener {
  private static final int ROUTING_ROWS = 100;

  private final List<String> penalties;
  private final ArrowTable metrics;
  private final ArrowTable routing;
  private final List<StepReport> steps = new ArrayList<>();
  private final Map<Long, Evaluation> evaluations = new LinkedHashMap<>();
  private final Map<Long, Double> evaluatedAt = new LinkedHashMap<>();
  private final long routingEvery;
  private final long start = System.nanoTime();
  private double secondsBefore; // in earlier processes of a resumed run
  private long tokensHere;
  private long tokens;
  private long mark = start; // end of the last step, or of the last evaluation
  private long trainingNanos;

  /** Creates empty tables for a run. */
  public RunRecorder(RunConfig config) {
    TrainingSpec spec = config.training();
    Stream<String> distillation =
        config.teacher() == null ? Stream.of() : Stream.of(Distillation.NAME);
    Stream<String> outputZ =
        spec.outputZLoss() == 0 ? Stream.of() : Stream.of(TrainingSpec.OUTPUT_Z);
    penalties =
        Streams.concat(spec.losses().stream().map(LossTerm::name).distinct(), distillation, outputZ)
            .toList();
    metrics =
        new ArrowTable()
            .column("step", ArrowTable.Kind.INT64)
            .column("split", ArrowTable.Kind.UTF8)
            .column("tokens", ArrowTable.Kind.INT64)
            .column("seconds", ArrowTable.Kind.FLOAT64)
            .column("nats", ArrowTable.Kind.FLOAT64)
            .column("gradientNorm", ArrowTable.Kind.FLOAT64)
            .column("rate", ArrowTable.Kind.FLOAT64);
    penalties.forEach(name -> metrics.column(name, ArrowTable.Kind.FLOAT64));
    routing = RoutingTable.empty();
    routingEvery = Math.max(1, spec.steps() / ROUTING_ROWS);
  }

  /** Reads the tables of a finished run; expert loads are limited to the recorded steps. */
  public static RunRecorder read(RunDirectory directory, RunConfig config) {
    RunRecorder recorder = new RunRecorder(config);
    recorder.restore(directory.metrics(), directory.routing());
    return recorder;
  }

  @Override
  public void stepped(StepReport report) {
    long now = System.nanoTime();
    trainingNanos += now - mark;
    mark = now;
    tokens += report.tokens();
    tokensHere += report.tokens();
    steps.add(report);
    Object[] row = row(report.step() + 1, "train", report.nats());
    row[5] = report.gradientNorm();
    row[6] = report.rate();
    for (int i = 0; i < penalties.size(); i++) {
      row[7 + i] = report.penalties().getOrDefault(penalties.get(i), 0.0);
    }
    metrics.row(row);
    if (recordsRouting(report.step())) {
      report.layers().values().forEach(load -> RoutingTable.add(routing, report.step() + 1, load));
    }
  }

  /** Whether the load of the experts in a step, counted from 0, is recorded. */
  boolean recordsRouting(long step) {
    return step % routingEvery == 0;
  }

  @Override
  public void evaluated(long step, Evaluation evaluation) {
    mark = System.nanoTime(); // excludes the evaluation from training time
    evaluations.put(step, evaluation);
    evaluatedAt.put(step, seconds());
    metrics.row(row(step, "validation", evaluation.nats()));
  }

  private Object[] row(long step, String split, double nats) {
    Object[] row = new Object[7 + penalties.size()];
    Arrays.fill(row, Double.NaN);
    row[0] = step;
    row[1] = split;
    row[2] = tokens;
    row[3] = seconds();
    row[4] = nats;
    return row;
  }

  /** Restores the tables from a checkpoint. */
  public void restore(Path metricsFile, Path routingFile) {
    metrics.read(metricsFile);
    routing.read(routingFile);
    Map<Long, Map<String, LoadReport>> loads = RoutingTable.loads(routing.rows());
    for (Object[] row : metrics.rows()) {
      long step = (Long) row[0];
      double nats = (Double) row[4];
      secondsBefore = (Double) row[3];
      if (row[1].equals("train")) {
        Map<String, Double> values = new LinkedHashMap<>();
        for (int i = 0; i < penalties.size(); i++) {
          values.put(penalties.get(i), (Double) row[7 + i]);
        }
        long stepTokens = (Long) row[2] - tokens;
        tokens += stepTokens;
        steps.add(
            StepReport.of(step - 1, stepTokens, nats)
                .withPenalties(values)
                .withUpdate((Double) row[5], (Double) row[6])
                .withLayers(loads.getOrDefault(step, Map.of())));
      } else {
        evaluations.put(step, new Evaluation(nats, 0, Double.NaN, Map.of()));
        evaluatedAt.put(step, secondsBefore);
      }
    }
  }

  /** Writes the metrics table. */
  public void writeMetrics(WritableByteChannel channel) throws IOException {
    metrics.writeTo(channel);
  }

  /** Writes the routing table. */
  public void writeRouting(WritableByteChannel channel) throws IOException {
    routing.writeTo(channel);
  }

  /** Writes both tables to the run's folder. */
  public void write(RunDirectory directory) {
    metrics.write(directory.metrics());
    routing.write(directory.routing());
  }

  /** Returns the steps so far. */
  public List<StepReport> steps() {
    return steps;
  }

  /** Returns the evaluations so far, by number of completed steps. */
  public Map<Long, Evaluation> evaluations() {
    return evaluations;
  }

  /** Returns the elapsed seconds at the end of each evaluation, by number of completed steps. */
  public Map<Long, Double> evaluatedAt() {
    return evaluatedAt;
  }

  /** Returns the number of training tokens so far. */
  public long tokens() {
    return tokens;
  }

  /** Returns the elapsed seconds, including earlier processes of a resumed run. */
  public double seconds() {
    return secondsBefore + (System.nanoTime() - start) / 1e9;
  }

  /** Returns the training throughput of this process in tokens per second, without evaluations. */
  public double tokensPerSecond() {
    return tokensHere / Math.max(1e-9, trainingNanos / 1e9);
  }
}
