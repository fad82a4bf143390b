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
 * One running {@link TokenizerWorker}. Requests are answered in order; when the process dies the
 * oldest request without an answer is the one it died of.
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

  /** The request went wrong. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1L;

    Failure(String reason) {
      super(reason);
    }

    /** A clause without a full stop. */
    String reason() {
      return Objects.requireNonNull(getMessage());
    }
  }

  /**
   * Starts a process and loads a tokenizer there.
   *
   * @param json the bytes of a tokenizer.json
   * @throws Failure when the tokenizers library refuses it or dies of it
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
    // A crash leaves no file: neither a report, nor a core, nor counters in the temporary folder.
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

  /** What the worker needs, wherever it was loaded from; the rest of jmoe would only slow it. */
  private static String classPath() {
    return Stream.of(
            TokenizerWorker.class,
            HuggingFaceTokenizer.class,
            Platform.class,
            Gson.class,
            LoggerFactory.class)
        .map(TokenizerProcess::place)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String place(Class<?> type) {
    CodeSource source = type.getProtectionDomain().getCodeSource();
    if (source == null) {
      return System.getProperty("java.class.path");
    }
    try {
      return Path.of(source.getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot find the place of " + type, e);
    }
  }

  /** Sends a request and waits for its answer. */
  byte[] call(byte kind, byte[] payload) throws Failure {
    try {
      TokenizerFrames.write(requests, kind, payload);
      requests.flush();
    } catch (IOException e) {
      throw death();
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
      throw death();
    }
    if (reply == null) {
      throw death();
    }
    return reply;
  }

  private Failure death() {
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
      process.getOutputStream().close(); // the worker ends with its input
    } catch (IOException e) {
      // It is gone already.
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
