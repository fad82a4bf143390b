package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.AutonomousExperts;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.experts.PeerExperts;
import org.jmoe.layer.ExpertsSpec;
import org.jmoe.layer.LossTerm;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.routing.adaptive.AdaptiveL1;
import org.jmoe.routing.adaptive.DensityBalance;
import org.jmoe.routing.adaptive.ExpertScoreRouter;
import org.jmoe.routing.adaptive.PrototypeRegularization;
import org.jmoe.routing.adaptive.PrototypeRouter;
import org.jmoe.routing.adaptive.ReluRouter;
import org.jmoe.routing.adaptive.RoutingFreeRouter;
import org.jmoe.routing.expertchoice.DepthPrediction;
import org.jmoe.routing.expertchoice.DepthRouter;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.preset.PresetField;
import org.jmoe.routing.preset.PresetValues;
import org.jmoe.routing.preset.RouterPreset;
import org.jmoe.routing.published.RouterPresets;
import org.jmoe.routing.specialisation.ExpertRouterCoupling;
import org.jmoe.routing.specialisation.OutputOrthogonality;
import org.jmoe.routing.specialisation.RoutingVariance;
import org.jmoe.routing.specialisation.SimilarityPreservation;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.transformer.AllowNonCausal;

/** Every published router at one budget, a comparison that no paper contains. */
public final class EveryRouter implements Experiment {
  private static final int STEPS = 300;
  private static final int EXPERTS = 8;
  private static final int HIDDEN = 64;
  private static final double K = 2;
  private static final String REFERENCE = "mixtral";
  private static final ExpertsSpec EXPERT = FeedForwardExperts.Spec.relu(HIDDEN);
  private static final LossTerm BALANCE = new LossTerm(new SwitchBalance(), 0.01);
  private static final int RANK = 8; // of experts that score tokens

  @Override
  public String name() {
    return "routers";
  }

  @Override
  public String question() {
    return "How do all published routers compare at one budget: quality, balance, specialisation"
        + " and speed?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "no paper tabulates them together; each router's own is named by jmoe presets --routers",
        "nowhere",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Both layers have 8 experts of width 64, two per token unless the router determines the"
        + " number, dropless where supported, Switch's balance loss of 0.01 in addition to the"
        + " router's own mechanism or loss; 300 steps. In routers marked as not causal, later"
        + " tokens influence the routing of earlier ones, so their loss is not a valid prediction"
        + " loss and looks better than it is. Dense-soft is the control of Jacobs et al. 1991: all"
        + " experts compute every token.";
  }

  @Override
  public int minutes() {
    return 20;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    List<Arm> arms = new ArrayList<>();
    for (RouterPreset preset : RouterPresets.all()) {
      RouterSpec router = router(preset);
      MoeLayer.Spec layer = new MoeLayer.Spec(EXPERTS, seen(router), EXPERT);
      arms.add(arm(preset.name(), layer, losses(router), preset.paper(), budget));
    }
    AutonomousExperts.Spec autonomous = new AutonomousExperts.Spec(HIDDEN, RANK);
    RouterSpec scores = new ExpertScoreRouter.Spec((int) K, Capacity.dropless());
    arms.add(
        arm(
            "autonomy-of-experts",
            new MoeLayer.Spec(EXPERTS, scores, autonomous),
            losses(scores),
            "Lv et al. 2025, Autonomy-of-Experts",
            budget));
    RouterSpec free = RoutingFreeRouter.Spec.of(K / EXPERTS);
    arms.add(
        arm(
            "routing-free",
            new MoeLayer.Spec(EXPERTS, free, autonomous),
            losses(free),
            "Liu et al. 2026, Routing-Free MoE",
            budget));
    RouterSpec all = new TopKRouter.Spec(1, false, Capacity.dropless());
    arms.add(
        arm(
            "peer",
            new MoeLayer.Spec(1, all, new PeerExperts.Spec(32, 4, 16, 16)),
            List.of(),
            "He 2024, Mixture of a Million Experts (PEER)",
            budget));
    MoeLayer.Spec mixtral = new MoeLayer.Spec(EXPERTS, TopKRouter.Spec.of((int) K), EXPERT);
    arms.add(
        arm(
            "simbal",
            mixtral,
            List.of(new LossTerm(new SimilarityPreservation(), 0.1)),
            "Omi et al. 2025, Similarity Preserving Routers",
            budget));
    arms.add(
        arm(
            "erc",
            mixtral,
            List.of(BALANCE, new LossTerm(new ExpertRouterCoupling(1), 1)),
            "Lv et al. 2025, Expert-router coupling",
            budget));
    arms.add(
        arm(
            "orthogonality-variance",
            mixtral,
            List.of(
                BALANCE,
                new LossTerm(new OutputOrthogonality(), 0.001),
                new LossTerm(new RoutingVariance(), 0.001)),
            "Guo et al. 2025, Advancing Expert Specialization",
            budget));
    return arms;
  }

  /** Returns Switch's balance loss and the router's own. */
  private static List<LossTerm> losses(RouterSpec router) {
    if (router instanceof ReluRouter.Spec) {
      return List.of(BALANCE, new LossTerm(new AdaptiveL1(), 1));
    }
    if (router instanceof RoutingFreeRouter.Spec) {
      return List.of(new LossTerm(new DensityBalance(0.5), 1));
    }
    if (router instanceof DepthRouter.Spec) {
      return List.of(new LossTerm(new DepthPrediction(), 0.01));
    }
    if (router instanceof PrototypeRouter.Spec) {
      return List.of(BALANCE, new LossTerm(new PrototypeRegularization(0.1, 0.01, 0.01), 1));
    }
    return List.of(BALANCE);
  }

  private static RouterSpec seen(RouterSpec router) {
    return router.causal() ? router : new AllowNonCausal(router);
  }

  private static RouterSpec router(RouterPreset preset) {
    Set<PresetField> fields = preset.defaults().numbers().keySet();
    Map<PresetField, Double> chosen = new EnumMap<>(PresetField.class);
    if (fields.contains(PresetField.K) && preset.defaults().k() > 1) {
      chosen.put(PresetField.K, K);
    }
    if (fields.contains(PresetField.ZERO_EXPERTS)) {
      chosen.put(
          PresetField.ZERO_EXPERTS, EXPERTS / 2.0); // LongCat-Flash: 256 identity to 512 experts
    }
    if (fields.contains(PresetField.COMPUTED)) { // half of twice as many choices compute
      chosen.put(PresetField.K, 2 * K);
      chosen.put(PresetField.COMPUTED, 0.5);
    }
    PresetValues values = preset.values(chosen, EXPERTS);
    return preset.spec(values, Capacity.dropless().withOrder(preset.order()));
  }

  private static Arm arm(
      String name, MoeLayer.Spec moe, List<LossTerm> losses, String paper, Budget budget) {
    return new Arm(
        name,
        paper + (moe.router() instanceof AllowNonCausal ? "; not causal" : ""),
        RunTrial.of(
            TinyLanguage.sparse(budget.steps(STEPS), moe, losses.toArray(LossTerm[]::new))));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.CV, "CV of the load", 3),
        Column.own(RunMeasures.IDLE, "idle experts", 3),
        Column.own(RunMeasures.DROPPED, "dropped", 3),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    Statistic uniform = results.difference("random", REFERENCE, RunMeasures.NATS);
    return List.of(
        Check.mean(
                "a learned choice beats a random one",
                "nats of random minus mixtral above 0",
                uniform,
                4,
                d -> d > 0)
            .informational());
  }
}
