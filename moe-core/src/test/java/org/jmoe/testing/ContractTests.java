package org.jmoe.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;

/** Checks that registered types have contract tests. */
public final class ContractTests {
  private ContractTests() {}

  /**
   * Asserts that each class has a test of the same name and package that extends the contract. A
   * nested {@code Spec} is tested under the name of the enclosing class.
   */
  public static void assertPresent(Collection<Class<?>> types, Class<?> contract) {
    assertTrue(!types.isEmpty(), "no type is registered");
    for (Class<?> type : types) {
      Class<?> outer = type.getDeclaringClass();
      String name = (outer == null ? type : outer).getName() + "Test";
      try {
        assertTrue(
            contract.isAssignableFrom(Class.forName(name)), name + " does not extend " + contract);
      } catch (ClassNotFoundException e) {
        throw new AssertionError(type + " has no test " + name, e);
      }
    }
  }
}
