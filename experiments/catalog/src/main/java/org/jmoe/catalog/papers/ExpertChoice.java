package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.List;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Statistic;
import org.jmoe.catalog.trial.MaskedTrial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.topk.TopKRouter;

/** Zhou et al. 2022 and OLMoE: expert choice compared with token choice. */
public final class ExpertChoice implements Experiment {
  private static final int STEPS = 500;
  private static final int EXPERTS = 16;
  private static final int HIDDEN = 64;
  private static final String DROPPING = "tokens-1.25";
  private static final String FREE = "tokens-dropless";
  private static final String CHOICE = "experts-2";
  private static final String CAPPED = "experts-2-capped";

  @Override
  public String name() {
    return "expert-choice";
  }

  @Override
  public String question() {
    return "Does expert choice beat token choice, with drops and dropless?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Zhou et al. 2022, Mixture-of-Experts with Expert Choice Routing, NeurIPS, arXiv"
            + " 2202.09368; Muennighoff et al. 2024, OLMoE, arXiv 2409.02060",
        "sections 4.2 and 4.3 of the first (twice as fast as GShard with drops); section 4.1.4 of"
            + " the second (dropless token choice is better)",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return masked()
        + " 16 experts of width 64, two per token on average; balance loss 0.01 for token choice;"
        + " 500 steps. Neither paper's task: theirs are language models.";
  }

  /** Set-up of masked trials, for reports. */
  static String masked() {
    return "A bidirectional model of 2 layers of width 64 predicts 15 % masked bytes of Java"
        + " source, so a router may see all tokens; 1,024 tokens per step in a single pass,"
        + " AdamW at 3e-3 with warm-up and cosine decay. Loss is held-out nats per masked"
        + " byte, with the same masks for every arm and seed.";
  }

  @Override
  public int minutes() {
    return 8;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    Capacity limited =
        Capacity.dropless()
            .withRule(PublishedCapacity.MEGATRON, 1.25, 1.25)
            .withOrder(DropOrder.K_MAJOR);
    Capacity two = new Capacity(PublishedCapacity.VMOE, 2, 2, 1, DropOrder.K_MAJOR);
    return List.of(
        arm(DROPPING, "top-2, capacity factor 1.25", new TopKRouter.Spec(2, true, limited), budget),
        arm(FREE, "top-2, dropless", TopKRouter.Spec.of(2), budget),
        arm(CHOICE, "expert choice, factor 2", new ExpertChoiceRouter.Spec(false, 0, two), budget),
        arm(
            CAPPED,
            "the same, at most two experts per token",
            new ExpertChoiceRouter.Spec(false, 2, two),
            budget));
  }

  private static Arm arm(String name, String description, RouterSpec router, Budget budget) {
    MoeLayer.Spec moe = new MoeLayer.Spec(EXPERTS, router, FeedForwardExperts.Spec.relu(HIDDEN));
    return new Arm(name, description, new MaskedTrial(moe, budget.steps(STEPS)));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 3),
        Column.own(RunMeasures.DROPPED, "dropped", 3),
        Column.own(MaskedTrial.UNSERVED, "tokens without an expert", 3),
        Column.own(MaskedTrial.MANY, "tokens with more than two", 3),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    checks.add(
        Check.everySeed(
            "expert choice is balanced by construction",
            "max/mean at most 1.000001 for every seed",
            results.of(CHOICE, RunMeasures.MAX_OVER_MEAN),
            3,
            m -> m <= 1.000001));
    checks.add(
        Check.mean(
            "expert choice beats token choice with drops",
            "nats of tokens-1.25 minus experts-2 above 0",
            results.difference(DROPPING, CHOICE, RunMeasures.NATS),
            4,
            d -> d > 0));
    Statistic gap = results.difference(FREE, CHOICE, RunMeasures.NATS);
    checks.add(
        Check.mean(
            "dropless token choice is at least as good as expert choice",
            "nats of tokens-dropless minus experts-2 at most one standard error",
            gap,
            4,
            d -> d <= gap.standardError()));
    checks.add(
        Check.mean(
            "expert choice uses unequal numbers of experts per token (published: 26 % have more"
                + " than two)",
            "between 5 and 60 % of the tokens have more than two experts",
            results.of(CHOICE, MaskedTrial.MANY),
            3,
            m -> m >= 0.05 && m <= 0.6));
    return checks;
  }
}
