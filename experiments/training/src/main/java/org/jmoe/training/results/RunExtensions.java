package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jmoe.extension.ExtensionSource;
import org.jmoe.io.Digests;
import org.jmoe.io.JsonFiles;
import org.jmoe.training.config.ConfigException;

/** The extensions used by a run, as recorded in its folder. */
public final class RunExtensions {
  private RunExtensions() {}

  /** Copies the extensions' Java files to the run. */
  public static void write(RunDirectory directory, List<ExtensionSource> sources) {
    try {
      for (ExtensionSource source : sources) {
        String text = source.text();
        if (text != null) {
          Files.createDirectories(directory.extensions());
          RunDirectory.writeText(directory.extensions().resolve(source.file()), text);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + directory.extensions(), e);
    }
  }

  /**
   * Returns the extension files in a run's folder, for {@code --trust-run}.
   *
   * @throws ConfigException if a file differs from the recorded digest
   */
  public static ImmutableList<Path> of(RunDirectory directory) {
    if (!Files.isDirectory(directory.extensions())) {
      return ImmutableList.of();
    }
    JsonNode recorded = recorded(directory);
    try (Stream<Path> entries = Files.list(directory.extensions())) {
      List<Path> files = entries.filter(f -> f.toString().endsWith(".java")).sorted().toList();
      for (Path file : files) {
        String digest = recorded.path(String.valueOf(file.getFileName())).asText();
        if (!digest.equals(Digests.sha256(List.of(file)))) {
          throw new ConfigException(
              "%s was changed since the run: its SHA-256 differs from provenance.json"
                  .formatted(file));
        }
      }
      return ImmutableList.copyOf(files);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory.extensions(), e);
    }
  }

  /** Returns the fix for an unknown type, as a message suffix. */
  static String hint(RunDirectory directory) {
    String names =
        Streams.stream(recorded(directory).fieldNames()).collect(Collectors.joining(", "));
    if (names.isEmpty()) {
      return "; load custom types with --extend or JMOE_CLASSPATH";
    }
    return "; the run was trained with %s: load it with --extend%s"
        .formatted(
            names,
            Files.isDirectory(directory.extensions())
                ? ", or use the copy in %s with --trust-run".formatted(directory.extensions())
                : "");
  }

  private static JsonNode recorded(RunDirectory directory) {
    return Files.exists(directory.provenance())
        ? JsonFiles.parse(directory.provenance()).path("extensions")
        : MissingNode.getInstance();
  }
}
