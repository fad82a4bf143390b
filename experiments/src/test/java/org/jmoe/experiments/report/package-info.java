/** Tests of drawings. */
@NullMarked
package org.jmoe.experiments.report;

import org.jspecify.annotations.NullMarked;
