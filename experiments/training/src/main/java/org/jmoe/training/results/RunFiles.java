package org.jmoe.training.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Digests;
import org.jmoe.io.DirectoryLock;
import org.jmoe.io.JsonFiles;

/**
 * The files that jmoe writes to a run's folder, recognized by name. All other files, including
 * links, are foreign: jmoe never deletes them, and never replaces a folder that contains any.
 *
 * @param root the run's folder
 */
public record RunFiles(Path root) {
  static final String CONFIG = "run.json";

  private static final String CHECKPOINT = "checkpoints/step-\\d+(\\.tmp|\\.broken)?";
  private static final Pattern FOLDER =
      Pattern.compile("plots|checkpoints|routing|extensions|tensorboard|" + CHECKPOINT);
  private static final Pattern FILE =
      Pattern.compile(
          String.join(
              "|",
              "(run|provenance|summary)\\.json",
              "(outcome|origin)\\.json", // written by trials of experiments
              "metrics\\.jsonl",
              "report\\.html",
              "(metrics|routing)\\.arrow",
              "tensorboard/events\\.out\\.tfevents\\.\\d+\\.jmoe\\.\\d+",
              "plots/(loss|load|domains)(-\\d+)?\\.(png|svg)",
              "routing/(layers|experts|served|labels|specialisation|tokens|contexts)\\.arrow",
              "routing/(pairs|overlaps|stability)\\.arrow",
              "routing/(domain|token-class|position|coactivation|similarity)(-\\d+)?\\.(png|svg)",
              CHECKPOINT + "/(model|optimizer)\\.safetensors",
              CHECKPOINT + "/(state|run|manifest)\\.json",
              CHECKPOINT + "/(metrics|routing)\\.arrow"));
  private static final Pattern TEMPORARY = // temporary names of AtomicFile
      Pattern.compile("((?:.*/)?)\\.([^/]+)\\.[0-9a-f]+\\.tmp");

  private record Entry(Path path, boolean isFolder, boolean isOwn) {}

  /** Returns the names of up to {@code max} foreign files; folders end in a slash. */
  ImmutableList<String> foreign(int max) throws IOException {
    List<String> found = new ArrayList<>();
    foreign(root, max, found);
    return ImmutableList.copyOf(found);
  }

  private void foreign(Path folder, int max, List<String> found) throws IOException {
    for (Entry entry : list(folder)) {
      if (found.size() == max) {
        return;
      } else if (!entry.isOwn()) {
        found.add(root.relativize(entry.path()) + (entry.isFolder() ? "/" : ""));
      } else if (entry.isFolder()) {
        foreign(entry.path(), max, found);
      }
    }
  }

  /** Returns the first folder that this process may not write to. */
  Optional<Path> readOnly() throws IOException {
    return readOnly(root);
  }

  private Optional<Path> readOnly(Path folder) throws IOException {
    if (!Files.isWritable(folder)) {
      return Optional.of(folder);
    }
    for (Entry entry : list(folder)) {
      Optional<Path> found =
          entry.isOwn() && entry.isFolder() ? readOnly(entry.path()) : Optional.empty();
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /** Returns the top-level files and folders of the run, run.json last, without the lock. */
  public ImmutableList<Path> entries() throws IOException {
    return list(root).stream()
        .filter(Entry::isOwn)
        .map(Entry::path)
        .filter(path -> !path.endsWith(DirectoryLock.NAME))
        .sorted(Comparator.comparing(path -> path.endsWith(CONFIG)))
        .collect(ImmutableList.toImmutableList());
  }

  /** Deletes all files of the run except the lock, and folders that are empty afterwards. */
  void remove() throws IOException {
    remove(root);
  }

  private void remove(Path folder) throws IOException {
    for (Entry entry : list(folder)) {
      if (entry.isFolder() && entry.isOwn()) {
        remove(entry.path());
        removeIfEmpty(entry.path());
      } else if (entry.isOwn() && !entry.path().endsWith(DirectoryLock.NAME)) {
        Files.delete(entry.path());
      }
    }
  }

  /** Deletes a folder if it exists and is empty. */
  static void removeIfEmpty(Path folder) throws IOException {
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    boolean empty;
    try (Stream<Path> entries = Files.list(folder)) {
      empty = entries.findAny().isEmpty();
    }
    if (empty) {
      Files.delete(folder);
    }
  }

  private List<Entry> list(Path folder) throws IOException {
    List<Path> paths;
    try (Stream<Path> all = Files.list(folder)) {
      paths = all.sorted().toList();
    }
    List<Entry> entries = new ArrayList<>();
    for (Path path : paths) {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      boolean own =
          attributes.isDirectory()
              ? FOLDER.matcher(name(path)).matches()
              : attributes.isRegularFile() && (isFile(name(path)) || isExtension(path));
      entries.add(new Entry(path, attributes.isDirectory(), own));
    }
    return entries;
  }

  private String name(Path path) {
    return root.relativize(path).toString().replace(path.getFileSystem().getSeparator(), "/");
  }

  private static boolean isFile(String name) {
    Matcher temporary = TEMPORARY.matcher(name);
    String target = temporary.matches() ? temporary.group(1) + temporary.group(2) : name;
    return FILE.matcher(target).matches() || name.equals(DirectoryLock.NAME);
  }

  /** Returns whether a Java file is an unmodified copy that the run recorded. */
  private boolean isExtension(Path path) throws IOException {
    Path provenance = root.resolve("provenance.json");
    if (!name(path).matches("extensions/[^/]+\\.java") || !Files.isRegularFile(provenance)) {
      return false;
    }
    try {
      JsonNode recorded = JsonFiles.parse(provenance).path("extensions");
      return recorded
          .path(String.valueOf(path.getFileName()))
          .asText()
          .equals(Digests.sha256(List.of(path)));
    } catch (DataFormatException e) {
      return false;
    }
  }
}
