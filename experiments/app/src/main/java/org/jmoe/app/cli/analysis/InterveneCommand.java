package org.jmoe.app.cli.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jmoe.analysis.intervention.DomainEffect;
import org.jmoe.analysis.intervention.HookedEvaluation;
import org.jmoe.analysis.intervention.MoeLayers;
import org.jmoe.analysis.intervention.PatchSource;
import org.jmoe.analysis.intervention.RoutingRecording;
import org.jmoe.analysis.intervention.TokenEffects;
import org.jmoe.analysis.intervention.TokenLosses;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.EvaluationOptions;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.io.Outputs;
import org.jmoe.models.hub.ModelFolder;
import org.jmoe.training.config.ModelChange;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.OpenedModel;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Intervenes on the routing and the experts of a model. */
@Command(
    name = "intervene",
    description = {
      "Changes the routing or the experts of a model and reports the effect on the loss.",
      "",
      "EXPERTS is a layer and its experts, such as layers/2:5 or layers/2:1,3,8-11."
          + " Interventions apply in this order: replay, bias, force, ban, scale, patch."
          + " Intervals are over sequences. Nothing is written to the model.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  jmoe intervene runs/quickstart --ban layers/0:3",
      "  jmoe intervene runs/a --record choices.arrow",
      "  jmoe intervene runs/b --replay choices.arrow"
    },
    mixinStandardHelpOptions = true)
public final class InterveneCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Mixin InterventionOptions interventions = new InterventionOptions();

  @Mixin EvaluationOptions tokens = new EvaluationOptions();

  @Option(
      names = "--record",
      paramLabel = "FILE",
      description = "Write the choices of all tokens, with the interventions, as an Arrow file.")
  @Nullable Path record;

  @Option(
      names = "--tokens",
      paramLabel = "FILE",
      description = "Write the loss of each token before and after as an Arrow file.")
  @Nullable Path perToken;

  @Option(names = "--overwrite", description = "Replace existing files.")
  boolean overwrite;

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    if (interventions.isEmpty() && record == null) {
      throw new UsageException(
          "There is no intervention; set --ban, --force, --bias, --scale, --patch, --replay or"
              + " --record.");
    }
    tokens.check();
    for (Path file : outputs()) {
      Outputs.requireFile(file, overwrite, "--overwrite");
    }
    try (OpenedModel opened = model.open()) {
      ExpertNames names = new ExpertNames(MoeLayers.of(opened.model(), opened.manager()));
      HookedEvaluation.Hooks hooks = interventions.hooks(names);
      ImmutableMap<Path, ImmutableList<ExpertGroup>> patches = interventions.patches(names);
      try (EvaluationData data = tokens.open(opened, ExtensionOptions.formats(spec))) {
        HookedEvaluation evaluation = new HookedEvaluation(opened.model(), opened.manager(), data);
        patched(evaluation, hooks, ImmutableList.copyOf(patches.entrySet()));
      }
    }
    return 0;
  }

  private List<Path> outputs() {
    List<Path> files = new ArrayList<>();
    if (record != null) {
      files.add(record);
    }
    if (perToken != null) {
      files.add(perToken);
    }
    return files;
  }

  /** Opens the models to patch from, one after the other, and keeps them open. */
  private void patched(
      HookedEvaluation evaluation,
      HookedEvaluation.Hooks hooks,
      ImmutableList<Map.Entry<Path, ImmutableList<ExpertGroup>>> from) {
    if (from.isEmpty()) {
      study(evaluation, hooks);
      return;
    }
    Path folder = from.get(0).getKey();
    try (OpenedModel other =
        ModelFolder.of(folder, ExtensionOptions.json(spec, folder)).open(ModelChange.none())) {
      PatchSource patch = new PatchSource(other.model(), from.get(0).getValue());
      patched(evaluation, hooks.then(patch), from.subList(1, from.size()));
    }
  }

  private void study(HookedEvaluation evaluation, HookedEvaluation.Hooks hooks) {
    long batches = evaluation.data().count();
    RoutingRecording.Recorder recorder = new RoutingRecording.Recorder();
    boolean changed = !interventions.isEmpty();
    HookedEvaluation.Hooks last = record == null ? hooks : hooks.then(recorder);
    TokenLosses before;
    try (ConsoleProgress progress = ConsoleProgress.batches("before", batches)) {
      before = evaluation.run(changed ? HookedEvaluation.none() : last, progress);
    }
    TokenLosses after = before;
    if (changed) {
      try (ConsoleProgress progress = ConsoleProgress.batches("after", batches)) {
        after = evaluation.run(last, progress);
      }
    }
    ImmutableList<DomainEffect> effects = DomainEffect.of(before, after);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(EffectText.json(effects).toPrettyString());
    } else {
      EffectText.print(out, effects);
    }
    if (record != null) {
      recorder.recording().write(record);
    }
    if (perToken != null) {
      TokenEffects.write(before, after, perToken);
    }
  }
}
