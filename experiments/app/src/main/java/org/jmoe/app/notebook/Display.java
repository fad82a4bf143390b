package org.jmoe.app.notebook;

import java.io.PrintStream;

/** Where renderings go: the notebook of a running kernel, or a terminal. */
public interface Display {
  /** Shows one below what was shown before. */
  void show(Rendering rendering);

  /** Shows in the notebook of the kernel in whose process this runs, else as text. */
  static Display current(PrintStream terminal) {
    for (JupyterKernel kernel : JupyterKernel.values()) {
      Display display = kernel.display(Display.class.getClassLoader());
      if (display != null) {
        return display;
      }
    }
    return rendering -> terminal.println(rendering.text());
  }
}
