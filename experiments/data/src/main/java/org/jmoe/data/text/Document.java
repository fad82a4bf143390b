package org.jmoe.data.text;

/**
 * A text to be turned into one row.
 *
 * @param name what stays the same wherever the text lies, for the choice of held-out documents
 * @param domain its label
 * @param size bytes of it, for progress
 */
public record Document(String name, String domain, String text, long size) {}
