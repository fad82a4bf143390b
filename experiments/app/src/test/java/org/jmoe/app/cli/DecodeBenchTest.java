package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jmoe.data.formats.Shared;
import org.jmoe.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Checks the byte counts of {@code jmoe bench --decode}, not its times. */
final class DecodeBenchTest {
  private static final int DIM = 64;

  @ParameterizedTest
  @CsvSource({"float32, float32", "int8, float32", "nf4, float32", "float32, float16"})
  void activeBytesCountActiveExpertsOnly(String form, String weights) throws IOException {
    Run run =
        Run.of(
            "bench",
            "--shape",
            "64,2,32,4,2,50",
            "--rounds",
            "2",
            "--json",
            "--expert-weights",
            form,
            "--weights",
            weights);
    assertEquals(0, run.code(), run.err());
    JsonNode report = Json.plain().readTree(run.out());
    int numbers = DIM * 2 * 32 + 32 * DIM; // parameters per expert
    long each = weights.equals("float16") ? 2 : 4;
    long expert =
        switch (form) {
          case "int8" -> numbers + 4 * (2 * 32 + DIM); // one scale per output
          case "nf4" -> numbers / 2 + numbers / 64 + 4 * (2 + 2); // a group of scales, a mean
          default -> each * numbers;
        };
    long layer = each * (DIM * 3 * DIM + DIM * DIM) + 4 * (2 * DIM + 4 * DIM) + 2 * expert;
    assertEquals(2 * layer + each * (DIM + DIM * 50) + 4 * DIM, report.get("activeBytes").asLong());
    assertTrue(report.get("shareOfBandwidth").asDouble() > 0);
    assertEquals(
        report.get("activeBytes").asDouble()
            * report.get("tokensPerSecond").asDouble()
            / report.get("bytesPerSecond").asDouble(),
        report.get("shareOfBandwidth").asDouble(),
        1e-9);
  }

  @Test
  void timesACheckpoint() {
    String folder = Shared.path("fixtures/hf/olmoe").toString();
    Run run = Run.of("bench", "--decode", folder, "--rounds", "2", "--expert-weights", "int8");
    assertEquals(0, run.code(), run.err());
    assertTrue(run.out().contains("tokens/s"), run.out());
    Run load = Run.of("bench", "--load", folder, "--rounds", "1", "--weights", "float16");
    assertEquals(0, load.code(), load.err());
    assertTrue(load.out().contains("of what is held"), load.out());
    assertEquals(2, Run.of("bench", "--load", folder, "--decode", folder).code());
    assertEquals(2, Run.of("bench", "--load", folder, "--weights", "bfloat16").code());
    assertEquals(2, Run.of("bench", "--decode", folder, "--shape", "8,1,8,2,1,9").code());
    assertEquals(2, Run.of("bench", "--shape", "8,1").code());
    assertEquals(2, Run.of("bench", "--layer", "8,1").code());
  }
}
