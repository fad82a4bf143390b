package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jmoe.data.files.DataFolder;
import org.jmoe.data.files.TextKind;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.FileBytes;

/** Finds out what a file is by its content and opens it. */
public final class TokenFormats {
  private static final ImmutableList<TokenFormat> ALL =
      ImmutableList.of(
          (file, options) -> ColumnTokenData.open(file),
          (file, options) -> MegatronData.open(file),
          (file, options) -> LlmcData.open(file),
          NpyData::open,
          RawTokens::open);

  private TokenFormats() {}

  static TokenData open(Path path, TokenData.Options options) {
    if (Files.isDirectory(path)) {
      return folder(path, options);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException("There is no data file " + path + "; check the path.");
    }
    if (!options.splits().isEmpty()) {
      throw new IllegalArgumentException(
          "The data " + path + " is a file and has no splits; leave out --split.");
    }
    return file(path, options);
  }

  private static TokenData file(Path path, TokenData.Options options) {
    try (FileBytes file = FileBytes.open(path)) {
      if (file.size() == 0) {
        throw file.broken("is empty; write or copy the file again");
      }
      for (TokenFormat format : ALL) {
        Optional<TokenData> data = format.open(file, options);
        if (data.isPresent()) {
          return data.get();
        }
      }
      throw file.broken(
          "is no token file: it is not Arrow, Parquet, NumPy, a Megatron .idx or a .bin;"
              + " turn text into tokens with jmoe data build");
    }
  }

  private static TokenData folder(Path path, TokenData.Options options) {
    if (HuggingFaceFolder.isOne(path)) {
      if (!options.splits().isEmpty()) {
        throw new DataFormatException(path, "is a single split; leave out --split");
      }
      return new ColumnTokenData(
          path, HuggingFaceFolder.shards(path), "Hugging Face dataset folder");
    }
    DataFolder folder = DataFolder.of(path, options.splits());
    List<JoinedTokenData.Part> parts = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    folder.leftOut().forEach(file -> leftOut.add(file.name()));
    for (DataFolder.Part part : folder.parts()) {
      if (TextKind.holdsTokens(part.name())) {
        if (!MegatronData.isIndexOfAnother(part.file())) {
          parts.add(new JoinedTokenData.Part(file(part.file(), options), part.heldOut()));
        }
      } else {
        leftOut.add(part.name());
      }
    }
    if (parts.isEmpty()) {
      throw new DataFormatException(
          path,
          "holds no token files (Arrow, Parquet, .npy, .bin); name a folder that does, or turn text"
              + " into tokens with jmoe data build");
    }
    return new JoinedTokenData(path, ImmutableList.copyOf(parts), ImmutableList.copyOf(leftOut));
  }
}
