package org.jmoe.extension;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.jmoe.layer.RouterSpec;
import org.jmoe.testing.Errors;
import org.jmoe.testing.PlainRouter;
import org.jmoe.transformer.AllowNonCausal;
import org.junit.jupiter.api.Test;

final class ExtensionsTest {
  /** A named value. */
  record Colour(String name) implements Named {}

  /** A top-level settings record. */
  record Loose(int k) {}

  @Test
  void jmoesOwnExtensionsAreFound() {
    assertSame(
        AllowNonCausal.class, Extensions.load().types(RouterSpec.class).get("AllowNonCausal"));
  }

  @Test
  void aSpecHasTheNameOfItsEnclosingClass() {
    assertEquals("PlainRouter", Extensions.nameOf(PlainRouter.Spec.class));
    assertEquals("Loose", Extensions.nameOf(Loose.class));
  }

  @Test
  void valuesKeepTheirOrder() {
    Extensions all =
        Extensions.none()
            .with(to -> to.value(Colour.class, new Colour("red")))
            .with(to -> to.value(Colour.class, new Colour("blue")));
    assertEquals(List.of("red", "blue"), all.values(Colour.class).keySet().asList());
  }

  @Test
  void aDuplicateNameIsRejectedWithBothClasses() {
    Extensions taken = Extensions.none().with(RouterSpec.class, "Mine", AllowNonCausal.class);
    String error =
        Errors.message(
            ExtensionException.class,
            () -> taken.with(RouterSpec.class, "Mine", PlainRouter.Spec.class));
    assertTrue(error.contains("RouterSpec 'Mine'; the name is already used by"), error);
    assertTrue(error.contains(AllowNonCausal.class.getName()), error);
    assertTrue(error.contains(PlainRouter.Spec.class.getName()), error);
    String twice =
        Errors.message(
            ExtensionException.class,
            () ->
                Extensions.none()
                    .with(
                        to ->
                            to.value(Colour.class, new Colour("red"))
                                .value(Colour.class, new Colour("red"))));
    assertTrue(twice.contains("'red'; the name is already used by"), twice);
  }

  @Test
  void aTypeOfAnotherKindIsRejected() {
    String error =
        Errors.message(
            ExtensionException.class,
            () ->
                Extensions.none()
                    .with(to -> to.checkedType(RouterSpec.class, "Loose", Loose.class)));
    assertTrue(
        error.contains(Loose.class.getName() + " is not a record that implements RouterSpec"));
  }

  @Test
  void anExtensionThatThrowsIsReported() {
    String error =
        Errors.message(
            ExtensionException.class,
            () ->
                Extensions.none()
                    .with(
                        to -> {
                          throw new IllegalStateException("no licence");
                        }));
    assertTrue(error.contains(ExtensionsTest.class.getName()), error);
    assertTrue(error.contains("no licence"), error);
  }

  @Test
  void anUnregisteredTypeIsReportedWithAFix() {
    String error =
        Errors.message(
            ExtensionException.class,
            () -> Extensions.load().name(RouterSpec.class, PlainRouter.Spec.class));
    assertTrue(
        error.contains("with(RouterSpec.class, org.jmoe.testing.PlainRouter.Spec.class)"), error);
  }
}
