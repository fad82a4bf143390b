package org.jmoe.extension;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/** Compiles Java files in memory and loads their classes. */
final class SourceCompiler {
  private SourceCompiler() {}

  /**
   * Compiles files together.
   *
   * @param libraries dependencies besides jmoe
   * @param parent class loader of the dependencies
   * @return all classes, in the order of their names
   * @throws ExtensionException with the compiler's message, or if there is no compiler
   */
  static List<Class<?>> compile(
      Map<Path, ExtensionSource> sources, List<Path> libraries, ClassLoader parent) {
    @Nullable JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    if (compiler == null) {
      throw new ExtensionException(
          "cannot compile %s: this Java runtime has no compiler; use a JDK or specify a jar"
              .formatted(sources.keySet()));
    }
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    Memory memory = new Memory(compiler.getStandardFileManager(found, Locale.ROOT, null));
    List<JavaFileObject> texts = new ArrayList<>();
    sources.forEach((path, source) -> texts.add(new Text(path, String.valueOf(source.text()))));
    List<String> options =
        List.of("-proc:none", "-nowarn", "-classpath", classPath(libraries, parent));
    if (!compiler.getTask(null, memory, found, options, null, texts).call()) {
      throw new ExtensionException(fault(found));
    }
    Loader loader = new Loader(memory.classes(), parent);
    List<Class<?>> classes = new ArrayList<>();
    for (String name : memory.classes().keySet()) {
      try {
        classes.add(Class.forName(name, false, loader));
      } catch (ClassNotFoundException | LinkageError e) {
        throw new ExtensionException("cannot load %s: %s".formatted(name, e), e);
      }
    }
    return classes;
  }

  /** Returns the class path of the program, of the parent loaders and of the libraries. */
  private static String classPath(List<Path> libraries, ClassLoader parent) {
    List<String> entries = new ArrayList<>();
    entries.add(System.getProperty("java.class.path"));
    for (ClassLoader each = parent; each != null; each = each.getParent()) {
      if (each instanceof URLClassLoader loader) {
        for (URL url : loader.getURLs()) {
          entries.add(url.getPath());
        }
      }
    }
    libraries.forEach(library -> entries.add(library.toString()));
    return String.join(File.pathSeparator, entries);
  }

  /** Formats the first compiler error with its file and line. */
  private static String fault(DiagnosticCollector<JavaFileObject> found) {
    List<Diagnostic<? extends JavaFileObject>> errors =
        found.getDiagnostics().stream().filter(d -> d.getKind() == Diagnostic.Kind.ERROR).toList();
    if (errors.isEmpty()) {
      return "the compiler failed: " + found.getDiagnostics();
    }
    Diagnostic<? extends JavaFileObject> first = errors.get(0);
    String place = first.getSource() == null ? "" : first.getSource().getName();
    String message =
        first.getMessage(Locale.ROOT).lines().map(String::strip).collect(Collectors.joining("; "));
    return "%s:%d: error: %s%s"
        .formatted(
            place,
            first.getLineNumber(),
            message,
            errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more)");
  }

  private static final class Text extends SimpleJavaFileObject {
    private final Path path;
    private final String text;

    Text(Path path, String text) {
      super(path.toUri(), Kind.SOURCE);
      this.path = path;
      this.text = text;
    }

    @Override
    public String getName() {
      return path.toString();
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  /** Stores the compiler's output in memory. */
  private static final class Memory extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new TreeMap<>();

    Memory(JavaFileManager below) {
      super(below);
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, FileObject sibling) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      written.put(className, bytes);
      return new SimpleJavaFileObject(
          URI.create("memory:///" + className.replace('.', '/') + kind.extension), kind) {
        @Override
        public OutputStream openOutputStream() {
          return bytes;
        }
      };
    }

    Map<String, ByteArrayOutputStream> classes() {
      return written;
    }
  }

  private static final class Loader extends ClassLoader {
    private final Map<String, ByteArrayOutputStream> classes;

    Loader(Map<String, ByteArrayOutputStream> classes, ClassLoader parent) {
      super(parent);
      this.classes = classes;
    }

    /** Loads compiled classes before classes of the parents with the same name. */
    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      synchronized (getClassLoadingLock(name)) {
        if (!classes.containsKey(name)) {
          return super.loadClass(name, resolve);
        }
        Class<?> loaded = findLoadedClass(name);
        return loaded == null ? findClass(name) : loaded;
      }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      ByteArrayOutputStream bytes = classes.get(name);
      if (bytes == null) {
        throw new ClassNotFoundException(name);
      }
      return defineClass(name, bytes.toByteArray(), 0, bytes.size());
    }
  }
}
