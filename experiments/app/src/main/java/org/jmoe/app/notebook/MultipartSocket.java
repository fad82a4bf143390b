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
 * Socket of a listener that reads {@link MultipartReader}. It extends a class of the kernel, which
 * is not on jmoe's compile class path, so it is compiled when the kernel starts; Java kernels run
 * on a JDK, which has a compiler.
 */
final class MultipartSocket {
  private static final String NAME = "MultipartSocket";
  private static final String SOURCE =
      """
      import org.jmoe.app.notebook.MultipartReader;
      import org.rapaio.org.zeromq.SocketType;
      import org.rapaio.org.zeromq.ZMQ;

      public final class MultipartSocket extends ZMQ.Socket {
        private final MultipartReader messages =
            new MultipartReader(super::recv, super::hasReceiveMore);

        public MultipartSocket(ZMQ.Context context, SocketType type) {
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

  private MultipartSocket(Class<?> type) {
    this.type = type;
  }

  /** Compiles the socket class. */
  static MultipartSocket compile() throws IOException, ReflectiveOperationException {
    @Nullable JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new IOException("this Java runtime has no compiler; run the kernel with a JDK");
    }
    Path folder = Files.createTempDirectory("jmoe-kernel");
    try (URLClassLoader loader = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      Path source = Files.writeString(folder.resolve(NAME + ".java"), SOURCE);
      String classPath = System.getProperty("java.class.path");
      List<String> options =
          List.of("-proc:none", "-cp", classPath, "-d", folder + File.separator, source.toString());
      if (compiler.run(null, null, null, options.toArray(String[]::new)) != 0) {
        throw new IOException(
            "the kernel's socket class differs; this version of the kernel is not supported");
      }
      return new MultipartSocket(Class.forName(NAME, true, loader));
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  /** Replaces the socket of a channel that is not yet bound. */
  void replace(Object channel) throws ReflectiveOperationException {
    Field context = field(channel, "ctx");
    Field socket = field(channel, "socket");
    Object old = socket.get(channel);
    Object type = old.getClass().getMethod("getSocketType").invoke(old);
    Object replacement = this.type.getConstructors()[0].newInstance(context.get(channel), type);
    socket.set(channel, replacement);
    old.getClass().getMethod("close").invoke(old);
  }

  private static Field field(Object channel, String name) throws NoSuchFieldException {
    Field field = channel.getClass().getSuperclass().getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }
}
