package org.jmoe.app.cli.analysis;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jmoe.analysis.intervention.HookedEvaluation;
import org.jmoe.analysis.intervention.RoutingRecording;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.intervention.Ban;
import org.jmoe.intervention.ExpertGroup;
import org.jmoe.intervention.Force;
import org.jmoe.intervention.Intervention;
import org.jmoe.intervention.LogitBias;
import org.jmoe.intervention.Replay;
import org.jmoe.intervention.ScaleOutput;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options that name interventions. */
public final class InterventionOptions {
  @Option(
      names = "--replay",
      paramLabel = "FILE",
      description = "Route by the choices recorded in this file.")
  @Nullable Path replay;

  @Option(
      names = "--reweigh",
      description =
          "Give replayed choices the weights that the router computes for them now, instead of the"
              + " recorded ones.")
  boolean reweigh;

  @Option(names = "--bias", paramLabel = "EXPERTS=X", description = "Add X to their logits.")
  List<String> bias = new ArrayList<>();

  @Option(
      names = "--force",
      paramLabel = "EXPERTS",
      description = "Route every token to them; each takes the place of a token's last choice.")
  List<String> force = new ArrayList<>();

  @Option(
      names = "--ban",
      paramLabel = "EXPERTS",
      description = "Route no token to them; the next best experts replace them.")
  List<String> ban = new ArrayList<>();

  @Option(
      names = "--scale",
      paramLabel = "EXPERTS=X",
      description = "Multiply their outputs by X; 0 ablates them.")
  List<String> scale = new ArrayList<>();

  @Option(
      names = "--patch",
      paramLabel = "EXPERTS=DIR",
      description =
          "Replace their outputs by those of the same experts of the model in DIR, for the same"
              + " tokens.")
  List<String> patch = new ArrayList<>();

  private Replay.Weights weights() {
    return reweigh ? Replay.Weights.CURRENT : Replay.Weights.RECORDED;
  }

  /** Returns whether there is none. */
  boolean isEmpty() {
    return replay == null
        && bias.isEmpty()
        && force.isEmpty()
        && ban.isEmpty()
        && scale.isEmpty()
        && patch.isEmpty();
  }

  /** Returns all but patches in their order: replay, bias, force, ban, scale. */
  HookedEvaluation.Hooks hooks(ExpertNames names) {
    ImmutableList.Builder<Intervention> each = ImmutableList.builder();
    bias.forEach(text -> each.add(numbered("--bias", text, names, LogitBias::new)));
    force.forEach(text -> each.add(new Force(names.group("--force", text))));
    ban.forEach(text -> each.add(new Ban(names.group("--ban", text))));
    scale.forEach(text -> each.add(numbered("--scale", text, names, ScaleOutput::new)));
    HookedEvaluation.Hooks hooks =
        replay == null ? HookedEvaluation.none() : RoutingRecording.read(replay).replay(weights());
    for (Intervention intervention : each.build()) {
      hooks = hooks.then(input -> intervention);
    }
    return hooks;
  }

  /** Returns the experts to patch by the folder they are patched from. */
  ImmutableMap<Path, ImmutableList<ExpertGroup>> patches(ExpertNames names) {
    Map<Path, List<ExpertGroup>> patches = new LinkedHashMap<>();
    for (String text : patch) {
      String[] parts = parts("--patch", text, "the folder of another model");
      patches
          .computeIfAbsent(Path.of(parts[1]), folder -> new ArrayList<>())
          .add(names.group("--patch", parts[0]));
    }
    return patches.entrySet().stream()
        .collect(
            ImmutableMap.toImmutableMap(e -> e.getKey(), e -> ImmutableList.copyOf(e.getValue())));
  }

  private static Intervention numbered(
      String option,
      String text,
      ExpertNames names,
      BiFunction<ExpertGroup, Double, Intervention> of) {
    String[] parts = parts(option, text, "a number");
    try {
      return of.apply(names.group(option, parts[0]), Double.valueOf(parts[1]));
    } catch (NumberFormatException e) {
      throw new UsageException("%s %s: '%s' is not a number.".formatted(option, text, parts[1]));
    }
  }

  private static String[] parts(String option, String text, String what) {
    int equals = text.indexOf('=');
    if (equals < 1 || equals == text.length() - 1) {
      throw new UsageException(
          "%s %s lacks %s; write it as layers/2:5=..".formatted(option, text, what));
    }
    return new String[] {text.substring(0, equals), text.substring(equals + 1)};
  }
}
