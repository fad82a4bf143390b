/** Charts and reports of runs, routing analyses and experiments. */
@NullMarked
package org.jmoe.catalog.report;

import org.jspecify.annotations.NullMarked;
