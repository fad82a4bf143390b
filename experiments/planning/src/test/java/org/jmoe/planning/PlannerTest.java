package org.jmoe.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableList;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.planning.model.NamedArchitectures;
import org.jmoe.planning.model.PlannedModel;
import org.jmoe.tensor.Seed;
import org.jmoe.training.config.ConfigException;
import org.junit.jupiter.api.Test;

/** The search over layouts, and its errors when none fits. */
final class PlannerTest {
  private static Planner planner(String name, AssumedLoad load, Predicate<Layout> allowed) {
    PlannedModel model = PlannedModel.of(NamedArchitectures.find(name).orElseThrow());
    Workload work =
        new Workload(
            model.tokens(), model.sequence(), Double.POSITIVE_INFINITY, Arithmetic.BF16, 1, 0.63);
    return new Planner(model.sizes(), work, load, allowed, Seed.of(1));
  }

  @Test
  void plansFitAndTheFastestComesFirst() {
    Cluster cluster = Cluster.of("64xH100");
    Planner planner = planner("qwen3-30b-a3b", new AssumedLoad.Balanced(), l -> true);
    ImmutableList<Plan> plans = planner.plans(cluster);
    assertTrue(plans.size() < planner.considered(cluster));
    double before = Double.POSITIVE_INFINITY;
    for (Plan plan : plans) {
      assertTrue(plan.memory().total() <= cluster.memoryBytes());
      assertTrue(plan.step().tokensPerSecond() <= before);
      assertEquals(64, plan.layout().devices());
      assertEquals(1, plan.crowding());
      before = plan.step().tokensPerSecond();
    }
  }

  @Test
  void layoutsDivideEvenly() {
    Cluster cluster = Cluster.of("24xH100");
    ImmutableList<Layout> layouts =
        Layout.all(
            NamedArchitectures.find("mixtral-8x7b").orElseThrow().sizes(),
            cluster,
            new Workload(1 << 20, 4096, 1, Arithmetic.BF16, 1, 0.63));
    assertTrue(layouts.stream().anyMatch(l -> l.experts() == 8 && l.slices() == 1));
    assertTrue(layouts.stream().noneMatch(l -> l.experts() == 3)); // 3 divides 24, not 8 experts
    for (Layout layout : layouts) {
      assertEquals(24, layout.data() * layout.tensor());
      assertEquals(24, layout.experts() * layout.slices() * layout.replicas());
      assertTrue(layout.microBatches(new Workload(1 << 20, 4096, 1, Arithmetic.BF16, 1, 1)) >= 1);
    }
  }

  @Test
  void imbalanceCostsTimeAndMemory() {
    Cluster cluster = Cluster.of("64xH100");
    Predicate<Layout> one =
        l -> l.experts() == 32 && l.slices() == 1 && l.tensor() == 1 && l.micro() == 1;
    Plan even = planner("olmoe-1b-7b", new AssumedLoad.Balanced(), one).plans(cluster).get(0);
    Plan uneven = planner("olmoe-1b-7b", new AssumedLoad.Zipf(0.5), one).plans(cluster).get(0);
    assertTrue(uneven.crowding() > 1);
    assertTrue(uneven.step().serial() > even.step().serial());
    assertTrue(uneven.memory().activations() > even.memory().activations());
    assertEquals(even.memory().weights(), uneven.memory().weights());
    Plan again = planner("olmoe-1b-7b", new AssumedLoad.Zipf(0.5), one).plans(cluster).get(0);
    assertEquals(uneven, again);
  }

