package org.jmoe.training.checkpoint;

import com.google.common.base.Preconditions;

/**
 * One file of a checkpoint.
 *
 * @param name without a folder
 * @param bytes its size
 * @param sha256 of its content, in hexadecimal
 */
public record ManifestFile(String name, long bytes, String sha256) {
  /** Refuses names that would lead out of the checkpoint's folder. */
  public ManifestFile {
    Preconditions.checkArgument(
        name.matches("[a-z][a-z0-9_-]{0,63}\\.[a-z]{1,16}"), "'%s' is no name of a file", name);
    Preconditions.checkArgument(bytes >= 0, "%s cannot have %s bytes", name, bytes);
    Preconditions.checkArgument(
        sha256.matches("[0-9a-f]{64}"), "'%s' of %s is no SHA-256", sha256, name);
  }
}
