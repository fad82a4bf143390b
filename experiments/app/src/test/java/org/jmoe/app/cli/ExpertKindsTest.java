package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.HeterogeneousExperts;
import org.jmoe.experts.HeterogeneousExperts.Part;
import org.jmoe.experts.LatentExperts;
import org.jmoe.experts.ZeroComputationExperts;
import org.jmoe.experts.ZeroComputationExperts.Kind;
import org.jmoe.io.Json;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.planning.model.ArchitectureSizes;
import org.jmoe.tensor.Activation;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.jmoe.transformer.ModelSpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Trains each kind of experts from a configuration and runs the commands on the result. */
final class ExpertKindsTest {
  private static final FeedForwardExperts.Spec WIDE = FeedForwardExperts.Spec.swiglu(16);

  @TempDir Path folder = Path.of("");

  @BeforeEach
  void writeConfiguration() throws IOException {
    RunJson json = TinyRuns.json();
    String config = json.text(TinyRuns.tree(TinyRuns.corpus(folder), json));
    Files.writeString(folder.resolve("run.json"), config);
    Files.writeString(folder.resolve("ids.json"), "[1, 2, 3, 4]");
  }

  static Stream<Arguments> kinds() {
    ExpertsSpec mixed =
        new HeterogeneousExperts.Spec(
            List.of(
                new Part(1, WIDE),
                new Part(1, new FeedForwardExperts.Spec(4, Activation.RELU, true, 0.1)),
                new Part(1, new ZeroComputationExperts.Spec(Kind.CONSTANT)),
                new Part(1, new ZeroComputationExperts.Spec(Kind.COPY))));
    return Stream.of(
        Arguments.of("latent", new LatentExperts.Spec(6, WIDE)),
        Arguments.of("heterogeneous", mixed),
        Arguments.of("latent and heterogeneous", new LatentExperts.Spec(6, mixed)));
  }

  private String set(ExpertsSpec expert) {
    JsonNode tree = TinyRuns.json().tree(new Holder(expert));
    return "model.moe.expert=" + tree.get("expert");
  }

  /** Wrapper to write an {@link ExpertsSpec} with its JSON type. */
  private record Holder(ExpertsSpec expert) {}

  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void trainsFineTunesAndAnalyzes(String name, ExpertsSpec expert) throws IOException {
    String out = folder.resolve("out").toString();
    String config = folder.resolve("run.json").toString();
    Run train =
        Run.of(
            "train",
            config,
            "--out",
            out,
            "--set",
            set(expert),
            "--set",
            "training.steps=60",
            "--set",
            "training.evaluateEvery=20");
    assertEquals(0, train.code(), train.err());

    RunJson json = TinyRuns.json();
    RunConfig read = json.read(json.parse(Path.of(out, "run.json")));
    assertEquals(expert, read.model().firstMoe().orElseThrow().expert());
    JsonNode summary = Json.plain().readTree(Path.of(out, "summary.json").toFile());
    double nats = summary.get("validationNats").asDouble();
    assertTrue(nats < 0.9 * Math.log(16), "did not learn: " + nats);
    assertEquals(read.model().parameters(), summary.get("totalParameters").asLong());

    Run reproduced = Run.of("reproduce", out);
    assertEquals(0, reproduced.code(), reproduced.out() + reproduced.err());
    String[][] commands = {
      {"evaluate", out},
      {"routing", out},
      {"trace", out, "--ids", folder.resolve("ids.json").toString()},
      {"train", "--init", out, "--out", folder.resolve("on").toString()},
      {"train", "--init", out, "--lora", "r=2", "--out", folder.resolve("lora").toString()}
    };
    for (String[] command : commands) {
      Run run = Run.of(command);
      assertEquals(0, run.code(), String.join(" ", command) + ": " + run.err());
    }
    Run knockout = Run.of("knockout", out, "--batches", "1");
    assertEquals(0, knockout.code(), knockout.err());
    Run export = Run.of("export", out, folder.resolve("exported").toString());
    assertEquals(2, export.code());
    assertTrue(
        export.err().contains("it does not have plain feed-forward experts (mixtral, qwen2_moe"),
        export.err());
  }

  /** Sizes computed by {@code jmoe plan} equal those of the built model. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("kinds")
  void plannedSizesEqualThoseOfTheModel(String name, ExpertsSpec expert) {
    RunConfig config = TinyRuns.config(folder.resolve("tiny.arrow"), set(expert));
    ModelSpec spec = config.model();
    ArchitectureSizes sizes = ArchitectureSizes.of(name, spec);
    assertEquals(spec.parameters(), sizes.parameters().total());
    double active = sizes.parameters().active();
    assertEquals((double) spec.activeParameters(), active, 1.0); // means are rounded
    assertEquals(expert.width(16), Objects.requireNonNull(sizes.moe()).width());
    long built =
        spec.build(Seed.of(1)).getParameters().values().stream()
            .mapToLong(p -> p.getShape().size())
            .sum();
    assertEquals(spec.parameters(), built);
  }
}
