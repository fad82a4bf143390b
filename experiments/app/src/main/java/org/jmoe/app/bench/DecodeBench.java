package org.jmoe.app.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import java.util.Arrays;
import org.jmoe.tensor.NoGrad;
import org.jmoe.transformer.LanguageModel;
import org.jmoe.transformer.ModelSpec;
import org.jmoe.transformer.attention.KvCache;

/**
 * Times single-token decoding against memory reads. The two are interleaved in one process, so both
 * run under the same conditions; results are minima over all rounds.
 *
 * @param model model to decode with
 * @param manager manager of the model
 * @param rounds number of tokens to time
 */
public record DecodeBench(LanguageModel model, NDManager manager, int rounds) {
  private static final int WARM_UP = 8;
  private static final int PROMPT = 16;
  private static final long BYTES = 512L << 20; // read to measure the bandwidth

  /** Runs the benchmark. */
  public DecodeTimes run() {
    return NoGrad.get(this::measure);
  }

  private DecodeTimes measure() {
    int positions = PROMPT + WARM_UP + rounds;
    try (NDManager scope = manager.newSubManager();
        KvCache cache = model.newCache(manager, 1, positions)) {
      NDArray memory = scope.ones(new Shape(BYTES / 4), DataType.FLOAT32); // (N)
      step(cache, PROMPT);
      double token = Double.POSITIVE_INFINITY;
      double reading = Double.POSITIVE_INFINITY;
      for (int round = 0; round < WARM_UP + rounds; round++) {
        double seconds = step(cache, 1);
        double read = read(memory);
        if (round >= WARM_UP) {
          token = Math.min(token, seconds);
          reading = Math.min(reading, read);
        }
      }
      return new DecodeTimes(token, activeBytes(model), BYTES / reading);
    }
  }

  private double step(KvCache cache, int tokens) {
    try (NDManager scope = manager.newSubManager()) {
      long[] numbers = new long[tokens];
      Arrays.setAll(numbers, i -> (cache.length() + i) % model.spec().vocabulary());
      NDArray ids = scope.create(numbers, new Shape(1, tokens)); // (1, S)
      long start = System.nanoTime();
      model.logits(new ParameterStore(scope, false), ids, null, cache, false).close();
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static double read(NDArray memory) {
    long start = System.nanoTime();
    memory.sum().close();
    return (System.nanoTime() - start) / 1e9;
  }

  /** Returns the bytes of the weights used per token: of the experts, only the active ones. */
  static long activeBytes(LanguageModel model) {
    double share = expertShare(model.spec());
    double bytes = 0;
    for (Parameter parameter : model.getParameters().values()) {
      NDArray array = parameter.getArray();
      double size = (double) array.size() * array.getDataType().getNumOfBytes();
      boolean embedding =
          parameter.getName().matches("(.*/)?positions")
              || (parameter.getName().matches("(.*/)?embedding") && !model.spec().tied());
      boolean routed = parameter.getName().contains("/moe/experts/");
      bytes += embedding ? size / array.getShape().get(0) : routed ? size * share : size;
    }
    return Math.round(bytes);
  }

  private static double expertShare(ModelSpec spec) {
    return spec.firstMoe()
        .map(moe -> (double) moe.router().activeExperts(moe.experts()) / moe.experts())
        .orElse(0.0);
  }
}
