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
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Rules for the main code of every module. The {@code ArchitectureTest} of each module extends this
 * class and checks everything on its class path.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ArchitectureRules {
  /** Classes with arrays that are freed with their batch. */
  private static final Set<String> BATCH_SCOPED =
      Set.of(
          "org.jmoe.block.CarriedStates",
          "org.jmoe.layer.Routing",
          "org.jmoe.layer.RoutingSignals",
          "org.jmoe.layer.RouterContext",
          "org.jmoe.layer.RouterContext$GivenDraws",
          "org.jmoe.layer.Selection",
          "org.jmoe.layer.LayerPass",
          "org.jmoe.layer.SharedPass",
          "org.jmoe.analysis.intervention.HookedEvaluation$Input",
          "org.jmoe.intervention.PatchOutput", // closed by the caller
          "org.jmoe.djl.Adaptation", // statistics of one optimizer step
          "org.jmoe.tensor.FeedForwardWeights",
          "org.jmoe.tensor.FusedUpdates$AdamWState", // of one call
          "org.jmoe.tensor.Quantisation$Stack", // of one call
          "org.jmoe.io.safetensors.SplitArray", // during one read or write
          "org.jmoe.models.hub.HubWriter", // during one write
          "org.jmoe.transformer.attention.KvCache"); // during one generation

  private static final int MAX_CLASSES = 25;
  private static final int MAX_LINES = 250;

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
    // A module may lack the classes of a rule, because only some packages are on its class path.
    rule.allowEmptyShould(true).check(main);
  }

  @Test
  void packagesAreFreeOfCycles() {
    check(slices().matching("org.jmoe.(**)").should().beFreeOfCycles());
  }

  @Test
  void packagesDependOnlyOnLowerLayers() {
    check(onlyBelow("org.jmoe.extension"));
    check(onlyBelow("org.jmoe.device"));
    check(onlyBelow("org.jmoe.tensor", "org.jmoe.device"));
    check(onlyBelow("org.jmoe.block", "org.jmoe.device", "org.jmoe.tensor"));
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
  void routersAndExpertsAreIndependent() {
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
  void onlyTensorUsesTheEngine() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("org.jmoe.tensor")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl.pytorch.."));
  }

  @Test
  void layersDoNotUseFileFormats() {
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
  void commandLineChartsAndBenchmarksAreOnTop() {
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
    sizes.values().removeIf(size -> size <= MAX_CLASSES);
    assertEquals(Map.of(), sizes, "packages with more than " + MAX_CLASSES + " classes");
  }

  /** Checks the sources of the module that is being tested. */
  @Test
  void filesAreShort() throws IOException {
    Path sources = Path.of("src", "main", "java");
    Map<Path, Long> lengths = new TreeMap<>();
    if (Files.isDirectory(sources)) {
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          try (Stream<String> lines = Files.lines(file)) {
            lengths.put(file, lines.count());
          }
        }
      }
    }
    lengths.values().removeIf(lines -> lines <= MAX_LINES);
    assertEquals(Map.of(), lengths, "files with more than " + MAX_LINES + " lines");
  }

  @Test
  void everyClassIsAbstractOrFinal() {
    check(
        classes()
            .that(
                describe(
                    "are named classes",
                    (JavaClass c) -> !c.isAnonymousClass() && !c.isInterface() && !c.isEnum()))
            .and(
                describe(
                    "are not extended by JMH", // which subclasses benchmark states
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
  void arraysDoNotOutliveABatch() {
    check(
        noFields()
            .that()
            .areDeclaredInClassesThat(
                describe("outlive a batch", (JavaClass c) -> !isBatchScoped(c)))
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
            .should(have(describe("an NDArray in their type", ArchitectureRules::holdsArray))));
  }

  private static boolean isBatchScoped(JavaClass c) {
    return BATCH_SCOPED.contains(c.getName()) || BATCH_SCOPED.contains(outermost(c));
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
  void noStaticFieldIsMutable() {
    check(
        noFields()
            .that()
            .areStatic()
            .should()
            .haveRawType(describe("a mutable type", ArchitectureRules::isMutable)));
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

  private static boolean isMutable(JavaClass type) {
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
    assertEquals(Set.of(), unmarked, "packages without @NullMarked in package-info");
  }
}
