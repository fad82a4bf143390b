package org.jmoe.routing.preset;

import com.google.common.collect.ImmutableMap;
import java.util.Locale;
import java.util.Optional;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
import org.jmoe.routing.loss.DeepSeekBalance;
import org.jmoe.routing.loss.DeepSpeedBalance;
import org.jmoe.routing.loss.FastMoeBalance;
import org.jmoe.routing.loss.GShardBalance;
import org.jmoe.routing.loss.Importance;
import org.jmoe.routing.loss.Load;
import org.jmoe.routing.loss.LoadEstimate;
import org.jmoe.routing.loss.MegaBlocksBalance;
import org.jmoe.routing.loss.MegatronBalance;
import org.jmoe.routing.loss.MegatronGlobalBalance;
import org.jmoe.routing.loss.MeshBalance;
import org.jmoe.routing.loss.PaddingRule;
import org.jmoe.routing.loss.PooledBalance;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.loss.VariationForm;
import org.jmoe.routing.loss.WeightedSum;

/** Published balance losses by name. */
public final class LossPresets {
  private LossPresets() {}

  /**
   * Returns all published losses. Names may be written with {@code _} for {@code -} and with the
   * suffix {@code -loss}.
   */
  public static ImmutableMap<String, AuxLoss> all() {
    Importance importance = new Importance();
    Importance importanceVMoe = new Importance(VariationForm.VMOE, false);
    Importance importanceTutel = new Importance(VariationForm.UNBIASED, false);
    Load load = new Load();
    Load loadVMoe = new Load(LoadEstimate.VMOE, VariationForm.VMOE);
    Load loadTutel = new Load(LoadEstimate.TUTEL, VariationForm.UNBIASED);
    return ImmutableMap.<String, AuxLoss>builder()
        .put("switch", new SwitchBalance(PaddingRule.COUNTED, true))
        .put("switch-scatter", new SwitchBalance(PaddingRule.CHOOSING, true))
        .put("switch-valid", new SwitchBalance(PaddingRule.REMOVED, true))
        .put("mixtral", new PooledBalance())
        .put("megatron", new MegatronBalance(false))
        .put("megatron-seq", new MegatronBalance(true))
        .put("megatron-global", new MegatronGlobalBalance())
        .put("deepseek", new DeepSeekBalance())
        .put("gshard", new GShardBalance(PaddingRule.COUNTED, true))
        .put("gshard-valid", new GShardBalance(PaddingRule.REMOVED, true))
        .put("mesh", new MeshBalance())
        .put("deepspeed-top1", new DeepSpeedBalance(false))
        .put("deepspeed-topk", new DeepSpeedBalance(true))
        .put("megablocks", new MegaBlocksBalance())
        .put("fastmoe-switch", new FastMoeBalance())
        .put("fastmoe-gshard", new GShardBalance())
        .put("importance", importance)
        .put("importance-unbiased", new Importance(VariationForm.UNBIASED, true))
        .put("importance-vmoe", importanceVMoe)
        .put("importance-tutel", importanceTutel)
        .put("load", load)
        .put("load-unbiased", new Load(LoadEstimate.SHAZEER, VariationForm.UNBIASED))
        .put("load-vmoe", loadVMoe)
        .put("load-tutel", loadTutel)
        .put("shazeer", new WeightedSum(importance, 1, load, 1))
        .put("vmoe", new WeightedSum(importanceVMoe, 0.5, loadVMoe, 0.5))
        .put("tutel", new WeightedSum(importanceTutel, 0.5, loadTutel, 0.5))
        .put("z", new RouterZ())
        .put("z-flaxformer", new RouterZ(PaddingRule.COUNTED))
        .buildOrThrow();
  }

  /** Returns aliases of losses. */
  public static ImmutableMap<String, String> aliases() {
    return ImmutableMap.<String, String>builder()
        .put("switch-mask", "switch")
        .put("flaxformer", "switch")
        .put("hf-switch", "switch")
        .put("load-balancing", "switch")
        .put("qwen", "mixtral")
        .put("olmoe", "mixtral")
        .put("mixtral-pooled", "mixtral")
        .put("megatron-batch", "megatron")
        .put("megatron-aux", "megatron")
        .put("aux", "megatron")
        .put("seq-aux", "megatron-seq")
        .put("megatron-sequence", "megatron-seq")
        .put("megatron-seq-aux", "megatron-seq")
        .put("global-aux", "megatron-global")
        .put("megatron-global-aux", "megatron-global")
        .put("deepseek-seq", "deepseek")
        .put("deepseek-sequence", "deepseek")
        .put("deepseek-sequence-wise", "deepseek")
        .put("gshard-aux", "gshard")
        .put("gshard-lingvo", "gshard-valid")
        .put("deepspeed-top2", "gshard")
        .put("mesh-second", "mesh")
        .put("second-place", "mesh")
        .put("mesh-second-place", "mesh")
        .put("mesh-2nd-place", "mesh")
        .put("importance-population", "importance")
        .put("importance-t2t", "importance")
        .put("importance-shazeer", "importance")
        .put("importance-fastmoe", "importance-unbiased")
        .put("load-population", "load")
        .put("load-t2t", "load")
        .put("load-shazeer", "load")
        .put("importance-cv2", "importance")
        .put("load-cv2", "load")
        .put("router-z", "z")
        .put("zloss", "z")
        .put("megatron-z", "z")
        .put("st-moe-z", "z")
        .put("flaxformer-z", "z-flaxformer")
        .buildOrThrow();
  }

  /**
   * Finds a loss by name or alias. If systems define it differently, the form of the given preset
   * is used.
   *
   * @param extensions with {@link LossPreset} values
   */
  public static Optional<AuxLoss> find(String name, RouterPreset preset, Extensions extensions) {
    String plain =
        name.toLowerCase(Locale.ROOT)
            .replace('_', '-')
            .replace(' ', '-')
            .replaceFirst("-loss$", "");
    String known = aliases().getOrDefault(plain, plain);
    if (known.equals("importance") || known.equals("load")) {
      boolean bare = plain.equals(known);
      known =
          !bare
              ? known
              : switch (preset.cvForm()) {
                case SHAZEER -> known;
                case VMOE -> known + "-vmoe";
                case TUTEL -> known + "-tutel";
              };
    }
    return Optional.ofNullable(extensions.values(LossPreset.class).get(known))
        .map(LossPreset::loss);
  }
}
