package org.jmoe.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.jmoe.io.Json;
import org.jmoe.testing.Errors;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ViewServerTest {
  @TempDir Path folder = Path.of("");

  private final HttpClient client = HttpClient.newHttpClient();
  private Path runs = Path.of("");
  private ViewServer server = ViewServer.start(Pages.api(), 0);

  @BeforeEach
  void start() throws IOException {
    server.close();
    runs = Files.createDirectory(folder.resolve("runs"));
    Pages.begin(folder, "runs/a", 3);
    Files.writeString(folder.resolve("secret"), "secret");
    server = ViewServer.start(Pages.api(runs), 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private HttpResponse<String> get(String address) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString());
  }

  private JsonNode json(String question) throws IOException, InterruptedException {
    HttpResponse<String> reply = get(server.address() + "api/" + question);
    assertEquals(200, reply.statusCode(), reply.body());
    return Json.plain().readTree(reply.body());
  }

  private URI uri() {
    return URI.create(server.address());
  }

  @Test
  void listsWhatIsThere() throws IOException, InterruptedException {
    JsonNode list = json("runs");
    assertEquals(1, list.path("runs").size());
    JsonNode run = list.path("runs").get(0);
    assertEquals("0/a", run.path("id").asText());
    assertEquals(runs.resolve("a").toString(), run.path("name").asText());
    assertEquals("unfinished", run.path("state").asText());
    assertEquals(4, run.at("/config/training/steps").asInt());
    // multiply-adds: attention, dense layer, gate and two experts, output; scores and values of
    // 8.5 visible positions on average in two layers
    double multiplyAdds = 2 * 768 + 768 + (64 + 2 * 768) + 256 + 2 * (2 * 8.5 * 16);
    double gains = 5 * 16;
    assertEquals(3 * 2 * (multiplyAdds + gains), run.path("flopsPerToken").asDouble());
    JsonNode curves = json("curves?run=0/a");
    assertEquals("[6,3,2]", curves.at("/steps/columns/nats/mean").toString());
    assertEquals("[64,128,192]", curves.at("/steps/columns/tokens/mean").toString());
    JsonNode load = json("load?run=0/a&layer=");
    assertEquals("[0.5,1.5]", load.at("/load/0").toString());
    assertEquals("[1.0,1.0]", load.at("/last/0").toString());
  }

  /** Otherwise every setting of an old run would be highlighted as different. */
  @Test
  void configurationsOfEarlierVersionsAreUpgraded() throws IOException, InterruptedException {
    RunJson json = RunJson.standard();
    Path now = Pages.begin(folder, "runs/b", 1).resolve("run.json");
    Files.writeString(now, json.text(json.write(Presets.named("smoke").config())));
    Path old = Pages.begin(folder, "runs/c", 1).resolve("run.json");
    try (InputStream in = RunJson.class.getResourceAsStream("flat-model.json")) {
      Files.copy(Objects.requireNonNull(in), old, StandardCopyOption.REPLACE_EXISTING);
    }
    Path unknown = Pages.begin(folder, "runs/d", 1).resolve("run.json");
    Files.writeString(unknown, Files.readString(old).replace("TopKRouter", "MyRouter"));
    JsonNode rows = json("runs").path("runs");
    assertEquals(60, rows.at("/1/config/training/steps").asInt());
    assertEquals(rows.at("/1/config"), rows.at("/2/config"));
    assertEquals("MyRouter", rows.at("/3/config/model/moe/router/type").asText());
  }

  @Test
  void onlyTheAddressWithItsTokenIsAnswered() throws IOException, InterruptedException {
    String origin = "http://127.0.0.1:" + uri().getPort();
    String token = uri().getPath();
    for (String path : List.of("/", "/api/runs", "/x" + token, "/wrong/", token.substring(0, 9))) {
      HttpResponse<String> reply = get(origin + path);
      assertEquals(403, reply.statusCode(), path);
      assertEquals(
          "Open the complete URL that jmoe view printed, including its token.\n", reply.body());
    }
    assertEquals(200, get(origin + token).statusCode());
    assertTrue(token.length() > 30, token);
    ViewServer other = ViewServer.start(Pages.api(runs), 0);
    assertFalse(other.address().endsWith(token));
    other.close();
  }

  /** A name that an attacker's server makes mean this machine. */
  @ParameterizedTest
  @ValueSource(strings = {"evil.example", "127.0.0.1", "", "127.0.0.1.evil.example:80"})
  void otherNamesOfThisMachineAreRefused(String host) throws IOException {
    String reply =
        raw(
            "GET "
                + uri().getPath()
                + " HTTP/1.1\r\nHost: "
                + host
                + "\r\nConnection: close\r\n\r\n");
    assertTrue(reply.startsWith("HTTP/1.1 403 "), reply);
  }

  private String raw(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), uri().getPort())) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  /** Another address of this machine, as its address on a network is. */
  @Test
  void itListensOnOneAddress() throws IOException {
    InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 2});
    assertThrows(ConnectException.class, () -> new Socket(other, uri().getPort()).close());
    assertEquals("127.0.0.1", uri().getHost());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret",
        "..%2fsecret",
        "app/../../secret",
        "app/%2e%2e/secret",
        "app/nothing.js",
        "org/jmoe/view/index.html",
        "api/nothing",
        "api/curves?run=0/../secret",
        "api/curves?run=0/..",
        "api/curves?run=1/a",
        "api/curves?run=/etc",
        "api/curves?run=",
        "api/curves",
        "api/load?run=0/a/checkpoints",
        "api/experiment?experiment=0/a",
        "api/trace?model=0/../../etc&text=a"
      })
  void nothingElseIsReached(String path) throws IOException {
    String reply =
        raw(
            "GET %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
                .formatted(uri().getPath(), path, uri().getPort()));
    assertTrue(reply.matches("(?s)HTTP/1.1 40[34] .*"), reply);
    assertFalse(reply.contains("secret\n"), reply);
  }

  @Test
  void linksAreNotFollowed() throws IOException, InterruptedException {
    Path outside = Pages.begin(folder, "outside", 3);
    Files.createSymbolicLink(runs.resolve("link"), outside);
    Path b = Pages.begin(folder, "runs/b", 0);
    Files.delete(b.resolve("metrics.jsonl"));
    Files.createSymbolicLink(b.resolve("metrics.jsonl"), folder.resolve("secret"));
    server.close();
    server = ViewServer.start(Pages.api(runs), 0);
    assertEquals(2, json("runs").path("runs").size());
    JsonNode curves = json("curves?run=0/b");
    assertEquals(0, curves.at("/steps/rows").asInt());
    assertFalse(curves.toString().contains("secret"), curves.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "app/main.js", "lib/echarts.js", "api/runs", "nothing"})
  void everyAnswerHasAPolicy(String path) throws IOException, InterruptedException {
    HttpResponse<String> reply = get(server.address() + path);
    String policy = reply.headers().firstValue("Content-Security-Policy").orElseThrow();
    assertTrue(
        policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self';"), policy);
    assertFalse(policy.contains("unsafe"), policy);
    for (String header :
        List.of("X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy")) {
      assertTrue(reply.headers().firstValue(header).isPresent(), header);
    }
    assertTrue(reply.headers().firstValue("Access-Control-Allow-Origin").isEmpty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "get"})
  void otherMethodsAreRefused(String method) throws IOException {
    String reply =
        raw(
            "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
                .formatted(method, uri().getPath(), uri().getPort()));
    assertTrue(reply.startsWith("HTTP/1.1 405 "), reply);
    assertTrue(reply.contains("\r\nAllow: GET, POST\r\n"), reply);
    assertEquals(method.equals("HEAD"), reply.endsWith("\r\n\r\n"), reply);
  }

  @Test
  void otherMethodsAndLargeBodiesAreRefused() throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.address() + "api/runs"));
    assertEquals(405, client.send(request.DELETE().build(), BodyHandlers.ofString()).statusCode());
    String large = "text=" + "a".repeat(300_000);
    HttpResponse<String> reply =
        client.send(request.POST(BodyPublishers.ofString(large)).build(), BodyHandlers.ofString());
    assertEquals("The request is larger than 262144 bytes.\n", reply.body());
    String negative = get(server.address() + "api/trace?model=0/a&step=-1&text=x").body();
    assertEquals("step is '-1'; it must be an integer of at least 0.\n", negative);
  }

  @Test
  void aPortInUseIsOneSentence() {
    int port = uri().getPort();
    assertEquals(
        "Port %d is in use; choose another with --port, or 0 for any free port.".formatted(port),
        Errors.message(
            IllegalArgumentException.class, () -> ViewServer.start(Pages.api(runs), port)));
  }

  @Test
  void aHalfWrittenRunIsShownAsFarAsItIs() throws IOException, InterruptedException {
    Path log = runs.resolve("a/metrics.jsonl");
    Files.writeString(log, Pages.line(4).substring(0, 30), StandardOpenOption.APPEND);
    JsonNode curves = json("curves?run=0/a");
    assertEquals("", curves.path("error").asText());
    assertEquals(3, curves.at("/steps/rows").asInt());
    Files.writeString(log, Pages.line(4).substring(30), StandardOpenOption.APPEND);
    assertEquals(4, json("curves?run=0/a").at("/steps/rows").asInt());
  }

  @Test
  void malformedFilesAreSentences() throws IOException, InterruptedException {
    Path log = runs.resolve("a/metrics.jsonl");
    Files.writeString(log, "no json\n" + Pages.line(5), StandardOpenOption.APPEND);
    JsonNode curves = json("curves?run=0/a");
    assertEquals(3, curves.at("/steps/rows").asInt());
    assertTrue(
        curves.path("error").asText().startsWith(runs.toRealPath() + "/a/metrics.jsonl line 4 is"),
        curves.path("error").asText());
    Files.writeString(runs.resolve("a/run.json"), "{\"seed\":");
    String error = json("runs").at("/runs/0/error").asText();
    assertTrue(error.contains("run.json is malformed JSON at line 1"), error);
    HttpResponse<String> reply = get(server.address() + "api/trace?model=0/a&text=x");
    assertEquals(422, reply.statusCode());
    assertEquals(1, reply.body().lines().count(), reply.body());
    assertFalse(reply.body().contains("Exception"), reply.body());
  }

  @Test
  void eventsFollowARunThatGrows() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.address() + "live?run=" + encoded("0/a"))).build();
    HttpResponse<InputStream> reply = client.send(request, BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(reply.body(), UTF_8))) {
      await(lines, ": "); // it has seen the run as it was
      Files.writeString(runs.resolve("a/metrics.jsonl"), Pages.line(4), StandardOpenOption.APPEND);
      String data = await(lines, "event: curves");
      assertTrue(data.startsWith("data: {\"run\":\"0/a\","), data);
      assertTrue(data.contains("\"mean\":[6,3,2,1.5]"), data);
      Pages.begin(folder, "runs/c", 1);
      assertEquals("data: {}", await(lines, "event: runs"));
    }
  }

  /** What changed between two connections is not lost. */
  @Test
  void aBrowserThatConnectsAgainReceivesEverything() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(server.address() + "live?run=" + encoded("0/a")))
            .header("Last-Event-ID", "1")
            .build();
    HttpResponse<InputStream> reply = client.send(request, BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(reply.body(), UTF_8))) {
      String data = await(lines, "event: curves");
      assertTrue(data.contains("\"mean\":[6,3,2]"), data);
      assertEquals("data: {}", await(lines, "event: runs"));
    }
  }

  private static String await(BufferedReader lines, String event) throws IOException {
    String line = lines.readLine();
    while (!event.equals(line)) {
      line = lines.readLine();
    }
    return lines.readLine();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  @Test
  void namesWithMarkupStayText() throws IOException, InterruptedException {
    String name = "<img src=x onerror=alert(1)>";
    Pages.begin(folder, "runs/" + name, 2);
    server.close();
    server = ViewServer.start(Pages.api(runs), 0);
    HttpResponse<String> reply = get(server.address() + "api/runs");
    assertEquals("application/json", reply.headers().firstValue("Content-Type").orElseThrow());
    assertTrue(reply.body().contains(name), reply.body());
    assertEquals(2, json("curves?run=" + encoded("0/" + name)).at("/steps/rows").asInt());
  }

  @Test
  void aTextGoesThroughTheExperts() throws IOException, InterruptedException {
    Path trained = Pages.train(folder, "runs/trained", "model.vocabulary=256");
    server.close();
    server = ViewServer.start(Pages.api(trained), 0);
    assertEquals("[4]", json("steps?model=0/").path("steps").toString());
    JsonNode trace = json("trace?model=0/&text=" + encoded("if <x>"));
    assertEquals("[\"i\",\"f\",\" \",\"<\",\"x\",\">\"]", trace.path("tokens").toString());
    JsonNode layer = trace.at("/layers/0");
    assertEquals("model/layers/1/moe", layer.path("name").asText());
    for (JsonNode token : layer.path("tokens")) {
      double sum = token.path("shared").asDouble() + token.path("self").asDouble();
      for (JsonNode choice : token.path("choices")) {
        sum += choice.get(2).asDouble();
      }
      assertEquals(1, sum, 1e-3);
    }
    JsonNode profile = json("profile?model=0/&layer=").path("profile");
    assertEquals(4, profile.path("profiles").size());
    assertEquals("domain", profile.at("/labels/0/name").asText());
    assertEquals(2, profile.at("/labels/0/lift").size());
    assertEquals(
        "the text is empty; enter at least one character\n",
        get(server.address() + "api/trace?model=0/&text=").body());
  }
}
