package org.jmoe.app.cli.model;

import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;
import java.util.List;

/** Prints a text as it comes, up to the first of some texts; what may begin one is held back. */
final class StopTexts {
  private final ImmutableList<String> stops;
  private final PrintWriter out;
  private final StringBuilder held = new StringBuilder();
  private boolean found;

  StopTexts(List<String> stops, PrintWriter out) {
    this.stops = ImmutableList.copyOf(stops);
    this.out = out;
  }

  /** Whether one has been found; nothing more is printed then. */
  boolean isFound() {
    return found;
  }

  void add(String text) {
    if (found) {
      return;
    }
    held.append(text);
    int end = stops.stream().mapToInt(held::indexOf).filter(at -> at >= 0).min().orElse(-1);
    found = end >= 0;
    print(found ? end : held.length() - open());
  }

  /** The length of the longest end of the text that one begins with. */
  private int open() {
    int longest = 0;
    for (String stop : stops) {
      for (int size = Math.min(stop.length(), held.length()); size > longest; size--) {
        if (stop.startsWith(held.substring(held.length() - size))) {
          longest = size;
        }
      }
    }
    return longest;
  }

  /** Prints what is held back where none came. */
  void end() {
    if (!found) {
      print(held.length());
    }
  }

  private void print(int count) {
    out.print(held.substring(0, count));
    out.flush();
    held.delete(0, count);
  }
}
