package org.jmoe.training.checkpoint;

import java.nio.file.Path;
import java.util.Set;

/** Saves checkpoints, one after the other, until it is killed. */
final class KilledWriter {
  private KilledWriter() {}

  public static void main(String[] args) {
    CheckpointStore warm = new CheckpointStore(Path.of(args[0] + "-warm"));
    for (long i = 1; i <= 5; i++) { // so that the kill meets no loading of classes
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
