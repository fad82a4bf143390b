package org.jmoe.app.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.app.notebook.Frame;
import org.jmoe.app.route.RouteException;
import org.jmoe.app.route.RouteRun;
import org.jmoe.data.corpus.TokenCorpus;
import org.jmoe.data.formats.TokenData;
import org.jmoe.data.text.TextExtension;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.data.tokenizer.TokenizationException;
import org.jmoe.extension.Extensions;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.OffHeap;
import org.jmoe.io.safetensors.Safetensors;
import org.jmoe.training.checkpoint.CheckpointException;
import org.jmoe.training.checkpoint.Manifest;
import org.jmoe.training.config.ConfigException;
import org.jmoe.training.config.RunJson;

/**
 * Parsers accept arbitrary bytes or throw their documented exception. {@code JAZZER_FUZZ=1 mvn
 * verify -Dtest=ParsersFuzzTest#manifest} searches for new inputs.
 */
final class ParsersFuzzTest {
  private static final Extensions EXTENSIONS = Extensions.load();
  private static final RunJson JSON = new RunJson(EXTENSIONS);

  @FuzzTest(maxDuration = "30m")
  void configuration(byte[] data) throws IOException {
    FuzzedFile.parse("run.json", data, ConfigException.class, file -> JSON.read(JSON.parse(file)));
  }

  @FuzzTest(maxDuration = "30m")
  void manifest(byte[] data) throws IOException {
    FuzzedFile.parse(
        Manifest.NAME,
        data,
        CheckpointException.class,
        file -> Manifest.read(file.resolveSibling("")));
  }

  @FuzzTest(maxDuration = "30m")
  void safetensors(byte[] data) throws IOException {
    FuzzedFile.parse(
        "model.safetensors", data, DataFormatException.class, ParsersFuzzTest::readTensors);
  }

  @FuzzTest(maxDuration = "30m")
  void parquet(byte[] data) throws IOException {
    FuzzedFile.in("data.parquet", data, file -> readTokens(file, data));
  }

  @FuzzTest(maxDuration = "30m")
  void arrow(byte[] data) throws IOException {
    FuzzedFile.in("data.arrow", data, file -> readTokens(file, data));
  }

  @FuzzTest(maxDuration = "30m")
  void megatronIndex(byte[] data) throws IOException {
    FuzzedFile.in(
        "data.idx",
        data,
        file -> {
          Path tokens = file.resolveSibling("data.bin");
          Files.write(tokens, new byte[64]);
          try {
            readTokens(file, data);
          } finally {
            Files.delete(tokens);
          }
        });
  }

  @FuzzTest(maxDuration = "30m")
  void nanoGptTokens(byte[] data) throws IOException {
    FuzzedFile.in("data.bin", data, file -> readTokens(file, data));
  }

  static void readTensors(Path file) {
    try (Safetensors tensors = Safetensors.open(file)) {
      tensors.entries().keySet().forEach(tensors::bytes);
    }
  }

  static void readTokens(Path file, byte[] data) {
    try (BufferAllocator allocator = OffHeap.allocator()) { // fails on leaks
      TokenCorpus.load(TokenData.open(file), allocator).close();
    } catch (DataFormatException e) {
      Sentences.require(e, data);
    } catch (IllegalArgumentException e) {
      Sentences.require(e, data); // unknown format
    }
  }

  @FuzzTest(maxDuration = "30m")
  void tokenizer(byte[] data) throws IOException {
    FuzzedFile.in(
        "tokenizer.json",
        data,
        file -> {
          try (TextTokenizer tokenizer = TextTokenizer.open(file.toString())) {
            tokenizer.encode("public final class " + "a".repeat(40) + "b", true);
            tokenizer.decode(new int[] {0});
          } catch (DataFormatException | TokenizationException | IllegalArgumentException e) {
            Sentences.require(e, data);
          }
        });
  }

  @FuzzTest(maxDuration = "30m")
  void archive(byte[] data) throws IOException {
    TextSource.Options options =
        new TextSource.Options(
            new TextSource.Fields("text", List.of()),
            ImmutableList.of(),
            true,
            TextExtension.formats(EXTENSIONS));
    FuzzedFile.in(
        "a.zip",
        data,
        file -> {
          try {
            TextSource.of(file, options).read(document -> {});
          } catch (DataFormatException e) {
            Sentences.require(e, data);
          }
        });
  }

  @FuzzTest(maxDuration = "30m")
  void table(byte[] data) throws IOException {
    FuzzedFile.parse("metrics.arrow", data, DataFormatException.class, file -> Frame.read(file));
  }

  @FuzzTest(maxDuration = "30m")
  void route(byte[] data) {
    try {
      RouteRun.of(new String(data, StandardCharsets.UTF_8), EXTENSIONS);
    } catch (RouteException e) {
      Sentences.require(e, data);
    }
  }
}
