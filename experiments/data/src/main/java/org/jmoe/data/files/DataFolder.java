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
 * The files of a folder, sorted by path, with the split that each belongs to. Folders of Hugging
 * Face datasets (several splits saved to disk, a cache, files of the hub) name the splits in their
 * metadata, their folders or their files. Symbolic links are followed, once round a loop.
 *
 * @param parts files to read
 * @param leftOut files not to read, with why
 */
public record DataFolder(Path folder, ImmutableList<Part> parts, ImmutableList<LeftOut> leftOut) {
  /** A file: its path relative to the folder, with slashes, and the split it belongs to. */
  public record Part(Path file, String name, Optional<String> split, boolean heldOut) {
    private Optional<Role> role() {
      return split.flatMap(DataNames::role);
    }
  }

  /** A file that is not read; the reason is the predicate of a sentence. */
  public record LeftOut(String name, String reason) {}

  /**
   * Lists a folder.
   *
   * @param wanted names of the splits to read; with none, training splits are read, and those for
   *     validation, else for testing, as held-out data
   * @param isData whether a file of a name is data, whose name may be that of its split
   * @throws DataFormatException when a split is wanted that is not there, or the splits do not say
   *     what they are for
   */
  public static DataFolder of(Path folder, List<String> wanted, Predicate<String> isData) {
    List<LeftOut> leftOut = new ArrayList<>();
    List<Part> all = new ArrayList<>();
    List<String> named = dictionary(folder);
    for (Path file : files(folder, leftOut)) {
      Path relative = folder.relativize(file);
      String name = slashes(relative);
      if (unlisted(file)) {
        leftOut.add(new LeftOut(name, "is not listed in state.json"));
      } else {
        all.add(new Part(file, name, split(folder, relative, named, isData), false));
      }
    }
    return chosen(folder, all, wanted, leftOut);
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

  // <dataset>-<split>.arrow in a cache of datasets, beside a dataset_info.json that lists the
  // splits.
  private static Optional<String> cached(Path file) {
    Path info = file.resolveSibling("dataset_info.json");
    String stem = DataNames.withoutShard(DataNames.stem(String.valueOf(file.getFileName())));
    if (!file.toString().endsWith(".arrow") || !Files.isRegularFile(info)) {
      return Optional.empty();
    }
    List<String> splits = ImmutableList.copyOf(Json.parse(info).path("splits").fieldNames());
    return splits.stream().filter(s -> stem.endsWith("-" + s)).findFirst();
  }

  // Intermediate results and remains of earlier writes lie beside the shards.
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
      Path folder, List<Part> all, List<String> wanted, List<LeftOut> leftOut) {
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
              "does not say what its split '%s' is for; %s".formatted(name, choice(splits)));
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
                ? "is of no split"
                : "is of the split %s: --split %s".formatted(split, split);
        leftOut.add(new LeftOut(part.name(), reason));
      } else {
        parts.add(new Part(part.file(), part.name(), part.split(), held));
      }
    }
    return new DataFolder(folder, parts.build(), ImmutableList.copyOf(leftOut));
  }

  private static boolean is(Part part, String wanted) {
    boolean role = DataNames.isRole(wanted) && part.role().equals(DataNames.role(wanted));
    return role || part.split().equals(Optional.of(wanted));
  }

  private static String choice(Set<String> splits) {
    return splits.isEmpty()
        ? "its files name no splits"
        : "name one of them with --split: " + String.join(", ", splits);
  }

  private static List<Path> files(Path folder, List<LeftOut> leftOut) {
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
                leftOut.add(new LeftOut(name(path) + "/", "is hidden"));
              }
              return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
              if (hidden(path)) {
                leftOut.add(new LeftOut(name(path), "is hidden"));
              } else if (attributes.isRegularFile()) {
                files.add(path);
              } else {
                leftOut.add(
                    new LeftOut(
                        name(path),
                        attributes.isSymbolicLink() ? "is a broken link" : "is no regular file"));
              }
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path path, IOException e) throws IOException {
              if (path.equals(folder)) {
                throw e;
              }
              leftOut.add(
                  new LeftOut(
                      name(path),
                      e instanceof FileSystemLoopException
                          ? "is a link to a folder around it"
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
