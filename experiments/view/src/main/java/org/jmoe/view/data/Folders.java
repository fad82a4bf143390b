package org.jmoe.view.data;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jmoe.view.data.Folder.Kind;

/**
 * The runs, experiments and checkpoints below the folders given by the user. Requests refer to them
 * by id, and ids are resolved here, so that nothing else can be reached; links are not followed.
 */
public final class Folders {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_FOLDERS = 20_000;
  private static final long EVERY_NANOS = 2_000_000_000;

  private final ImmutableList<Path> roots;
  private Map<String, Folder> found = Map.of();
  private long scanned = System.nanoTime() - EVERY_NANOS;

  /**
   * Lists the folders below the given roots.
   *
   * @throws IllegalArgumentException if a root is not a folder
   */
  public Folders(List<Path> roots) {
    for (Path root : roots) {
      if (!Files.isDirectory(root)) {
        throw new IllegalArgumentException(
            (Files.exists(root) ? root + " is not a folder" : "There is no folder " + root)
                + "; specify a run, an experiment, a checkpoint or a folder of them.");
      }
    }
    this.roots = ImmutableList.copyOf(roots);
  }

  /** Returns the roots as given by the user. */
  public List<Path> roots() {
    return roots;
  }

  /** Returns all folders by name; rescans if the last scan is a few seconds old. */
  public synchronized ImmutableList<Folder> all() {
    if (System.nanoTime() - scanned >= EVERY_NANOS) {
      Map<String, Folder> now = new LinkedHashMap<>();
      for (int i = 0; i < roots.size(); i++) {
        scan(i, now);
      }
      found = now;
      scanned = System.nanoTime();
    }
    return found.values().stream()
        .sorted(Comparator.comparing(Folder::name))
        .collect(ImmutableList.toImmutableList());
  }

  /** Returns the folder with an id, if there is one. */
  public synchronized Optional<Folder> find(String id) {
    if (!found.containsKey(id)) {
      all();
    }
    return Optional.ofNullable(found.get(id));
  }

  private void scan(int number, Map<String, Folder> now) {
    Path root = roots.get(number);
    try {
      Path real = root.toRealPath();
      Files.walkFileTree(
          real,
          Set.<FileVisitOption>of(),
          MAX_DEPTH,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              Optional<Kind> kind = kind(path);
              if (kind.isPresent()) {
                Path relative = real.relativize(path);
                String id = number + "/" + relative.toString().replace('\\', '/');
                now.put(id, new Folder(id, name(root, relative), kind.get(), path));
              }
              boolean leaf = kind.isPresent() && kind.get() != Kind.EXPERIMENT;
              return now.size() >= MAX_FOLDERS
                  ? FileVisitResult.TERMINATE
                  : leaf ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) {
              return FileVisitResult.CONTINUE; // such as a folder that may not be read
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + root, e);
    }
  }

  private static String name(Path root, Path relative) {
    String name = root.normalize().resolve(relative).toString();
    return name.isEmpty() ? "." : name;
  }

  private static Optional<Kind> kind(Path path) {
    if (isFile(path.resolve("experiment.json"))) {
      return Optional.of(Kind.EXPERIMENT);
    } else if (isFile(path.resolve("run.json"))) {
      return Optional.of(Kind.RUN);
    } else if (Files.isRegularFile(path.resolve("config.json")) && hasWeights(path)) {
      return Optional.of(Kind.CHECKPOINT);
    }
    return Optional.empty();
  }

  /** Files of downloaded checkpoints are often links into a cache. */
  private static boolean hasWeights(Path path) {
    return Files.isRegularFile(path.resolve("model.safetensors"))
        || Files.isRegularFile(path.resolve("model.safetensors.index.json"));
  }

  private static boolean isFile(Path file) {
    return Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
  }
}
