package org.jmoe.data.tokenizer;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jmoe.data.tokenizer.TokenizerFrames.Frame;

/**
 * A process that runs a Hugging Face tokenizer, which isolates crashes: the native library aborts
 * its process for some files and texts. The worker exits at the end of its standard input, so it
 * never outlives its parent.
 */
final class TokenizerWorker {
  private static final long STACK_BYTES = 1L << 28; // native code matches patterns recursively

  private final BlockingQueue<Frame> requests = new LinkedBlockingQueue<>();
  private final DataOutputStream replies;
  private final TokenizerLimits.Watchdog watchdog;

  private TokenizerWorker(DataOutputStream replies, TokenizerLimits.Watchdog watchdog) {
    this.replies = replies;
    this.watchdog = watchdog;
  }

  /**
   * Reads requests from standard input and writes replies to standard output until the input ends.
   */
  public static void main(String[] args) throws IOException {
    TokenizerLimits limits = TokenizerLimits.parse(args[0]);
    DataOutputStream replies =
        new DataOutputStream(new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)));
    System.setOut(System.err); // no other output between the frames
    TokenizerWorker worker = new TokenizerWorker(replies, limits.watch());
    new Thread(null, worker::serve, "tokenizer", STACK_BYTES).start();
    // Read on a separate thread, to detect the end of the input while native code runs.
    DataInputStream input = new DataInputStream(new BufferedInputStream(System.in));
    try {
      for (Frame f = TokenizerFrames.read(input); f != null; f = TokenizerFrames.read(input)) {
        worker.requests.add(f);
      }
    } finally {
      Runtime.getRuntime().halt(0);
    }
  }

  private void serve() {
    try {
      HuggingFaceTokenizer tokenizer = load();
      while (true) {
        Frame request = requests.take();
        watchdog.begin(request.payload().length);
        reply(request, tokenizer);
        watchdog.end();
      }
    } catch (IOException | InterruptedException e) { // the parent exited
      Runtime.getRuntime().halt(1);
    } catch (Throwable e) {
      System.err.println(TokenizerLimits.REASON + e);
      Runtime.getRuntime().halt(1);
    }
  }

  private HuggingFaceTokenizer load() throws IOException, InterruptedException {
    Frame request = requests.take();
    watchdog.begin(request.payload().length);
    try {
      HuggingFaceTokenizer tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(request.payload()),
              Map.of("truncation", "false", "padding", "false"));
      send(TokenizerFrames.OK, new byte[0]);
      return tokenizer;
    } catch (RuntimeException e) {
      send(TokenizerFrames.FAILED, reason(e));
      throw e;
    } finally {
      watchdog.end();
    }
  }

  private void reply(Frame request, HuggingFaceTokenizer tokenizer) throws IOException {
    byte[] result;
    try {
      result = result(request, tokenizer);
    } catch (RuntimeException e) {
      send(TokenizerFrames.FAILED, reason(e));
      return;
    }
    send(TokenizerFrames.OK, result);
  }

  private static byte[] result(Frame request, HuggingFaceTokenizer tokenizer) {
    if (request.kind() == TokenizerFrames.DECODE) {
      long[] ids = Arrays.stream(TokenizerFrames.ids(request.payload())).asLongStream().toArray();
      return tokenizer.decode(ids, true).getBytes(StandardCharsets.UTF_8);
    }
    String text = new String(request.payload(), StandardCharsets.UTF_8);
    boolean special = request.kind() == TokenizerFrames.ENCODE_SPECIAL;
    return TokenizerFrames.bytes(
        Arrays.stream(ids(tokenizer, text, special)).mapToInt(Math::toIntExact).toArray());
  }

  /**
   * Returns only the ids; DJL's {@code Encoding} would also contain the text and position of each
   * token.
   */
  private static long[] ids(HuggingFaceTokenizer tokenizer, String text, boolean special) {
    long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, special);
    try {
      return TokenizersLibrary.LIB.getTokenIds(encoding);
    } finally {
      TokenizersLibrary.LIB.deleteEncoding(encoding);
    }
  }

  private static byte[] reason(RuntimeException e) {
    return Objects.requireNonNullElse(e.getMessage(), e.toString())
        .getBytes(StandardCharsets.UTF_8);
  }

  private void send(byte kind, byte[] payload) throws IOException {
    TokenizerFrames.write(replies, kind, payload);
    if (requests.isEmpty()) {
      replies.flush();
    }
  }
}
