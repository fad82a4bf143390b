package org.jmoe.app.notebook;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Jupyter's data directories on this machine ("Common Directories and File Locations" in its
 * documentation).
 *
 * @param user data directory of the user
 * @param all all data directories, in search order
 */
public record JupyterFolders(Path user, List<Path> all) {
  /** Copies the list. */
  public JupyterFolders {
    all = ImmutableList.copyOf(all);
  }

  /**
   * Returns the directories of an environment.
   *
   * @param environment environment variables, such as {@code System.getenv()}
   * @param home home directory of the user
   * @param system name of the operating system
   */
  public static JupyterFolders of(Map<String, String> environment, Path home, String system) {
    String os = system.toLowerCase(Locale.ROOT);
    String named = environment.get("JUPYTER_DATA_DIR");
    Path user;
    if (named != null) {
      user = Path.of(named);
    } else if (os.contains("mac")) {
      user = home.resolve("Library/Jupyter");
    } else if (os.contains("windows")) {
      user = Path.of(environment.getOrDefault("APPDATA", home.toString())).resolve("jupyter");
    } else {
      String data = environment.get("XDG_DATA_HOME");
      user = (data == null ? home.resolve(".local/share") : Path.of(data)).resolve("jupyter");
    }
    ImmutableList.Builder<Path> all = ImmutableList.builder();
    Splitter.on(File.pathSeparatorChar)
        .omitEmptyStrings()
        .split(environment.getOrDefault("JUPYTER_PATH", ""))
        .forEach(path -> all.add(Path.of(path)));
    all.add(user);
    String python = environment.get("VIRTUAL_ENV");
    if (python != null) {
      all.add(Path.of(python, "share", "jupyter"));
    }
    String conda = environment.get("CONDA_PREFIX");
    if (conda != null) {
      all.add(Path.of(conda, "share", "jupyter"));
    }
    all.add(Path.of("/usr/local/share/jupyter"), Path.of("/usr/share/jupyter"));
    return new JupyterFolders(user, all.build());
  }
}
