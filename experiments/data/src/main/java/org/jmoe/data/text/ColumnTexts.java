package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jmoe.data.files.ExpansionLimit;
import org.jmoe.data.formats.ColumnFile;
import org.jmoe.data.text.TextSource.Fields;
import org.jmoe.io.FileBytes;
import org.jmoe.io.Malformed;
import org.jmoe.io.OffHeap;
import org.jmoe.io.arrow.ArrowColumns;
import org.jmoe.io.arrow.ColumnBatches;
import org.jmoe.io.arrow.LoadedBatch;
import org.jmoe.io.arrow.TextColumn;

/**
 * The text column of Arrow or Parquet files; each row is a document, and rows without text are
 * skipped.
 *
 * @param name common name of the files, used in the names of documents
 * @param domain domain of rows without one
 */
record ColumnTexts(ImmutableList<Path> files, String name, String domain, Fields fields) {
  ColumnTexts(List<Path> files, String name, String domain, Fields fields) {
    this(ImmutableList.copyOf(files), name, domain, fields);
  }

  void read(TextVisitor visitor) {
    long row = 0;
    for (Path shard : files) {
      try (BufferAllocator allocator = OffHeap.allocator();
          FileBytes file = FileBytes.open(shard)) {
        ColumnFile open = ColumnFile.of(file);
        ArrowColumns columns =
            ArrowColumns.ofText(shard, open.schema(), fields.text(), fields.domain());
        ExpansionLimit limit = ExpansionLimit.of(shard);
        long length = 0;
        ColumnBatches batches = open.reader().batches(columns, allocator);
        for (LoadedBatch batch = batches.next(); batch != null; batch = batches.next()) {
          try (LoadedBatch loaded = batch) {
            length += accept(shard, loaded, row, visitor);
            limit.check(length); // words of a dictionary may repeat
            row += loaded.rows();
          }
        }
        visitor.advance(file.size());
      }
      visitor.read(files.size() == 1 ? name : String.valueOf(shard.getFileName()));
    }
  }

  /** Returns the length of the texts. */
  private long accept(Path shard, LoadedBatch batch, long firstRow, TextVisitor visitor) {
    TextColumn texts = batch.text().orElseThrow();
    Optional<TextColumn> domains = batch.domain();
    long length = 0;
    for (int i = 0; i < batch.rows(); i++) {
      int row = i;
      String text =
          Malformed.guard(shard, "the text", () -> Optional.ofNullable(texts.at(row))).orElse("");
      String label =
          domains
              .flatMap(
                  d -> Malformed.guard(shard, "the domain", () -> Optional.ofNullable(d.at(row))))
              .orElse(domain);
      visitor.document(new Document(name + ":" + (firstRow + i), label, text, text.length()));
      length += text.length();
    }
    return length;
  }
}
