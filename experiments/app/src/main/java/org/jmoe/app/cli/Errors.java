package org.jmoe.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.FileNotFoundException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jmoe.app.cli.option.UsageException;
import org.jmoe.app.route.RouteException;
import org.jmoe.io.MissingFlagException;
import org.jmoe.io.OneLine;
import org.jmoe.training.config.Presets;
import org.jmoe.training.config.RunJson;
import org.jmoe.training.config.keys.KeyHint;
import org.jmoe.training.config.keys.Nearest;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Reports failures in one sentence on standard error; exit code 2 for wrong usage, 1 for everything
 * else. {@code --debug} adds the stack trace.
 */
final class Errors implements IExecutionExceptionHandler, IParameterExceptionHandler {
  static final int FAILURE = 1;
  private static final int USAGE = 2;
  private static final Pattern OPTION = Pattern.compile("--([^=]+).*");
  private static final Pattern ENGINE_MEMORY =
      Pattern.compile("you tried to allocate (\\d+) bytes");

  /** An {@link Error}, on its way to being said in a sentence. */
  private static final class Fatal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Fatal(Error cause) {
      super(sentence(cause), cause);
    }

    private static String sentence(Error e) {
      if (e instanceof OutOfMemoryError) {
        return ("Out of memory (%s); increase the Java heap with JMOE_JAVA_OPTIONS=-Xmx8g, or"
                + " reduce the batch, sequence or model size")
            .formatted(e.getMessage());
      } else if (e instanceof StackOverflowError) {
        return "The input is nested too deeply (stack overflow); give Java a larger stack by"
            + " JMOE_JAVA_OPTIONS=-Xss64m";
      } else if (e instanceof LinkageError) {
        return "A library could not be loaded (%s: %s); run jmoe doctor to see what is missing"
            .formatted(e.getClass().getSimpleName(), firstLine(e));
      }
      return "The command failed with %s: %s".formatted(e.getClass().getSimpleName(), firstLine(e));
    }
  }

  /** Runs a command; an error is reported as exceptions are. */
  static int execute(ParseResult parsed) {
    List<CommandLine> commands = parsed.asCommandLineList();
    CommandLine last = commands.get(commands.size() - 1);
    try {
      if (last.getCommand() instanceof Callable && !parsed.isUsageHelpRequested()) {
        NativeFolders.check();
      }
      return new CommandLine.RunLast().execute(parsed);
    } catch (Error e) {
      throw new CommandLine.ExecutionException(last, String.valueOf(e.getMessage()), new Fatal(e));
    } catch (IllegalStateException | UncheckedIOException e) { // of the check
      throw new CommandLine.ExecutionException(last, String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public int handleExecutionException(
      Exception e, CommandLine command, @Nullable ParseResult result) {
    boolean debug = result != null && result.originalArgs().contains(Main.DEBUG);
    return report(e, command.getErr(), debug);
  }

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String help = "; see " + command.getCommandSpec().qualifiedName() + " --help.";
    String message = firstLine(e).replaceAll("[.]$", "");
    if (e instanceof UnmatchedArgumentException unmatched
        && !command.getSubcommands().isEmpty()
        && !unmatched.getUnmatched().get(0).startsWith("-")) {
      message = "Unknown command '%s'".formatted(unmatched.getUnmatched().get(0));
    }
    String nearest =
        e instanceof UnmatchedArgumentException unmatched
            ? setting(unmatched, command)
                .map(path -> ", use --set " + path + "=VALUE")
                .or(() -> nearest(unmatched, command).map(near -> ", did you mean " + near + "?"))
                .orElse("")
            : "";
    command.getErr().println(message + nearest + help);
    if (Arrays.asList(args).contains(Main.DEBUG)) {
      e.printStackTrace(command.getErr());
    }
    return USAGE;
  }

  /** Returns the path of the setting that is named like an unknown option, such as --lr. */
  private static Optional<String> setting(UnmatchedArgumentException e, CommandLine command) {
    Matcher option = OPTION.matcher(e.getUnmatched().get(0));
    if (!option.matches() || command.getCommandSpec().findOption("--set") == null) {
      return Optional.empty();
    }
    JsonNode tree = RunJson.standard().write(Presets.named("quickstart").config());
    return KeyHint.named(option.group(1), tree);
  }

  private static Optional<String> nearest(UnmatchedArgumentException e, CommandLine command) {
    String word = e.getUnmatched().get(0);
    return word.startsWith("-")
        ? Nearest.to(word.replaceAll("=.*", ""), command.getCommandSpec().optionsMap().keySet())
        : Nearest.to(word, command.getSubcommands().keySet());
  }

  private static int report(Exception e, PrintWriter err, boolean debug) {
    if (e.getCause() instanceof Error error && e instanceof CompletionException) {
      return report(new Fatal(error), err, debug);
    }
    boolean usage =
        e instanceof UsageException
            || (e instanceof IllegalArgumentException && !(e instanceof RouteException))
            || e instanceof MissingFlagException;
    String known = e instanceof UncheckedIOException io ? readable(io) : firstLine(e);
    err.println(known.matches(".*[.?]") ? known : known + ".");
    if (debug) {
      e.printStackTrace(err);
    }
    return usage ? USAGE : FAILURE;
  }

  private static String readable(UncheckedIOException e) {
    Exception cause = e.getCause() == null ? e : e.getCause();
    String reason = firstLine(cause);
    if (cause instanceof AccessDeniedException) {
      reason = "access denied";
    } else if (cause instanceof NoSuchFileException || cause instanceof FileNotFoundException) {
      reason = "there is no such file";
    } else if (cause instanceof FileSystemException file && file.getReason() != null) {
      reason = file.getReason();
    }
    String action = firstLine(e);
    return Character.toUpperCase(action.charAt(0)) + action.substring(1) + ": " + reason;
  }

  private static String firstLine(Throwable e) {
    String message = e.getMessage();
    if (message == null || message.isBlank()) {
      return "The command failed with " + e.getClass().getSimpleName() + "; --debug shows where";
    }
    if (e instanceof InvalidPathException path) {
      return "The path '%s' is invalid (%s); use a plain name"
          .formatted(OneLine.of(path.getInput()), path.getReason());
    }
    Matcher memory = ENGINE_MEMORY.matcher(message);
    if (memory.find()) {
      return "Out of memory: the engine could not allocate %s bytes; use smaller sizes"
          .formatted(memory.group(1));
    }
    // The engine's traceback comes before what is wrong.
    List<String> lines = message.lines().filter(line -> !line.isBlank()).toList();
    return message.contains("TorchScript interpreter") ? lines.get(lines.size() - 1) : lines.get(0);
  }
}
