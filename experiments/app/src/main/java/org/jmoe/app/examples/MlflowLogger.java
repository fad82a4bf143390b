package org.jmoe.app.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.jmoe.training.StepReport;
import org.jmoe.training.TrainingListener;
import org.jmoe.training.evaluation.Evaluation;
import org.jmoe.training.log.RunLogger;

/** Logs runs to an MLflow server over its REST API. */
public final class MlflowLogger implements RunLogger {
  @Override
  public String name() {
    return "mlflow";
  }

  @Override
  public TrainingListener open(Path run, JsonNode config) {
    return new Log(
        run, System.getenv().getOrDefault("MLFLOW_TRACKING_URI", "http://127.0.0.1:5000"));
  }

  static final class Log implements TrainingListener {
    private final ObjectMapper json = new ObjectMapper();
    private final HttpClient http = HttpClient.newHttpClient();
    private final Path run;
    private final String server;
    private String id = ""; // of the MLflow run

    Log(Path run, String server) {
      this.run = run;
      this.server = server;
    }

    @Override
    public void stepped(StepReport report) {
      metric("train/nats", report.nats(), report.step() + 1);
    }

    @Override
    public void evaluated(long step, Evaluation evaluation) {
      metric("validation/nats", evaluation.nats(), step);
    }

    private void metric(String key, double value, long step) {
      long now = System.currentTimeMillis();
      if (id.isEmpty()) {
        Map<String, Object> named =
            Map.of("experiment_id", "0", "run_name", run.toString(), "start_time", now);
        id = post("runs/create", named).at("/run/info/run_id").asText();
      }
      post(
          "runs/log-metric",
          Map.of("run_id", id, "key", key, "value", value, "timestamp", now, "step", step));
    }

    private JsonNode post(String method, Map<String, Object> body) {
      try {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create(server + "/api/2.0/mlflow/" + method))
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString(json.writeValueAsString(body)))
                .build();
        return json.readTree(http.send(request, BodyHandlers.ofString()).body());
      } catch (IOException | InterruptedException e) {
        throw new IllegalStateException("cannot reach " + server, e);
      }
    }

    @Override
    public void ended() {
      if (!id.isEmpty()) {
        post("runs/update", Map.of("run_id", id, "status", "FINISHED"));
      }
    }
  }
}
