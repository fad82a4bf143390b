package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.formats.ArrowTokenData;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Malformed;
import org.jmoe.io.OffHeap;
import org.jmoe.io.arrow.ArrowBatches;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.IpcFile;
import org.jmoe.io.arrow.LoadedBatch;
import org.jmoe.io.arrow.TextColumn;

/** The text column of Arrow files; a row is a document, a row without text is left out. */
record ArrowTexts(ImmutableList<Path> files, Path path, Fields fields) implements TextSource {
  ArrowTexts(List<Path> files, Path path, Fields fields) {
    this(ImmutableList.copyOf(files), path, fields);
  }

  @Override
  public long size() {
    return files.stream().mapToLong(f -> new FileText(f, "").size()).sum();
  }

  @Override
  public void read(Consumer<Document> documents) {
    long row = 0;
    for (Path shard : files) {
      try (BufferAllocator allocator = OffHeap.allocator();
          FileBytes file = FileBytes.open(shard)) {
        IpcFile ipc = ArrowTokenData.open(file);
        ArrowColumns columns =
            ArrowColumns.ofText(shard, ipc.schema(), fields.text(), fields.domain());
        ArrowBatches batches = new ArrowBatches(file, ipc, columns, allocator);
        for (LoadedBatch batch = batches.next(); batch != null; batch = batches.next()) {
          try (LoadedBatch open = batch) {
            accept(shard, open, row, documents);
            row += open.rows();
          }
        }
      }
    }
  }

  private void accept(Path shard, LoadedBatch batch, long firstRow, Consumer<Document> documents) {
    TextColumn texts = batch.text().orElseThrow();
    Optional<TextColumn> domains = batch.domain();
    for (int i = 0; i < batch.rows(); i++) {
      int row = i;
      String text =
          Malformed.guard(shard, "the text", () -> Optional.ofNullable(texts.at(row))).orElse("");
      String domain =
          domains
              .flatMap(
                  d -> Malformed.guard(shard, "the domain", () -> Optional.ofNullable(d.at(row))))
              .orElse(TextSource.stem(path));
      String name = path.getFileName() + ":" + (firstRow + i);
      documents.accept(new Document(name, domain, text, text.length()));
    }
  }
}
