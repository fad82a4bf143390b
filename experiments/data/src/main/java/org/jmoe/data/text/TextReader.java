package org.jmoe.data.text;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.io.input.CloseShieldInputStream;
import org.apache.commons.io.input.ReaderInputStream;
import org.jmoe.data.files.Compression;
import org.jmoe.data.files.DataNames;
import org.jmoe.data.files.ExpansionLimit;
import org.jmoe.data.files.TextKind;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Malformed;

/**
 * Reads the documents of a file of any {@link TextKind}, including archives and compressed files.
 */
final class TextReader {
  private static final int MAX_LAYERS = 4; // .jsonl in .tar in .gz has three

  private final Path file;
  private final TextSource.Options options;
  private final TextVisitor visitor;
  private final ExpansionLimit limit;

  TextReader(Path file, TextSource.Options options, TextVisitor visitor) {
    this.file = file;
    this.options = options;
    this.visitor = visitor;
    limit = ExpansionLimit.of(file);
  }

  /**
   * Reads the file.
   *
   * @param name name of the file, used in the names of documents
   * @param domain domain of plain text
   * @param recordDomain domain of records without one
   * @return why the file was skipped, as a predicate; empty if it was read
   */
  Optional<String> read(String name, String domain, String recordDomain) {
    try (InputStream in = new BufferedInputStream(counting(Files.newInputStream(file)))) {
      byte[] head = head(in);
      for (TextFormat format : options.formats()) {
        if (format.recognizes(head, name)) {
          return read(format, name, recordDomain);
        }
      }
      return switch (TextKind.of(head, name)) {
        case ZIP -> {
          new ZipTexts(file, options).read(visitor);
          yield Optional.empty();
        }
        default -> stream(in, name, domain, recordDomain, 0);
      };
    } catch (IOException e) {
      throw fault(name, e);
    }
  }

  private Optional<String> read(TextFormat format, String name, String domain) {
    Malformed.guard(
        file,
        "its format " + format.name(),
        () -> {
          format.read(file, name, domain, options.fields(), visitor);
          return true;
        });
    return Optional.empty();
  }

  /** Reads an entry of an archive. */
  Optional<String> entry(byte[] bytes, String name, String domain) {
    try (InputStream in = new BufferedInputStream(new ByteArrayInputStream(bytes))) {
      Optional<String> problem = stream(in, name, domain, DataNames.stem(name), 1);
      visitor.advance(bytes.length);
      return problem;
    } catch (IOException e) {
      throw fault(name, e);
    }
  }

  /** Reads a stream that supports marks, for example an entry of an archive. */
  private Optional<String> stream(
      InputStream in, String name, String domain, String recordDomain, int layer)
      throws IOException {
    byte[] head = head(in);
    if (head.length == 0) {
      return Optional.of("is empty");
    }
    return switch (TextKind.of(head, name)) {
      case COMPRESSED -> compressed(in, head, name, domain, recordDomain, layer);
      case TAR -> tar(in, name, layer);
      case JSON -> json(in, head, name, recordDomain);
      case PLAIN -> plain(in, name, domain);
      case METADATA -> Optional.of("is metadata");
      case TOKENS -> Optional.of("is token data; see jmoe data inspect");
      case ZIP, ARROW, PARQUET -> Optional.of("cannot be read inside an archive or compression");
      case UNKNOWN ->
          options.unknownAsText()
              ? plain(in, name, domain)
              : Optional.of("has an unknown format; use --plain-text to read it as one document");
    };
  }

  private Optional<String> compressed(
      InputStream in, byte[] head, String name, String domain, String recordDomain, int layer)
      throws IOException {
    if (layer == MAX_LAYERS) {
      return Optional.of("is compressed more than %d times".formatted(MAX_LAYERS));
    }
    Compression compression = Compression.of(head).orElseThrow();
    try (InputStream expanded = new BufferedInputStream(limit.limit(compression.expand(in)))) {
      return stream(expanded, Compression.strip(name), domain, recordDomain, layer + 1);
    }
  }

