import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Java heap allocation of a training step by class, from a Flight Recorder file that contains every
 * allocation (without TLABs). The first half of the steps is skipped as warm-up.
 *
 * <pre>
 * JMOE_JAVA_OPTIONS="-XX:-UseTLAB -XX:FlightRecorderOptions=stackdepth=48
 *   -XX:StartFlightRecording=filename=a.jfr,jdk.ObjectAllocationOutsideTLAB#enabled=true" \
 *   ./jmoe train --preset quickstart --set training.steps=60 --set training.evaluateEvery=60 --out run
 * java experiments/tools/AllocationSites.java a.jfr 60
 * </pre>
 */
public final class AllocationSites {
  private AllocationSites() {}

  public static void main(String[] args) throws Exception {
    int steps = Integer.parseInt(args[1]);
    List<RecordedEvent> events = new ArrayList<>();
    try (RecordingFile file = new RecordingFile(Path.of(args[0]))) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        if (event.hasField("allocationSize") && inStep(event)) {
          events.add(event);
        }
      }
    }
    // Each step creates one report; skips events before the report of the middle step.
    List<Long> reports = new ArrayList<>(new TreeSet<>(times(events, "StepReport")));
    long from = reports.get(reports.size() / 2);
    double counted = reports.stream().filter(t -> t > from).count();
    if (reports.size() != steps) {
      System.out.printf("recorded %d steps instead of %d%n", reports.size(), steps);
    }
    Map<String, Long> bytes = new HashMap<>();
    long total = 0;
    long engine = 0;
    long arrays = 0;
    for (RecordedEvent event : events) {
      if (nanos(event) > from) {
        long size = event.getLong("allocationSize");
        String owner = owner(event);
        bytes.merge(owner, size, Long::sum);
        total += size;
        engine += owner.startsWith("DJL") ? size : 0;
        arrays += isArray(event) ? 1 : 0;
      }
    }
    double kib = 1024 * counted;
    System.out.printf(
        Locale.ROOT,
        "%8.1f KiB per step, %.1f of them by DJL; %.0f arrays%n",
        total / kib,
        engine / kib,
        arrays / counted);
    bytes.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(16)
        .forEach(e -> System.out.printf(Locale.ROOT, "%8.1f %s%n", e.getValue() / kib, e.getKey()));
  }

  private static List<Long> times(List<RecordedEvent> events, String type) {
    return events.stream()
        .filter(e -> e.getClass("objectClass").getName().endsWith("." + type))
        .map(AllocationSites::nanos)
        .toList();
  }

  private static long nanos(RecordedEvent event) {
    return event.getStartTime().getEpochSecond() * 1_000_000_000L + event.getStartTime().getNano();
  }

  private static boolean inStep(RecordedEvent event) {
    return event.getStackTrace() != null
        && event.getStackTrace().getFrames().stream()
            .anyMatch(f -> type(f).endsWith(".Trainer") && f.getMethod().getName().equals("step"));
  }

  private static boolean isArray(RecordedEvent event) {
    return event.getClass("objectClass").getName().endsWith(".PtNDArray");
  }

  private static String type(RecordedFrame frame) {
    return frame.getMethod().getType().getName();
  }

  /** Returns the innermost DJL class, otherwise jmoe class; arrays and shapes are separate. */
  private static String owner(RecordedEvent event) {
    if (isArray(event)) {
      return "DJL PtNDArray, its name and its entry in the manager";
    }
    String found = null;
    for (RecordedFrame frame : event.getStackTrace().getFrames()) {
      String type = type(frame);
      boolean makes = frame.getMethod().getName().equals("<init>");
      if (makes && type.endsWith(".PtNDArray")) {
        return "DJL PtNDArray, its name and its entry in the manager";
      }
      if (makes && type.endsWith(".Shape")) {
        return "DJL Shape";
      }
      if (found == null && type.startsWith("ai.djl.")) {
        found = "DJL " + type.substring(type.lastIndexOf('.') + 1);
      }
      if (type.startsWith("org.jmoe.")) {
        String name = type.substring(type.lastIndexOf('.') + 1);
        return found == null ? "jmoe " + name + "." + frame.getMethod().getName() : found;
      }
    }
    return "JVM";
  }
}
