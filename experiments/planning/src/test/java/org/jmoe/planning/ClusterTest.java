package org.jmoe.planning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.io.JsonSweep;
import org.jmoe.training.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Clusters by name and by file. */
final class ClusterTest {
  private static final String FILE =
      """
      {
        "device" : "toy", "nodes" : 2, "devicesPerNode" : 4, "memoryBytes" : 1000000,
        "memoryBandwidth" : 1000.0, "bfloat16Flops" : 100, "float8Flops" : 0,
        "float32Flops" : 50, "intraNodeBandwidth" : 40, "interNodeBandwidth" : 10
      }
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void parsesNames() {
    Cluster one = Cluster.of("8xH100");
    assertEquals(1, one.nodes());
    assertEquals(80_000_000_000L, one.memoryBytes());
    assertEquals(989e12, one.bfloat16Flops());
    assertEquals(450e9, one.intraNodeBandwidth());
    assertEquals(one.withNodes(8), Cluster.of("64xH100"));
    assertEquals(2, Cluster.of("2xa100-80g").devicesPerNode());
    assertEquals(72, Cluster.of("72xGB200").devicesPerNode());
  }

  @Test
  void jsonRoundTrips() throws IOException {
    Path file = Files.writeString(folder.resolve("cluster.json"), FILE);
    assertEquals(Tiny.CLUSTER, Cluster.of(file.toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"nodes\" : 2 | \"nodes\" : 0 | nodes must be between 1 and",
        "\"nodes\" : 2 | \"nodes\" : 2.5 | nodes must be an integer, not 2.5",
        "\"nodes\" : 2, | '' | key 'nodes' is missing",
        "\"nodes\" | \"nodez\" | unknown key 'nodez'; did you mean 'nodes'?",
        "\"nodes\" : 2 | \"nodes\" : 2, \"nodes\" : 3 | Duplicate field",
        "\"nodes\" : 2 | \"nodes\" : 1000000 | more than 1048576 devices",
        "1000000 | -1 | memoryBytes must be at least 1, not -1",
        "1000.0 | 0 | memoryBandwidth must be above 0 and finite, not 0",
        "1000.0 | \"much\" | memoryBandwidth must be a number",
        "\"float8Flops\" : 0 | \"float8Flops\" : -1 | float8Flops must be at least 0",
        "\"interNodeBandwidth\" : 10 | \"interNodeBandwidth\" : null | interNodeBandwidth",
      })
  void rejectsInvalidFiles(String from, String to, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("cluster.json"), FILE.replace(from, to));
    ConfigException fault = assertThrows(ConfigException.class, () -> Cluster.of(file.toString()));
    assertTrue(String.valueOf(fault.getMessage()).contains(message), fault.getMessage());
    assertTrue(String.valueOf(fault.getMessage()).contains("cluster.json"), fault.getMessage());
  }

  @Test
  void everyMutationIsReadOrRejected() throws IOException {
    Path file = Files.writeString(folder.resolve("cluster.json"), FILE);
    int count = JsonSweep.of(file, f -> Cluster.of(f.toString()), List.of(ConfigException.class));
    assertTrue(count > 150, "variants: " + count);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "8xH10 | unknown device 'H10'; did you mean 'H100'?",
        "12xH100 | a node has at most 8 H100 and 12 is not a multiple of that; use 8",
        "0xH100 | devicesPerNode must be between 1 and",
        "H100 | must be a file or NUMBERxDEVICE such as 8xH100",
        "9999999xH100 | not a multiple of that",
        "8000000xH100 | more than 1048576 devices",
      })
  void rejectsInvalidNames(String name, String message) {
    IllegalArgumentException fault =
        assertThrows(IllegalArgumentException.class, () -> Cluster.of(name));
    assertTrue(String.valueOf(fault.getMessage()).contains(message), fault.getMessage());
  }
}
