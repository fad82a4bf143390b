package org.jmoe.data.corpus;

import com.google.common.hash.Hashing;
import com.google.common.io.Resources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.data.text.CappedZipTexts;
import org.jmoe.data.text.TextSource;
import org.jmoe.data.tokenizer.TextTokenizer;
import org.jmoe.io.AtomicFile;
import org.jmoe.io.Digests;
import org.jmoe.io.Progress;

/**
 * The bundled corpus: source code of well-known Apache-licensed libraries from the artifact {@code
 * jmoe-corpus}, one domain per library. The token file is built once and rebuilt when the sources,
 * the tokenizer or the options change.
 *
 * @param jars folder of source jars, named after their domains
 */
public record DefaultCorpus(Path jars) {
  /** System property that specifies another folder of source jars. */
  public static final String PROPERTY = "jmoe.corpus";

  private static final String ENVIRONMENT = "JMOE_CORPUS";
  private static final String RESOURCES = "/org/jmoe/corpus/";
  private static final String FORMAT =
      "2"; // incremented when the same sources give a different file
  private static final long CAP = 6_000_000; // bytes of text per domain
  private static final HeldOut HELD_OUT = new HeldOut(0.05, 0);

  /**
   * Locates the source jars in the folder specified by the system property or environment variable,
   * or otherwise on the class path, from where they are copied to the user's cache once.
   *
   * @throws IllegalArgumentException if there are no source jars
   */
  public static DefaultCorpus locate() {
    String custom = System.getProperty(PROPERTY, System.getenv(ENVIRONMENT));
    Path folder = custom == null ? unpacked() : Path.of(custom);
    if (!Files.isDirectory(folder) || sources(folder).isEmpty()) {
      throw new IllegalArgumentException(
          "%s contains no source jars for the default corpus; specify a folder with -D%s or %s."
              .formatted(folder, PROPERTY, ENVIRONMENT));
    }
    return new DefaultCorpus(folder);
  }

  /** Returns the folder of the copied jars of {@code jmoe-corpus}. */
  private static Path unpacked() {
    URL index = DefaultCorpus.class.getResource(RESOURCES + "index");
    if (index == null) {
      throw new IllegalArgumentException(
          "The default corpus is not on the class path; add the artifact jmoe-corpus, or specify a folder of source jars with -D%s or %s."
              .formatted(PROPERTY, ENVIRONMENT));
    }
    try {
      String versions = Resources.toString(index, StandardCharsets.UTF_8);
      String digest = Hashing.sha256().hashString(versions, StandardCharsets.UTF_8).toString();
      Path folder =
          Files.createDirectories(userCache().resolve("corpus-" + digest.substring(0, 16)));
      for (String line : versions.lines().toList()) {
        String jar = line.substring(0, line.indexOf(' ')) + ".jar";
        if (!Files.exists(folder.resolve(jar))) {
          URL source =
              Objects.requireNonNull(DefaultCorpus.class.getResource(RESOURCES + jar), jar);
          try (AtomicFile file = AtomicFile.create(folder.resolve(jar), true)) {
            Resources.copy(source, Channels.newOutputStream(file.channel()));
            file.commit();
          }
        }
      }
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot copy the default corpus to " + userCache(), e);
    }
  }

  private static Path userCache() {
    String named = System.getenv("XDG_CACHE_HOME");
    Path caches =
        named == null || named.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".cache")
            : Path.of(named);
    return caches.resolve("jmoe");
  }

  /**
   * Returns the Arrow file of the corpus, which the first call builds: one document per source
   * file, without its licence comment, and 5% held out.
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

  /**
   * Returns the {@code tokenizer.json} of a byte-level BPE for the corpus, which the first call
   * trains on the documents that are not held out.
   */
  public Path tokenizer(int vocabulary, Progress progress) {
    List<Path> sources = sources(jars);
    String content = String.join(" ", FORMAT, Digests.sha256(sources), "bpe " + vocabulary);
    Path file = cache().resolve("bpe-%d-%s.json".formatted(vocabulary, key(content)));
    if (!Files.isRegularFile(file)) {
      new TokenizerBuilder(vocabulary, HELD_OUT, true)
          .build(texts(sources), ReadReport.allowing(0), progress)
          .write(file, true);
    }
    return file;
  }

  /** Returns the number of bytes of text that building reads. */
  public long size() {
    return texts(sources(jars)).stream().mapToLong(TextSource::size).sum();
  }

  private static List<TextSource> texts(List<Path> sources) {
    return sources.stream().<TextSource>map(jar -> new CappedZipTexts(jar, CAP)).toList();
  }

  private static String key(List<Path> sources, TextTokenizer tokenizer) {
    return key(String.join(" ", FORMAT, Digests.sha256(sources), tokenizer.sha256()));
  }

  private static String key(String content) {
    return Hashing.sha256().hashString(content, StandardCharsets.UTF_8).toString().substring(0, 16);
  }

  // Next to the jars, or in the user's cache if they are in a shared installation.
  private Path cache() {
    Path folder = Files.isWritable(jars) ? jars : userCache();
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
