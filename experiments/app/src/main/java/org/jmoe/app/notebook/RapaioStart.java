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
 * Starts the rapaio kernel and works around races in its start-up that can hang the notebook on a
 * busy machine. The kernel opens its sockets before it registers message handlers, so an early
 * message terminates the listener; and a listener that starts before it is marked as running exits
 * immediately. This class registers the handlers first and restarts a listener that exited early or
 * failed on a malformed message. {@link MultipartSocket} keeps an incomplete message from consuming
 * parts of the next one.
 */
public final class RapaioStart {
  /** Main class of the rapaio kernel. */
  static final String KERNEL = "org.rapaio.jupyter.kernel.MainApp";

  private static final Logger LOGGER = Logger.getLogger(RapaioStart.class.getName());
  private static final String PACKAGE = "org.rapaio.jupyter.kernel.";

  private RapaioStart() {}

  /**
   * Runs the kernel until Jupyter stops it.
   *
   * @param args path of the connection file
   */
  public static void main(String[] args) throws ReflectiveOperationException {
    Logger.getLogger("").setLevel(Level.WARNING); // the kernel logs every message
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
    connect.invoke(
        channels, main.getField("kernel").get(null)); // registers handlers without opening sockets
    sockets.set(channels, all);
    MultipartSocket multipart = MultipartSocket.compile();
    // Receiving channels bind last, since their handlers use the others; sockets are not
    // thread-safe.
    for (Object socket : all.stream().sorted(comparing(RapaioStart::receives)).toList()) {
      if (receives(socket)) {
        multipart.replace(socket);
      }
      bind.invoke(socket, ports);
      guard(socket);
    }
    join.invoke(channels);
  }

  /**
   * Restarts the loop of a listener whenever it fails on a malformed message. A loop that is shut
   * down returns normally.
   */
  static void guard(Object channel) throws ReflectiveOperationException {
    for (Field field : channel.getClass().getDeclaredFields()) {
      if (field.getName().equals("loopThread")) {
        field.setAccessible(true);
        Thread listener = (Thread) field.get(channel);
        listener.setUncaughtExceptionHandler((thread, e) -> drop(e, channel));
        new Thread(() -> repeat(listener, channel), listener.getName() + "-restarted").start();
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
    Runnable loop = listener; // runs in this thread
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

  /** Discards the remaining parts of a message, which would otherwise be read as the next one. */
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