  private Optional<String> tar(InputStream in, String name, int layer) throws IOException {
    if (layer == MAX_LAYERS) {
      return Optional.of("is nested in %d archives".formatted(MAX_LAYERS));
    }
    String domain = DataNames.stem(name);
    try (TarArchiveInputStream tar = new TarArchiveInputStream(in, "UTF-8")) {
      InputStream entries = limit.limit(CloseShieldInputStream.wrap(tar)); // some may be sparse
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        if (entry.isDirectory()) {
          continue;
        }
        String inside = name + "!" + entry.getName();
        boolean special =
            entry.isLink()
                || entry.isSymbolicLink()
                || entry.isCharacterDevice()
                || entry.isBlockDevice()
                || entry.isFIFO();
        Optional<String> problem =
            DataNames.hidden(entry.getName()) || special
                ? Optional.of(special ? "is not a regular file" : "is hidden")
                : stream(
                    new BufferedInputStream(entries),
                    inside,
                    domain,
                    DataNames.stem(inside),
                    layer + 1);
        problem.ifPresent(why -> visitor.skipped(inside, why));
      }
    }
    return Optional.empty();
  }

  private Optional<String> json(InputStream in, byte[] head, String name, String domain)
      throws IOException {
    JsonTexts records = new JsonTexts(place(name), name, domain, options.fields(), visitor);
    Optional<String> problem = records.read(utf8(in, head));
    if (problem.isEmpty()) {
      visitor.read(name);
    }
    return problem;
  }

  private Optional<String> plain(InputStream in, String name, String domain) throws IOException {
    byte[] bytes = in.readNBytes((int) Utf8Text.MAX_BYTES + 1);
    if (bytes.length > Utf8Text.MAX_BYTES) {
      return Optional.of(
          "exceeds the maximum document size of %d bytes; split it".formatted(Utf8Text.MAX_BYTES));
    }
    Optional<String> text = Utf8Text.decode(bytes);
    text.ifPresent(
        t -> {
          visitor.document(new Document(name, domain, t, bytes.length));
          visitor.read(name);
        });
    return text.isPresent()
        ? Optional.empty()
        : Optional.of("is not UTF-8 text; convert or remove it");
  }

  private static InputStream utf8(InputStream in, byte[] head) throws IOException {
    Charset charset = Utf8Text.charset(head);
    boolean mark = head.length > 2 && head[0] == (byte) 0xEF && head[1] == (byte) 0xBB;
    in.skipNBytes(mark ? 3 : charset.equals(StandardCharsets.UTF_8) ? 0 : 2);
    return charset.equals(StandardCharsets.UTF_8)
        ? in
        : ReaderInputStream.builder()
            .setReader(new InputStreamReader(in, charset.newDecoder()))
            .setCharset(StandardCharsets.UTF_8)
            .get();
  }

  private static byte[] head(InputStream in) throws IOException {
    in.mark(TextKind.HEAD);
    byte[] head = in.readNBytes(TextKind.HEAD);
    in.reset();
    return head;
  }

  private RuntimeException fault(String name, IOException e) {
    if (e instanceof FileSystemException) {
      return new UncheckedIOException("cannot read " + file, e);
    }
    String reason =
        e instanceof EOFException
            ? "it ends early"
            : String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    return new DataFormatException(
        place(name),
        "is truncated or malformed (%s); write or copy the file again".formatted(reason),
        e);
  }

  // The full path, with the entry for archives.
  private String place(String name) {
    int entry = name.indexOf('!');
    return entry < 0 ? file.toString() : file + name.substring(entry);
  }

  private InputStream counting(InputStream in) {
    return new FilterInputStream(in) {
      @Override
      public int read() throws IOException {
        int value = super.read();
        visitor.advance(value < 0 ? 0 : 1);
        return value;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        int count = super.read(bytes, offset, length);
        visitor.advance(Math.max(0, count));
        return count;
      }
    };
  }
}
