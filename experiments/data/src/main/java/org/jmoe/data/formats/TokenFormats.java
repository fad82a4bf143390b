package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jmoe.data.files.DataFolder;
import org.jmoe.data.files.TextKind;
import org.jmoe.extension.Extensions;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Malformed;

/** Opens token files and detects their format by content. */
public final class TokenFormats {
  private final ImmutableList<TokenFormat> all;

  private TokenFormats(Collection<TokenFormat> known) {
    all =
        known.stream()
            .sorted(Comparator.comparing(TokenFormat::byName)) // stable
            .collect(ImmutableList.toImmutableList());
  }

  /** Returns the formats that extensions contribute. */
  public static TokenFormats of(Extensions extensions) {
    return new TokenFormats(extensions.values(TokenFormat.class).values());
  }

  /** Returns the built-in formats. */
  public static TokenFormats standard() {
    return of(Extensions.none().with(new DataExtension()));
  }

  /** Opens a file or folder with default options. */
  public TokenData open(Path path) {
    return open(path, TokenData.Options.NONE);
  }

  /**
   * Opens a file or folder.
   *
   * @throws IllegalArgumentException if the path does not exist
   * @throws DataFormatException if the format is unknown or the data malformed
   */
  public TokenData open(Path path, TokenData.Options options) {
    TokenData data = unseparated(path, options);
    return options.separator().isPresent()
        ? new SeparatedData(data, options.separator().getAsInt())
        : data;
  }

  private TokenData unseparated(Path path, TokenData.Options options) {
    if (Files.isDirectory(path)) {
      return folder(path, options);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          "The data file " + path + " does not exist; check the path.");
    }
    if (!options.splits().isEmpty()) {
      throw new IllegalArgumentException(
          "The data " + path + " is a file without splits; omit --split.");
    }
    return file(path, options);
  }

  private TokenData file(Path path, TokenData.Options options) {
    try (FileBytes file = FileBytes.open(path)) {
      if (file.size() == 0) {
        throw file.malformed("is empty; write or copy the file again");
      }
      for (TokenFormat format : all) {
        Optional<TokenData> data =
            Malformed.guard(path, "its format " + format.name(), () -> format.open(file, options));
        if (data.isPresent()) {
          return data.get();
        }
      }
      throw file.malformed(
          "is not a token file: its format is not Arrow, Parquet, NumPy, Megatron .idx or .bin;"
              + " tokenize text with jmoe data build, or add a format with --extend");
    }
  }

  private TokenData folder(Path path, TokenData.Options options) {
    if (HuggingFaceFolder.isOne(path)) {
      if (!options.splits().isEmpty()) {
        throw new DataFormatException(path, "is a single split; omit --split");
      }
      return new ColumnTokenData(
          path, HuggingFaceFolder.shards(path), "Hugging Face dataset folder");
    }
    DataFolder folder = DataFolder.of(path, options.splits(), this::isTokenFile);
    List<JoinedTokenData.Part> parts = new ArrayList<>();
    List<String> skipped = new ArrayList<>();
    folder.skipped().forEach(file -> skipped.add(file.name()));
    for (DataFolder.Part part : folder.parts()) {
      if (isTokenFile(part.name())) {
        if (!MegatronData.isIndexOfAnother(part.file())) {
          parts.add(new JoinedTokenData.Part(file(part.file(), options), part.heldOut()));
        }
      } else {
        skipped.add(part.name());
      }
    }
    if (parts.isEmpty()) {
      throw new DataFormatException(
          path,
          "contains no token files (Arrow, Parquet, .npy, .bin); specify another folder, or"
              + " tokenize text with jmoe data build");
    }
    return new JoinedTokenData(path, ImmutableList.copyOf(parts), ImmutableList.copyOf(skipped));
  }

  private boolean isTokenFile(String name) {
    String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return !TextKind.isMetadata(name)
        && all.stream().anyMatch(format -> format.extensions().contains(extension));
  }
}
