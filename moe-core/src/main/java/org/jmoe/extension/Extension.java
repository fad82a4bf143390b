package org.jmoe.extension;

/**
 * What one module or one user's project adds to jmoe, as an explicit list:
 *
 * <pre>{@code
 * public final class MyExtension implements Extension {
 *   @Override
 *   public void contribute(Extensions.Builder to) {
 *     to.type(RouterSpec.class, TemperatureRouter.Spec.class);
 *     to.value(Experiment.class, new MyExperiment());
 *   }
 * }
 * }</pre>
 *
 * <p>{@link java.util.ServiceLoader} finds it by a line with its class name in {@code
 * META-INF/services/org.jmoe.extension.Extension}; the class is public and has a public constructor
 * without parameters. jmoe's own modules are extended in the same way.
 */
@FunctionalInterface
public interface Extension {
  /** Adds everything there is to add. */
  void contribute(Extensions.Builder to);
}
