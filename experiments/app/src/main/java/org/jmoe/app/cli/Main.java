package org.jmoe.app.cli;

import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jmoe.app.cli.analysis.InterveneCommand;
import org.jmoe.app.cli.analysis.KnockoutCommand;
import org.jmoe.app.cli.analysis.RouteCommand;
import org.jmoe.app.cli.analysis.RoutingCommand;
import org.jmoe.app.cli.analysis.TraceCommand;
import org.jmoe.app.cli.data.DataCommand;
import org.jmoe.app.cli.model.ExportCommand;
import org.jmoe.app.cli.model.ExportOpsCommand;
import org.jmoe.app.cli.model.GenerateCommand;
import org.jmoe.app.cli.model.InspectCommand;
import org.jmoe.app.cli.model.LogitsCommand;
import org.jmoe.app.cli.model.MergeCommand;
import org.jmoe.app.cli.model.PlotsCommand;
import org.jmoe.app.cli.model.PruneCommand;
import org.jmoe.app.cli.model.SplitCommand;
import org.jmoe.app.cli.option.ExtensionOptions;
import org.jmoe.app.cli.option.VisibleWriter;
import org.jmoe.app.cli.plan.PlanCommand;
import org.jmoe.app.cli.train.AverageCommand;
import org.jmoe.app.cli.train.CompareCommand;
import org.jmoe.app.cli.train.DistillCommand;
import org.jmoe.app.cli.train.EvaluateCommand;
import org.jmoe.app.cli.train.PresetsCommand;
import org.jmoe.app.cli.train.ReproduceCommand;
import org.jmoe.app.cli.train.TrainCommand;
import org.jmoe.app.cli.train.UpcycleCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The root of the command line. */
@Command(
    name = "jmoe",
    description = "Trains and studies sparse mixture-of-experts models.",
    mixinStandardHelpOptions = true,
    version = "jmoe 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainCommand.class,
      ViewCommand.class,
      ExperimentCommand.class,
      SweepCommand.class,
      ReproduceCommand.class,
      CompareCommand.class,
      PlotsCommand.class,
      EvaluateCommand.class,
      AverageCommand.class,
      GenerateCommand.class,
      InspectCommand.class,
      ExportCommand.class,
      PruneCommand.class,
      MergeCommand.class,
      SplitCommand.class,
      UpcycleCommand.class,
      KnockoutCommand.class,
      InterveneCommand.class,
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
public final class Main implements Runnable {
  static final String DEBUG = "--debug";

  @Option(
      names = DEBUG,
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of errors.")
  boolean debug;

  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin final ExtensionOptions extensions = new ExtensionOptions();

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    // Offline by default: the engine downloads nothing unless the user asks for it.
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

  /** Without a command: what there is. */
  @Override
  public void run() {
    PrintWriter out = spec.commandLine().getOut();
    out.println("jmoe trains and studies sparse mixture-of-experts models. Start with: jmoe train");
    out.print(Overview.text(spec.commandLine().getHelp()));
    out.println();
    out.println("jmoe COMMAND --help explains a command.");
  }

  /** The whole command line, for the launcher and for tests. */
  public static CommandLine commandLine() {
    Errors errors = new Errors();
    CommandLine jmoe = new CommandLine(new Main());
    Overview.install(jmoe);
    return jmoe.setExecutionStrategy(Errors::execute)
        .setExecutionExceptionHandler(errors)
        .setParameterExceptionHandler(errors)
        .setExpandAtFiles(false) // a text may begin with @
        .setColorScheme(Help.defaultColorScheme(Help.Ansi.OFF)) // see VisibleWriter
        .setUsageHelpAutoWidth(true);
  }
}
