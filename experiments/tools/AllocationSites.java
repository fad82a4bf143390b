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
 * Whose Java heap a training step takes, from a recording in which every allocation is an event
 * (without TLABs): the first steps, which compile and fill caches, are left out.
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
    // Each step makes one report; what comes before the report of the middle step is left out.
    List<Long> reports = new ArrayList<>(new TreeSet<>(times(events, "StepReport")));
    long from = reports.get(reports.size() / 2);
    double counted = reports.stream().filter(t -> t > from).count();
    if (reports.size() != steps) {
      System.out.printf("%d steps were recorded, not %d%n", reports.size(), steps);
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
        "%8.1f KiB a step, %.1f of them DJL's; %.0f arrays%n",
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

  /** The innermost of DJL's classes, else of ours; what makes an array or a shape goes by that. */
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
        String own = type.substring(type.lastIndexOf('.') + 1);
        return found == null ? "jmoe " + own + "." + frame.getMethod().getName() : found;
      }
    }
    return "the virtual machine";
  }
}
