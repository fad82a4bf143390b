package org.jmoe.data.corpus;

import com.google.common.hash.Hashing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.data.text.CappedZipTexts;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.text.TextTokenizer;
import org.jmoe.io.Digests;
import org.jmoe.io.Progress;
import org.jspecify.annotations.Nullable;

/**
 * The corpus that needs no download site: the sources of well-known Apache-licensed libraries,
 * which Maven fetches like any dependency, each library a domain. It is built once, and again when
 * the sources, the tokenizer or the options change.
 *
 * @param jars folder of the source jars, each named after its domain
 */
public record DefaultCorpus(Path jars) {
  /** Names another folder of source jars. */
  public static final String PROPERTY = "jmoe.corpus";

  private static final String ENVIRONMENT = "JMOE_CORPUS";
  private static final String FORMAT = "2"; // raised when the same sources give another file
  private static final long CAP = 6_000_000; // bytes of text of a domain
  private static final HeldOut HELD_OUT = new HeldOut(0.05, 0);

  /**
   * Finds the source jars: where the property or the environment says, else beside the code, where
   * the build puts them.
   *
   * @throws IllegalArgumentException when there are none
   */
  public static DefaultCorpus locate() {
    @Nullable String named = System.getProperty(PROPERTY, System.getenv(ENVIRONMENT));
    Path folder = named == null ? besideTheCode() : Path.of(named);
    if (!Files.isDirectory(folder) || sources(folder).isEmpty()) {
      throw new IllegalArgumentException(
          "The default corpus is not in %s; run mvn package, or name a folder of source jars with -D%s or %s."
              .formatted(folder, PROPERTY, ENVIRONMENT));
    }
    return new DefaultCorpus(folder);
  }

  private static Path besideTheCode() {
    CodeSource code = DefaultCorpus.class.getProtectionDomain().getCodeSource();
    try {
      Path place =
          Path.of(Objects.requireNonNull(code).getLocation().toURI()); // the jar, or target/classes
      return place.resolveSibling("corpus");
    } catch (URISyntaxException e) {
      throw new IllegalStateException("cannot find the place of " + code, e);
    }
  }

  /**
   * The Arrow file of the corpus, built on the first call: a document a source file without its
   * licence comment, one in twenty held out.
   */
  public Path file(TextTokenizer tokenizer, Progress progress) {
    List<Path> sources = sources(jars);
    Path file = cache().resolve("corpus-" + key(sources, tokenizer) + ".arrow");
    if (Files.isRegularFile(file)) {
      return file;
    }
    Map<String, String> description =
        Map.of("corpus", "default", "capPerDomain", Long.toString(CAP));
    CorpusBuilder builder = new CorpusBuilder(tokenizer, false, HELD_OUT, true, description);
    builder.build(texts(sources), file, true, progress);
    return file;
  }

  /** Bytes of text that building goes through. */
  public long size() {
    return texts(sources(jars)).stream().mapToLong(TextSource::size).sum();
  }

  private static List<TextSource> texts(List<Path> sources) {
    return sources.stream().<TextSource>map(jar -> new CappedZipTexts(jar, CAP)).toList();
  }

  private static String key(List<Path> sources, TextTokenizer tokenizer) {
    String content = String.join(" ", FORMAT, Digests.sha256(sources), tokenizer.sha256());
    return Hashing.sha256().hashString(content, StandardCharsets.UTF_8).toString().substring(0, 16);
  }

  // A read-only checkout or a shared installation still works: the user's own cache takes over.
  private Path cache() {
    Path folder =
        Files.isWritable(jars) ? jars : Path.of(System.getProperty("user.home"), ".cache", "jmoe");
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + folder, e);
    }
  }

  private static List<Path> sources(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".jar")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }
}
