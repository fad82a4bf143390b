package org.jmoe.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs programs in child processes, which tests can kill. */
public final class ChildJvm {
  private static final String FLAGS =
      "--add-opens=java.base/java.nio=ALL-UNNAMED -Dai.djl.offline=true -Djava.awt.headless=true"
          + " -XX:TieredStopAtLevel=1 -Djdk.serialFilter=!*";

  private ChildJvm() {}

  /** Starts a program that writes stderr to a file. */
  public static Process start(Path errors, Class<?> main, String... arguments) throws IOException {
    return builder(List.of(), main, List.of(), arguments).redirectError(errors.toFile()).start();
  }

  /**
   * Returns a process builder for a program.
   *
   * @param before command prefix, such as a shell with a limit; empty for none
   * @param flags JVM flags
   */
  public static ProcessBuilder builder(
      List<String> before, Class<?> main, List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(FLAGS.split(" ", -1)));
    command.addAll(flags);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command);
  }
}
