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
 * A layer of any shape, strategy, precision and skew, and the bare products of its experts: the
 * grid of what there is to vary, by {@code -p dim=64,256,512 -p strategy=GROUPED,PADDED,LOOP ..}.
 * Threads are those of the engine, which {@code OMP_NUM_THREADS} sets.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 1, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class LayerBenchmark {
  /** T. */
  @Param("1024")
  public int tokens = 1024;

  /** D. */
  @Param("256")
  public int dim = 256;

  /** Width of an expert over D. */
  @Param("2")
  public int ratio = 2;

  /** E. */
  @Param({"4", "8", "32", "128"})
  public int experts = 4;

  /** Experts a token. */
  @Param("2")
  public int k = 2;

  /** What the experts compute. */
  @Param("SWIGLU")
  public Activation activation = Activation.SWIGLU;

  /** Of the products. */
  @Param("FLOAT32")
  public Precision precision = Precision.FLOAT32;

  /** How choices fall. */
  @Param("BALANCED")
  public Skew skew = Skew.BALANCED;

  /** How experts are computed. */
  @Param("CHEAPEST")
  public ExpertStrategy strategy = ExpertStrategy.CHEAPEST;

  private LayerRig rig;

  /** Builds the layer. */
  @Setup
  public void open() {
    rig =
        new LayerRig(
            new LayerCase(
                tokens, dim, ratio * dim, experts, k, activation, precision, skew, strategy));
  }

  /** Frees it. */
  @TearDown
  public void close() {
    rig.close();
  }

  /** The layer, forward. */
  @Benchmark
  public double forward() {
    return rig.forward();
  }

  /** The layer, forward and backward. */
  @Benchmark
  public double forwardBackward() {
    return rig.forwardBackward();
  }

  /** The bare products, forward. */
  @Benchmark
  public double products() {
    return rig.products();
  }

  /** The bare products, forward and backward. */
  @Benchmark
  public double productsForwardBackward() {
    return rig.productsForwardBackward();
  }
}
