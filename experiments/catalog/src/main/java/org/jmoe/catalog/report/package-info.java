/** Charts and reports of runs, analyses and experiments. */
@NullMarked
package org.jmoe.catalog.report;

import org.jspecify.annotations.NullMarked;
