package org.jmoe.data.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Removes licence comments at the top of source files, which are repetitive. */
public final class LicenceHeader {
  private static final Pattern FIRST_COMMENT =
      Pattern.compile("\\A\\s*(?:/\\*(?s:.*?)\\*/|(?://[^\n]*\n)+)\\s*");

  private LicenceHeader() {}

  /** Returns the text without its first comment, if that mentions a licence. */
  public static String strip(String text) {
    Matcher comment = FIRST_COMMENT.matcher(text);
    return comment.find() && comment.group().contains("License")
        ? text.substring(comment.end())
        : text;
  }
}
