package org.jmoe.training.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.List;
import org.jmoe.device.NamedDevice;
import org.jmoe.extension.ExtensionSource;
import org.jmoe.training.DeviceLayout;

/**
 * Provenance of a result, written to {@code provenance.json}.
 *
 * @param code version of jmoe
 * @param machine hardware and software
 * @param devices devices used last
 * @param replicas number of model replicas
 * @param data token file or folder
 * @param dataSha256 SHA-256 of its content
 * @param earlier data splits of the runs that trained the initial weights, if any
 * @param extensions SHA-256 of each jar, folder and Java file from which the user loaded extensions
 */
public record Provenance(
    CodeVersion code,
    Machine machine,
    List<String> devices,
    int replicas,
    String data,
    String dataSha256,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) List<TrainedRows.Split> earlier,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) ImmutableSortedMap<String, String> extensions) {
  /** Returns the provenance of the current process. */
  public static Provenance now(
      DeviceLayout layout,
      String data,
      String dataSha256,
      List<TrainedRows.Split> earlier,
      List<ExtensionSource> sources) {
    return new Provenance(
        CodeVersion.current(),
        Machine.current(),
        layout.devices().stream().map(NamedDevice::toString).toList(),
        layout.replicas(),
        data,
        dataSha256,
        earlier,
        sources.stream()
            .collect(
                ImmutableSortedMap.toImmutableSortedMap(
                    Comparator.naturalOrder(),
                    ExtensionSource::file,
                    ExtensionSource::sha256,
                    (one, two) -> one + " " + two)));
  }
}
