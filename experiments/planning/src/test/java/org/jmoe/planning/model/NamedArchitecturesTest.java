package org.jmoe.planning.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Parameter counts of the published models against their authors' numbers. */
final class NamedArchitecturesTest {
  /** Two digits were printed; our count matches them but differs by more than 1 %. */
  private static final Set<String> COARSE =
      Set.of("olmoe-1b-7b", "qwen3-30b-a3b", "deepseek-v3", "glm-4.5", "minimax-m2");

  static Iterable<NamedArchitecture> all() {
    return NamedArchitectures.all();
  }

  @ParameterizedTest
  @MethodSource("all")
  void totalIsWithinOnePerCentOfPublished(NamedArchitecture named) {
    long total = named.sizes().parameters().total();
    assertTrue(Published.isClose(total, named.published().total()), named.name() + " " + total);
  }

  @ParameterizedTest
  @MethodSource("all")
  void activeIsWithinOnePerCentOrThePrintedDigits(NamedArchitecture named) {
    Published published = named.published();
    String text = published.active();
    if (text == null) {
      assertTrue(Set.of("switch-large", "switch-c").contains(named.name()), named.name());
      return;
    }
    long active = published.activeOf(named.sizes().parameters());
    if (COARSE.contains(named.name())) {
      assertTrue(Published.hasDigits(active, text), named.name() + " " + active);
      assertFalse(
          Published.isClose(active, text), named.name() + " is within 1 % of the published count");
    } else {
      assertTrue(Published.isClose(active, text), named.name() + " " + active);
    }
  }

  /** Totals from Hugging Face's index of the weights. */
  @ParameterizedTest
  @CsvSource({
    "mixtral-8x7b, 46702792704",
    "olmoe-1b-7b, 6919161856",
    "qwen3-30b-a3b, 30532122624",
    "qwen3-235b-a22b, 235093634560"
  })
  void totalMatchesStoredWeights(String name, long total) {
    assertEquals(total, NamedArchitectures.find(name).orElseThrow().sizes().parameters().total());
  }

  /** Table 9 lists 124 billion operations per sequence without saying what is counted. */
  @Test
  void switchBaseFlopsMatchPublished() {
    NamedArchitecture base = NamedArchitectures.find("switch-base").orElseThrow();
    double flops = base.sequence() * base.sizes().forwardFlops(base.sequence());
    assertEquals(124e9, flops, 0.1 * 124e9);
  }

  @Test
  void namesAreUnique() {
    Set<String> names =
        NamedArchitectures.all().stream().map(NamedArchitecture::name).collect(Collectors.toSet());
    assertEquals(14, names.size());
    assertTrue(NamedArchitectures.find("mixtral").isEmpty());
  }

  @Test
  void comparesPrintedDigits() {
    assertTrue(Published.hasDigits(3_353_000_000L, "3.3B")); // cut
    assertTrue(Published.hasDigits(1_281_000_000L, "1.3B")); // rounded
    assertFalse(Published.hasDigits(3_400_000_000L, "3.3B"));
    assertTrue(Published.isClose(222_900_000L, "223M"));
    assertFalse(Published.isClose(1_281_000_000L, "1.3B"));
    assertThrows(IllegalArgumentException.class, () -> new Published("46.7", null, true, "nobody"));
  }
}
