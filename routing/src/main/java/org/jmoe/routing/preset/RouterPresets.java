package org.jmoe.routing.preset;

import static org.jmoe.routing.preset.PresetField.JITTER;
import static org.jmoe.routing.preset.PresetField.NOISE_STD;
import static org.jmoe.routing.preset.PresetField.NORMALISE;
import static org.jmoe.routing.preset.PresetField.SCALE;
import static org.jmoe.routing.preset.PresetField.SCALING_FACTOR;
import static org.jmoe.routing.preset.PresetField.THRESHOLD;
import static org.jmoe.routing.preset.PresetField.UPDATE_RATE;

import com.google.common.base.Preconditions;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.primitives.ImmutableLongArray;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.CapacityRule;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.plan.Survivors;
import org.jmoe.routing.ScoreFunction;
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
import org.jmoe.routing.soft.DenseSoftRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.top2.DeepSpeedTop2Router;
import org.jmoe.routing.top2.FastMoeGShardRouter;
import org.jmoe.routing.top2.GShardRouter;
import org.jmoe.routing.top2.NllbRouter;
import org.jmoe.routing.top2.SecondExpert;
import org.jmoe.routing.topk.CosineRouter;
import org.jmoe.routing.topk.DeepSeekV2Router;
import org.jmoe.routing.topk.DeepSpeedTop1Router;
import org.jmoe.routing.topk.DeepSpeedTopKRouter;
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

/** Published routers by name of their system. The file is long because it is a table. */
public final class RouterPresets {
  private RouterPresets() {}

