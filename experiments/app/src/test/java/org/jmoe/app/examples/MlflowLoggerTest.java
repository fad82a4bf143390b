package org.jmoe.app.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jmoe.io.Json;
import org.jmoe.training.run.Run;
import org.jmoe.training.run.TinyRuns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the logger of the user guide against a fake MLflow server. */
final class MlflowLoggerTest {
  @TempDir Path folder = Path.of("");

  private final List<String> calls = new CopyOnWriteArrayList<>();

  private void answer(HttpExchange exchange) throws IOException {
    JsonNode body = Json.plain().readTree(exchange.getRequestBody());
    String method = exchange.getRequestURI().getPath().replace("/api/2.0/mlflow/", "");
    calls.add(
        "%s %s %s %s"
            .formatted(
                method,
                body.path("run_id").asText(),
                body.path("key").asText(),
                body.path("step").asText()));
    byte[] reply = "{\"run\":{\"info\":{\"run_id\":\"r7\"}}}".getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(200, reply.length);
    exchange.getResponseBody().write(reply);
    exchange.close();
  }

  @Test
  void sendsEveryStepAndEvaluation() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
    try {
      String address = "http://127.0.0.1:" + server.getAddress().getPort();
      Path run = folder.resolve("run");
      Run.of(TinyRuns.config(TinyRuns.corpus(folder)))
          .execute(run, new MlflowLogger.Log(run, address));
    } finally {
      server.stop(0);
    }
    assertEquals("runs/create   ", calls.get(0));
    assertEquals(
        List.of(
            "runs/log-metric r7 train/nats 1",
            "runs/log-metric r7 train/nats 2",
            "runs/log-metric r7 validation/nats 2",
            "runs/log-metric r7 train/nats 3",
            "runs/log-metric r7 train/nats 4",
            "runs/log-metric r7 validation/nats 4",
            "runs/update r7  "),
        calls.subList(1, calls.size()));
  }

  @Test
  void hasAName() {
    assertEquals("mlflow", new MlflowLogger().name());
    assertTrue(new MlflowLogger().open(folder, NullNode.getInstance()) instanceof MlflowLogger.Log);
  }
}
