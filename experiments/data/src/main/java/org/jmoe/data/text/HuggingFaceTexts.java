package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import org.jmoe.data.files.DataFolder;
import org.jmoe.data.formats.HuggingFaceFolder;
import org.jmoe.io.DataFormatException;

/** The text column of a dataset written by {@code save_to_disk}. */
record HuggingFaceTexts(Path folder, ImmutableList<Path> shards, TextSource.Options options)
    implements TextSource {
  static HuggingFaceTexts of(Path folder, TextSource.Options options) {
    if (!options.splits().isEmpty()) {
      throw new DataFormatException(folder, "is a single split; omit --split");
    }
    return new HuggingFaceTexts(
        folder, ImmutableList.copyOf(HuggingFaceFolder.shards(folder)), options);
  }

  @Override
  public long size() {
    return shards.stream().mapToLong(FolderTexts::bytes).sum();
  }

  @Override
  public void read(TextVisitor visitor) {
    DataFolder all = DataFolder.of(folder, options.splits(), options::holdsRecords);
    all.skipped().forEach(file -> visitor.skipped(file.name(), file.reason()));
    all.parts().stream()
        .filter(part -> !shards.contains(part.file()))
        .forEach(part -> visitor.skipped(part.name(), "is metadata"));
    String name = String.valueOf(folder.toAbsolutePath().normalize().getFileName());
    new ColumnTexts(shards, name, name, options.fields()).read(visitor);
  }
}
