package org.jmoe.app.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jmoe.io.ChildJvm;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ViewCommandTest {
  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "view /nowhere|There is no folder /nowhere; specify a run, an experiment, a checkpoint or a"
            + " folder of them.",
        "view /dev/null|/dev/null is not a folder; specify a run, an experiment, a checkpoint or a"
            + " folder of them.",
        "view / --text x|--text and --force need --out.",
        "view / --port 65536|--port must be 0 to 65535, not 65536.",
        "view / --port 1 --out x|Give one of --port and --out."
      })
  void wrongUsageIsOneSentence(String line, String sentence) {
    Run viewed = Run.of(line.split(" ", -1));
    assertEquals(2, viewed.code(), viewed.err());
    assertEquals(sentence + "\n", viewed.err());
  }

  @Test
  void aPortInUseIsOneSentence() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      Run viewed = Run.of("view", folder.toString(), "--port", port);
      assertEquals(2, viewed.code());
      assertTrue(viewed.err().startsWith("Port " + port + " is in use; "), viewed.err());
    }
  }

  @Test
  void everyRunHasAReport() throws IOException {
    RunJson json = TinyRuns.json();
    Path config = folder.resolve("config.json");
    Files.writeString(config, json.text(json.write(TinyRuns.config(TinyRuns.corpus(folder)))));
    Path out = folder.resolve("out");
    for (String force : new String[] {"--seed=1", "--force"}) {
      Run trained = Run.of("train", config.toString(), "--out", out.toString(), force);
      assertEquals(0, trained.code(), trained.err());
      assertTrue(Files.readString(out.resolve("report.html")).contains("id=\"answers\""));
    }
    String file = folder.resolve("r.html").toString();
    assertEquals(0, Run.of("view", out.toString(), "--out", file).code());
    Run again = Run.of("view", out.toString(), "--out", file);
    assertEquals(2, again.code());
    assertTrue(again.err().contains("r.html exists; "), again.err());
    Files.delete(out.resolve("summary.json"));
    Files.writeString(out.resolve("metrics.jsonl"), "{\"kind\"");
    assertEquals(0, Run.of("view", out.toString(), "--out", file, "--force").code());
    Run run =
        Run.of("view", out.toString(), "--out", out.resolve("run.json").toString(), "--force");
    assertEquals(2, run.code());
    assertTrue(run.err().contains("run.json is not an HTML file"), run.err());
    assertFalse(Files.readString(Path.of(file)).contains("Exception"));
  }

  /** As a person starts and ends it. */
  @Test
  void servesUntilItIsEnded() throws IOException, InterruptedException {
    Process process =
        ChildJvm.start(
            folder.resolve("errors"), Main.class, "view", folder.toString(), "--port", "0");
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      String address = lines.readLine();
      assertTrue(address.matches("http://127\\.0\\.0\\.1:\\d+/[\\w-]{32}/"), address);
      HttpRequest request = HttpRequest.newBuilder(URI.create(address + "api/runs")).build();
      String reply = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      assertTrue(reply.contains("\"runs\":[]"), reply);
    } finally {
      process.destroy();
    }
    assertTrue(process.waitFor(60, TimeUnit.SECONDS));
    assertEquals(143, process.exitValue());
  }
}
