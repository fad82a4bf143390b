package org.jmoe.training.checkpoint;

import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jmoe.io.Disk;

/** Writes the files of a checkpoint; hashes each and forces it to disk. */
public final class CheckpointFiles {
  /** Content of a file. */
  @FunctionalInterface
  public interface Content {
    /** Writes the content; the caller closes the channel. */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  private final Path folder;
  private final Disk disk;
  private final List<ManifestFile> written = new ArrayList<>();

  CheckpointFiles(Path folder, Disk disk) {
    this.folder = folder;
    this.disk = disk;
  }

  /** Adds a file. */
  public void add(String name, Content content) throws IOException {
    Hasher hasher = Hashing.sha256().newHasher();
    long bytes = write(name, hasher, content);
    written.add(new ManifestFile(name, bytes, hasher.hash().toString()));
  }

  private long write(String name, Hasher hasher, Content content) throws IOException {
    try (Disk.Output output = disk.create(folder.resolve(name))) {
      Counted counted = new Counted(output, hasher);
      content.writeTo(counted);
      output.force();
      return counted.bytes;
    }
  }

  /** Writes the manifest, which completes the checkpoint. */
  void finish(long step) throws IOException {
    byte[] json = new Manifest(Manifest.FORMAT, step, written).json();
    write(Manifest.NAME, Hashing.sha256().newHasher(), all(json));
    disk.forceFolder(folder);
  }

  /** Returns content that consists of the given bytes. */
  public static Content all(byte[] bytes) {
    return channel -> {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
    };
  }

  private static final class Counted implements WritableByteChannel {
    private final Disk.Output output;
    private final Hasher hasher;
    private long bytes;

    Counted(Disk.Output output, Hasher hasher) {
      this.output = output;
      this.hasher = hasher;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      ByteBuffer copy = source.duplicate();
      int count = output.write(source);
      hasher.putBytes(copy.limit(copy.position() + count));
      bytes += count;
      return count;
    }

    @Override
    public boolean isOpen() {
      return output.isOpen();
    }

    /** Does not close the output, which is forced to disk afterwards. */
    @Override
    public void close() {}
  }
}
