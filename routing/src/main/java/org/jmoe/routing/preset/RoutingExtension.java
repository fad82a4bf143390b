package org.jmoe.routing.preset;

import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.layer.AuxLoss;
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
import org.jmoe.routing.loss.MegatronGlobalBalance;
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

/** Registers routers, balance losses and published presets. */
public final class RoutingExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    routers(to);
    losses(to);
    RouterPresets.all().forEach(preset -> to.value(RouterPreset.class, preset));
    LossPresets.all()
        .forEach((name, loss) -> to.value(LossPreset.class, new LossPreset(name, loss)));
  }

  private static void routers(Extensions.Builder to) {
    to.type(RouterSpec.class, BaseRouter.Spec.class);
    to.type(RouterSpec.class, CosineRouter.Spec.class);
    to.type(RouterSpec.class, DeepSeekV2Router.Spec.class);
    to.type(RouterSpec.class, DeepSeekV3Router.Spec.class);
    to.type(RouterSpec.class, DeepSpeedTop1Router.Spec.class);
    to.type(RouterSpec.class, DeepSpeedTop2Router.Spec.class);
    to.type(RouterSpec.class, DeepSpeedTopKRouter.Spec.class);
    to.type(RouterSpec.class, DenseSoftRouter.Spec.class);
    to.type(RouterSpec.class, EnsembleRouter.Spec.class);
    to.type(RouterSpec.class, ExpertChoiceRouter.Spec.class);
    to.type(RouterSpec.class, FastMoeGShardRouter.Spec.class);
    to.type(RouterSpec.class, GShardRouter.Spec.class);
    to.type(RouterSpec.class, GptOssRouter.Spec.class);
    to.type(RouterSpec.class, HashRouter.Spec.class);
    to.type(RouterSpec.class, LongCatRouter.Spec.class);
    to.type(RouterSpec.class, MegaBlocksRouter.Spec.class);
    to.type(RouterSpec.class, MegatronRouter.Spec.class);
    to.type(RouterSpec.class, NllbRouter.Spec.class);
    to.type(RouterSpec.class, NoisyTopKRouter.Spec.class);
    to.type(RouterSpec.class, QuantileRouter.Spec.class);
    to.type(RouterSpec.class, RandomRouter.Spec.class);
    to.type(RouterSpec.class, SinkhornRouter.Spec.class);
    to.type(RouterSpec.class, SoftMoeRouter.Spec.class);
    to.type(RouterSpec.class, SparseMixerRouter.Spec.class);
    to.type(RouterSpec.class, StMoeRouter.Spec.class);
    to.type(RouterSpec.class, SwitchRouter.Spec.class);
    to.type(RouterSpec.class, TopAnyRouter.Spec.class);
    to.type(RouterSpec.class, TopKRouter.Spec.class);
    to.type(RouterSpec.class, TopPRouter.Spec.class);
    to.type(RouterSpec.class, TorchTitanRouter.Spec.class);
    to.type(RouterSpec.class, TutelRouter.Spec.class);
    to.type(RouterSpec.class, UniformRouter.Spec.class);
    to.type(RouterSpec.class, VMoeRouter.Spec.class);
  }

  private static void losses(Extensions.Builder to) {
    to.type(AuxLoss.class, DeepSeekBalance.class);
    to.type(AuxLoss.class, DeepSpeedBalance.class);
    to.type(AuxLoss.class, FastMoeBalance.class);
    to.type(AuxLoss.class, GShardBalance.class);
    to.type(AuxLoss.class, Importance.class);
    to.type(AuxLoss.class, Load.class);
    to.type(AuxLoss.class, MegaBlocksBalance.class);
    to.type(AuxLoss.class, MegatronBalance.class);
    to.type(AuxLoss.class, MeshBalance.class);
    to.type(AuxLoss.class, PooledBalance.class);
    to.type(AuxLoss.class, RouterZ.class);
    to.type(AuxLoss.class, SwitchBalance.class);
    to.type(AuxLoss.class, WeightedSum.class);
    to.type(AuxLoss.class, MegatronGlobalBalance.class);
  }
}
