package org.jmoe.data.text;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jmoe.data.files.DataFolder;
import org.jmoe.data.files.DataNames;
import org.jmoe.io.DataFormatException;

/**
 * The texts of the files in a folder, recursively. The domain of a plain text is its top-level
 * subfolder, or the folder itself. Records have their own domain field, or otherwise the domain of
 * their file. Dataset descriptions such as README files are skipped if there are records or nothing
 * else.
 */
record FolderTexts(DataFolder folder, TextSource.Options options) implements TextSource {
  private static final Pattern DESCRIPTION =
      Pattern.compile(
          "(readme|licen[sc]e|copying|notice|changelog|citation|contributing|dataset_?card)([._-].*)?",
          Pattern.CASE_INSENSITIVE);

  static FolderTexts of(Path folder, TextSource.Options options) {
    return new FolderTexts(
        DataFolder.of(
            folder,
            options.splits(),
            name -> options.holdsRecords(name) || DataNames.isSplitText(folder.resolve(name))),
        options);
  }

  @Override
  public long size() {
    return folder.parts().stream().mapToLong(part -> bytes(part.file())).sum();
  }

  static long bytes(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public void read(TextVisitor visitor) {
    folder.skipped().forEach(file -> visitor.skipped(file.name(), file.reason()));
    // A folder of descriptions alone is a dataset without its data.
    boolean records =
        folder.parts().stream().anyMatch(p -> options.holdsRecords(p.name()))
            || folder.parts().stream().allMatch(FolderTexts::isDescription);
    for (DataFolder.Part part : folder.parts()) {
      if (records && isDescription(part)) {
        visitor.skipped(part.name(), "is a description of the data");
      } else {
        read(part, visitor);
      }
    }
  }

  private static boolean isDescription(DataFolder.Part part) {
    return DESCRIPTION.matcher(String.valueOf(part.file().getFileName())).matches();
  }

  private void read(DataFolder.Part part, TextVisitor visitor) {
    TextVisitor marked = part.heldOut() ? new HeldOutVisitor(visitor) : visitor;
    Path relative = folder.folder().relativize(part.file());
    String own = String.valueOf(folder.folder().toAbsolutePath().normalize().getFileName());
    String domain = relative.getNameCount() > 1 ? relative.getName(0).toString() : own;
    String stem = DataNames.withoutShard(DataNames.stem(part.name()));
    boolean dataset = part.split().isPresent() || stem.equals("data");
    Optional<String> problem =
        new TextReader(part.file(), options, marked)
            .read(part.name(), domain, dataset ? own : stem);
    problem.ifPresent(why -> visitor.skipped(part.name(), why));
  }

  /** Marks documents of a held-out split. */
  private record HeldOutVisitor(TextVisitor visitor) implements TextVisitor {
    @Override
    public void document(Document d) {
      visitor.document(new Document(d.name(), d.domain(), d.text(), d.size(), true));
    }

    @Override
    public void read(String file) {
      visitor.read(file);
    }

    @Override
    public void skipped(String file, String reason) {
      visitor.skipped(file, reason);
    }

    @Override
    public void badRecord(DataFormatException fault) {
      visitor.badRecord(fault);
    }

    @Override
    public boolean strict() {
      return visitor.strict();
    }

    @Override
    public void advance(long bytes) {
      visitor.advance(bytes);
    }
  }
}
