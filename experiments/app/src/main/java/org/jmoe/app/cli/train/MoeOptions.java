package org.jmoe.app.cli.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.Nearest;
import org.jmoe.transformer.ModelSpec;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options that change the MoE layers of a configuration. */
final class MoeOptions {
  @Spec(Spec.Target.MIXEE)
  CommandSpec command = CommandSpec.create();

  @Option(
      names = "--router",
      paramLabel = "NAME",
      description =
          "Use this published router in every MoE layer, as the system sets it; see jmoe"
              + " presets --routers.")
  @Nullable String router;

  @Option(names = "--experts", paramLabel = "N", description = "Number of experts per MoE layer.")
  @Nullable Integer experts;

  @Option(names = "--k", paramLabel = "N", description = "Number of experts per token.")
  @Nullable Integer k;

  @Option(
      names = "--capacity",
      paramLabel = "FACTOR",
      description =
          "Capacity factor in training; Infinity drops no tokens. Earlier tokens are served first,"
              + " as a causal model requires.")
  @Nullable Double capacity;

  boolean isEmpty() {
    return router == null && experts == null && k == null && capacity == null;
  }

  /** The configuration with these options applied to every MoE layer. */
  JsonNode apply(JsonNode tree, RunJson json) {
    if (isEmpty()) {
      return tree;
    }
    ModelSpec model = json.read(tree.path("model"), ModelSpec.class);
    if (!model.hasMoe()) {
      throw new UsageException(
          "--router, --experts, --k and --capacity change MoE layers, and this model has none;"
              + " choose another preset or set one, as in --set"
              + " 'model.moe={\"experts\":8,..}'.");
    }
    Set<String> notes = new LinkedHashSet<>(); // alike for layers alike
    ObjectNode changed = tree.deepCopy();
    changed.set("model", json.tree(model.mapMoe(moe -> of(moe, json, notes))));
    notes.forEach(command.commandLine().getErr()::println);
    return changed;
  }

  private MoeLayer.Spec of(MoeLayer.Spec moe, RunJson json, Set<String> notes) {
    int count = experts == null ? moe.experts() : experts;
    RouterSpec spec = router == null ? changed(moe.router()) : preset(router, count, json, notes);
    return new MoeLayer.Spec(count, spec, moe.expert(), moe.shared());
  }

  private RouterSpec changed(RouterSpec spec) {
    RouterSpec routed = k == null ? spec : spec.withK(k);
    if (capacity == null) {
      return routed;
    }
    Capacity now = routed.capacity();
    return routed.withCapacity(limited(now == null ? Capacity.dropless() : now, capacity));
  }

  /** Serves earlier tokens first, the order that a causal model may have. */
  private static Capacity limited(Capacity now, double factor) {
    return now.withTrainFactor(factor).withOrder(DropOrder.TOKEN_MAJOR);
  }

  private RouterSpec preset(String name, int count, RunJson json, Set<String> notes) {
    ImmutableMap<String, RouterPreset> known = json.extensions().values(RouterPreset.class);
    RouterPreset preset = known.get(name);
    if (preset == null) {
      throw new UsageException(
          "--router is '%s'%s See jmoe presets --routers."
              .formatted(
                  name,
                  Nearest.to(name, known.keySet())
                      .map(near -> "; did you mean '" + near + "'?")
                      .orElse(", which no preset has.")));
    }
    PresetValues values =
        preset.values(k == null ? Map.of() : Map.of(PresetField.K, k.doubleValue()), count);
    if (values.numbers().containsKey(PresetField.K)
        && k == null
        && values.k() < preset.defaults().k()) {
      notes.add(
          "router %s: k is %d instead of %d, because there are %d experts; choose with --k"
              .formatted(name, values.k(), preset.defaults().k(), count));
    }
    Capacity dropless = Capacity.dropless().withOrder(preset.order());
    return preset.spec(
        values,
        capacity == null
            ? dropless
            : limited(
                dropless.withRule(preset.rule(), dropless.trainFactor(), dropless.evalFactor()),
                capacity));
  }
}
