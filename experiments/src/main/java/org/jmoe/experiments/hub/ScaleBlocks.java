package org.jmoe.experiments.hub;

/**
 * What numbers of a matrix share a factor, in files of 8 bits a number.
 *
 * @param rows outputs of a block
 * @param columns inputs of a block
 */
record ScaleBlocks(int rows, int columns) {}
