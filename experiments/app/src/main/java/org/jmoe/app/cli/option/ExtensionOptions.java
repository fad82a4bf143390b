package org.jmoe.app.cli.option;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jmoe.data.formats.TokenFormats;
import org.jmoe.extension.ExtensionPath;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunExtensions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** Where extensions are loaded from; a mixin named {@code extensions} of the root command. */
public final class ExtensionOptions {
  @Option(
      names = "--extend",
      scope = ScopeType.INHERIT,
      paramLabel = "JAR|FOLDER|FILE.java",
      description =
          "Load custom routers, losses, experts, data formats or experiments from this jar, folder"
              + " or Java file; a Java file is compiled in memory. Repeatable. JMOE_CLASSPATH is"
              + " searched too.")
  List<Path> extend = new ArrayList<>();

  @Option(
      names = "--trust-run",
      scope = ScopeType.INHERIT,
      description = "Compile and run the Java files stored in the run's extensions folder.")
  boolean trustRun;

  /** The extensions of jmoe and of the user. */
  public static Extensions extensions(CommandSpec spec) {
    return extensionPath(spec).load();
  }

  /** The formats of token files, those of the user among them. */
  public static TokenFormats formats(CommandSpec spec) {
    return TokenFormats.of(extensions(spec));
  }

  /** Where the user's extensions are. */
  public static ExtensionPath extensionPath(CommandSpec spec) {
    return of(spec).path(List.of());
  }

  /** Reads and writes configurations with these extensions. */
  public static RunJson json(CommandSpec spec) {
    return new RunJson(extensions(spec));
  }

  /**
   * The same for a command that opens a folder; includes the folder's Java files with {@code
   * --trust-run}.
   */
  public static RunJson json(CommandSpec spec, @Nullable Path folder) {
    ExtensionOptions options = of(spec);
    return options.trustRun && folder != null
        ? new RunJson(options.path(RunExtensions.of(new RunDirectory(folder))).load())
        : json(spec);
  }

  /** The options that pass these extensions on to a child process. */
  public static ImmutableList<String> childOptions(CommandSpec spec) {
    return of(spec).extend.stream()
        .flatMap(path -> Stream.of("--extend", path.toString()))
        .collect(ImmutableList.toImmutableList());
  }

  private static ExtensionOptions of(CommandSpec spec) {
    return (ExtensionOptions)
        Objects.requireNonNull(spec.root().mixins().get("extensions")).userObject();
  }

  private ExtensionPath path(List<Path> more) {
    String libraries = System.getenv().getOrDefault("JMOE_CLASSPATH", "");
    return ExtensionPath.of(
        libraries, ImmutableList.<Path>builder().addAll(extend).addAll(more).build());
  }
}
