package org.jmoe.planning;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jmoe.planning.model.MoeSize;
import org.jmoe.planning.model.PlannedModel;
import org.jmoe.tensor.Seed;

/**
 * Complete result of planning.
 *
 * @param model the planned model
 * @param cluster its cluster
 * @param workload tokens and precision of a step
 * @param load expert load that times and memory are computed for
 * @param plans the plans that fit, fastest first
 * @param considered number of layouts evaluated
 * @param factors capacity factors for which drops are counted
 * @param studies the best plan under several loads; empty for a dense model
 */
public record PlanReport(
    PlannedModel model,
    Cluster cluster,
    Workload workload,
    AssumedLoad load,
    ImmutableList<Plan> plans,
    int considered,
    ImmutableList<Double> factors,
    ImmutableList<LoadStudy> studies) {
  private static final ImmutableList<Double> FACTORS = ImmutableList.of(1.0, 1.25, 1.5, 2.0);

  /**
   * * Searches all layouts and returns the report.
   *
   * @throws org.jmoe.training.config.ConfigException if no layout fits
   */
  public static PlanReport of(
      PlannedModel model,
      Cluster cluster,
      Workload workload,
      AssumedLoad load,
      Predicate<Layout> allowed,
      Seed seed) {
    Planner planner = new Planner(model.sizes(), workload, load, allowed, seed);
    ImmutableList<Plan> plans = planner.plans(cluster);
    TreeSet<Double> factors = new TreeSet<>(FACTORS);
    if (!workload.dropless()) {
      factors.add(workload.capacity());
    }
    PlanReport report =
        new PlanReport(
            model,
            cluster,
            workload,
            load,
            plans,
            planner.considered(cluster),
            ImmutableList.copyOf(factors),
            ImmutableList.of());
    return report.studied(seed);
  }

  private PlanReport studied(Seed seed) {
    MoeSize moe = model.sizes().moe();
    if (moe == null) {
      return this;
    }
    List<AssumedLoad> loads =
        load instanceof AssumedLoad.Balanced
            ? List.of(
                load, new AssumedLoad.Zipf(0), new AssumedLoad.Zipf(0.5), new AssumedLoad.Zipf(1))
            : List.of(load);
    ImmutableList<LoadStudy> studies =
        loads.stream().map(each -> study(moe, each, seed)).collect(ImmutableList.toImmutableList());
    return new PlanReport(model, cluster, workload, load, plans, considered, factors, studies);
  }

  private LoadStudy study(MoeSize moe, AssumedLoad other, Seed seed) {
    Layout layout = best().layout();
    long local = layout.localTokens(workload.sequence());
    Imbalance imbalance =
        new ImbalanceSimulation(moe, layout.experts(), local, seed).of(other, factors);
    StepCost cost = new StepCost(model.sizes(), cluster, workload.withoutCapacity(), layout);
    double slowdown = cost.estimate(imbalance.crowding()).serial() / cost.estimate(1).serial();
    return new LoadStudy(other, imbalance, slowdown);
  }

  /** Returns the plan with the highest throughput. */
  public Plan best() {
    return plans.get(0);
  }
}
