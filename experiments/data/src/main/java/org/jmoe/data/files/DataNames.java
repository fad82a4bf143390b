package org.jmoe.data.files;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the names of data files say: which dataset they belong to, and which of its splits. */
public final class DataNames {
  private static final Pattern SHARD = Pattern.compile("(.*?)[-_.]?\\d{4,6}-of-\\d{4,6}.*");
  private static final Pattern SPLIT =
      Pattern.compile(
          "(?:.*[^a-z0-9])?(train|training|validation|valid|val|dev|test|testing|eval|evaluation)(?:[^a-z0-9].*)?");

  private DataNames() {}

  /** Names of splits as people write them, by what they are for. */
  enum Role {
    TRAIN,
    VALIDATION,
    TEST
  }

  /** A file's name without folders and without the extensions of its kind and compression. */
  public static String stem(String name) {
    String last = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('!')) + 1);
    String plain = Compression.strip(last);
    int dot = plain.lastIndexOf('.');
    return dot > 0 ? plain.substring(0, dot) : plain;
  }

  /** The stem without the number of a shard. */
  public static String withoutShard(String stem) {
    Matcher shard = SHARD.matcher(stem);
    return shard.matches() ? shard.group(1) : stem;
  }

  /** What a split of this name is for, if its name says so. */
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

  /** Whether a name is nothing but the word for what a split is for. */
  static boolean isRole(String name) {
    return name.matches("[a-z]+") && role(name).isPresent();
  }

  /** The split that a file of a folder of records belongs to, by its name or that of a folder. */
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

  /** Whether a path, relative to what was named, has a hidden part. */
  public static boolean hidden(String relative) {
    for (String part : relative.replace('\\', '/').split("/", -1)) {
      if (part.startsWith(".") && !part.equals(".") && !part.equals("..")) {
        return true;
      }
    }
    return false;
  }
}
