package org.jmoe.experiments.run;

import com.google.common.collect.ImmutableTable;
import com.google.common.collect.Table;
import java.util.Set;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.MoeExperts;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.RouterSpec;
import org.jmoe.layer.SeesAhead;
import org.jmoe.routing.BaseRouter;
import org.jmoe.routing.CosineRouter;
import org.jmoe.routing.DeepSeekV2Router;
import org.jmoe.routing.DeepSeekV3Router;
import org.jmoe.routing.DeepSpeedTop1Router;
import org.jmoe.routing.DeepSpeedTop2Router;
import org.jmoe.routing.DeepSpeedTopKRouter;
import org.jmoe.routing.DenseSoftRouter;
import org.jmoe.routing.ExpertChoiceRouter;
import org.jmoe.routing.FastMoeGShardRouter;
import org.jmoe.routing.GShardRouter;
import org.jmoe.routing.GptOssRouter;
import org.jmoe.routing.LongCatRouter;
import org.jmoe.routing.MegaBlocksRouter;
import org.jmoe.routing.MegatronRouter;
import org.jmoe.routing.NllbRouter;
import org.jmoe.routing.NoisyTopKRouter;
import org.jmoe.routing.QuantileRouter;
import org.jmoe.routing.RandomRouter;
import org.jmoe.routing.SinkhornRouter;
import org.jmoe.routing.SoftMoeRouter;
import org.jmoe.routing.StMoeRouter;
import org.jmoe.routing.SwitchRouter;
import org.jmoe.routing.TopAnyRouter;
import org.jmoe.routing.TopKRouter;
import org.jmoe.routing.TopPRouter;
import org.jmoe.routing.TorchTitanRouter;
import org.jmoe.routing.TutelRouter;
import org.jmoe.routing.UniformRouter;
import org.jmoe.routing.VMoeRouter;
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

/** Which {@code "type"} in JSON stands for which record: an explicit list that users extend. */
public final class SpecTypes {
  private final ImmutableTable<Class<?>, String, Class<?>> types;

  private SpecTypes(Table<Class<?>, String, Class<?>> types) {
    this.types = ImmutableTable.copyOf(types);
  }

  /** Everything that jmoe brings. */
  public static SpecTypes standard() {
    return new SpecTypes(
        ImmutableTable.<Class<?>, String, Class<?>>builder()
            .put(RouterSpec.class, "TopKRouter", TopKRouter.Spec.class)
            .put(RouterSpec.class, "NoisyTopKRouter", NoisyTopKRouter.Spec.class)
            .put(RouterSpec.class, "SwitchRouter", SwitchRouter.Spec.class)
            .put(RouterSpec.class, "DenseSoftRouter", DenseSoftRouter.Spec.class)
            .put(RouterSpec.class, "SeesAhead", SeesAhead.class)
            .put(RouterSpec.class, "MegatronRouter", MegatronRouter.Spec.class)
            .put(RouterSpec.class, "TorchTitanRouter", TorchTitanRouter.Spec.class)
            .put(RouterSpec.class, "GptOssRouter", GptOssRouter.Spec.class)
            .put(RouterSpec.class, "DeepSeekV2Router", DeepSeekV2Router.Spec.class)
            .put(RouterSpec.class, "DeepSeekV3Router", DeepSeekV3Router.Spec.class)
            .put(RouterSpec.class, "LongCatRouter", LongCatRouter.Spec.class)
            .put(RouterSpec.class, "MegaBlocksRouter", MegaBlocksRouter.Spec.class)
            .put(RouterSpec.class, "DeepSpeedTop1Router", DeepSpeedTop1Router.Spec.class)
            .put(RouterSpec.class, "DeepSpeedTop2Router", DeepSpeedTop2Router.Spec.class)
            .put(RouterSpec.class, "DeepSpeedTopKRouter", DeepSpeedTopKRouter.Spec.class)
            .put(RouterSpec.class, "TutelRouter", TutelRouter.Spec.class)
            .put(RouterSpec.class, "VMoeRouter", VMoeRouter.Spec.class)
            .put(RouterSpec.class, "GShardRouter", GShardRouter.Spec.class)
            .put(RouterSpec.class, "NllbRouter", NllbRouter.Spec.class)
            .put(RouterSpec.class, "FastMoeGShardRouter", FastMoeGShardRouter.Spec.class)
            .put(RouterSpec.class, "StMoeRouter", StMoeRouter.Spec.class)
            .put(RouterSpec.class, "ExpertChoiceRouter", ExpertChoiceRouter.Spec.class)
            .put(RouterSpec.class, "SoftMoeRouter", SoftMoeRouter.Spec.class)
            .put(RouterSpec.class, "BaseRouter", BaseRouter.Spec.class)
            .put(RouterSpec.class, "SinkhornRouter", SinkhornRouter.Spec.class)
            .put(RouterSpec.class, "QuantileRouter", QuantileRouter.Spec.class)
            .put(RouterSpec.class, "TopPRouter", TopPRouter.Spec.class)
            .put(RouterSpec.class, "CosineRouter", CosineRouter.Spec.class)
            .put(RouterSpec.class, "TopAnyRouter", TopAnyRouter.Spec.class)
            .put(RouterSpec.class, "UniformRouter", UniformRouter.Spec.class)
            .put(RouterSpec.class, "RandomRouter", RandomRouter.Spec.class)
            .put(ExpertsSpec.class, "FeedForwardExperts", FeedForwardExperts.Spec.class)
            .put(ExpertsSpec.class, "MoeExperts", MoeExperts.Spec.class)
            .put(AuxLoss.class, "SwitchBalance", SwitchBalance.class)
            .put(AuxLoss.class, "RouterZ", RouterZ.class)
            .put(AuxLoss.class, "PooledBalance", PooledBalance.class)
            .put(AuxLoss.class, "MegatronBalance", MegatronBalance.class)
            .put(AuxLoss.class, "GShardBalance", GShardBalance.class)
            .put(AuxLoss.class, "MeshBalance", MeshBalance.class)
            .put(AuxLoss.class, "DeepSpeedBalance", DeepSpeedBalance.class)
            .put(AuxLoss.class, "MegaBlocksBalance", MegaBlocksBalance.class)
            .put(AuxLoss.class, "FastMoeBalance", FastMoeBalance.class)
            .put(AuxLoss.class, "Importance", Importance.class)
            .put(AuxLoss.class, "Load", Load.class)
            .put(CorpusSource.class, "DefaultSource", DefaultSource.class)
            .put(CorpusSource.class, "FileSource", FileSource.class)
            .build());
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
