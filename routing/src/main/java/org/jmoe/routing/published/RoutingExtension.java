package org.jmoe.routing.published;

import com.google.common.collect.ImmutableList;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
import org.jmoe.layer.RouterSpec;
import org.jmoe.routing.adaptive.AdaptiveL1;
import org.jmoe.routing.adaptive.DensityBalance;
import org.jmoe.routing.adaptive.ExpertScoreRouter;
import org.jmoe.routing.adaptive.PrototypeRegularization;
import org.jmoe.routing.adaptive.PrototypeRouter;
import org.jmoe.routing.adaptive.ReluRouter;
import org.jmoe.routing.adaptive.RoutingFreeRouter;
import org.jmoe.routing.assigned.BaseRouter;
import org.jmoe.routing.assigned.HashRouter;
import org.jmoe.routing.assigned.SinkhornRouter;
import org.jmoe.routing.biased.DeepSeekV3Router;
import org.jmoe.routing.biased.ExpertThresholdRouter;
import org.jmoe.routing.biased.LongCatRouter;
import org.jmoe.routing.biased.MegatronRouter;
import org.jmoe.routing.biased.QuantileRouter;
import org.jmoe.routing.biased.TorchTitanRouter;
import org.jmoe.routing.controls.AdjustedRouter;
import org.jmoe.routing.controls.RandomRouter;
import org.jmoe.routing.controls.UniformRouter;
import org.jmoe.routing.expertchoice.DepthPrediction;
import org.jmoe.routing.expertchoice.DepthRouter;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.expertchoice.TokenRoundingRouter;
import org.jmoe.routing.loss.DeepSeekBalance;
import org.jmoe.routing.loss.DeepSpeedBalance;
import org.jmoe.routing.loss.FastMoeBalance;
import org.jmoe.routing.loss.GShardBalance;
import org.jmoe.routing.loss.Importance;
import org.jmoe.routing.loss.Load;
import org.jmoe.routing.loss.MegaBlocksBalance;
import org.jmoe.routing.loss.MegatronBalance;
import org.jmoe.routing.loss.MegatronGlobalBalance;
import org.jmoe.routing.loss.MeshBalance;
import org.jmoe.routing.loss.PooledBalance;
import org.jmoe.routing.loss.RouterZ;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.loss.WeightedSum;
import org.jmoe.routing.preset.LossPreset;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.specialisation.ExpertRouterCoupling;
import org.jmoe.routing.specialisation.OutputOrthogonality;
import org.jmoe.routing.specialisation.RoutingVariance;
import org.jmoe.routing.specialisation.SimilarityPreservation;
import org.jmoe.routing.top2.DeepSpeedTop2Router;
import org.jmoe.routing.top2.FastMoeGShardRouter;
import org.jmoe.routing.top2.GShardRouter;
import org.jmoe.routing.top2.NllbRouter;
import org.jmoe.routing.topk.CosineRouter;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.routing.topk.DeepSpeedTop1Router;
import org.jmoe.routing.topk.DeepSpeedTopKRouter;
import org.jmoe.routing.topk.DenseMixerRouter;
import org.jmoe.routing.topk.EnsembleRouter;
import org.jmoe.routing.topk.GptOssRouter;
import org.jmoe.routing.topk.MegaBlocksRouter;
import org.jmoe.routing.topk.NoisyTopKRouter;
import org.jmoe.routing.topk.NullExpertsRouter;
import org.jmoe.routing.topk.RecurrentRouter;
import org.jmoe.routing.topk.SelfRouter;
import org.jmoe.routing.topk.SparseMixerRouter;
import org.jmoe.routing.topk.StMoeRouter;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopAnyRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.routing.topk.TopPRouter;
import org.jmoe.routing.topk.TutelRouter;
import org.jmoe.routing.topk.VMoeRouter;

