package org.jmoe.app.notebook;

import java.io.PrintStream;

/** Output of renderings: the notebook of a running kernel, or a terminal. */
public interface Display {
  /** Appends a rendering to the output. */
  void show(Rendering rendering);

  /** Returns the display of the kernel in this process, or one that prints text. */
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
