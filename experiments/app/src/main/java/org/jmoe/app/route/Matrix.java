package org.jmoe.app.route;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * Numbers in rows.
 *
 * @param rows how many
 * @param columns of each row
 * @param values row after row
 */
record Matrix(int rows, int columns, ImmutableDoubleArray values) {}
