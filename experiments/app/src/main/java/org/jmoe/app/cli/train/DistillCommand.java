package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.DeviceLayout;
import org.jmoe.training.config.InitialWeights;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.TeacherSpec;
import org.jmoe.training.results.RunDirectory;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Distils a model. */
@Command(
    name = "distill",
    description = {
      "Distils a run or a published checkpoint into a dense or smaller model: (1 - w)"
          + " cross-entropy + w t^2 KL divergence at temperature t.",
      "",
      "The student is the preset dense or any configuration. It uses the teacher's"
          + " vocabulary and, by default, the teacher's data."
    },
    footer = {
      "",
      "Example:",
      "  jmoe distill --teacher runs/quickstart --preset dense --out runs/student"
    },
    mixinStandardHelpOptions = true)
public final class DistillCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin RunOptions options = new RunOptions();

  @Mixin InitOptions init = new InitOptions();

  @Mixin LogOptions log = new LogOptions();

  @Option(
      names = "--teacher",
      required = true,
      paramLabel = "FOLDER",
      description = "The teacher: a run folder, or a folder with config.json and *.safetensors.")
  Path teacher = Path.of("");

  @Option(
      names = "--temperature",
      paramLabel = "T",
      description = "Temperature of both softmaxes (default: 2).")
  double temperature = 2;

  @Option(
      names = "--weight",
      paramLabel = "W",
      description = "Weight of the divergence, from 0 to 1 (default: 0.5).")
  double weight = 0.5;

  @Option(
      names = {"--out", "-o"},
      paramLabel = "DIR",
      description = "Output folder (default: a new folder below runs).")
  @Nullable Path out;

  @Option(
      names = "--force",
      description =
          "Replace the run in --out; it is kept until the new run has completed its first"
              + " step.")
  boolean force;

  @Override
  public Integer call() {
    RunJson json = ExtensionOptions.json(spec, teacher);
    if (options.isEmptyOfConfigurations()) {
      options.preset = "dense";
    }
    RunConfig config = options.config(json, init, tree -> taught(tree, json));
    Path output = out == null ? RunDirectory.free(Path.of("runs"), "distilled") : out;
    return new TrainingJob(
            config, json, output, DeviceLayout.standard(), log.loggers(json.extensions()))
        .run(force, false, spec.commandLine());
  }

  /** A student's configuration with its teacher. */
  private JsonNode taught(JsonNode student, RunJson json) {
    ObjectNode tree = student.deepCopy();
    ModelFolder from = ModelFolder.of(teacher, json);
    InitialWeights weights = from.weights();
    if (from instanceof ModelFolder.Trained run && options.data == null) {
      tree.set("data", json.write(run.config()).get("data"));
    }
    TeacherSpec taught = new TeacherSpec(weights, from.model(), temperature, weight);
    tree.set("teacher", json.tree(taught));
    ((ObjectNode) tree.get("model")).put("vocabulary", taught.model().vocabulary());
    return tree;
  }
}
