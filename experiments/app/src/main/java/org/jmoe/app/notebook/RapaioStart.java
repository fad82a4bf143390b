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
 * learns to answer first, a listener that ended, too early or on a malformed message, is run again,
 * and {@link WholeSocket} keeps a message with parts missing from taking those of the next.
 */
public final class RapaioStart {
  /** The main class of the kernel that this one starts. */
  static final String KERNEL = "org.rapaio.jupyter.kernel.MainApp";

  private static final Logger LOGGER = Logger.getLogger(RapaioStart.class.getName());
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
    } catch (NoSuchFieldException
        | NoSuchMethodException
        | ClassNotFoundException
        | IOException e) {
      main.getMethod("main", String[].class).invoke(null, (Object) args); // another version
    }
  }

  private static void run(Class<?> main, Path connection)
      throws IOException, ReflectiveOperationException {
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
    WholeSocket whole = WholeSocket.compile();
    // Who receives binds after those who are told of it: sockets are not safe between threads.
    for (Object socket : all.stream().sorted(comparing(RapaioStart::receives)).toList()) {
      if (receives(socket)) {
        whole.replace(socket);
      }
      bind.invoke(socket, ports);
      guard(socket);
    }
    join.invoke(channels);
  }

  /**
   * Runs the loop of a listener again whenever it fails on a malformed message; a loop that was
   * shut down ends without failing.
   */
  static void guard(Object channel) throws ReflectiveOperationException {
    for (Field field : channel.getClass().getDeclaredFields()) {
      if (field.getName().equals("loopThread")) {
        field.setAccessible(true);
        Thread listener = (Thread) field.get(channel);
        listener.setUncaughtExceptionHandler((thread, e) -> drop(e, channel));
        new Thread(() -> repeat(listener, channel), listener.getName() + "-again").start();
      }
    }
  }

  private static void repeat(Thread listener, Object channel) {
    try {
      listener.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    Runnable loop = listener; // run in this thread
    boolean failed = true;
    while (failed) {
      try {
        loop.run();
        failed = false;
      } catch (RuntimeException | Error e) {
        drop(e, channel);
      }
    }
  }

  /** Reads the rest of a message, which would be taken for the beginning of the next. */
  private static void drop(Throwable fault, Object channel) {
    LOGGER.warning("dropped a malformed message: " + fault);
    try {
      Field field = channel.getClass().getSuperclass().getDeclaredField("socket");
      field.setAccessible(true);
      Object socket = field.get(channel);
      Method more = socket.getClass().getMethod("hasReceiveMore");
      Method receive = socket.getClass().getMethod("recv");
      while ((boolean) more.invoke(socket)) {
        receive.invoke(socket);
      }
    } catch (ReflectiveOperationException e) {
      LOGGER.warning("the next message may be lost: " + e);
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
