package org.jmoe.training.config;

import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.util.Set;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.HeterogeneousExperts;
import org.jmoe.experts.LatentExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.experts.ZeroComputationExperts;
import org.jmoe.layer.AllowNonCausal;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.assigned.BaseRouter;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.assigned.SinkhornRouter;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.biased.LongCatRouter;
import org.jmoe.routing.biased.MegatronRouter;
import org.jmoe.routing.biased.QuantileRouter;
import org.jmoe.routing.biased.TorchTitanRouter;
import org.jmoe.routing.controls.RandomRouter;
import org.jmoe.routing.controls.UniformRouter;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.loss.DeepSeekBalance;
import org.jmoe.routing.loss.DeepSpeedBalance;
import org.jmoe.routing.loss.FastMoeBalance;
import org.jmoe.routing.loss.GShardBalance;
import org.jmoe.routing.loss.Importance;
import org.jmoe.routing.loss.Load;
import org.jmoe.routing.loss.MegaBlocksBalance;
import org.jmoe.routing.loss.MegatronBalance;
import org.jmoe.routing.loss.MeshBalance;
import org.jmoe.routing.loss.PooledBalance;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.loss.WeightedSum;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.top2.DeepSpeedTop2Router;
import org.jmoe.routing.top2.FastMoeGShardRouter;
import org.jmoe.routing.top2.GShardRouter;
import org.jmoe.routing.top2.NllbRouter;
import org.jmoe.routing.topk.CosineRouter;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.routing.topk.DeepSpeedTop1Router;
import org.jmoe.routing.topk.DeepSpeedTopKRouter;
import org.jmoe.routing.topk.EnsembleRouter;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.MegaBlocksRouter;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.routing.topk.SparseMixerRouter;
import org.jmoe.routing.topk.StMoeRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopAnyRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.routing.topk.TopPRouter;
import org.jmoe.routing.topk.TutelRouter;
import org.jmoe.routing.topk.VMoeRouter;
import org.jmoe.transformer.AttentionSpec;
import org.jmoe.transformer.GroupedAttention;
import org.jmoe.transformer.LatentAttention;
import org.jmoe.transformer.RotaryScaling;

/** Which {@code "type"} in JSON stands for which record: an explicit list that users extend. */
public final class SpecTypes {
  private final ImmutableTable<Class<?>, String, Class<?>> types;

  private SpecTypes(Table<Class<?>, String, Class<?>> types) {
    this.types = ImmutableTable.copyOf(types);
  }

  /** Everything that jmoe brings. */
  public static SpecTypes standard() {
    ImmutableTable.Builder<Class<?>, String, Class<?>> all = ImmutableTable.builder();
    routers(all);
    losses(all);
    all.put(ExpertsSpec.class, "FeedForwardExperts", FeedForwardExperts.Spec.class);
    all.put(ExpertsSpec.class, "HeterogeneousExperts", HeterogeneousExperts.Spec.class);
    all.put(ExpertsSpec.class, "LatentExperts", LatentExperts.Spec.class);
    all.put(ExpertsSpec.class, "MoeExperts", MoeExperts.Spec.class);
    all.put(ExpertsSpec.class, "ZeroComputationExperts", ZeroComputationExperts.Spec.class);
    all.put(AttentionSpec.class, "GroupedAttention", GroupedAttention.Spec.class);
    all.put(AttentionSpec.class, "LatentAttention", LatentAttention.Spec.class);
    rotaryScalings(all);
    all.put(CorpusSource.class, "DefaultSource", DefaultSource.class);
    all.put(CorpusSource.class, "FileSource", FileSource.class);
    all.put(InitialWeights.class, "RunWeights", RunWeights.class);
    all.put(InitialWeights.class, "UpcycledWeights", UpcycledWeights.class);
    return new SpecTypes(all.build());
  }

