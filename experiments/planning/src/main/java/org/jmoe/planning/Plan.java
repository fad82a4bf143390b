package org.jmoe.planning;

/**
 * A layout with its estimated memory and step time.
 *
 * @param layout parallel layout of the model
 * @param crowding rows of the busiest device over the mean; 1 if slots are padded to capacity
 * @param memory memory of the most loaded device
 * @param step step time
 */
public record Plan(Layout layout, double crowding, MemoryEstimate memory, StepEstimate step) {}
