package org.jmoe.testing;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchConditions.have;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What holds for the main code of every module; each module's {@code ArchitectureTest} extends it
 * and so checks all that is on its class path.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ArchitectureRules {
  /** Records and helpers whose arrays die with their batch. */
  private static final Set<String> HOLD_ARRAYS =
      Set.of(
          "org.jmoe.layer.Routing",
          "org.jmoe.layer.RoutingSignals",
          "org.jmoe.layer.RouterContext",
          "org.jmoe.layer.GivenDraws",
          "org.jmoe.layer.Selection",
          "org.jmoe.layer.LayerPass",
          "org.jmoe.layer.SharedPass",
          "org.jmoe.layer.Adaptation", // sums of one optimizer step
          "org.jmoe.tensor.FeedForwardWeights",
          "org.jmoe.io.safetensors.SplitArray", // within one writing or reading
          "org.jmoe.models.hub.HubWriter", // within one writing
          "org.jmoe.transformer.KvCache"); // within one generation

  private static final int LARGEST_PACKAGE = 25;

  private final JavaClasses main =
      new ClassFileImporter()
          .withImportOption(ArchitectureRules::isMain)
          .importPackages("org.jmoe");

  private static boolean isMain(Location location) {
    return !location.contains("/test-classes/")
        && !location.contains("-tests.jar")
        && !location.contains("/jmh_generated/");
  }

  protected void check(ArchRule rule) {
    // A module need not hold what a rule is about: only some packages are on its class path.
    rule.allowEmptyShould(true).check(main);
  }

  @Test
  void packagesAreFreeOfCycles() {
    check(slices().matching("org.jmoe.(**)").should().beFreeOfCycles());
  }

  @Test
  void everyPackageDependsOnThoseBelowItAlone() {
    check(onlyBelow("org.jmoe.extension"));
    check(onlyBelow("org.jmoe.tensor"));
    check(onlyBelow("org.jmoe.block", "org.jmoe.tensor"));
    check(onlyBelow("org.jmoe.plan", "org.jmoe.tensor"));
    check(
        onlyBelow(
            "org.jmoe.layer",
            "org.jmoe.block",
            "org.jmoe.extension",
            "org.jmoe.plan",
            "org.jmoe.tensor"));
  }

  private static ArchRule onlyBelow(String name, String... below) {
    String[] known = new String[below.length + 1];
    known[0] = name;
    System.arraycopy(below, 0, known, 1, below.length);
    return noClasses()
        .that()
        .resideInAPackage(name)
        .should()
        .dependOnClassesThat(resideInAPackage("org.jmoe..").and(not(resideInAnyPackage(known))));
  }

  @Test
  void routersAndExpertsDoNotKnowEachOther() {
    check(never("org.jmoe.routing..", "org.jmoe.experts.."));
    check(never("org.jmoe.experts..", "org.jmoe.routing.."));
  }

  private static ArchRule never(String from, String to) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(to);
  }

  @Test
  void theEngineIsTouchedByTensorAlone() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("org.jmoe.tensor")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl.pytorch.."));
  }

  @Test
  void layersKnowNoFiles() {
    check(
        noClasses()
            .that()
            .resideInAnyPackage(
                "org.jmoe.tensor..",
                "org.jmoe.block..",
                "org.jmoe.plan..",
                "org.jmoe.layer..",
                "org.jmoe.metrics..",
                "org.jmoe.transformer..",
                "org.jmoe.routing..",
                "org.jmoe.experts..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.arrow..", "com.fasterxml.jackson.."));
  }

  @Test
  void commandLineChartsAndBenchmarksStayOnTop() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("org.jmoe.app..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("picocli..", "me.tongfei..", "org.openjdk.jmh.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages("org.jmoe.app..", "org.jmoe.catalog.report..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.knowm.xchart.."));
  }

  @Test
  void packagesAreSmall() {
    Map<String, Long> sizes =
        main.stream()
            .filter(c -> c.getEnclosingClass().isEmpty())
            .filter(c -> !c.isAnonymousClass() && !c.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    sizes.values().removeIf(size -> size <= LARGEST_PACKAGE);
    assertEquals(Map.of(), sizes, "packages of more than " + LARGEST_PACKAGE + " classes");
  }

  @Test
  void everyClassIsAbstractOrFinal() {
    check(
        classes()
            .that(
                describe(
                    "are classes with a name",
                    (JavaClass c) -> !c.isAnonymousClass() && !c.isInterface() && !c.isEnum()))
            .and(
                describe(
                    "are not extended by JMH", // which makes subclasses of the states of benchmarks
                    (JavaClass c) -> !c.isAnnotatedWith("org.openjdk.jmh.annotations.State")))
            .should(
                have(
                    describe(
                        "a modifier abstract or final",
                        (JavaClass c) ->
                            c.getModifiers().contains(JavaModifier.ABSTRACT)
                                || c.getModifiers().contains(JavaModifier.FINAL)))));
  }

  @Test
  void unsafeCallsAreBanned() {
    check(noClasses().should().accessTargetWhere(new UnsafeCalls()));
  }

  @Test
  void arraysAreHeldWithinABatchAlone() {
    check(
        noFields()
            .that()
            .areDeclaredInClassesThat(
                describe("outlive a batch", (JavaClass c) -> !HOLD_ARRAYS.contains(outermost(c))))
            .and()
            .areDeclaredInClassesThat()
            .resideOutsideOfPackages(
                "org.jmoe.plan",
                "org.jmoe.training",
                "org.jmoe.training.optimizer",
                "org.jmoe.training.evaluation",
                "org.jmoe.app.bench..",
                "org.jmoe.catalog.trial..") // models of one trial
            .and(describe("in the source", (JavaField f) -> !isSynthetic(f)))
            .should(have(describe("an array in their type", ArchitectureRules::holdsArray))));
  }

  private static String outermost(JavaClass c) {
    return c.getEnclosingClass().map(ArchitectureRules::outermost).orElse(c.getName());
  }

  private static boolean isSynthetic(JavaField field) {
    return field.getModifiers().contains(JavaModifier.SYNTHETIC);
  }

  private static boolean holdsArray(JavaField field) {
    return field.getAllInvolvedRawTypes().stream()
        .anyMatch(t -> t.isAssignableTo(NDArray.class) || t.isAssignableTo(NDList.class));
  }

  @Test
  void everyStaticFieldIsFinal() {
    check(fields().that().areStatic().and(sourceFields()).should().beFinal());
  }

  @Test
  void noStaticFieldIsMadeToBeChanged() {
    check(
        noFields()
            .that()
            .areStatic()
            .should()
            .haveRawType(
                describe("a type made to be changed", ArchitectureRules::isMadeToBeChanged)));
  }

  @Test
  void everyStaticArrayIsPrivate() {
    check(
        fields()
            .that()
            .areStatic()
            .and(sourceFields())
            .and()
            .haveRawType(describe("an array", JavaClass::isArray))
            .should()
            .bePrivate());
  }

  private static DescribedPredicate<JavaField> sourceFields() {
    return describe("in the source", field -> !isSynthetic(field));
  }

  private static boolean isMadeToBeChanged(JavaClass type) {
    boolean collection = type.isAssignableTo(Collection.class) || type.isAssignableTo(Map.class);
    boolean declared =
        collection && type.getPackageName().startsWith("java.") && !type.isInterface();
    return declared
        || type.getPackageName().equals("java.util.concurrent.atomic")
        || type.isAssignableTo(ThreadLocal.class)
        || type.isAssignableTo(RandomGenerator.class)
        || type.isAssignableTo(StringBuilder.class);
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<String> marked =
        main.stream()
            .filter(c -> c.getSimpleName().equals("package-info"))
            .filter(c -> c.isAnnotatedWith("org.jspecify.annotations.NullMarked"))
            .map(JavaClass::getPackageName)
            .collect(Collectors.toSet());
    Set<String> unmarked =
        main.stream().map(JavaClass::getPackageName).collect(Collectors.toCollection(TreeSet::new));
    unmarked.removeAll(marked);
    assertEquals(Set.of(), unmarked, "packages without a package-info of @NullMarked");
  }
}
