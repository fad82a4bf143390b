package org.jmoe.models.family;

/**
 * What numbers of a matrix share a factor, in files of 8 bits a number.
 *
 * @param rows outputs of a block
 * @param columns inputs of a block
 */
public record ScaleBlocks(int rows, int columns) {}
