package org.jmoe.experiments.run;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A run knows nothing of what is made of it: experiments, reports and commands come after it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PackagesTest {
  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption((Location l) -> !l.contains("/test-classes/") && !l.contains("-tests"))
          .importPackages("org.jmoe");

  @Test
  void packagesAreFreeOfCycles() {
    slices().matching("org.jmoe.(**)").should().beFreeOfCycles().check(main);
  }

  @Test
  void runsKnowNeitherExperimentsNorReportsNorCommands() {
    noClasses()
        .that()
        .resideInAnyPackage("org.jmoe.experiments.data", "org.jmoe.experiments.train")
        .or()
        .resideInAPackage("org.jmoe.experiments.run")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.jmoe.experiments.catalog",
            "org.jmoe.experiments.report",
            "org.jmoe.experiments.cli")
        .check(main);
  }
}
