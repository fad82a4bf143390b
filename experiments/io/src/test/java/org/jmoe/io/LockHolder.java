package org.jmoe.io;

import java.io.IOException;
import java.nio.file.Path;

/** Child process that holds a lock until it is killed. */
final class LockHolder {
  private LockHolder() {}

  public static void main(String[] args) throws IOException {
    try (DirectoryLock lock = DirectoryLock.tryLock(Path.of(args[0])).orElseThrow()) {
      System.out.println(lock.folder().equals(Path.of(args[0])) ? "locked" : "elsewhere");
      int end = System.in.read();
      System.out.println("ended by " + end);
    }
  }
}
