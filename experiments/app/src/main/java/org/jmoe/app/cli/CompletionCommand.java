package org.jmoe.app.cli;

import java.util.concurrent.Callable;
import org.jmoe.app.cli.option.Words;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Lets a shell complete commands and options. */
@Command(
    name = "completion",
    description = "Prints a completion script for bash or zsh.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(./jmoe completion bash)                   for this shell",
      "  jmoe completion bash >> ~/.bash_completion         for every one",
      "  jmoe completion zsh >> ~/.zshrc"
    })
final class CompletionCommand implements Callable<Integer> {
  /** Shells that are known. */
  enum Shell {
    BASH,
    ZSH
  }

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SHELL", description = "bash or zsh.")
  String shell = "";

  @Override
  public Integer call() {
    Words.of(Shell.class, shell, "SHELL");
    CommandLine root = spec.root().commandLine();
    // The script is bash's; zsh runs it through bashcompinit, which it loads by itself.
    spec.commandLine().getOut().print(AutoComplete.bash("jmoe", root));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