  private static void routers(ImmutableTable.Builder<Class<?>, String, Class<?>> all) {
    all.put(RouterSpec.class, "AllowNonCausal", AllowNonCausal.class);
    all.put(RouterSpec.class, "BaseRouter", BaseRouter.Spec.class);
    all.put(RouterSpec.class, "CosineRouter", CosineRouter.Spec.class);
    all.put(RouterSpec.class, "DeepSeekV2Router", DeepSeekV2Router.Spec.class);
    all.put(RouterSpec.class, "DeepSeekV3Router", DeepSeekV3Router.Spec.class);
    all.put(RouterSpec.class, "DeepSpeedTop1Router", DeepSpeedTop1Router.Spec.class);
    all.put(RouterSpec.class, "DeepSpeedTop2Router", DeepSpeedTop2Router.Spec.class);
    all.put(RouterSpec.class, "DeepSpeedTopKRouter", DeepSpeedTopKRouter.Spec.class);
    all.put(RouterSpec.class, "DenseSoftRouter", DenseSoftRouter.Spec.class);
    all.put(RouterSpec.class, "EnsembleRouter", EnsembleRouter.Spec.class);
    all.put(RouterSpec.class, "ExpertChoiceRouter", ExpertChoiceRouter.Spec.class);
    all.put(RouterSpec.class, "FastMoeGShardRouter", FastMoeGShardRouter.Spec.class);
    all.put(RouterSpec.class, "GShardRouter", GShardRouter.Spec.class);
    all.put(RouterSpec.class, "GptOssRouter", GptOssRouter.Spec.class);
    all.put(RouterSpec.class, "HashRouter", HashRouter.Spec.class);
    all.put(RouterSpec.class, "LongCatRouter", LongCatRouter.Spec.class);
    all.put(RouterSpec.class, "MegaBlocksRouter", MegaBlocksRouter.Spec.class);
    all.put(RouterSpec.class, "MegatronRouter", MegatronRouter.Spec.class);
    all.put(RouterSpec.class, "NllbRouter", NllbRouter.Spec.class);
    all.put(RouterSpec.class, "NoisyTopKRouter", NoisyTopKRouter.Spec.class);
    all.put(RouterSpec.class, "QuantileRouter", QuantileRouter.Spec.class);
    all.put(RouterSpec.class, "RandomRouter", RandomRouter.Spec.class);
    all.put(RouterSpec.class, "SinkhornRouter", SinkhornRouter.Spec.class);
    all.put(RouterSpec.class, "SoftMoeRouter", SoftMoeRouter.Spec.class);
    all.put(RouterSpec.class, "SparseMixerRouter", SparseMixerRouter.Spec.class);
    all.put(RouterSpec.class, "StMoeRouter", StMoeRouter.Spec.class);
    all.put(RouterSpec.class, "SwitchRouter", SwitchRouter.Spec.class);
    all.put(RouterSpec.class, "TopAnyRouter", TopAnyRouter.Spec.class);
    all.put(RouterSpec.class, "TopKRouter", TopKRouter.Spec.class);
    all.put(RouterSpec.class, "TopPRouter", TopPRouter.Spec.class);
    all.put(RouterSpec.class, "TorchTitanRouter", TorchTitanRouter.Spec.class);
    all.put(RouterSpec.class, "TutelRouter", TutelRouter.Spec.class);
    all.put(RouterSpec.class, "UniformRouter", UniformRouter.Spec.class);
    all.put(RouterSpec.class, "VMoeRouter", VMoeRouter.Spec.class);
  }

  private static void rotaryScalings(ImmutableTable.Builder<Class<?>, String, Class<?>> all) {
    all.put(RotaryScaling.class, "None", RotaryScaling.None.class);
    all.put(RotaryScaling.class, "Linear", RotaryScaling.Linear.class);
    all.put(RotaryScaling.class, "Dynamic", RotaryScaling.Dynamic.class);
    all.put(RotaryScaling.class, "Llama3", RotaryScaling.Llama3.class);
    all.put(RotaryScaling.class, "Yarn", RotaryScaling.Yarn.class);
    all.put(RotaryScaling.class, "LongRope", RotaryScaling.LongRope.class);
  }

  private static void losses(ImmutableTable.Builder<Class<?>, String, Class<?>> all) {
    all.put(AuxLoss.class, "DeepSeekBalance", DeepSeekBalance.class);
    all.put(AuxLoss.class, "DeepSpeedBalance", DeepSpeedBalance.class);
    all.put(AuxLoss.class, "FastMoeBalance", FastMoeBalance.class);
    all.put(AuxLoss.class, "GShardBalance", GShardBalance.class);
    all.put(AuxLoss.class, "Importance", Importance.class);
    all.put(AuxLoss.class, "Load", Load.class);
    all.put(AuxLoss.class, "MegaBlocksBalance", MegaBlocksBalance.class);
    all.put(AuxLoss.class, "MegatronBalance", MegatronBalance.class);
    all.put(AuxLoss.class, "MeshBalance", MeshBalance.class);
    all.put(AuxLoss.class, "PooledBalance", PooledBalance.class);
    all.put(AuxLoss.class, "RouterZ", RouterZ.class);
    all.put(AuxLoss.class, "SwitchBalance", SwitchBalance.class);
    all.put(AuxLoss.class, "WeightedSum", WeightedSum.class);
  }

  /** The same with a record of one's own, such as a new router's {@code Spec}. */
  public <T> SpecTypes with(Class<T> kind, String name, Class<? extends T> type) {
    return new SpecTypes(
        ImmutableTable.<Class<?>, String, Class<?>>builder()
            .putAll(types)
            .put(kind, name, type)
            .build());
  }

  ImmutableTable<Class<?>, String, Class<?>> table() {
    return types;
  }

  /** Names known for a kind of spec. */
  Set<String> names(Class<?> kind) {
    return types.row(kind).keySet();
  }
}
