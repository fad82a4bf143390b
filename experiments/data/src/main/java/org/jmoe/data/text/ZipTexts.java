package org.jmoe.data.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jmoe.data.files.DataNames;
import org.jmoe.io.DataFormatException;

/**
 * The text files of a zip or jar, sorted by name; the domain is the archive's name. Nothing is
 * extracted, and the number of entries, the size of each and of all together are limited, so that
 * no archive exhausts memory.
 */
record ZipTexts(Path file, TextSource.Options options) implements TextSource {
  private static final int MAX_ENTRIES = 1_000_000;
  private static final long MAX_TOTAL = 1L << 34;

  @Override
  public long size() {
    try (ZipFile zip = open()) {
      return entries(zip).stream().mapToLong(e -> Math.max(0, e.getSize())).sum();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public void read(TextVisitor visitor) {
    String domain = DataNames.stem(String.valueOf(file.getFileName()));
    TextReader reader = new TextReader(file, options, visitor);
    long total = 0;
    try (ZipFile zip = open()) {
      for (ZipEntry entry : entries(zip)) {
        byte[] bytes = bytes(zip, entry);
        total += bytes.length;
        if (total > MAX_TOTAL) {
          throw new DataFormatException(
              file, "holds more than %d bytes; split it".formatted(MAX_TOTAL));
        }
        String name = file.getFileName() + "!" + entry.getName();
        reader.entry(bytes, name, domain).ifPresent(why -> visitor.leftOut(name, why));
      }
    } catch (ZipException e) {
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
          file, "holds %d entries, more than %d; split it".formatted(zip.size(), MAX_ENTRIES));
    }
    return zip.stream()
        .<ZipEntry>map(e -> e)
        .filter(e -> !e.isDirectory() && !e.getName().startsWith("META-INF/"))
        .sorted(Comparator.comparing(ZipEntry::getName))
        .toList();
  }

  private byte[] bytes(ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream in = zip.getInputStream(entry)) {
      byte[] bytes =
          in.readNBytes((int) Utf8Text.MAX_BYTES); // the size that an entry declares may lie
      if (bytes.length == Utf8Text.MAX_BYTES) {
        throw new DataFormatException(
            file,
            "holds %s, larger than %d bytes; leave it out"
                .formatted(entry.getName(), Utf8Text.MAX_BYTES));
      }
      return bytes;
    }
  }
}
