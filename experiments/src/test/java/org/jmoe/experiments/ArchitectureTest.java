package org.jmoe.experiments;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import org.jmoe.testing.ArchitectureRules;
import org.junit.jupiter.api.Test;

final class ArchitectureTest extends ArchitectureRules {
  /** Experiments, reports and commands are made of runs, not the other way round. */
  @Test
  void runsKnowNeitherExperimentsNorReportsNorCommands() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "org.jmoe.experiments.data",
                "org.jmoe.experiments.train",
                "org.jmoe.experiments.run")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.jmoe.experiments.catalog",
                "org.jmoe.experiments.report",
                "org.jmoe.experiments.cli"));
  }
}
