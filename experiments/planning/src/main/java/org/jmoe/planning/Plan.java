package org.jmoe.planning;

/**
 * A layout and what it comes to.
 *
 * @param layout how the model lies
 * @param crowding rows of the busiest device over the mean; 1 where slots are padded anyway
 * @param memory of the fullest device
 * @param step its time
 */
public record Plan(Layout layout, double crowding, MemoryEstimate memory, StepEstimate step) {}
