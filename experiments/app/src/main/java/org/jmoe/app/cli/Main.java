package org.jmoe.app.cli;

import com.google.common.collect.ImmutableList;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jmoe.app.cli.analysis.RouteCommand;
import org.jmoe.app.cli.analysis.RoutingCommand;
import org.jmoe.app.cli.analysis.TraceCommand;
import org.jmoe.app.cli.data.DataCommand;
import org.jmoe.app.cli.model.ExportCommand;
import org.jmoe.app.cli.model.ExportOpsCommand;
import org.jmoe.app.cli.model.GenerateCommand;
import org.jmoe.app.cli.model.InspectCommand;
import org.jmoe.app.cli.model.KnockoutCommand;
import org.jmoe.app.cli.model.LogitsCommand;
import org.jmoe.app.cli.model.MergeCommand;
import org.jmoe.app.cli.model.PlotsCommand;
import org.jmoe.app.cli.model.PruneCommand;
import org.jmoe.app.cli.model.SplitCommand;
import org.jmoe.app.cli.plan.PlanCommand;
import org.jmoe.app.cli.train.CompareCommand;
import org.jmoe.app.cli.train.DistillCommand;
import org.jmoe.app.cli.train.EvaluateCommand;
import org.jmoe.app.cli.train.PresetsCommand;
import org.jmoe.app.cli.train.ReproduceCommand;
import org.jmoe.app.cli.train.TrainCommand;
import org.jmoe.app.cli.train.UpcycleCommand;
import org.jmoe.extension.ExtensionPath;
import org.jmoe.extension.Extensions;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.results.RunDirectory;
import org.jmoe.training.results.RunExtensions;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The root of the command line. */
@Command(
    name = "jmoe",
    description = "Trains and studies sparse mixture-of-experts models.",
    mixinStandardHelpOptions = true,
    version = "jmoe 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      ExperimentCommand.class,
      ReproduceCommand.class,
      CompareCommand.class,
      PlotsCommand.class,
      EvaluateCommand.class,
      GenerateCommand.class,
      InspectCommand.class,
      ExportCommand.class,
      PruneCommand.class,
      MergeCommand.class,
      SplitCommand.class,
      UpcycleCommand.class,
      KnockoutCommand.class,
      DistillCommand.class,
      LogitsCommand.class,
      RoutingCommand.class,
      TraceCommand.class,
      DataCommand.class,
      RouteCommand.class,
      PresetsCommand.class,
      DoctorCommand.class,
      JupyterCommand.class,
      CompletionCommand.class,
      BenchCommand.class,
      PlanCommand.class,
      ExportOpsCommand.class
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:success", "1:failure", "2:wrong usage", "143:ended by SIGTERM, saved"})
public final class Main {
  static final String DEBUG = "--debug";

  @Option(
      names = DEBUG,
      scope = ScopeType.INHERIT,
      description = "With an error, print the stack trace too.")
  boolean debug;

  @Option(
      names = "--extend",
      scope = ScopeType.INHERIT,
      paramLabel = "JAR|FOLDER|FILE.java",
      description =
          "Load routers, losses, experts, experiments of your own from here; a Java file is"
              + " compiled in memory. Repeatable. The jars and folders of JMOE_CLASSPATH are"
              + " searched too.")
  List<Path> extend = new ArrayList<>();

  @Option(
      names = "--trust-run",
      scope = ScopeType.INHERIT,
      description =
          "Compile and run the Java files that the run was trained with, from its folder"
              + " extensions.")
  boolean trustRun;

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    // Nothing is fetched at run time; whoever wants the engine to download says so explicitly.
    if (System.getProperty("ai.djl.offline") == null) {
      System.setProperty("ai.djl.offline", "true");
    }
    // JSON is UTF-8 whatever the locale says.
    CommandLine command = commandLine().setOut(writer(System.out)).setErr(writer(System.err));
    int code = command.execute(args);
    command.getOut().flush();
    if (System.out.checkError() && code == 0) {
      command
          .getErr()
          .println("Not all output was written: the standard output is full or closed.");
      code = Errors.FAILURE;
    }
    System.exit(code);
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(
        new VisibleWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), true);
  }

  /** What jmoe and the user contribute. */
  public static Extensions extensions(CommandSpec spec) {
    return extensionPath(spec).load();
  }

  /** Where the user's extensions are. */
  static ExtensionPath extensionPath(CommandSpec spec) {
    return root(spec).path(List.of());
  }

  /** How configurations are read and written. */
  public static RunJson json(CommandSpec spec) {
    return new RunJson(extensions(spec));
  }

  /** The same for a command that opens a folder, whose Java files are used if the user says so. */
  public static RunJson json(CommandSpec spec, @Nullable Path folder) {
    Main main = root(spec);
    return main.trustRun && folder != null
        ? new RunJson(main.path(RunExtensions.of(new RunDirectory(folder))).load())
        : json(spec);
  }

  /** The options that give another process of jmoe the same extensions. */
  static ImmutableList<String> extendOptions(CommandSpec spec) {
    return root(spec).extend.stream()
        .flatMap(path -> Stream.of("--extend", path.toString()))
        .collect(ImmutableList.toImmutableList());
  }

  private static Main root(CommandSpec spec) {
    return (Main) spec.root().userObject();
  }

  private ExtensionPath path(List<Path> more) {
    String libraries = System.getenv().getOrDefault("JMOE_CLASSPATH", "");
    return ExtensionPath.of(
        libraries, ImmutableList.<Path>builder().addAll(extend).addAll(more).build());
  }

  /** The whole command line, for the launcher and for tests. */
  public static CommandLine commandLine() {
    Errors errors = new Errors();
    return new CommandLine(new Main())
        .setExecutionStrategy(Errors::execute)
        .setExecutionExceptionHandler(errors)
        .setParameterExceptionHandler(errors)
        .setExpandAtFiles(false) // a text may begin with @
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF)) // see VisibleWriter
        .setUsageHelpAutoWidth(true);
  }
}
