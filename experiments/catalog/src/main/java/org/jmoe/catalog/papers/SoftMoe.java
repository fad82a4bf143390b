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
import org.jmoe.catalog.trial.MaskedTrial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.expertchoice.ExpertChoiceRouter;
import org.jmoe.routing.soft.SoftMoeRouter;
import org.jmoe.routing.topk.SwitchRouter;

/** Puigcerver et al. 2024: soft compared with sparse routing at equal slots. */
public final class SoftMoe implements Experiment {
  private static final int STEPS = 400;
  private static final int SLOTS = 128; // equal to the sequence length
  private static final int HIDDEN = 64;
  private static final int MAX_EXPERTS = 32;

  @Override
  public String name() {
    return "soft-moe";
  }

  @Override
  public String question() {
    return "At a fixed number of slots, does Soft MoE improve with more experts at no extra time,"
        + " and does it beat sparse routing?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Puigcerver, Riquelme, Mustafa and Houlsby 2024, From Sparse to Soft Mixtures of Experts,"
            + " ICLR, arXiv 2308.00951",
        "section 3: more than 40 times the parameters at 2 % more inference time",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return ExpertChoice.masked()
        + " The published experiments use images; here slots mix the bytes of a sequence, 128 slots"
        + " for 128 tokens for any number of experts, each of width 64; the sparse arms have 32"
        + " experts and as many slots (one per token on average); 400 steps.";
  }

  @Override
  public int minutes() {
    return 9;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    List<Arm> arms = new ArrayList<>();
    for (int experts = 1; experts <= MAX_EXPERTS; experts *= 4) {
      arms.add(soft(experts, budget));
    }
    arms.add(soft(MAX_EXPERTS, budget));
    Capacity one = new Capacity(PublishedCapacity.VMOE, 1, 1, 1, DropOrder.K_MAJOR);
    arms.add(
        arm(
            "tokens-32",
            "token choice, one of 32",
            MAX_EXPERTS,
            new SwitchRouter.Spec(0, one),
            budget));
    arms.add(
        arm(
            "experts-32",
            "expert choice, 32 experts",
            MAX_EXPERTS,
            new ExpertChoiceRouter.Spec(false, 0, one),
            budget));
    return arms;
  }

  private static Arm soft(int experts, Budget budget) {
    return arm(
        "soft-" + experts,
        "%d experts with %d slots each".formatted(experts, SLOTS / experts),
        experts,
        new SoftMoeRouter.Spec(SLOTS / experts),
        budget);
  }

  private static Arm arm(
      String name, String description, int experts, RouterSpec router, Budget budget) {
    MoeLayer.Spec moe = new MoeLayer.Spec(experts, router, FeedForwardExperts.Spec.relu(HIDDEN));
    return new Arm(name, description, new MaskedTrial(moe, budget.steps(STEPS)));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(RunMeasures.PARAMETERS, "parameters", 0),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    List<String> ladder = List.of("soft-1", "soft-4", "soft-16", "soft-32");
    for (int i = 1; i < ladder.size(); i++) {
      checks.add(
          Check.mean(
              "%s is no worse than %s".formatted(ladder.get(i), ladder.get(i - 1)),
              "nats minus those of the other at most 0",
              results.difference(ladder.get(i), ladder.get(i - 1), RunMeasures.NATS),
              4,
              d -> d <= 0));
    }
    for (String sparse : List.of("tokens-32", "experts-32")) {
      checks.add(
          Check.mean(
              "soft-32 is at least as good as " + sparse,
              "nats minus those of the other at most 0",
              results.difference("soft-32", sparse, RunMeasures.NATS),
              4,
              d -> d <= 0));
    }
    checks.add(
        Check.mean(
                "32 experts are as fast as one (timed on a shared machine)",
                "throughput of soft-32 over soft-1 at least 0.9",
                results.over(
                    seed ->
                        results.value("soft-32", seed, RunMeasures.SPEED)
                            / results.value("soft-1", seed, RunMeasures.SPEED)),
                2,
                r -> r >= 0.9)
            .informational());
    return checks;
  }
}
