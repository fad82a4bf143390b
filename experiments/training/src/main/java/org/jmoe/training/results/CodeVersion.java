package org.jmoe.training.results;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Version of the code that ran.
 *
 * @param commit Git commit of the checkout that contains the classes, or {@code unknown}
 * @param dirty whether tracked files had uncommitted changes
 */
public record CodeVersion(String commit, boolean dirty) {
  /** Returns the version of the running classes. */
  public static CodeVersion current() {
    try {
      Path code =
          Path.of(CodeVersion.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      Path folder = code.getParent();
      String commit = folder == null ? "" : git(folder, "rev-parse", "HEAD");
      if (commit.isEmpty() || folder == null) {
        return new CodeVersion("unknown", false);
      }
      return new CodeVersion(
          commit, !git(folder, "status", "--porcelain", "--untracked-files=no").isEmpty());
    } catch (URISyntaxException | IOException e) {
      return new CodeVersion("unknown", false); // no Git, or no checkout
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new CodeVersion("unknown", false);
    }
  }

  private static String git(Path folder, String... arguments)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("git", "-C", folder.toString());
    builder.command().addAll(java.util.List.of(arguments));
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0 ? output : "";
  }
}
