package org.jmoe.models.family;

import com.google.common.collect.ImmutableList;

/** The architectures that are known. */
public final class Architectures {
  private static final ImmutableList<Architecture> ALL =
      ImmutableList.of(
          new Mixtral(),
          new Qwen2Moe(),
          new Qwen3Moe(),
          new Olmoe(),
          new DeepseekV3(),
          new GptOss());

  private static final int MOST_LAYERS = 1 << 14; // published models have hundreds

  private Architectures() {}

  /** What a configuration describes; every field of it is understood or refused. */
  public static HubPlan plan(HubConfig config) {
    String type = config.text("model_type");
    Architecture architecture =
        ALL.stream()
            .filter(a -> a.type().equals(type))
            .findFirst()
            .orElseThrow(
                () ->
                    config.fault(
                        "has model_type = \"%s\"; known are %s"
                            .formatted(type, ALL.stream().map(Architecture::type).toList())));
    config.requireArchitecture(architecture.className());
    int layers = config.whole("num_hidden_layers", 1);
    if (layers > MOST_LAYERS) {
      throw config.fault(
          "has num_hidden_layers = %d, more than the %d that are read"
              .formatted(layers, MOST_LAYERS));
    }
    HubPlan plan = architecture.plan(config);
    config.refuseUnread();
    return plan;
  }
}
