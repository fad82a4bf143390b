package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The text files below a folder, sorted by path. The domain of a file is the folder right below the
 * named one, or the named folder for files that lie directly in it. Hidden files and files that are
 * not UTF-8 are left out; JSON lines, archives and Arrow files keep the domains that they state.
 */
record FolderTexts(Path folder, ImmutableList<Path> files, Fields fields) implements TextSource {
  static FolderTexts of(Path folder, Fields fields) {
    try (Stream<Path> paths = Files.walk(folder)) {
      ImmutableList<Path> files =
          paths
              .filter(Files::isRegularFile)
              .filter(p -> !hidden(folder.relativize(p)))
              .sorted(Comparator.comparing(p -> slashes(folder.relativize(p))))
              .collect(ImmutableList.toImmutableList());
      return new FolderTexts(folder, files, fields);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
  }

  private static boolean hidden(Path relative) {
    for (Path part : relative) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private static String slashes(Path path) {
    return path.toString().replace('\\', '/');
  }

  @Override
  public long size() {
    return files.stream().mapToLong(f -> new FileText(f, "").size()).sum();
  }

  @Override
  public void read(Consumer<Document> documents) {
    String own = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    for (Path file : files) {
      Path relative = folder.relativize(file);
      if (TextSource.of(file, fields) instanceof FileText text) {
        String domain = relative.getNameCount() > 1 ? relative.getName(0).toString() : own;
        text.text()
            .ifPresent(
                t -> documents.accept(new Document(slashes(relative), domain, t, text.size())));
      } else {
        TextSource.of(file, fields).read(documents);
      }
    }
  }
}
