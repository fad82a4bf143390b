package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;

/** Checks that what an extension lists is tested. */
public final class OwnTests {
  private OwnTests() {}

  /**
   * Fails unless each class has a test of its own name, in its package, that extends the contract;
   * a nested {@code Spec} stands for the class that it builds.
   */
  public static void assertThere(Collection<Class<?>> types, Class<?> contract) {
    assertTrue(!types.isEmpty(), "nothing is listed");
    for (Class<?> type : types) {
      Class<?> outer = type.getDeclaringClass();
      String name = (outer == null ? type : outer).getName() + "Test";
      try {
        assertTrue(contract.isAssignableFrom(Class.forName(name)), name + " is no " + contract);
      } catch (ClassNotFoundException e) {
        throw new AssertionError(type + " has no test " + name, e);
      }
    }
  }
}
