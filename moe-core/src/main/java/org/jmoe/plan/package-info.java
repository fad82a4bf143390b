/** Dispatch plans: dispatch and combine, capacities and drop orders. */
@NullMarked
package org.jmoe.plan;

import org.jspecify.annotations.NullMarked;
