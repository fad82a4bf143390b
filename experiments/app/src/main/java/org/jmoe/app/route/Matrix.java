package org.jmoe.app.route;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * Matrix of float64 values.
 *
 * @param rows number of rows
 * @param columns number of columns
 * @param values row-major values
 */
record Matrix(int rows, int columns, ImmutableDoubleArray values) {}