  /** Returns all presets. */
  public static ImmutableList<RouterPreset> all() {
    return ImmutableList.of(
        preset(
            "mixtral",
            "Jiang et al. 2024, Mixtral of Experts",
            ImmutableMap.of(
                PresetField.K, 2.0, PresetField.NORMALISE, 1.0, PresetField.SCALING_FACTOR, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new TopKRouter.Spec(v.k(), v.on(NORMALISE), v.number(SCALING_FACTOR), c)),
        preset(
            "qwen3",
            "Yang et al. 2025, Qwen3 technical report",
            ImmutableMap.of(
                PresetField.K, 8.0, PresetField.NORMALISE, 1.0, PresetField.SCALING_FACTOR, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new TopKRouter.Spec(v.k(), v.on(NORMALISE), v.number(SCALING_FACTOR), c)),
        preset(
            "olmoe",
            "Muennighoff et al. 2024, OLMoE",
            ImmutableMap.of(
                PresetField.K, 8.0, PresetField.NORMALISE, 0.0, PresetField.SCALING_FACTOR, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new TopKRouter.Spec(v.k(), v.on(NORMALISE), v.number(SCALING_FACTOR), c)),
        preset(
            "gpt-oss",
            "OpenAI 2025, gpt-oss model card",
            ImmutableMap.of(PresetField.K, 4.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new GptOssRouter.Spec(v.k(), c)),
        preset(
            "switch",
            "Fedus et al. 2022, Switch Transformers",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.FLAXFORMER,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new SwitchRouter.Spec(0, only(1, v, c))),
        preset(
            "gshard",
            "Lepikhin et al. 2020, GShard (lingvo, Mesh TensorFlow)",
            ImmutableMap.of(
                PresetField.K, 2.0, PresetField.THRESHOLD, 0.2, PresetField.NORMALISE, 1.0),
            PublishedCapacity.LINGVO,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            RouterPresets::gshard),
        preset(
            "nllb-random",
            "NLLB Team 2022, No Language Left Behind, second expert: random",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.NORMALISE, 0.0),
            PublishedCapacity.FAIRSEQ_TOP2,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> nllb(SecondExpert.RANDOM, v, c)),
        preset(
            "nllb-sampling",
            "NLLB Team 2022, No Language Left Behind, second expert: sampling",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.NORMALISE, 0.0),
            PublishedCapacity.FAIRSEQ_TOP2,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> nllb(SecondExpert.SAMPLING, v, c)),
        preset(
            "nllb-all",
            "NLLB Team 2022, No Language Left Behind, second expert: all",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.NORMALISE, 0.0),
            PublishedCapacity.FAIRSEQ_TOP2,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> nllb(SecondExpert.ALL, v, c)),
        preset(
            "deepseek-v2",
            "DeepSeek-AI 2024, DeepSeek-V2",
            ImmutableMap.of(
                PresetField.K,
                6.0,
                PresetField.GROUPS,
                8.0,
                PresetField.GROUPS_KEPT,
                3.0,
                PresetField.SCALING_FACTOR,
                16.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new DeepSeekV2Router.Spec(v.k(), v.groups(), v.number(SCALING_FACTOR), c)),
        preset(
            "deepseek-v3",
            "DeepSeek-AI 2024, DeepSeek-V3 technical report",
            ImmutableMap.of(
                PresetField.K,
                8.0,
                PresetField.GROUPS,
                8.0,
                PresetField.GROUPS_KEPT,
                4.0,
                PresetField.NORMALISE,
                1.0,
                PresetField.SCALING_FACTOR,
                2.5,
                PresetField.UPDATE_RATE,
                0.001),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            RouterPresets::deepSeekV3),
        preset(
            "megatron-softmax",
            "NVIDIA, Megatron-LM: softmax over the chosen logits",
            ImmutableMap.of(
                PresetField.K,
                2.0,
                PresetField.GROUPS,
                1.0,
                PresetField.GROUPS_KEPT,
                1.0,
                PresetField.SCALING_FACTOR,
                1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> megatron(ScoreFunction.SOFTMAX, false, v, c)),
        preset(
            "megatron-pre-softmax",
            "NVIDIA, Megatron-LM: softmax before the choice",
            ImmutableMap.of(
                PresetField.K,
                2.0,
                PresetField.GROUPS,
                1.0,
                PresetField.GROUPS_KEPT,
                1.0,
                PresetField.SCALING_FACTOR,
                1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> megatron(ScoreFunction.SOFTMAX, true, v, c)),
        preset(
            "megatron-sigmoid",
            "NVIDIA, Megatron-LM: sigmoid scores with expert bias",
            ImmutableMap.of(
                PresetField.K,
                2.0,
                PresetField.GROUPS,
                1.0,
                PresetField.GROUPS_KEPT,
                1.0,
                PresetField.SCALING_FACTOR,
                1.0,
                PresetField.UPDATE_RATE,
                0.001),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> megatron(ScoreFunction.SIGMOID, false, v, c)),
        preset(
            "megatron-sqrtsoftplus",
            "NVIDIA, Megatron-LM: sqrtsoftplus scores with expert bias",
            ImmutableMap.of(
                PresetField.K,
                2.0,
                PresetField.GROUPS,
                1.0,
                PresetField.GROUPS_KEPT,
                1.0,
                PresetField.SCALING_FACTOR,
                1.0,
                PresetField.UPDATE_RATE,
                0.001),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> megatron(ScoreFunction.SQRT_SOFTPLUS, false, v, c)),
        preset(
            "megatron-group-limited",
            "NVIDIA, Megatron-LM: group-limited top-k of sigmoid scores",
            ImmutableMap.of(
                PresetField.K,
                8.0,
                PresetField.GROUPS,
                8.0,
                PresetField.GROUPS_KEPT,
                4.0,
                PresetField.SCALING_FACTOR,
                1.0,
                PresetField.UPDATE_RATE,
                0.001),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> megatron(ScoreFunction.SIGMOID, false, v, c)),
        preset(
            "torchtitan",
            "PyTorch, torchtitan models/common/moe.py",
            ImmutableMap.of(
                PresetField.K,
                1.0,
                PresetField.GROUPS,
                1.0,
                PresetField.GROUPS_KEPT,
                1.0,
                PresetField.NORMALISE,
                0.0,
                PresetField.SCALING_FACTOR,
                1.0,
                PresetField.UPDATE_RATE,
                0.001),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            RouterPresets::torchTitan),
        preset(
            "megablocks",
            "Gale et al. 2022, MegaBlocks",
            ImmutableMap.of(PresetField.K, 1.0, PresetField.P, 0.0),
            PublishedCapacity.MEGABLOCKS,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new MegaBlocksRouter.Spec(v.k(), v.number(PresetField.P), c)),
        preset(
            "deepspeed-top1",
            "Rajbhandari et al. 2022, DeepSpeed-MoE: top1gating",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.DEEPSPEED,
            DropOrder.RANDOM,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new DeepSpeedTop1Router.Spec(false, only(1, v, c))),
        preset(
            "deepspeed-top2",
            "Rajbhandari et al. 2022, DeepSpeed-MoE: top2gating",
            ImmutableMap.of(PresetField.K, 2.0),
            PublishedCapacity.DEEPSPEED,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new DeepSpeedTop2Router.Spec(true, only(2, v, c))),
        preset(
            "deepspeed-topk",
            "Rajbhandari et al. 2022, DeepSpeed-MoE: topkgating",
            ImmutableMap.of(PresetField.K, 2.0),
            PublishedCapacity.DEEPSPEED,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new DeepSpeedTopKRouter.Spec(v.k(), c)),
        preset(
            "tutel",
            "Hwang et al. 2023, Tutel",
            ImmutableMap.of(
                PresetField.K, 2.0, PresetField.NORMALISE, 1.0, PresetField.NOISE_STD, 0.0),
            PublishedCapacity.TUTEL,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.TUTEL,
            (v, c) -> new TutelRouter.Spec(v.k(), v.on(NORMALISE), v.number(NOISE_STD), c)),
        preset(
            "fastmoe-gshard",
            "He et al. 2021, FastMoE: gshard_gate.py",
            ImmutableMap.of(PresetField.K, 2.0),
            PublishedCapacity.FASTMOE_GSHARD,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new FastMoeGShardRouter.Spec(true, only(2, v, c))),
        preset(
            "st-moe",
            "Zoph et al. 2022, ST-MoE (st-moe-pytorch)",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.THRESHOLD, 0.2),
            PublishedCapacity.MESH,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new StMoeRouter.Spec(v.k(), v.number(THRESHOLD), c)),
        preset(
            "shazeer-noisy-top-k",
            "Shazeer et al. 2017, Outrageously Large Neural Networks",
            ImmutableMap.of(PresetField.K, 4.0, PresetField.NOISE_STD, Math.log(2) + 0.01),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new NoisyTopKRouter.Spec(v.k(), c)),
        preset(
            "vmoe-noisy",
            "Riquelme et al. 2021, V-MoE",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.NOISE_STD, 1.0),
            PublishedCapacity.VMOE,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.VMOE,
            (v, c) -> new VMoeRouter.Spec(v.k(), v.number(NOISE_STD), c)),
        preset(
            "expert-choice-vmoe",
            "Zhou et al. 2022, expert choice (V-MoE)",
            ImmutableMap.of(),
            PublishedCapacity.VMOE,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new ExpertChoiceRouter.Spec(false, c)),
        preset(
            "expert-choice-flaxformer",
            "Zhou et al. 2022, expert choice (flaxformer)",
            ImmutableMap.of(),
            PublishedCapacity.FLAXFORMER,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new ExpertChoiceRouter.Spec(false, c)),
        preset(
            "expert-choice-praxis",
            "Zhou et al. 2022, expert choice (Praxis, second version)",
            ImmutableMap.of(),
            PublishedCapacity.PRAXIS_V2,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new ExpertChoiceRouter.Spec(true, c)),
        preset(
            "soft-moe",
            "Puigcerver et al. 2024, From Sparse to Soft Mixtures of Experts",
            ImmutableMap.of(PresetField.SCALE, 1.0),
            PublishedCapacity.SOFT_MOE,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new SoftMoeRouter.Spec(1)),
        preset(
            "hash",
            "Roller et al. 2021, Hash Layers",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new HashRouter.Spec(v.k(), ImmutableLongArray.of(), false, c)),
        preset(
            "base",
            "Lewis et al. 2021, BASE Layers",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            RouterPresets::base),
        preset(
            "sinkhorn",
            "Clark et al. 2022, Unified Scaling Laws (Megatron-LM)",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new SinkhornRouter.Spec(v.k(), c)),
        preset(
            "quantile",
            "NVIDIA, Megatron-LM: quantile balancing",
            ImmutableMap.of(PresetField.K, 2.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new QuantileRouter.Spec(v.k(), c)),
        preset(
            "top-p-dynamic",
            "Huang et al. 2024, Harder Tasks Need More Experts (Dynamic MoE)",
            ImmutableMap.of(PresetField.P, 0.4),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> topP(TopPRouter.Form.DYNAMIC, 0, v, c)),
        preset(
            "top-p-strict",
            "brineylab, TopPRouter",
            ImmutableMap.of(PresetField.P, 0.7),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> topP(TopPRouter.Form.STRICT, 0, v, c)),
        preset(
            "top-p-mindspore",
            "Huawei, MindSpore TopPRouter",
            ImmutableMap.of(PresetField.P, 0.5, PresetField.K, 2.0),
            PublishedCapacity.MINDSPORE,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> topP(TopPRouter.Form.MINDSPORE, v.k(), v, c)),
        preset(
            "top-any",
            "Guo et al. 2024, Dynamic Mixture of Experts (DynMoE)",
            ImmutableMap.of(PresetField.SCALE, 10.0, PresetField.THRESHOLD, 0.5),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new TopAnyRouter.Spec(v.number(SCALE), v.number(THRESHOLD), c)),
        preset(
            "phimoe",
            "Liu et al. 2024, GRIN: SparseMixer-v2 (Phi-3.5-MoE)",
            ImmutableMap.of(PresetField.JITTER, 0.01),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new SparseMixerRouter.Spec(v.number(JITTER), c)),
        preset(
            "longcat",
            "Meituan 2025, LongCat-Flash technical report",
            ImmutableMap.of(
                PresetField.K,
                12.0,
                PresetField.SCALING_FACTOR,
                6.0,
                PresetField.UPDATE_RATE,
                0.001,
                PresetField.ZERO_EXPERTS,
                0.0),
            PublishedCapacity.MEGATRON,
            DropOrder.PROBABILITY,
            RouterPreset.VariationFamily.SHAZEER,
            RouterPresets::longCat),
        preset(
            "cosine",
            "Chi et al. 2022, On the Representation Collapse of Sparse MoE (Tutel)",
            ImmutableMap.of(PresetField.K, 2.0, PresetField.SCALE, 2.0, PresetField.NORMALISE, 1.0),
            PublishedCapacity.TUTEL,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.TUTEL,
            RouterPresets::cosine),
        preset(
            "dense-soft",
            "Jacobs et al. 1991, Adaptive Mixtures of Local Experts",
            ImmutableMap.of(),
            PublishedCapacity.MEGATRON,
            DropOrder.K_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new DenseSoftRouter.Spec()),
        preset(
            "uniform",
            "control: round-robin",
            ImmutableMap.of(PresetField.K, 1.0, PresetField.NORMALISE, 0.0),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new UniformRouter.Spec(v.k(), v.on(NORMALISE), c)),
        preset(
            "random",
            "control: random experts",
            ImmutableMap.of(PresetField.K, 1.0),
            PublishedCapacity.MEGATRON,
            DropOrder.TOKEN_MAJOR,
            RouterPreset.VariationFamily.SHAZEER,
            (v, c) -> new RandomRouter.Spec(v.k(), c)));
  }

  /** Finds a preset by name. */
  public static Optional<RouterPreset> find(String name) {
    return all().stream().filter(preset -> preset.name().equals(name)).findFirst();
  }

  /** Returns all names in the order of the list. */
  public static List<String> names() {
    return all().stream().map(RouterPreset::name).toList();
  }

  private static RouterPreset preset(
      String name,
      String paper,
      ImmutableMap<PresetField, Double> defaults,
      CapacityRule rule,
      DropOrder order,
      RouterPreset.VariationFamily family,
      BiFunction<PresetValues, Capacity, RouterSpec> builder) {
    return new RouterPreset(name, paper, new PresetValues(defaults), rule, order, family, builder);
  }

  static RouterSpec gshard(PresetValues v, Capacity c) {
    Capacity capacity = only(2, v, c);
    // lingvo without legacy_mtf_behavior normalizes after dropping.
    Capacity kept = v.on(NORMALISE) ? capacity : capacity.withSurvivors(Survivors.RENORMALISED);
    return new GShardRouter.Spec(SecondExpert.RANDOM, v.number(THRESHOLD), 0, kept);
  }

  static RouterSpec nllb(SecondExpert policy, PresetValues v, Capacity c) {
    return new NllbRouter.Spec(policy, v.on(NORMALISE), only(2, v, c));
  }

  static RouterSpec deepSeekV3(PresetValues v, Capacity c) {
    return new DeepSeekV3Router.Spec(
        v.k(), v.groups(), v.on(NORMALISE), v.number(SCALING_FACTOR), v.number(UPDATE_RATE), c);
  }

  static RouterSpec megatron(ScoreFunction score, boolean pre, PresetValues v, Capacity c) {
    double rate = score == ScoreFunction.SOFTMAX ? 0 : v.number(UPDATE_RATE);
    return new MegatronRouter.Spec(
        score, pre, v.k(), v.groups(), v.number(SCALING_FACTOR), rate, c);
  }

  static RouterSpec torchTitan(PresetValues v, Capacity c) {
    return new TorchTitanRouter.Spec(
        ScoreFunction.SIGMOID,
        v.k(),
        v.groups(),
        v.on(NORMALISE),
        v.number(SCALING_FACTOR),
        v.number(UPDATE_RATE),
        c);
  }

  static RouterSpec base(PresetValues v, Capacity c) {
    only(1, v, c);
    return new BaseRouter.Spec();
  }

  static RouterSpec topP(TopPRouter.Form form, int k, PresetValues v, Capacity c) {
    return new TopPRouter.Spec(form, v.number(PresetField.P), k, c);
  }

  static RouterSpec longCat(PresetValues v, Capacity c) {
    int identities = (int) v.number(PresetField.ZERO_EXPERTS);
    return new LongCatRouter.Spec(
        v.k(), identities, v.number(SCALING_FACTOR), v.number(UPDATE_RATE), c);
  }

  static RouterSpec cosine(PresetValues v, Capacity c) {
    return new CosineRouter.Spec(v.k(), 0, v.number(SCALE), v.on(NORMALISE), c);
  }

  /** Returns the capacity after checking k for a router with fixed k. */
  static Capacity only(int k, PresetValues v, Capacity capacity) {
    Preconditions.checkArgument(v.k() == k, "k must be %s for this router, not %s", k, v.k());
    return capacity;
  }
}
