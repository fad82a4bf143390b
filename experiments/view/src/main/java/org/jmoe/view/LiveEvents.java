package org.jmoe.view;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jmoe.view.data.Curves;
import org.jmoe.view.data.Folder;

/**
 * Server-sent events: {@code runs} when the table of runs changes, {@code curves} with the curves
 * of the runs asked for when they grow. A connection ends when its browser tab is closed, and after
 * ten minutes, so that a client that stopped reading does not hold it; browsers connect again, with
 * the id of the last event, and receive everything anew.
 */
final class LiveEvents implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 32;
  private static final int MAX_RUNS = 50; // of one connection
  private static final long EVERY_MILLIS = 1000;
  private static final long MAX_NANOS = TimeUnit.MINUTES.toNanos(10);

  private final Api api;
  private final Semaphore free = new Semaphore(MAX_CONNECTIONS);
  private volatile boolean closed;

  LiveEvents(Api api) {
    this.api = api;
  }

  /** Sends events until the browser disconnects. */
  void send(HttpExchange exchange, Query query) throws IOException {
    if (!free.tryAcquire()) {
      throw new ViewException(503, "Too many pages are open; close some and reload.");
    }
    try {
      exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
      exchange.sendResponseHeaders(200, 0);
      boolean again = exchange.getRequestHeaders().containsKey("Last-Event-ID");
      follow(exchange.getResponseBody(), query, again);
    } finally {
      free.release();
    }
  }

  private void follow(OutputStream out, Query query, boolean again) throws IOException {
    Map<String, Long> shown = new HashMap<>(); // rows by run
    int table = again ? 0 : api.version();
    long start = System.nanoTime();
    write(out, "retry: 1000\nid: 1\n\n");
    while (!closed && System.nanoTime() - start < MAX_NANOS) {
      for (String id : query.all("run").stream().limit(MAX_RUNS).toList()) {
        Folder run = api.folders().find(id).orElse(null);
        if (run != null && run.kind() == Folder.Kind.RUN) {
          curves(out, run, shown, again);
        }
      }
      int now = api.version();
      write(out, now == table ? ": \n\n" : "event: runs\ndata: {}\n\n"); // notices a closed tab
      table = now;
      try {
        Thread.sleep(EVERY_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void curves(OutputStream out, Folder run, Map<String, Long> shown, boolean again)
      throws IOException {
    Curves curves = api.runs().curves(run);
    curves.refresh();
    long version = curves.version();
    Long before = shown.put(run.id(), version);
    if (before == null ? again : before != version) {
      ObjectNode event = JsonNodeFactory.instance.objectNode();
      event.put("run", run.id()).set("curves", curves.json());
      write(out, "event: curves\ndata: " + event + "\n\n");
    }
  }

  private static void write(OutputStream out, String event) throws IOException {
    out.write(event.getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  @Override
  public void close() {
    closed = true;
  }
}
