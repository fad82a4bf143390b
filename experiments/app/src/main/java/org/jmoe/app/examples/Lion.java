package org.jmoe.app.examples;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.jmoe.tensor.Ops;
import org.jmoe.training.optimizer.Optimizer;
import org.jmoe.training.optimizer.OptimizerSpec;
import org.jmoe.training.optimizer.TensorOptimizer;
import org.jmoe.training.optimizer.TrainedTensor;

/** Lion (Chen et al. 2023, Symbolic Discovery of Optimization Algorithms, program 1). */
public final class Lion extends TensorOptimizer {
  /** Optimizer settings. */
  public record Spec(double rate, double beta1, double beta2, double decay, double clip)
      implements OptimizerSpec {
    @Override
    public Optimizer build(List<TrainedTensor> tensors, NDManager manager) {
      return new Lion(this, tensors, manager);
    }
  }

  private final Spec spec;

  private Lion(Spec spec, List<TrainedTensor> tensors, NDManager manager) {
    super(spec, tensors, manager, "momentum");
    this.spec = spec;
  }

  @Override
  protected List<NDArray> update(
      TrainedTensor tensor, NDArray value, NDArray gradient, List<NDArray> states, double rate) {
    NDArray m = states.get(0);
    NDArray sign = mix(m, gradient, spec.beta1()).sign();
    NDArray decayed = Ops.scale(value, 1 - rate * spec.decay() * tensor.decay());
    return List.of(decayed.sub(Ops.scale(sign, rate)), mix(m, gradient, spec.beta2()));
  }

  private static NDArray mix(NDArray old, NDArray recent, double beta) {
    return Ops.scale(old, beta).add(Ops.scale(recent, 1 - beta));
  }
}
