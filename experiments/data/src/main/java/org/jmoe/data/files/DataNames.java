package org.jmoe.data.files;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Derives the dataset and split of data files from their names. */
public final class DataNames {
  private static final Pattern SHARD = Pattern.compile("(.*?)[-_.]?\\d{4,6}-of-\\d{4,6}.*");
  private static final Pattern SPLIT =
      Pattern.compile(
          "(?:.*[^a-z0-9])?(train|training|validation|valid|val|dev|test|testing|eval|evaluation)(?:[^a-z0-9].*)?");

  private DataNames() {}

  /** Purpose of a split. */
  enum Role {
    TRAIN,
    VALIDATION,
    TEST
  }

  /** Returns a file name without folders and without extensions of format and compression. */
  public static String stem(String name) {
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('!')) + 1);
    String plain = Compression.strip(last);
    int dot = plain.lastIndexOf('.');
    return dot > 0 ? plain.substring(0, dot) : plain;
  }

  /** Returns the stem without a shard number. */
  public static String withoutShard(String stem) {
    Matcher shard = SHARD.matcher(stem);
    return shard.matches() ? shard.group(1) : stem;
  }

  /** Returns the purpose of a split according to its name, if recognized. */
  static Optional<Role> role(String split) {
    Matcher matcher = SPLIT.matcher(split.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        switch (String.valueOf(matcher.group(1))) {
          case "train", "training" -> Role.TRAIN;
          case "validation", "valid", "val", "dev" -> Role.VALIDATION;
          default -> Role.TEST;
        });
  }

  /** Returns whether a name consists only of a word for a purpose. */
  static boolean isRole(String name) {
    return name.matches("[a-z]+") && role(name).isPresent();
  }

  /**
   * Returns the split of a file of records according to its name or the name of a parent folder.
   */
  static Optional<String> split(Path relative) {
    String stem = withoutShard(stem(relative.toString().replace('\\', '/')));
    if (role(stem).isPresent()) {
      return Optional.of(stem);
    }
    for (Path folder : relative) {
      String name = folder.toString();
      if (!folder.equals(relative.getFileName()) && role(name).isPresent() && name.length() < 24) {
        return Optional.of(name);
      }
    }
    return Optional.empty();
  }

  /**
   * Returns whether a text is a split of a dataset, such as {@code valid.txt} next to {@code
   * train.txt}.
   */
  public static boolean isSplitText(Path file) {
    String stem = stem(String.valueOf(file.getFileName()));
    String extension = String.valueOf(file.getFileName()).substring(stem.length());
    List<String> others =
        stem.startsWith("train")
            ? List.of("validation", "valid", "val", "dev", "test")
            : List.of("train", "training");
    return isRole(stem)
        && others.stream().anyMatch(o -> Files.isRegularFile(file.resolveSibling(o + extension)));
  }

  /** Returns whether a relative path has a hidden component. */
  public static boolean hidden(String relative) {
    for (String part : relative.replace('\\', '/').split("/", -1)) {
      if (part.startsWith(".") && !part.equals(".") && !part.equals("..")) {
        return true;
      }
    }
    return false;
  }
}
