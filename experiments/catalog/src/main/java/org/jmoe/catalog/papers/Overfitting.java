package org.jmoe.catalog.papers;

import java.util.List;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.engine.Trial;
import org.jmoe.catalog.trial.PlantedTrial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.tensor.Activation;
import org.jmoe.training.config.RunConfig;
import org.jmoe.training.optimizer.AdamW;
import org.jmoe.training.optimizer.ParameterGroup;

/** Repeated passes over a small corpus: what keeps a mixture from memorising it. */
public final class Overfitting implements Experiment {
  private static final int STEPS = 400;
  private static final int SEQUENCES = 40; // per domain, half of them held out
  private static final int HIDDEN = 128;
  private static final double DROPOUT = 0.4;
  private static final double DECAY = 30;
  private static final String DENSE = "dense";
  private static final String PLAIN = "mixture";

  @Override
  public String name() {
    return "overfitting";
  }

  @Override
  public String question() {
    return "On a small corpus repeated many times, does a mixture overfit more than its dense"
        + " counterpart, and do expert dropout or router weight decay help?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "Fedus, Zoph and Shazeer 2022, Switch Transformers, arXiv 2101.03961 (expert dropout 0.4"
            + " helps fine-tuning on small tasks)",
        "section 2.4, table 4",
        "remembered; for other tasks, so not shown next to ours");
  }

  @Override
  public String setting() {
    return "The tiny language model of the other experiments on 8 planted Markov chains over 32"
        + " tokens, 20 training sequences of 129 tokens each (about 20,000 tokens, 20"
        + " epochs) and as many held out; each seed has its own corpus, the same in every"
        + " arm; 8 experts of width 128, top-2, balance loss 0.01; 400 steps. Router decay"
        + " is 30 times the usual 0.1.";
  }

  @Override
  public int minutes() {
    return 7;
  }

  @Override
  public int seeds() {
    return 3;
  }

  @Override
  public List<Arm> arms(Budget budget) {
    int steps = budget.steps(STEPS);
    RunConfig dense = TinyLanguage.dense(steps, 2 * HIDDEN);
    return List.of(
        new Arm(PLAIN, "no regularisation", planted(mixture(steps, 0, 1))),
        new Arm(
            "expert-dropout", "dropout of 0.4 inside experts", planted(mixture(steps, DROPOUT, 1))),
        new Arm(
            "router-decay", "weight decay of 3 on the router", planted(mixture(steps, 0, DECAY))),
        new Arm("both", "both", planted(mixture(steps, DROPOUT, DECAY))),
        new Arm(DENSE, "dense, equal active parameters", planted(dense)));
  }

  private static Trial planted(RunConfig config) {
    return new PlantedTrial(config, SEQUENCES);
  }

  private static RunConfig mixture(int steps, double dropout, double decay) {
    MoeLayer.Spec moe =
        new MoeLayer.Spec(
            8,
            TopKRouter.Spec.of(2),
            new FeedForwardExperts.Spec(HIDDEN, Activation.RELU, false, dropout));
    RunConfig config = TinyLanguage.sparse(steps, moe, PlantedTrial.balance());
    double rate = config.training().optimizer().rate();
    AdamW.Spec optimizer =
        AdamW.Spec.of(rate).withGroups(new ParameterGroup("/moe/router/", 1, decay, false));
    return config.withTraining(config.training().toBuilder().optimizer(optimizer).build());
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "final held-out nats", 4),
        Column.own(PlantedTrial.OVERFIT, "rise above the minimum", 4),
        Column.own(RunMeasures.SPECIALISATION, "domain specialisation", 3));
  }

  @Override
  public List<Check> judge(Results results) {
    return List.of(
        Check.mean(
                "a mixture overfits more than its dense counterpart",
                "rise of mixture minus dense above 0",
                results.difference(PLAIN, DENSE, PlantedTrial.OVERFIT),
                4,
                d -> d > 0)
            .informational(),
        helps(results, "expert-dropout"),
        helps(results, "router-decay"),
        helps(results, "both"));
  }

  private static Check helps(Results results, String arm) {
    return Check.mean(
            arm + " helps",
            "nats of mixture minus those of this arm above 0",
            results.difference(PLAIN, arm, RunMeasures.NATS),
            4,
            d -> d > 0)
        .informational();
  }
}
