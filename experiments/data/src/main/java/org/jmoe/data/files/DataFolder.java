package org.jmoe.data.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jmoe.data.files.DataNames.Role;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Json;

/**
 * The files of a folder, sorted by path, with their splits. For Hugging Face datasets (saved to
 * disk with several splits, cached, or downloaded from the hub), the splits are determined from
 * metadata, folder names or file names. Symbolic links are followed; loops are detected.
 *
 * @param parts files to read
 * @param skipped files to skip, with reasons
 */
public record DataFolder(Path folder, ImmutableList<Part> parts, ImmutableList<Skipped> skipped) {
  /** A file with its path relative to the folder, with slashes, and its split. */
  public record Part(Path file, String name, Optional<String> split, boolean heldOut) {
    private Optional<Role> role() {
      return split.flatMap(DataNames::role);
    }
  }

  /** A skipped file; the reason is a predicate, such as "is hidden". */
  public record Skipped(String name, String reason) {}

  /**
   * Lists a folder.
   *
   * @param wanted names of the splits to read; if empty, training splits are read, and validation
   *     splits, or otherwise test splits, as held-out data
   * @param isData returns whether a file with this name is data, so that its name may determine its
   *     split
   * @throws DataFormatException if a wanted split does not exist, or the purpose of the splits is
   *     unclear
   */
  public static DataFolder of(Path folder, List<String> wanted, Predicate<String> isData) {
    List<Skipped> skipped = new ArrayList<>();
    List<Part> all = new ArrayList<>();
    List<String> named = dictionary(folder);
    for (Path file : files(folder, skipped)) {
      Path relative = folder.relativize(file);
      String name = slashes(relative);
      if (unlisted(file)) {
        skipped.add(new Skipped(name, "is not listed in state.json"));
      } else {
        all.add(new Part(file, name, split(folder, relative, named, isData), false));
      }
    }
    return chosen(folder, all, wanted, skipped);
  }

  private static List<String> dictionary(Path folder) {
    Path file = folder.resolve("dataset_dict.json");
    List<String> splits = new ArrayList<>();
    if (Files.isRegularFile(file)) {
      Json.parse(file).path("splits").forEach(s -> splits.add(s.asText()));
    }
    return splits;
  }

  private static Optional<String> split(
      Path folder, Path relative, List<String> named, Predicate<String> isData) {
    String first = relative.getName(0).toString();
    if (named.contains(first) && relative.getNameCount() > 1) {
      return Optional.of(first);
    }
    if (!isData.test(slashes(relative))) {
      return Optional.empty();
    }
    return cached(folder.resolve(relative)).or(() -> DataNames.split(relative));
  }

  // <dataset>-<split>.arrow in a datasets cache, next to a dataset_info.json that lists the splits.
  private static Optional<String> cached(Path file) {
    Path info = file.resolveSibling("dataset_info.json");
    String stem = DataNames.withoutShard(DataNames.stem(String.valueOf(file.getFileName())));
    if (!file.toString().endsWith(".arrow") || !Files.isRegularFile(info)) {
      return Optional.empty();
    }
    List<String> splits = ImmutableList.copyOf(Json.parse(info).path("splits").fieldNames());
    return splits.stream().filter(s -> stem.endsWith("-" + s)).findFirst();
  }

  // Intermediate results and leftovers of earlier writes are stored next to the shards.
  private static boolean unlisted(Path file) {
    Path state = file.resolveSibling("state.json");
    if (!file.toString().endsWith(".arrow") || !Files.isRegularFile(state)) {
      return false;
    }
    JsonNode listed = Json.parse(state).path("_data_files");
    String name = String.valueOf(file.getFileName());
    for (JsonNode entry : listed) {
      if (name.equals(entry.path("filename").asText())) {
        return false;
      }
    }
    return !listed.isEmpty();
  }

  private static DataFolder chosen(
      Path folder, List<Part> all, List<String> wanted, List<Skipped> skipped) {
    Set<String> splits = new TreeSet<>();
    Set<Role> roles = EnumSet.noneOf(Role.class);
    for (Part part : all) {
      part.split().ifPresent(splits::add);
      part.role().ifPresent(roles::add);
    }
    for (String name : wanted) {
      if (all.stream().noneMatch(p -> is(p, name))) {
        throw new DataFormatException(
            folder, "has no split '%s'; %s".formatted(name, choice(splits)));
      }
    }
    if (wanted.isEmpty()) {
      for (String name : dictionary(folder)) {
        if (DataNames.role(name).isEmpty()) {
          throw new DataFormatException(
              folder,
              "has the split '%s', whose purpose is unclear; %s".formatted(name, choice(splits)));
        }
      }
    }
    boolean several =
        wanted.isEmpty()
            ? roles.contains(Role.TRAIN) || all.stream().anyMatch(p -> p.role().isEmpty())
            : wanted.size() > 1;
    ImmutableList.Builder<Part> parts = ImmutableList.builder();
    for (Part part : all) {
      Optional<Role> role = part.role();
      boolean held = several && role.isPresent() && role.get() != Role.TRAIN;
      boolean spare = held && role.get() == Role.TEST && roles.contains(Role.VALIDATION);
      String split = part.split().orElse("");
      if (wanted.isEmpty() ? spare : wanted.stream().noneMatch(w -> is(part, w))) {
        String reason =
            split.isEmpty()
                ? "belongs to no split"
                : "belongs to split %s; read it with --split %s".formatted(split, split);
        skipped.add(new Skipped(part.name(), reason));
      } else {
        parts.add(new Part(part.file(), part.name(), part.split(), held));
      }
    }
    return new DataFolder(folder, parts.build(), ImmutableList.copyOf(skipped));
  }

  private static boolean is(Part part, String wanted) {
    boolean role = DataNames.isRole(wanted) && part.role().equals(DataNames.role(wanted));
    return role || part.split().equals(Optional.of(wanted));
  }

  private static String choice(Set<String> splits) {
    return splits.isEmpty()
        ? "its files have no splits"
        : "choose one with --split: " + String.join(", ", splits);
  }

  private static List<Path> files(Path folder, List<Skipped> skipped) {
    List<Path> files = new ArrayList<>();
    try {
      Files.walkFileTree(
          folder,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path path, BasicFileAttributes attributes) {
              boolean hidden = !path.equals(folder) && hidden(path);
              if (hidden) {
                skipped.add(new Skipped(name(path) + "/", "is hidden"));
              }
              return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              if (hidden(path)) {
                skipped.add(new Skipped(name(path), "is hidden"));
              } else if (attributes.isRegularFile()) {
                files.add(path);
              } else {
                skipped.add(
                    new Skipped(
                        name(path),
                        attributes.isSymbolicLink()
                            ? "is a broken link"
                            : "is not a regular file"));
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
              if (path.equals(folder)) {
                throw e;
              }
              skipped.add(
                  new Skipped(
                      name(path),
                      e instanceof FileSystemLoopException
                          ? "is a link to a parent folder"
                          : "cannot be read"));
              return FileVisitResult.CONTINUE;
            }

            private boolean hidden(Path path) {
              return String.valueOf(path.getFileName()).startsWith(".");
            }

            private String name(Path path) {
              return slashes(folder.relativize(path));
            }
          });
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + folder, e);
    }
    files.sort(Comparator.comparing(file -> slashes(folder.relativize(file))));
    return files;
  }

  private static String slashes(Path path) {
    return path.toString().replace('\\', '/');
  }
}
