package org.jmoe.view;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.ChildJvm;
import org.junit.jupiter.api.Test;

/** A server in a child process with small limits, since limits are those of a process. */
final class ServerLimitsTest {
  private static final int CONNECTIONS = 4;
  private static final int MILLIS = 60_000; // far longer than the limits

  /** Serves until its input ends. */
  static final class Server {
    private Server() {}

    public static void main(String[] args) throws IOException {
      try (ViewServer server = ViewServer.start(Pages.api(), 0)) {
        System.out.println(server.address());
        System.in.readAllBytes();
      }
    }
  }

  @Test
  void slowSilentAndManyConnectionsAreClosed() throws IOException, InterruptedException {
    List<String> flags =
        List.of(
            "-D" + ServerLimits.CONNECTIONS + "=" + CONNECTIONS,
            "-D" + ServerLimits.REQUEST_SECONDS + "=1",
            "-D" + ServerLimits.ANSWER_SECONDS + "=1",
            "-D" + ServerLimits.IDLE_SECONDS + "=1");
    Process server =
        ChildJvm.builder(List.of(), Server.class, flags).redirectError(Redirect.INHERIT).start();
    try (BufferedReader output = server.inputReader(UTF_8)) {
      URI address = URI.create(output.readLine());
      String path = address.getPath();
      String host = " HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort() + "\r\n";
      assertEquals("", sent(address, ""), "no request");
      assertEquals("", sent(address, "GET " + path + " HTT"), "half a request");
      String half =
          sent(address, "POST " + path + "api/runs" + host + "Content-Length: 9\r\n\r\nab");
      assertEquals("", half, "half a body");
      String live = sent(address, "GET " + path + "live" + host + "\r\n");
      assertTrue(live.startsWith("HTTP/1.1 200 OK"), live); // and ends

      List<Socket> open = new ArrayList<>();
      for (int i = 0; i < CONNECTIONS; i++) {
        open.add(new Socket(InetAddress.getLoopbackAddress(), address.getPort()));
      }
      assertEquals("", sent(address, "GET " + path + host + "\r\n"), "one too many");
      for (Socket socket : open) {
        socket.close();
      }
      String after = "";
      for (int i = 0; i < 1000 && after.isEmpty(); i++) { // until it has noticed
        after = sent(address, "GET " + path + host + "Connection: close\r\n\r\n");
      }
      assertTrue(after.startsWith("HTTP/1.1 200 OK"), after);
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  /** Returns all that is received until the server closes the connection. */
  private static String sent(URI address, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), address.getPort())) {
      socket.setSoTimeout(MILLIS);
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    } catch (SocketException e) {
      return ""; // reset
    }
  }
}