/** Registers the published routers and balance losses with their presets, one line each. */
public final class RoutingExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    routers(to);
    losses(to);
  }

  private static void routers(Extensions.Builder to) {
    router(to, TopKRouter.Spec.class, TopKRouter.PRESETS);
    router(to, GptOssRouter.Spec.class, GptOssRouter.PRESETS);
    router(to, SwitchRouter.Spec.class, SwitchRouter.PRESETS);
    router(to, GShardRouter.Spec.class, GShardRouter.PRESETS);
    router(to, NllbRouter.Spec.class, NllbRouter.PRESETS);
    router(to, DeepSeekV2Router.Spec.class, DeepSeekV2Router.PRESETS);
    router(to, DeepSeekV3Router.Spec.class, DeepSeekV3Router.PRESETS);
    router(to, MegatronRouter.Spec.class, MegatronRouter.PRESETS);
    router(to, TorchTitanRouter.Spec.class, TorchTitanRouter.PRESETS);
    router(to, MegaBlocksRouter.Spec.class, MegaBlocksRouter.PRESETS);
    router(to, DeepSpeedTop1Router.Spec.class, DeepSpeedTop1Router.PRESETS);
    router(to, DeepSpeedTop2Router.Spec.class, DeepSpeedTop2Router.PRESETS);
    router(to, DeepSpeedTopKRouter.Spec.class, DeepSpeedTopKRouter.PRESETS);
    router(to, TutelRouter.Spec.class, TutelRouter.PRESETS);
    router(to, FastMoeGShardRouter.Spec.class, FastMoeGShardRouter.PRESETS);
    router(to, StMoeRouter.Spec.class, StMoeRouter.PRESETS);
    router(to, NoisyTopKRouter.Spec.class, NoisyTopKRouter.PRESETS);
    router(to, VMoeRouter.Spec.class, VMoeRouter.PRESETS);
    router(to, ExpertChoiceRouter.Spec.class, ExpertChoiceRouter.PRESETS);
    router(to, SoftMoeRouter.Spec.class, SoftMoeRouter.PRESETS);
    router(to, HashRouter.Spec.class, HashRouter.PRESETS);
    router(to, BaseRouter.Spec.class, BaseRouter.PRESETS);
    router(to, SinkhornRouter.Spec.class, SinkhornRouter.PRESETS);
    router(to, QuantileRouter.Spec.class, QuantileRouter.PRESETS);
    router(to, ExpertThresholdRouter.Spec.class, ExpertThresholdRouter.PRESETS);
    router(to, TopPRouter.Spec.class, TopPRouter.PRESETS);
    router(to, TopAnyRouter.Spec.class, TopAnyRouter.PRESETS);
    router(to, SparseMixerRouter.Spec.class, SparseMixerRouter.PRESETS);
    router(to, LongCatRouter.Spec.class, LongCatRouter.PRESETS);
    router(to, NullExpertsRouter.Spec.class, NullExpertsRouter.PRESETS);
    router(to, DenseMixerRouter.Spec.class, DenseMixerRouter.PRESETS);
    router(to, SelfRouter.Spec.class, SelfRouter.PRESETS);
    router(to, TokenRoundingRouter.Spec.class, TokenRoundingRouter.PRESETS);
    router(to, CosineRouter.Spec.class, CosineRouter.PRESETS);
    router(to, DenseSoftRouter.Spec.class, DenseSoftRouter.PRESETS);
    router(to, UniformRouter.Spec.class, UniformRouter.PRESETS);
    router(to, RandomRouter.Spec.class, RandomRouter.PRESETS);
    router(to, RecurrentRouter.Spec.class, RecurrentRouter.PRESETS);
    router(to, DepthRouter.Spec.class, DepthRouter.PRESETS);
    router(to, PrototypeRouter.Spec.class, PrototypeRouter.PRESETS);
    router(to, ReluRouter.Spec.class, ReluRouter.PRESETS);
    to.type(RouterSpec.class, AdjustedRouter.Spec.class);
    to.type(RouterSpec.class, EnsembleRouter.Spec.class);
    to.type(RouterSpec.class, ExpertScoreRouter.Spec.class);
    to.type(RouterSpec.class, RoutingFreeRouter.Spec.class);
  }

  private static void losses(Extensions.Builder to) {
    loss(to, SwitchBalance.class, SwitchBalance.PRESETS);
    loss(to, PooledBalance.class, PooledBalance.PRESETS);
    loss(to, MegatronBalance.class, MegatronBalance.PRESETS);
    loss(to, MegatronGlobalBalance.class, MegatronGlobalBalance.PRESETS);
    loss(to, DeepSeekBalance.class, DeepSeekBalance.PRESETS);
    loss(to, GShardBalance.class, GShardBalance.PRESETS);
    loss(to, MeshBalance.class, MeshBalance.PRESETS);
    loss(to, DeepSpeedBalance.class, DeepSpeedBalance.PRESETS);
    loss(to, MegaBlocksBalance.class, MegaBlocksBalance.PRESETS);
    loss(to, FastMoeBalance.class, FastMoeBalance.PRESETS);
    loss(to, Importance.class, Importance.PRESETS);
    loss(to, Load.class, Load.PRESETS);
    loss(to, WeightedSum.class, WeightedSum.PRESETS);
    loss(to, RouterZ.class, RouterZ.PRESETS);
    to.type(AuxLoss.class, DepthPrediction.class);
    to.type(AuxLoss.class, AdaptiveL1.class);
    to.type(AuxLoss.class, DensityBalance.class);
    to.type(AuxLoss.class, PrototypeRegularization.class);
    to.type(AuxLoss.class, SimilarityPreservation.class);
    to.type(AuxLoss.class, ExpertRouterCoupling.class);
    to.type(AuxLoss.class, OutputOrthogonality.class);
    to.type(AuxLoss.class, RoutingVariance.class);
  }

  private static void router(
      Extensions.Builder to,
      Class<? extends RouterSpec> type,
      ImmutableList<RouterPreset> presets) {
    to.type(RouterSpec.class, type);
    presets.forEach(preset -> to.value(RouterPreset.class, preset));
  }

  private static void loss(
      Extensions.Builder to, Class<? extends AuxLoss> type, ImmutableList<LossPreset> presets) {
    to.type(AuxLoss.class, type);
    presets.forEach(preset -> to.value(LossPreset.class, preset));
  }
}
