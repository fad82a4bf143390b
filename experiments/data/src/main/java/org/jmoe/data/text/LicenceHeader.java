package org.jmoe.data.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The comment about the licence at the top of a source file, of which a model would learn nothing
 * but licences.
 */
public final class LicenceHeader {
  private static final Pattern FIRST_COMMENT =
      Pattern.compile("\\A\\s*(?:/\\*(?s:.*?)\\*/|(?://[^\n]*\n)+)\\s*");

  private LicenceHeader() {}

  /** The text without its first comment, if that speaks of a licence. */
  public static String strip(String text) {
    Matcher comment = FIRST_COMMENT.matcher(text);
    return comment.find() && comment.group().contains("License")
        ? text.substring(comment.end())
        : text;
  }
}
