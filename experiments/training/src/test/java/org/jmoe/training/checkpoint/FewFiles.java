package org.jmoe.training.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Child process that opens files up to the limit, then saves a checkpoint. */
final class FewFiles {
  private FewFiles() {}

  public static void main(String[] args) throws IOException {
    CheckpointStore store = new CheckpointStore(Path.of(args[0]));
    Numbered.save(store, 1);
    newest(store); // loads all classes
    List<InputStream> open = new ArrayList<>();
    try {
      while (true) {
        open.add(Files.newInputStream(Path.of("/dev/null")));
      }
    } catch (FileSystemException e) {
      try {
        Numbered.save(store, 2);
      } catch (UncheckedIOException refused) {
        FileSystemException cause = (FileSystemException) refused.getCause();
        System.out.println("refused: " + (cause == null ? "" : cause.getReason()));
      }
    }
    for (Closeable file : open) {
      file.close();
    }
    System.out.println("then " + newest(store));
    Numbered.save(store, 2);
    System.out.println("finally " + newest(store));
  }

  private static long newest(CheckpointStore store) {
    SavedCheckpoint newest = store.recover(s -> {}).orElseThrow();
    Numbered.assertIntact(newest);
    return newest.step();
  }
}
