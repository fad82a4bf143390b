package org.jmoe.data.text;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jmoe.data.files.DataNames;
import org.jmoe.data.files.ExpansionLimit;
import org.jmoe.io.DataFormatException;

/**
 * The text files of a zip or jar, sorted by name; the domain is the name of the archive. Nothing is
 * extracted. The number of entries, their individual and total sizes, and the compression ratio are
 * limited, so that no archive can exhaust memory.
 */
record ZipTexts(Path file, TextSource.Options options) implements TextSource {
  private static final int MAX_ENTRIES = 1_000_000;
  private static final long MAX_TOTAL = 1L << 34;

  @Override
  public long size() {
    try (ZipFile zip = open()) {
      return entries(zip).stream().mapToLong(ZipEntry::getSize).sum();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public void read(TextVisitor visitor) {
    String domain = DataNames.stem(String.valueOf(file.getFileName()));
    TextReader reader = new TextReader(file, options, visitor);
    try (ZipFile zip = open()) {
      for (ZipEntry entry : entries(zip)) {
        String name = file.getFileName() + "!" + entry.getName();
        Optional<String> problem =
            DataNames.hidden(entry.getName())
                ? Optional.of("is hidden")
                : reader.entry(bytes(zip, entry), name, domain);
        problem.ifPresent(why -> visitor.skipped(name, why));
      }
    } catch (ZipException | EOFException e) {
      throw new DataFormatException(file, "is a malformed archive: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  private ZipFile open() throws IOException {
    try {
      return new ZipFile(file.toFile());
    } catch (ZipException | IllegalArgumentException e) {
      throw new DataFormatException(file, "is a malformed archive: " + e.getMessage(), e);
    }
  }

  private List<ZipEntry> entries(ZipFile zip) {
    if (zip.size() > MAX_ENTRIES) {
      throw new DataFormatException(
          file, "contains %d entries, more than %d; split it".formatted(zip.size(), MAX_ENTRIES));
    }
    List<ZipEntry> entries =
        zip.stream()
            .<ZipEntry>map(e -> e)
            .filter(e -> !e.isDirectory() && !e.getName().startsWith("META-INF/"))
            .sorted(Comparator.comparing(ZipEntry::getName))
            .toList();
    checkSizes(entries);
    return entries;
  }

  private void checkSizes(List<ZipEntry> entries) {
    long max = Math.min(MAX_TOTAL, ExpansionLimit.max(file.toFile().length()));
    long total = 0;
    for (ZipEntry entry : entries) {
      if (entry.getSize() >= Utf8Text.MAX_BYTES) {
        throw new DataFormatException(
            file,
            "contains %s, which is larger than %d bytes; remove it"
                .formatted(entry.getName(), Utf8Text.MAX_BYTES));
      }
      total += entry.getSize();
      if (entry.getSize() < 0 || total > max) {
        throw new DataFormatException(
            file,
            "contains more than %d bytes, too many for an archive of its size; split it"
                .formatted(max));
      }
    }
  }

  /** Reads an entry and verifies its size and CRC-32. */
  private byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes = in.readNBytes(Math.toIntExact(entry.getSize() + 1));
      CRC32 crc = new CRC32();
      crc.update(bytes);
      if (bytes.length != entry.getSize() || crc.getValue() != entry.getCrc()) {
        throw new ZipException(
            "the size or CRC-32 of %s does not match; copy or write it again"
                .formatted(entry.getName()));
      }
      return bytes;
    }
  }
}
