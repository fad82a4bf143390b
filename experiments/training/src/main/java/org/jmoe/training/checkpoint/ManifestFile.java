package org.jmoe.training.checkpoint;

import com.google.common.base.Preconditions;

/**
 * A file of a checkpoint.
 *
 * @param name file name without folder
 * @param bytes size
 * @param sha256 SHA-256 of the content, in hexadecimal
 */
public record ManifestFile(String name, long bytes, String sha256) {
  /** Validates the values; rejects names that point outside of the checkpoint's folder. */
  public ManifestFile {
    Preconditions.checkArgument(
        name.matches("[a-z][a-z0-9_-]{0,63}\\.[a-z]{1,16}"), "'%s' is not a valid file name", name);
    Preconditions.checkArgument(bytes >= 0, "%s cannot have %s bytes", name, bytes);
    Preconditions.checkArgument(
        sha256.matches("[0-9a-f]{64}"), "'%s' is not a valid SHA-256 of %s", sha256, name);
  }
}
