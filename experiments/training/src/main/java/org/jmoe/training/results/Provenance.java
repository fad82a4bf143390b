package org.jmoe.training.results;

import java.util.List;
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
 */
public record Provenance(
    CodeVersion code,
    Machine machine,
    List<String> devices,
    int replicas,
    String data,
    String dataSha256) {
  /** Of the code and the machine that this runs on. */
  public static Provenance now(DeviceLayout layout, String data, String dataSha256) {
    return new Provenance(
        CodeVersion.current(),
        Machine.current(),
        layout.devices().stream().map(NamedDevice::toString).toList(),
        layout.replicas(),
        data,
        dataSha256);
  }
}
