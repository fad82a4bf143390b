package org.jmoe.extension;

/**
 * A list of components that a module or a user's project adds to jmoe:
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
 * <p>Extensions are found by {@link java.util.ServiceLoader}: list the class name in {@code
 * META-INF/services/org.jmoe.extension.Extension} and give the public class a public no-argument
 * constructor. jmoe's own modules are registered in the same way.
 */
@FunctionalInterface
public interface Extension {
  /** Registers the components. */
  void contribute(Extensions.Builder to);
}
