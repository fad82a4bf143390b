package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.nn.Parameter;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jmoe.training.config.Overrides;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.Summary;
import org.jmoe.transformer.Generator;
import org.jmoe.transformer.Sampling;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small models of published families train from scratch with their presets. */
final class TinyFamiliesTest {
  @TempDir Path folder = Path.of("");

  /** Family-specific parameters are trained, for all precisions and recomputation modes. */
  @ParameterizedTest
  @CsvSource({
    "tiny-deepseek-v3, FLOAT32, false, router/bias",
    "tiny-deepseek-v3, BFLOAT16, true, attention/up",
    "tiny-gpt-oss, FLOAT32, false, attention/sinks",
    "tiny-gpt-oss, BFLOAT16, true, experts/out_bias",
  })
  void learnsSavesAndGenerates(String preset, String precision, boolean recompute, String learned) {
    RunJson json = TinyRuns.json();
    List<String> changes =
        List.of(
            "data.source={\"type\":\"FileSource\",\"path\":\"" + TinyRuns.corpus(folder) + "\"}",
            "training.steps=30",
            "training.batch=4",
            "training.sequence=32",
            "training.evaluateEvery=10",
            "training.evaluationBatches=2",
            "training.precision=" + precision,
            "training.recompute=" + recompute,
            "model.dropout=0.1");
    RunConfig config =
        json.read(Overrides.apply(json.write(Presets.named(preset).config()), changes, json));
    Path out = folder.resolve("run");
    Summary summary = Run.of(config).execute(out);
    assertTrue(summary.validationNats() < 0.6 * Math.log(256), "nats " + summary.validationNats());
    try (LoadedRun run = LoadedRun.open(out, json)) {
      assertEquals(config, run.config());
      List<Parameter> special =
          run.model().getParameters().values().stream()
              .filter(parameter -> parameter.getName().endsWith(learned))
              .toList();
      assertTrue(special.size() >= 2);
      special.forEach(each -> assertTrue(each.getArray().abs().sum().getFloat() > 0));
      Generator generator = new Generator(run.model(), run.manager(), Sampling.greedy());
      List<Integer> prompt = IntStream.range(0, 20).map(i -> i % 16).boxed().toList();
      assertEquals(30, generator.generate(prompt, 30, 0, token -> {}).size()); // beyond the window
    }
  }
}
