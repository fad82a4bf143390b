package org.jmoe.view;

import com.google.common.collect.ImmutableMap;

/**
 * Limits against connections that are many, slow or silent. The JDK's server reads them from system
 * properties, once per process; values that the user has set are kept.
 */
final class ServerLimits {
  /** Connections at a time, and so threads: each connection has at most one. */
  static final String CONNECTIONS = "jdk.httpserver.maxConnections";

  /** Seconds in which a request must arrive, from the first byte to the end of its body. */
  static final String REQUEST_SECONDS = "sun.net.httpserver.maxReqTime";

  /** Seconds in which an answer must be computed and read; live events end themselves earlier. */
  static final String ANSWER_SECONDS = "sun.net.httpserver.maxRspTime";

  /** Seconds after which a connection without a request is closed. */
  static final String IDLE_SECONDS = "sun.net.httpserver.idleInterval";

  private static final ImmutableMap<String, String> VALUES =
      ImmutableMap.of(
          CONNECTIONS, "256", REQUEST_SECONDS, "30", ANSWER_SECONDS, "1200", IDLE_SECONDS, "30");

  private ServerLimits() {}

  /** Sets the limits; call before the first server is created. */
  static void set() {
    VALUES.forEach(
        (property, value) -> {
          if (System.getProperty(property) == null) {
            System.setProperty(property, value);
          }
        });
  }
}
