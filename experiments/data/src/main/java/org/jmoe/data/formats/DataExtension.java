package org.jmoe.data.formats;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;
import org.jmoe.io.FileBytes;

/** Contributes the built-in token formats. */
public final class DataExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.value(
        TokenFormat.class,
        new Known(
            "columns",
            ImmutableList.of("arrow", "arrows", "parquet"),
            false,
            (file, options) -> ColumnTokenData.open(file)));
    to.value(
        TokenFormat.class,
        new Known(
            "megatron",
            ImmutableList.of("idx", "bin"),
            false,
            (file, options) -> MegatronData.open(file)));
    to.value(
        TokenFormat.class,
        new Known("llmc", ImmutableList.of("bin"), false, (file, options) -> LlmcData.open(file)));
    to.value(TokenFormat.class, new Known("numpy", ImmutableList.of("npy"), false, NpyData::open));
    to.value(
        TokenFormat.class, new Known("raw", ImmutableList.of("bin", "npy"), true, RawTokens::open));
  }

  private interface Opener {
    Optional<TokenData> open(FileBytes file, TokenData.Options options);
  }

  private record Known(String name, List<String> extensions, boolean byName, Opener opener)
      implements TokenFormat {
    @Override
    public Optional<TokenData> open(FileBytes file, TokenData.Options options) {
      return opener.open(file, options);
    }
  }
}
