package org.jmoe.models.published;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.models.family.ModelFamily;
import org.jmoe.models.published.deepseek.Afmoe;
import org.jmoe.models.published.deepseek.DeepseekV2;
import org.jmoe.models.published.deepseek.DeepseekV3;
import org.jmoe.models.published.deepseek.Dots1;
import org.jmoe.models.published.deepseek.ExaoneMoe;
import org.jmoe.models.published.deepseek.Glm4Moe;
import org.jmoe.models.published.deepseek.Glm4MoeLite;
import org.jmoe.models.published.deepseek.HyV3;
import org.jmoe.models.published.deepseek.MiniMaxM2;
import org.jmoe.models.published.deepseek.SolarOpen;
import org.jmoe.models.published.dense.Llama;
import org.jmoe.models.published.dense.Mistral;
import org.jmoe.models.published.dense.Olmo2;
import org.jmoe.models.published.dense.Qwen2;
import org.jmoe.models.published.dense.Qwen3;

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
    to.value(ModelFamily.class, new Dots1());
    to.value(ModelFamily.class, new SolarOpen());
    to.value(ModelFamily.class, new Glm4MoeLite());
    to.value(ModelFamily.class, new HyV3());
    to.value(ModelFamily.class, new Mellum());
    to.value(ModelFamily.class, new MiniMaxM2());
    to.value(ModelFamily.class, new ExaoneMoe());
    to.value(ModelFamily.class, new FlexOlmo());
    to.value(ModelFamily.class, new Ernie45Moe());
    to.value(ModelFamily.class, new GraniteMoe());
    to.value(ModelFamily.class, new GraniteMoeShared());
    to.value(ModelFamily.class, new Afmoe());
    to.value(ModelFamily.class, new Qwen3VlMoe());
    to.value(ModelFamily.class, new Aria());
    to.value(ModelFamily.class, new Llama());
    to.value(ModelFamily.class, new Mistral());
    to.value(ModelFamily.class, new Qwen2());
    to.value(ModelFamily.class, new Qwen3());
    to.value(ModelFamily.class, new Olmo2());
  }
}
