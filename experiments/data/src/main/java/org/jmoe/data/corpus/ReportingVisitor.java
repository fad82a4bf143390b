package org.jmoe.data.corpus;

import org.jmoe.data.text.TextVisitor;
import org.jmoe.io.DataFormatException;
import org.jmoe.io.Progress;

/** Visitor that records in a report what is read and skipped. */
abstract class ReportingVisitor implements TextVisitor {
  private final ReadReport report;
  private final Progress progress;

  ReportingVisitor(ReadReport report, Progress progress) {
    this.report = report;
    this.progress = progress;
  }

  @Override
  public final void read(String file) {
    report.read();
  }

  @Override
  public final void skipped(String file, String reason) {
    report.skipped(file, reason);
  }

  @Override
  public final void badRecord(DataFormatException fault) {
    report.badRecord(fault);
  }

  @Override
  public final boolean strict() {
    return report.strict();
  }

  @Override
  public final void advance(long bytes) {
    progress.advance(bytes);
  }
}
