package org.jmoe.models.published;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.models.family.ModelFamily;

/** Registers the built-in model families. */
public final class FamilyExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.value(ModelFamily.class, new Mixtral());
    to.value(ModelFamily.class, new Qwen2Moe());
    to.value(ModelFamily.class, new Qwen3Moe());
    to.value(ModelFamily.class, new Olmoe());
    to.value(ModelFamily.class, new DeepseekV2());
    to.value(ModelFamily.class, new DeepseekV3());
    to.value(ModelFamily.class, new Glm4Moe());
    to.value(ModelFamily.class, new GptOss());
  }
}
