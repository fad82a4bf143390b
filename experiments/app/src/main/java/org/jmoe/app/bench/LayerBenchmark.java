package org.jmoe.app.bench;

import java.util.concurrent.TimeUnit;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.ExpertStrategy;
import org.jmoe.tensor.Precision;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * JMH benchmark of a layer and of its expert matmuls alone, over any grid of shapes, strategies,
 * precisions and skews, such as {@code -p dim=64,256,512 -p strategy=GROUPED,PADDED,LOOP}. {@code
 * OMP_NUM_THREADS} sets the number of engine threads.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class LayerBenchmark {
  /** Tokens T. */
  @Param("1024")
  public int tokens = 1024;

  /** Model width D. */
  @Param("256")
  public int dim = 256;

  /** Expert width as a multiple of D. */
  @Param("2")
  public int ratio = 2;

  /** Experts E. */
  @Param({"4", "8", "32", "128"})
  public int experts = 4;

  /** Experts per token. */
  @Param("2")
  public int k = 2;

  /** Activation of the experts. */
  @Param("SWIGLU")
  public Activation activation = Activation.SWIGLU;

  /** Precision of the matmuls. */
  @Param("FLOAT32")
  public Precision precision = Precision.FLOAT32;

  /** Distribution of choices over experts. */
  @Param("BALANCED")
  public Skew skew = Skew.BALANCED;

  /** Strategy for computing the experts. */
  @Param("CHEAPEST")
  public ExpertStrategy strategy = ExpertStrategy.CHEAPEST;

  private LayerRig rig;

  /** Builds the layer. */
  @Setup
  public void open() {
    rig =
        new LayerRig(
            LayerCase.of(tokens, dim, ratio * dim, experts, k)
                .with(activation)
                .with(precision)
                .with(skew)
                .with(strategy));
  }

  /** Closes the layer. */
  @TearDown
  public void close() {
    rig.close();
  }

  /** Returns the milliseconds of a forward pass of the layer. */
  @Benchmark
  public double forward() {
    return rig.forward();
  }

  /** Returns the milliseconds of a forward and backward pass of the layer. */
  @Benchmark
  public double forwardBackward() {
    return rig.forwardBackward();
  }

  /** Returns the milliseconds of the expert matmuls alone, forward. */
  @Benchmark
  public double matmuls() {
    return rig.matmuls();
  }

  /** Returns the milliseconds of the expert matmuls alone, forward and backward. */
  @Benchmark
  public double matmulsForwardBackward() {
    return rig.matmulsForwardBackward();
  }
}
