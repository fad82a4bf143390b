package org.jmoe.data.text;

import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A subset of the source files of a jar, up to a number of bytes, so that domains have similar
 * sizes. Files are selected by a hash of their names, to sample all packages.
 */
public record CappedZipTexts(Path file, long cap) implements TextSource {
  private static final TextSource.Options SOURCES =
      TextSource.Options.of(new TextSource.Fields("text", List.of()));

  @Override
  public long size() {
    return Math.min(cap, new ZipTexts(file, SOURCES).size());
  }

  @Override
  public void read(TextVisitor visitor) {
    List<Document> all = new ArrayList<>();
    new ZipTexts(file, SOURCES).read(all::add);
    all.sort(
        Comparator.comparingLong((Document d) -> hash(d.name())).thenComparing(Document::name));
    List<Document> chosen = new ArrayList<>();
    long taken = 0;
    for (Document document : all) {
      boolean source = document.name().endsWith(".java") || document.name().endsWith(".scala");
      if (source && taken + document.size() <= cap) {
        chosen.add(document);
        taken += document.size();
      }
    }
    chosen.sort(Comparator.comparing(Document::name));
    chosen.forEach(
        document -> {
          visitor.document(document);
          visitor.advance(document.size());
        });
  }

  private static long hash(String name) {
    return Hashing.murmur3_128().hashString(name, StandardCharsets.UTF_8).asLong();
  }
}
