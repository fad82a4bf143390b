package org.jmoe.models.published.deepseek;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.layer.RouterSpec;
import org.jmoe.models.family.DecoderLayers;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.MappedAttention;
import org.jmoe.models.family.MappedMoe;
import org.jmoe.models.family.ModelFields;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;

/**
 * Layers of DeepSeek-V2, DeepSeek-V3 and families that share their experts: MoE layers whose shared
 * expert is added to the output, and some dense layers. Multi-token prediction layers are not run,
 * as in Transformers.
 *
 * @param moe the MoE layers
 */
record DeepseekLayers(HubConfig config, MappedMoe moe) {
  private static final Pattern LAYER = Pattern.compile("model[.]layers[.](\\d{1,9})[.].*");

  /** Reads the experts, for a router with the names of DeepSeek-V3. */
  static DeepseekLayers of(HubConfig config, RouterSpec router) {
    MappedMoe moe =
        MappedMoe.of(
                router, config.size("n_routed_experts", 1), config.size("moe_intermediate_size", 1))
            .withShared("mlp.shared_experts", shared(config));
    return new DeepseekLayers(
        config,
        router instanceof DeepSeekV3Router.Spec
            ? moe.withBias("mlp.gate.e_score_correction_bias")
            : moe);
  }

  /** Returns the width of the shared expert; 0 for none. */
  static int shared(HubConfig config) {
    return config.integerOr("n_shared_experts", 0, 0) == 0
        ? 0
        : Fields.product(config, "moe_intermediate_size", "n_shared_experts");
  }

  /** Plans layers of which the first {@code first_k_dense_replace} are dense. */
  HubPlan plan(MappedAttention attention, String weighting) {
    int dense = config.integer("first_k_dense_replace", 0);
    return plan(layer -> attention, layer -> layer >= dense, weighting);
  }

  HubPlan plan(IntFunction<MappedAttention> attentions, IntPredicate sparse, String weighting) {
    int count = Fields.layers(config);
    DecoderLayers layers = new DecoderLayers(config);
    layers.tensors().map().ignore((name, all) -> isBeyond(name, count, all));
    for (int i = 0; i < count; i++) {
      if (sparse.test(i)) {
        layers.moe(attentions.apply(i), moe);
      } else {
        layers.dense(attentions.apply(i));
      }
    }
    return layers.plan(weighting);
  }

  /** Returns the fields with the sizes of the experts. */
  static ExpertFields fields(String otherName) {
    return ExpertFields.of(ImmutableList.of("n_routed_experts", otherName), "moe_intermediate_size")
        .withShared("n_shared_experts");
  }

  /** Writes experts, dense layers and groups. */
  static void write(ModelFields fields, Groups groups, double scalingFactor) {
    ObjectNode config = fields.json();
    fields.experts();
    fields.denseWidth();
    config.put("first_k_dense_replace", fields.denseLayers().size());
    config.put("n_group", groups.count());
    config.put("topk_group", groups.kept());
    config.put("routed_scaling_factor", scalingFactor);
  }

  /** Returns whether a tensor belongs to a multi-token prediction layer. */
  private static boolean isBeyond(String name, int layers, Set<String> all) {
    Matcher layer = LAYER.matcher(name);
    return name.startsWith("mtp.")
        || (layer.matches()
            && Integer.parseInt(layer.group(1)) >= layers
            && all.contains("model.layers." + layer.group(1) + ".eh_proj.weight"));
  }

  /** Returns the expert groups. */
  static Groups groups(HubConfig config, int experts, int k) {
    int groups = config.integer("n_group", 1);
    int kept = config.integer("topk_group", 1);
    if (kept > groups || experts % groups != 0 || k > experts / groups * kept) {
      throw config.fault(
          ("has n_group = %d and topk_group = %d, from which %d of %d experts cannot be selected;"
                  + " use the"
                  + " values of the published model")
              .formatted(groups, kept, k, experts));
    }
    return new Groups(groups, kept);
  }

  /** Returns the router of DeepSeek-V3. */
  static DeepSeekV3Router.Spec biasedRouter(HubConfig config) {
    if (!config.text("scoring_func", "sigmoid").equals("noaux_tc")) { // in dots.llm1
      config.only("scoring_func", "sigmoid");
    }
    config.only("topk_method", "noaux_tc");
    int experts = config.size("n_routed_experts", 1);
    int k = Fields.expertsPerToken(config, experts);
    Groups groups = groups(config, experts, k);
    if (experts / groups.count() < 2) {
      throw config.fault(
          "has n_group = %d for %d experts; use fewer groups, with at least two experts each"
              .formatted(groups.count(), experts));
    }
    return new DeepSeekV3Router.Spec(
        k,
        groups,
        config.flag("norm_topk_prob"),
        config.positive("routed_scaling_factor"),
        0,
        Capacity.dropless());
  }

  /** Returns a human-readable description of how the router computes expert weights. */
  static String weighting(DeepSeekV3Router.Spec router) {
    return "sigmoid, top %d by score plus bias within %d of %d groups%s, times %s"
        .formatted(
            router.k(),
            router.groups().kept(),
            router.groups().count(),
            router.normalise() ? ", divided by their sum" : "",
            router.scalingFactor());
  }
}
