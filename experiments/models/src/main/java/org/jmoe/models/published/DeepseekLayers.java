package org.jmoe.models.published;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SharedSpec;
import org.jmoe.models.family.DecoderTensors;
import org.jmoe.models.family.ExpertFields;
import org.jmoe.models.family.Fields;
import org.jmoe.models.family.HubConfig;
import org.jmoe.models.family.HubPlan;
import org.jmoe.models.family.ModelFields;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.Groups;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.tensor.Activation;
import org.jmoe.transformer.DecoderBlock;
import org.jmoe.transformer.FeedForward;
import org.jmoe.transformer.attention.AttentionSpec;

/**
 * Layers of DeepSeek-V2, DeepSeek-V3 and GLM-4.5: dense layers first, then MoE layers whose shared
 * expert is added to the output. Multi-token prediction layers are not run, as in Transformers.
 *
 * @param attention attention of all layers
 * @param router router of all MoE layers
 */
record DeepseekLayers(HubConfig config, AttentionSpec attention, RouterSpec router) {
  private static final Pattern LAYER = Pattern.compile("model[.]layers[.](\\d{1,9})[.].*");

  /** Adds the attention tensors of a layer. */
  interface AttentionTensors {
    void add(DecoderTensors tensors, int layer);
  }

  HubPlan plan(AttentionTensors attentions, String weighting) {
    int count = Fields.layers(config);
    int firstSparse = config.integer("first_k_dense_replace", 0);
    int dense = config.integer("intermediate_size", 1);
    Activation activation = Fields.gated(config);
    MoeLayer.Spec moe = moe(activation);
    DecoderTensors tensors = Fields.tensors(config);
    tensors.map().ignore((name, all) -> isBeyond(name, count, all));
    ImmutableList.Builder<DecoderBlock.Spec> layers = ImmutableList.builder();
    for (int i = 0; i < count; i++) {
      tensors.norms(i);
      attentions.add(tensors, i);
      if (i >= firstSparse) {
        layers.add(DecoderBlock.Spec.moe(attention, moe));
        moe(tensors, i);
      } else {
        layers.add(DecoderBlock.Spec.dense(attention, new FeedForward.Spec(dense, activation)));
        tensors.gated(
            DecoderTensors.tensorPrefix(i) + "mlp.",
            DecoderTensors.parameterPrefix(i) + "feed_forward/",
            dense);
      }
    }
    return HubPlan.of(config, Fields.model(config, layers.build()), tensors.map(), weighting);
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

  private int experts() {
    return config.size("n_routed_experts", 1);
  }

  private int hidden() {
    return config.size("moe_intermediate_size", 1);
  }

  private int shared() {
    return Fields.product(config, "moe_intermediate_size", "n_shared_experts");
  }

  private MoeLayer.Spec moe(Activation activation) {
    return new MoeLayer.Spec(
        experts(),
        router,
        new FeedForwardExperts.Spec(hidden(), activation, false, 0),
        new SharedSpec(
            new FeedForwardExperts.Spec(shared(), activation, false, 0), SharedSpec.Mix.SUM));
  }

  private void moe(DecoderTensors tensors, int layer) {
    String prefix = DecoderTensors.tensorPrefix(layer) + "mlp.";
    String parameter = DecoderTensors.parameterPrefix(layer) + "moe/";
    tensors.router(layer, experts(), "mlp.gate.weight");
    if (router instanceof DeepSeekV3Router.Spec) {
      tensors.vector(prefix + "gate.e_score_correction_bias", parameter + "router/bias", experts());
    }
    tensors.experts(layer, "mlp", DecoderTensors.GATED, experts(), hidden());
    tensors.gated(prefix + "shared_experts.", parameter + "shared/expert/", shared());
  }

  /** Returns whether a tensor belongs to a multi-token prediction layer after the last layer. */
  private static boolean isBeyond(String name, int layers, Set<String> all) {
    Matcher layer = LAYER.matcher(name);
    return layer.matches()
        && Integer.parseInt(layer.group(1)) >= layers
        && all.contains("model.layers." + layer.group(1) + ".eh_proj.weight");
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
    config.only("scoring_func", "sigmoid");
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
