package org.jmoe.app.notebook;

import static java.util.Comparator.comparing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Starts the rapaio kernel. Its own start has two races that a busy machine loses, and then the
 * notebook waits for ever: it listens before it knows how to answer, so that an early message ends
 * the listener; and a listener that runs before it is marked as running ends at once. Here it
 * learns to answer first, and a listener that ended early is run again.
 */
public final class RapaioStart {
  /** The main class of the kernel that this one starts. */
  static final String KERNEL = "org.rapaio.jupyter.kernel.MainApp";

  private static final String PACKAGE = "org.rapaio.jupyter.kernel.";

  private RapaioStart() {}

  /**
   * Runs the kernel until Jupyter ends it.
   *
   * @param args the connection file
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    Logger.getLogger("").setLevel(Level.WARNING); // it logs every message
    Class<?> main = Class.forName(KERNEL);
    try {
      run(main, Path.of(args[0]));
    } catch (NoSuchFieldException | NoSuchMethodException | ClassNotFoundException e) {
      main.getMethod("main", String[].class).invoke(null, (Object) args); // another version
    }
  }

  private static void run(Class<?> main, Path connection) throws ReflectiveOperationException {
    Class<?> properties = Class.forName(PACKAGE + "core.ConnectionProperties");
    Class<?> type = Class.forName(PACKAGE + "channels.Channels");
    Constructor<?> create = type.getConstructor(properties);
    Method connect = type.getMethod("connect", Class.forName(PACKAGE + "core.RapaioKernel"));
    Method join = type.getMethod("joinUntilClose");
    Method bind = Class.forName(PACKAGE + "channels.AbstractChannel").getMethod("bind", properties);
    Method fromJson =
        Class.forName(PACKAGE + "core.Transform").getMethod("fromJson", String.class, Class.class);
    Field sockets = type.getDeclaredField("channels");
    sockets.setAccessible(true);

    Object ports = fromJson.invoke(null, read(connection), properties);
    Object channels = create.newInstance(ports);
    Set<?> all = (Set<?>) sockets.get(channels);
    sockets.set(channels, Set.of());
    connect.invoke(channels, main.getField("kernel").get(null)); // all but the listening
    sockets.set(channels, all);
    // Who receives binds after those who are told of it: sockets are not safe between threads.
    for (Object socket : all.stream().sorted(comparing(RapaioStart::receives)).toList()) {
      bind.invoke(socket, ports);
      guard(socket);
    }
    join.invoke(channels);
  }

  /** Runs the loop of a listener that ended; one that was shut down ends again at once. */
  private static void guard(Object socket) throws ReflectiveOperationException {
    for (Field field : socket.getClass().getDeclaredFields()) {
      if (field.getName().equals("loopThread")) {
        field.setAccessible(true);
        Thread listener = (Thread) field.get(socket);
        Runnable loop = listener;
        Runnable again =
            () -> {
              try {
                listener.join();
                loop.run();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            };
        new Thread(again, listener.getName() + "-again").start();
      }
    }
  }

  private static boolean receives(Object socket) {
    return socket.getClass().getSimpleName().matches("ShellChannel|ControlChannel");
  }

  private static String read(Path connection) {
    try {
      return Files.readString(connection);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + connection, e);
    }
  }
}
