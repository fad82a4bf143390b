package org.jmoe.app.cli.analysis;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jmoe.analysis.intervention.DomainEffect;
import org.jmoe.analysis.intervention.HookedEvaluation;
import org.jmoe.analysis.intervention.MoeLayers;
import org.jmoe.analysis.intervention.TokenLosses;
import org.jmoe.app.cli.option.ConsoleProgress;
import org.jmoe.app.cli.option.EvaluationOptions;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.ModelOptions;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.intervention.ScaleOutput;
import org.jmoe.io.Progress;
import org.jmoe.training.run.EvaluationData;
import org.jmoe.training.run.OpenedModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Ablates experts one at a time. */
@Command(
    name = "knockout",
    description = {
      "Ablates experts one at a time (zero output, unchanged routing) and reports the"
          + " loss increase per domain."
    },
    mixinStandardHelpOptions = true)
public final class KnockoutCommand implements Callable<Integer> {
  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin ModelOptions model = new ModelOptions();

  @Mixin EvaluationOptions tokens = new EvaluationOptions();

  @Option(
      names = "--expert",
      paramLabel = "LAYER:N",
      description = "Ablate this expert, such as layers/1:3 (default: each in turn). Repeatable.")
  List<String> named = new ArrayList<>();

  @Option(names = "--json", description = "Print numbers as JSON.")
  boolean json;

  @Override
  public Integer call() {
    tokens.check();
    try (OpenedModel opened = model.open()) {
      ExpertNames names = new ExpertNames(MoeLayers.of(opened.model(), opened.manager()));
      ImmutableList<ExpertGroup> experts = experts(names);
      try (EvaluationData data = tokens.open(opened, ExtensionOptions.formats(spec))) {
        study(new HookedEvaluation(opened.model(), opened.manager(), data), experts);
      }
    }
    return 0;
  }

  private ImmutableList<ExpertGroup> experts(ExpertNames names) {
    ImmutableList.Builder<ExpertGroup> experts = ImmutableList.builder();
    named.forEach(text -> experts.add(names.group("--expert", text)));
    if (named.isEmpty()) {
      names
          .layers()
          .forEach(
              (layer, count) -> {
                for (int e = 0; e < count; e++) {
                  experts.add(ExpertGroup.of(layer, e));
                }
              });
    }
    return experts.build();
  }

  private void study(HookedEvaluation evaluation, ImmutableList<ExpertGroup> experts) {
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode report = JsonNodeFactory.instance.objectNode();
    ArrayNode rows = report.putArray("experts");
    TokenLosses before = evaluation.run(HookedEvaluation.none(), Progress.none());
    ImmutableList<DomainEffect> unchanged = DomainEffect.of(before, before);
    if (!json) {
      row(out, "nats", unchanged.stream().map(DomainEffect::domain).toList());
      row(out, "before", unchanged.stream().map(e -> number("%.4f", e.before())).toList());
    }
    try (ConsoleProgress progress = ConsoleProgress.batches("experts", experts.size())) {
      for (ExpertGroup expert : experts) {
        ScaleOutput ablation = new ScaleOutput(expert, 0);
        TokenLosses after = evaluation.run(input -> ablation, Progress.none());
        List<DomainEffect> effects = DomainEffect.of(before, after);
        if (json) {
          rows.add(EffectText.json(effects).put("expert", expert.toString()));
        } else {
          row(
              out,
              expert.toString(),
              effects.stream().map(e -> number("%+.4f", e.difference())).toList());
          out.flush();
        }
        progress.advance(1);
      }
    }
    if (json) {
      out.println(report.toPrettyString());
    }
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static void row(PrintWriter out, String name, List<String> cells) {
    StringBuilder line = new StringBuilder(String.format(Locale.ROOT, "%-24s", name));
    cells.forEach(each -> line.append(String.format(Locale.ROOT, " %12s", clipped(each))));
    out.println(line);
  }

  private static String clipped(String text) {
    return text.length() > 12 ? text.substring(0, 12) : text;
  }
}
