package org.jmoe.data.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.Platform;
import com.google.gson.Gson;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jmoe.data.tokenizer.TokenizerFrames.Frame;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A running {@link TokenizerWorker}. Requests are answered in order, so if the process crashes, the
 * oldest request without a reply caused it.
 */
final class TokenizerProcess implements AutoCloseable {
  private static final List<String> FORWARDED =
      List.of("DJL_CACHE_DIR", "ENGINE_CACHE_DIR", "RUST_LIBRARY_PATH", "user.home");
  private static final long EXIT_SECONDS = 5;

  private final Process process;
  private final DataOutputStream requests;
  private final DataInputStream replies;
  private final ErrorTail errors;

  private TokenizerProcess(Process process) {
    this.process = process;
    this.requests = new DataOutputStream(new BufferedOutputStream(process.getOutputStream()));
    this.replies = new DataInputStream(new BufferedInputStream(process.getInputStream()));
    this.errors = ErrorTail.follow(process.getErrorStream());
  }

  /** A request failed. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String reason) {
      super(reason);
    }

    /** Returns the reason as a clause, without a full stop. */
    String reason() {
      return Objects.requireNonNull(getMessage());
    }
  }

  /**
   * Starts a process and loads a tokenizer in it.
   *
   * @param json content of a tokenizer.json
   * @throws Failure if the tokenizers library rejects the file or crashes
   */
  static TokenizerProcess start(byte[] json, TokenizerLimits limits) throws Failure {
    TokenizerProcess worker;
    try {
      ProcessBuilder builder = new ProcessBuilder(command(limits));
      Map<String, String> environment = builder.environment();
      environment.keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      environment.put("RUST_BACKTRACE", "0");
      worker = new TokenizerProcess(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot start a process for the tokenizer", e);
    }
    boolean loaded = false;
    try {
      worker.call(TokenizerFrames.LOAD, json);
      loaded = true;
      return worker;
    } finally {
      if (!loaded) {
        worker.close();
      }
    }
  }

  private static List<String> command(TokenizerLimits limits) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.add("-XX:+ExitOnOutOfMemoryError");
    // Crashes must not leave error reports, core dumps or performance counters in the temporary
    // folder.
    command.addAll(
        List.of("-XX:+ErrorFileToStderr", "-XX:-CreateCoredumpOnCrash", "-XX:-UsePerfData"));
    command.addAll(List.of("-Dslf4j.internal.verbosity=ERROR", "-DRUST_FLAVOR=cpu"));
    command.add("-Dai.djl.offline=" + System.getProperty("ai.djl.offline", "true"));
    for (String name : FORWARDED) {
      String value = System.getProperty(name);
      if (value != null) {
        command.add("-D" + name + "=" + value);
      }
    }
    command.addAll(List.of("-cp", classPath(), TokenizerWorker.class.getName(), limits.text()));
    return command;
  }

  /** Returns the minimal class path of the worker, which shortens its start-up. */
  private static String classPath() {
    return Stream.of(
            TokenizerWorker.class,
            HuggingFaceTokenizer.class,
            Platform.class,
            Gson.class,
            LoggerFactory.class)
        .map(TokenizerProcess::location)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String location(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null) {
      return System.getProperty("java.class.path");
    }
    try {
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot find the location of " + type, e);
    }
  }

  /** Sends a request and waits for its reply. */
  byte[] call(byte kind, byte[] payload) throws Failure {
    try {
      TokenizerFrames.write(requests, kind, payload);
      requests.flush();
    } catch (IOException e) {
      throw crash();
    }
    Frame reply = reply();
    if (reply.kind() == TokenizerFrames.FAILED) {
      throw new Failure(ErrorTail.clause(new String(reply.payload(), UTF_8)));
    }
    return reply.payload();
  }

  private Frame reply() throws Failure {
    @Nullable Frame reply;
    try {
      reply = TokenizerFrames.read(replies);
    } catch (IOException e) {
      throw crash();
    }
    if (reply == null) {
      throw crash();
    }
    return reply;
  }

  private Failure crash() {
    int code = end();
    return new Failure(errors.reason(code));
  }

  boolean isAlive() {
    return process.isAlive();
  }

  @Override
  public void close() {
    end();
  }

  private int end() {
    try {
      process.getOutputStream().close(); // the worker exits at the end of its input
    } catch (IOException e) {
      // already exited
    }
    try {
      if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      return -1;
    }
    return process.exitValue();
  }
}
