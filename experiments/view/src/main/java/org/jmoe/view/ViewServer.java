package org.jmoe.view;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jmoe.view.data.Sentences;

/**
 * Serves the page on the loopback interface at {@code http://127.0.0.1:PORT/TOKEN/}; requests
 * without the token are refused.
 */
public final class ViewServer implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final byte[] LOOPBACK = {127, 0, 0, 1};
  private static final int FAILED = 422; // a good request about something that is not
  private static final int MAX_BODY = 1 << 18;
  private static final int TOKEN_BYTES = 24;
  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
          + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Api api;
  private final Assets assets = new Assets();
  private final LiveEvents live;
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool(ViewServer::thread);
  private final String token;

  private ViewServer(Api api, HttpServer server) {
    this.api = api;
    this.server = server;
    live = new LiveEvents(api);
    byte[] random = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(random);
    token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "view");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Starts a server.
   *
   * @param port port to listen on; 0 for any free port
   * @throws IllegalArgumentException if the port is in use
   */
  public static ViewServer start(Api api, int port) {
    ServerLimits.set();
    try {
      HttpServer http =
          HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), 0);
      ViewServer server = new ViewServer(api, http);
      http.createContext("/", server::handle);
      http.setExecutor(server.threads);
      http.start();
      return server;
    } catch (BindException e) {
      throw new IllegalArgumentException(
          "Port %d is in use; choose another with --port, or 0 for any free port.".formatted(port),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port, e);
    }
  }

  /** Returns the address of the page, with its token. */
  public String address() {
    return "http://%s:%d/%s/".formatted(HOST, server.getAddress().getPort(), token);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      headers(exchange.getResponseHeaders());
      try {
        route(exchange);
      } catch (ViewException e) {
        send(exchange, e.status(), e.getMessage());
      } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
        send(exchange, FAILED, Sentences.of(e)); // such as a malformed file
      }
    }
  }

  private static void headers(Headers headers) {
    headers.set("Content-Security-Policy", POLICY);
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Referrer-Policy", "no-referrer");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    headers.set("Cross-Origin-Opener-Policy", "same-origin");
    headers.set("Cache-Control", "no-store");
  }

  private void route(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getRawPath();
    int end = path.indexOf('/', 1);
    String given = end < 0 ? "" : path.substring(1, end);
    if (!isOwnHost(exchange) || !isToken(given)) {
      throw new ViewException(
          ViewException.FORBIDDEN,
          "Open the complete URL that jmoe view printed, including its token.");
    }
    String rest = path.substring(end + 1);
    boolean post = exchange.getRequestMethod().equals("POST");
    if (!post && !exchange.getRequestMethod().equals("GET")) {
      exchange.getResponseHeaders().set("Allow", "GET, POST");
      throw new ViewException(ViewException.METHOD, "Only GET and POST are supported.");
    }
    Optional<Assets.Asset> asset = assets.find(rest);
    if (asset.isPresent()) {
      exchange.getResponseHeaders().set("Content-Type", asset.get().type());
      send(exchange, 200, asset.get().content().getBytes(StandardCharsets.UTF_8));
    } else if (rest.equals("live")) {
      live.send(exchange, Query.parse(exchange.getRequestURI().getRawQuery()));
    } else if (rest.startsWith("api/")) {
      String query = post ? body(exchange) : exchange.getRequestURI().getRawQuery();
      JsonNode answer = api.answer(rest.substring(4), Query.parse(query));
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      send(exchange, 200, answer.toString().getBytes(StandardCharsets.UTF_8));
    } else {
      throw new ViewException(ViewException.NOT_FOUND, "There is no such page.");
    }
  }

  /**
   * Prevents DNS rebinding: another site whose name resolves to this machine sends its own name as
   * host.
   */
  private boolean isOwnHost(HttpExchange exchange) {
    String host = exchange.getRequestHeaders().getFirst("Host");
    int port = server.getAddress().getPort();
    return (HOST + ":" + port).equals(host) || ("localhost:" + port).equals(host);
  }

  private boolean isToken(String given) {
    return MessageDigest.isEqual(
        given.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
  }

  private static String body(HttpExchange exchange) throws IOException {
    byte[] bytes = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
    if (bytes.length > MAX_BODY) {
      throw new ViewException(
          ViewException.BAD, "The request is larger than %d bytes.".formatted(MAX_BODY));
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void send(HttpExchange exchange, int status, String sentence) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    send(exchange, status, (sentence + "\n").getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, byte[] bytes) throws IOException {
    if (bytes.length == 0 || exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1); // without a body
    } else {
      exchange.sendResponseHeaders(status, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  @Override
  public void close() {
    live.close();
    server.stop(0);
    threads.shutdownNow();
    api.models().close();
  }
}
