package org.jmoe.app.notebook;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The socket of a listener, reading {@link WholeMessages}. It extends a class of the kernel, which
 * jmoe is not compiled against, so it is compiled when the kernel starts; every Java kernel has a
 * compiler.
 */
final class WholeSocket {
  private static final String NAME = "WholeSocket";
  private static final String SOURCE =
      """
      import org.jmoe.app.notebook.WholeMessages;
      import org.rapaio.org.zeromq.SocketType;
      import org.rapaio.org.zeromq.ZMQ;

      public final class WholeSocket extends ZMQ.Socket {
        private final WholeMessages messages =
            new WholeMessages(super::recv, super::hasReceiveMore);

        public WholeSocket(ZMQ.Context context, SocketType type) {
          super(context, type);
        }

        @Override
        public byte[] recv() {
          return messages.next();
        }

        @Override
        public String recvStr() {
          return new String(recv(), ZMQ.CHARSET);
        }

        @Override
        public boolean hasReceiveMore() {
          return messages.hasMore();
        }
      }
      """;

  private final Class<?> type;

  private WholeSocket(Class<?> type) {
    this.type = type;
  }

  /** Compiles the class. */
  static WholeSocket compile() throws IOException, ReflectiveOperationException {
    @Nullable JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("this Java runtime has no compiler");
    }
    Path folder = Files.createTempDirectory("jmoe-kernel");
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      Path source = Files.writeString(folder.resolve(NAME + ".java"), SOURCE);
      String classPath = System.getProperty("java.class.path");
      List<String> options =
          List.of("-proc:none", "-cp", classPath, "-d", folder + File.separator, source.toString());
      if (compiler.run(null, null, null, options.toArray(String[]::new)) != 0) {
        throw new IOException("the socket of another kernel version");
      }
      return new WholeSocket(Class.forName(NAME, true, loader));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Puts one in place of the socket of a channel that is not bound yet. */
  void replace(Object channel) throws ReflectiveOperationException {
    Field context = field(channel, "ctx");
    Field socket = field(channel, "socket");
    Object old = socket.get(channel);
    Object type = old.getClass().getMethod("getSocketType").invoke(old);
    Object whole = this.type.getConstructors()[0].newInstance(context.get(channel), type);
    socket.set(channel, whole);
    old.getClass().getMethod("close").invoke(old);
  }

  private static Field field(Object channel, String name) throws NoSuchFieldException {
    Field field = channel.getClass().getSuperclass().getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
