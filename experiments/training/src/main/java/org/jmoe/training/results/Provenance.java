package org.jmoe.training.results;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.List;
import org.jmoe.extension.ExtensionSource;
import org.jmoe.tensor.NamedDevice;
import org.jmoe.training.DeviceLayout;

/**
 * Where a result comes from, as {@code provenance.json}.
 *
 * @param code that ran
 * @param machine it ran on
 * @param devices it computed on last
 * @param replicas copies of the model among them
 * @param data file of the tokens
 * @param dataSha256 of that file's content
 * @param earlier runs that trained the initial weights, if any
 * @param extensions SHA-256 of each jar, folder and Java file that the user loaded extensions from
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
  /** Of the code and the machine that this runs on. */
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
