package org.jmoe.app.bench;

/**
 * Minima in milliseconds.
 *
 * @param forward of the layer
 * @param forwardBackward of the layer
 * @param floorForward of the bare products and activations of the experts, on sorted input
 * @param floorForwardBackward of the same
 */
public record LayerTimes(
    double forward, double forwardBackward, double floorForward, double floorForwardBackward) {
  /** The floor over the layer: 1 is as fast as the products inside it. */
  public double efficiencyForward() {
    return floorForward / forward;
  }

  /** As {@link #efficiencyForward}, backward included. */
  public double efficiencyForwardBackward() {
    return floorForwardBackward / forwardBackward;
  }
}