  @Test
  void errorNamesMissingBytesAndSufficientDevices() {
    Cluster cluster = Cluster.of("8xH100");
    Planner planner = planner("mixtral-8x7b", new AssumedLoad.Balanced(), l -> true);
    ConfigException fault = assertThrows(ConfigException.class, () -> planner.plans(cluster));
    Matcher numbers =
        Pattern.compile(
                "mixtral-8x7b does not fit: its smallest layout \\(.*\\) needs ([0-9,]+) bytes per"
                    + " device, ([0-9,]+) more than the 80,000,000,000 of H100; use ([0-9,]+)"
                    + " devices in nodes of 8")
            .matcher(String.valueOf(fault.getMessage()));
    assertTrue(numbers.matches(), fault.getMessage());
    assertEquals(80_000_000_000L, number(numbers, 1) - number(numbers, 2));
    int nodes = (int) number(numbers, 3) / 8;
    assertTrue(planner.fitting(cluster.withNodes(nodes - 1)).isEmpty());
    assertTrue(!planner.fitting(cluster.withNodes(nodes)).isEmpty());
    assertEquals(
        number(numbers, 1),
        Layout.all(
                NamedArchitectures.find("mixtral-8x7b").orElseThrow().sizes(),
                cluster,
                new Workload(1 << 22, 4096, 1, Arithmetic.BF16, 1, 1))
            .stream()
            .mapToLong(l -> planner.plan(l, cluster).memory().total())
            .min()
            .orElseThrow());
  }

  private static long number(Matcher matcher, int group) {
    return Long.parseLong(matcher.group(group).replace(",", ""));
  }

  @Test
  void errorSaysWhenNoClusterSuffices() {
    Cluster small =
        Cluster.of(
            "toy",
            1,
            1,
            new Cluster.Memory(1000, 1000),
            new Cluster.Flops(100, 0, 50),
            new Cluster.Links(40, 10));
    Planner planner =
        new Planner(Tiny.MODEL, Tiny.dropless(), new AssumedLoad.Balanced(), l -> true, Seed.of(1));
    ConfigException never = assertThrows(ConfigException.class, () -> planner.plans(small));
    assertTrue(String.valueOf(never.getMessage()).contains("no number of such nodes suffices"));
  }

  @Test
  void rejectsImpossibleRequests() {
    Planner three = planner("mixtral-8x7b", new AssumedLoad.Balanced(), l -> l.experts() == 3);
    ConfigException ways =
        assertThrows(ConfigException.class, () -> three.plans(Cluster.of("64xH100")));
    assertTrue(String.valueOf(ways.getMessage()).contains("must divide the devices"));
    Planner eight =
        new Planner(
            Tiny.MODEL,
            new Workload(64, 8, Double.POSITIVE_INFINITY, Arithmetic.FP8, 1, 0.5),
            new AssumedLoad.Balanced(),
            l -> true,
            Seed.of(1));
    ConfigException floats = assertThrows(ConfigException.class, () -> eight.plans(Tiny.CLUSTER));
    assertTrue(String.valueOf(floats.getMessage()).contains("no 8-bit matmul"));
    Planner few =
        new Planner(
            Tiny.MODEL,
            new Workload(8, 8, Double.POSITIVE_INFINITY, Arithmetic.BF16, 1, 0.5),
            new AssumedLoad.Balanced(),
            l -> l.tensor() == 1,
            Seed.of(1));
    ConfigException tokens = assertThrows(ConfigException.class, () -> few.plans(Tiny.CLUSTER));
    assertTrue(String.valueOf(tokens.getMessage()).contains("raise --tokens to 64"));
  }

  @Test
  void rejectsInvalidWorkloads() {
    assertRejected("tokens", 7, 8, 1, 1, 0.5);
    assertRejected("sequence", 7, 0, 1, 1, 0.5);
    assertRejected("capacity", 8, 8, 0, 1, 0.5);
    assertRejected("zero", 8, 8, 1, 4, 0.5);
    assertRejected("efficiency", 8, 8, 1, 1, 1.5);
    assertThrows(IllegalArgumentException.class, () -> new Layout(3, 1, 8, 1, 1, false));
    assertThrows(IllegalArgumentException.class, () -> new Layout(2, 3, 4, 2, 1, false));
    assertThrows(IllegalArgumentException.class, () -> new Layout(0, 1, 8, 1, 1, false));
  }

  private static void assertRejected(
      String name, long tokens, int sequence, double capacity, int zero, double efficiency) {
    IllegalArgumentException fault =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Workload(tokens, sequence, capacity, Arithmetic.BF16, zero, efficiency));
    assertTrue(String.valueOf(fault.getMessage()).contains(name), fault.getMessage());
  }
}
