package org.jmoe.data.text;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.util.List;
import org.jmoe.data.files.TextKind;
import org.jmoe.data.text.TextSource.Fields;
import org.jmoe.extension.Extension;
import org.jmoe.extension.Extensions;

/** Contributes the built-in formats of files with several documents, except JSON and archives. */
public final class TextExtension implements Extension {
  @Override
  public void contribute(Extensions.Builder to) {
    to.value(TextFormat.class, new Columns());
  }

  /** Returns the formats that extensions contribute. */
  public static ImmutableList<TextFormat> formats(Extensions extensions) {
    return extensions.values(TextFormat.class).values().asList();
  }

  /** Returns the built-in formats. */
  static ImmutableList<TextFormat> standard() {
    return formats(Extensions.none().with(new TextExtension()));
  }

  /** Text columns of Arrow and Parquet files. */
  private static final class Columns implements TextFormat {
    @Override
    public String name() {
      return "columns";
    }

    @Override
    public boolean recognizes(byte[] head, String name) {
      TextKind kind = TextKind.of(head, name);
      return kind == TextKind.ARROW || kind == TextKind.PARQUET;
    }

    @Override
    public void read(Path file, String name, String domain, Fields fields, TextVisitor visitor) {
      new ColumnTexts(List.of(file), name, domain, fields).read(visitor);
    }
  }
}
