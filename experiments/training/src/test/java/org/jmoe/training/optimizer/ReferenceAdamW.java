package org.jmoe.training.optimizer;

/** Reference AdamW for one parameter, with plain loops in double precision. */
final class ReferenceAdamW {
  private final AdamW.Spec spec;
  private final double rate;
  private final double decay;
  private final double[] mean;
  private final double[] variance;
  private int step;

  ReferenceAdamW(AdamW.Spec spec, double rateFactor, double decayFactor, int size) {
    this.spec = spec;
    this.rate = spec.rate() * rateFactor;
    this.decay = spec.decay() * decayFactor;
    this.mean = new double[size];
    this.variance = new double[size];
  }

  void step(double[] x, double[] gradient, double schedule) {
    step++;
    for (int i = 0; i < x.length; i++) {
      x[i] -= rate * schedule * decay * x[i];
      mean[i] = spec.beta1() * mean[i] + (1 - spec.beta1()) * gradient[i];
      variance[i] = spec.beta2() * variance[i] + (1 - spec.beta2()) * gradient[i] * gradient[i];
      double m = mean[i] / (1 - Math.pow(spec.beta1(), step));
      double v = variance[i] / (1 - Math.pow(spec.beta2(), step));
      x[i] -= rate * schedule * m / (Math.sqrt(v) + spec.epsilon());
    }
  }
}
