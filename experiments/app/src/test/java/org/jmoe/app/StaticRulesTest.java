package org.jmoe.app;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Bans code loading from files and clocks that are not monotonic. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class StaticRulesTest {
  private static final Set<String> CODE =
      Set.of(
          "java.io.ObjectInputStream.readObject",
          "java.io.ObjectInputStream.<init>",
          "java.beans.XMLDecoder.<init>",
          "java.lang.Class.forName",
          "java.lang.ClassLoader.loadClass",
          "java.lang.reflect.Constructor.newInstance",
          "java.net.URLClassLoader.<init>",
          "java.net.URLClassLoader.newInstance",
          "javax.script.ScriptEngineManager.<init>",
          "ai.djl.Model.load",
          "ai.djl.repository.zoo.ModelZoo.loadModel",
          "ai.djl.repository.zoo.Criteria.loadModel",
          "ai.djl.util.ZipUtils.unzip",
          "ai.djl.util.TarUtils.untar",
          "ai.djl.ndarray.NDManager.decode",
          "ai.djl.ndarray.NDList.decode",
          "ai.djl.nn.Block.loadParameters",
          "com.fasterxml.jackson.databind.ObjectMapper.activateDefaultTyping",
          "com.fasterxml.jackson.databind.ObjectMapper.enableDefaultTyping");

  private static final Set<String> CLOCK =
      Set.of("java.lang.System.currentTimeMillis", "java.time.Instant.now");

  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption((Location l) -> !l.contains("/test-classes/") && !l.contains("-tests"))
          .importPackages("org.jmoe");

  private static DescribedPredicate<JavaAccess<?>> calls(Set<String> names) {
    return describe(
        "is one of " + names,
        access ->
            names.contains(access.getTargetOwner().getName() + "." + access.getTarget().getName()));
  }

  /**
   * Kernel classes have fixed names in the code. Extensions are code that the user specifies: a
   * jar, a folder, a Java file, or --trust-run.
   */
  @Test
  void neverLoadsCodeFromFiles() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.jmoe.app.notebook", "org.jmoe.extension")
        .should()
        .accessTargetWhere(calls(CODE))
        .check(main);
  }

  /** The TorchScript module is a resource of the library, never a file of a run. */
  @Test
  void loadsScriptsFromTheLibraryOnly() {
    noClasses()
        .that()
        .haveNameNotMatching("org\\.jmoe\\.tensor\\.Script(\\$.*)?")
        .should()
        .accessTargetWhere(
            describe("loads a script", a -> a.getTarget().getName().equals("loadModule")))
        .check(main);
  }

  /** Loggers record the wall time of their events. */
  @Test
  void onlyLoggersAndTheViewerReadTheWallClock() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "org.jmoe.training.log", "org.jmoe.app.examples", "org.jmoe.view.data")
        .should()
        .accessTargetWhere(calls(CLOCK))
        .check(main);
  }
}
