package org.jmoe.training.checkpoint;

import java.nio.file.Path;
import java.util.Set;

/** Child process that saves checkpoints until it is killed. */
final class KilledWriter {
  private KilledWriter() {}

  public static void main(String[] args) {
    CheckpointStore warm = new CheckpointStore(Path.of(args[0] + "-warm"));
    for (long i = 1; i <= 5; i++) { // loads all classes before the process can be killed
      Numbered.save(warm, i);
      warm.prune(2, Set.of());
      warm.recover(s -> {});
    }
    CheckpointStore store = new CheckpointStore(Path.of(args[0]));
    long step = store.recover(s -> {}).map(SavedCheckpoint::step).orElse(0L);
    System.out.println("recovered " + step);
    while (true) {
      step++;
      Numbered.save(store, step);
      System.out.println("saved " + step);
      store.prune(2, Set.of());
    }
  }
}
