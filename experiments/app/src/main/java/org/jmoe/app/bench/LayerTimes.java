package org.jmoe.app.bench;

/**
 * Minimum times in milliseconds.
 *
 * @param forward forward pass of the layer
 * @param forwardBackward forward and backward pass of the layer
 * @param floorForward forward pass of the expert matmuls and activations alone, on sorted input
 * @param floorForwardBackward forward and backward pass of the same
 */
public record LayerTimes(
    double forward, double forwardBackward, double floorForward, double floorForwardBackward) {
  /** Returns floor / layer for the forward pass: 1 if the layer adds no overhead to its matmuls. */
  public double efficiencyForward() {
    return floorForward / forward;
  }

  /** Returns floor / layer for the forward and backward pass. */
  public double efficiencyForwardBackward() {
    return floorForwardBackward / forwardBackward;
  }
}
