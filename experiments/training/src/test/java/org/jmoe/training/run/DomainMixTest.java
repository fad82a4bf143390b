package org.jmoe.training.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jmoe.data.batch.Batch;
import org.jmoe.data.formats.TokenData;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code data.mix}. */
final class DomainMixTest {
  @TempDir Path folder = Path.of("");

  private RunConfig config(String mix) {
    return TinyRuns.config(TinyRuns.corpus(folder), "data.mix=" + mix);
  }

  @Test
  void batchesHaveTheShares() {
    RunConfig config = config("{\"domain-0\":3,\"domain-1\":1}");
    TokenData data = TokenData.open(TinyRuns.corpus(folder));
    try (RunParts parts = RunParts.open(config, data, Execution.plain().devices())) {
      for (int number = 0; number < 20; number++) {
        try (Batch batch = parts.batches().at(number)) { // 4 windows of 16 tokens
          assertEquals(3 * 16, Arrays.stream(batch.domains()).filter(d -> d == 0).count());
        }
      }
    }
  }

  @Test
  void unknownDomainsAreRefused() {
    Path out = folder.resolve("out");
    String message =
        Errors.message(
            ConfigException.class, () -> Run.of(config("{\"domain-9\":1}")).execute(out));
    assertTrue(
        message.startsWith("data.mix has a share for 'domain-9', which is no domain of the data"),
        message);
    assertTrue(message.endsWith("domains are domain-0, domain-1"), message);
    assertFalse(Files.exists(out));
    assertTrue(
        Errors.message(ConfigException.class, () -> config("{\"domain-0\":0}"))
            .contains("the share of domain-0 in mix must be above 0"));
  }
}
