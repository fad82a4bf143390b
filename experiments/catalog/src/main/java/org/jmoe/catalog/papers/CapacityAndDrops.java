package org.jmoe.catalog.papers;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.layer.RouterSpec;
import org.jmoe.plan.Capacity;
import org.jmoe.plan.DropOrder;
import org.jmoe.plan.PublishedCapacity;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.SwitchRouter;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;

/** Switch Transformer, table 1: quality lost and time saved by a smaller capacity. */
public final class CapacityAndDrops implements Experiment {
  private static final int STEPS = 300;
  private static final int EXPERTS = 16;
  private static final int HIDDEN = 128;
  private static final double EVALUATION = 2;
  private static final List<String> FACTORS = List.of("0.5", "1.0", "1.25", "2.0");
  private static final String FREE = "dropless";

  @Override
  public String name() {
    return "capacity";
  }

  @Override
  public String question() {
    return "How much quality does a smaller expert capacity cost, and does top-2 need it more than"
        + " top-1?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Fedus, Zoph and Shazeer 2022, Switch Transformers, JMLR 23(120), arXiv 2101.03961",
        "table 1 (128 experts; negative log perplexity after 100k steps)",
        "copied from a secondary source");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Both layers have 16 experts of width 128, top-1 (Switch) or top-2, so that top-2 does"
        + " twice the computation, as published; a balance loss of 0.01; 300 steps. Held-out text"
        + " is routed with a factor of 2, as published, and without a limit in the dropless arms."
        + " Tokens are served in their order. Published numbers are negative log perplexities with"
        + " the sign flipped, so lower is better in both columns.";
  }

  @Override
  public int minutes() {
    return 10;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    List<Arm> arms = new ArrayList<>();
    for (int k = 1; k <= 2; k++) {
      for (String factor : FACTORS) {
        Capacity limited =
            Capacity.dropless()
                .withRule(PublishedCapacity.MEGATRON, Double.parseDouble(factor), EVALUATION);
        arms.add(arm(k, factor, limited, budget));
      }
      arms.add(arm(k, FREE, Capacity.dropless(), budget));
    }
    return arms;
  }

  private static String name(int k, String factor) {
    return "top" + k + "-" + factor;
  }

  private static Arm arm(int k, String factor, Capacity capacity, Budget budget) {
    Capacity served = capacity.withOrder(DropOrder.TOKEN_MAJOR);
    RouterSpec router =
        k == 1 ? new SwitchRouter.Spec(0, served) : new TopKRouter.Spec(k, true, served);
    MoeLayer.Spec moe = new MoeLayer.Spec(EXPERTS, router, FeedForwardExperts.Spec.relu(HIDDEN));
    return new Arm(
        name(k, factor),
        "top-%d, capacity factor %s".formatted(k, factor.equals(FREE) ? "dropless" : factor),
        RunTrial.of(
            TinyLanguage.sparse(
                budget.steps(STEPS), moe, new LossTerm(new SwitchBalance(), 0.01))));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column(
            RunMeasures.NATS,
            "nats",
            4,
            Map.of(
                "top1-1.0", "1.561",
                "top1-1.25", "1.553",
                "top1-2.0", "1.554",
                "top2-1.0", "1.572",
                "top2-1.25", "1.559",
                "top2-2.0", "1.547")),
        Column.own(RunMeasures.DROPPED, "dropped in training", 4),
        Column.own(RunMeasures.MAX_OVER_MEAN, "max/mean load", 2),
        Column.own(RunMeasures.SPEED, "tokens/s of a fast step", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    List<Check> checks = new ArrayList<>();
    for (int k = 1; k <= 2; k++) {
      checks.add(drops(results, k));
      checks.add(
          Check.mean(
              "top-%d: a factor of 1.0 costs little compared with 2.0 (published: %s)"
                  .formatted(k, k == 1 ? "0.007" : "0.025"),
              "nats at 1.0 minus nats at 2.0 at most 0.03",
              gain(results, k),
              4,
              d -> d <= 0.03));
    }
    checks.add(
        Check.mean(
            "top-2 gains more from capacity than top-1 (published: by 0.018)",
            "gain of top-2 minus gain of top-1 above 0",
            results.over(
                seed -> {
                  int at = results.seeds().indexOf(seed);
                  return gain(results, 2).values().get(at) - gain(results, 1).values().get(at);
                }),
            4,
            d -> d > 0));
    for (int k = 1; k <= 2; k++) {
      checks.add(speed(results, k).informational());
    }
    return checks;
  }

  private static Statistic gain(Results results, int k) {
    return results.difference(name(k, "1.0"), name(k, "2.0"), RunMeasures.NATS);
  }

  private static Check drops(Results results, int k) {
    List<Double> means =
        FACTORS.stream().map(f -> results.of(name(k, f), RunMeasures.DROPPED).mean()).toList();
    return falling(
        "top-%d: larger factors drop fewer choices".formatted(k),
        "mean drop rate strictly decreasing over 0.5, 1.0, 1.25, 2.0",
        means,
        "%.4f");
  }

  private static Check speed(Results results, int k) {
    List<Double> means =
        FACTORS.stream().map(f -> results.of(name(k, f), RunMeasures.SPEED).mean()).toList();
    return falling(
        "top-%d: larger factors are slower (timed on a shared machine)".formatted(k),
        "mean throughput decreasing over 0.5, 1.0, 1.25, 2.0",
        means,
        "%.0f");
  }

  private static Check falling(String claim, String band, List<Double> means, String format) {
    boolean falls = true;
    for (int i = 1; i < means.size(); i++) {
      falls &= means.get(i) < means.get(i - 1);
    }
    return new Check(
        claim,
        band,
        String.join(", ", means.stream().map(m -> String.format(Locale.ROOT, format, m)).toList()),
        falls,
        true);
  }
}
