package org.jmoe.experiments.notebook;

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
 * Starts the rapaio kernel. Its own main method listens before it knows how to answer: where the
 * first message comes early, as on a busy machine, its listener dies and the notebook waits for
 * ever. Here it learns to answer first.
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
    for (Object socket : all) {
      bind.invoke(socket, ports);
    }
    join.invoke(channels);
  }

  private static String read(Path connection) {
    try {
      return Files.readString(connection);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + connection, e);
    }
  }
}
