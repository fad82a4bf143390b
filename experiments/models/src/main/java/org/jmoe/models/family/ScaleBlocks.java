package org.jmoe.models.family;

/**
 * Shape of the blocks of a matrix that share a scale, in fp8 checkpoints.
 *
 * @param rows number of outputs per block
 * @param columns number of inputs per block
 */
public record ScaleBlocks(int rows, int columns) {}
