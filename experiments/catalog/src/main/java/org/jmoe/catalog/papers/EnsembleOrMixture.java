package org.jmoe.catalog.papers;

import java.util.List;
import org.jmoe.catalog.engine.Arm;
import org.jmoe.catalog.engine.Budget;
import org.jmoe.catalog.engine.Check;
import org.jmoe.catalog.engine.Column;
import org.jmoe.catalog.engine.Experiment;
import org.jmoe.catalog.engine.Paper;
import org.jmoe.catalog.engine.Results;
import org.jmoe.catalog.trial.EnsembleTrial;
import org.jmoe.catalog.trial.RunMeasures;
import org.jmoe.catalog.trial.RunTrial;
import org.jmoe.catalog.trial.TinyLanguage;
import org.jmoe.experts.FeedForwardExperts;
import org.jmoe.layer.MoeLayer;
import org.jmoe.routing.loss.SwitchBalance;
import org.jmoe.routing.topk.TopKRouter;
import org.jmoe.layer.LossTerm;

/** Two averaged dense models compared with a mixture that uses two of eight experts. */
public final class EnsembleOrMixture implements Experiment {
  private static final int STEPS = 600;
  private static final int HIDDEN = 128;
  private static final int K = 2;
  private static final String MIXTURE = "mixture";
  private static final String ENSEMBLE = "ensemble";

  @Override
  public String name() {
    return "ensemble";
  }

  @Override
  public String question() {
    return "At the cost of two feed-forwards per token, are two dense models or one model with two"
        + " of eight experts better?";
  }

  @Override
  public Paper paper() {
    return new Paper(
        "no table at equal cost; Allingham et al. 2022, Sparse MoEs meet Efficient Ensembles, arXiv"
            + " 2110.03360, is nearest",
        "section 3",
        "none");
  }

  @Override
  public String setting() {
    return TinyLanguage.TOLD
        + " Feed-forwards of width 128; the ensemble averages the probabilities of two dense models"
        + " with different initial weights and data orders, so it also has two attentions and costs"
        + " more; the mixture uses two of eight experts, balance loss 0.01; 600 steps. The dense"
        + " model of width 256 has the mixture's active parameters.";
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
    MoeLayer.Spec moe =
        new MoeLayer.Spec(8, TopKRouter.Spec.of(K), FeedForwardExperts.Spec.relu(HIDDEN));
    return List.of(
        new Arm(
            MIXTURE,
            "two of eight experts",
            RunTrial.of(TinyLanguage.sparse(steps, moe, new LossTerm(new SwitchBalance(), 0.01)))),
        new Arm(
            ENSEMBLE,
            "average of two dense models",
            new EnsembleTrial(TinyLanguage.dense(steps, HIDDEN), K)),
        new Arm(
            "dense",
            "one dense model of twice the width",
            RunTrial.of(TinyLanguage.dense(steps, K * HIDDEN))));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.own(RunMeasures.NATS, "nats", 4),
        Column.own(EnsembleTrial.MEMBER, "nats of one member", 4),
        Column.own(RunMeasures.ACTIVE, "active parameters", 0),
        Column.own(RunMeasures.PARAMETERS, "parameters", 0));
  }

  @Override
  public List<Check> judge(Results results) {
    return List.of(
        Check.mean(
                "the mixture beats the ensemble",
                "nats of ensemble minus mixture above 0",
                results.difference(ENSEMBLE, MIXTURE, RunMeasures.NATS),
                4,
                d -> d > 0)
            .informational());
  }
}
